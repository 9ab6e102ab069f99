/*
 * Taking a line apart. Its first word is one of words.h or the name of an option.
 */
#include "tui/command_line.h"

#include <stdio.h>
#include <string.h>

#include "base/nearest.h"
#include "tui/acts.h"
#include "tui/completion.h"
#include "tui/option.h"
#include "tui/words.h"

bool command_line_at(size_t i, struct command_line_entry *entry)
{
    size_t count = 0;
    while (word_at(count) != NULL)
        count++;
    const struct word *word = word_at(i);
    const struct option *option = i < count ? NULL : option_at(i - count);
    if (word != NULL)
        *entry = (struct command_line_entry){word->word, word->args, word->help};
    else if (option != NULL)
        *entry = (struct command_line_entry){option->name, option->values, option->help};
    return word != NULL || option != NULL;
}

/* --- running ---------------------------------------------------------------------------------- */

static void unknown(struct app *app, struct slice name, double now)
{
    char text[VIEW_LINE];
    struct nearest nearest = {.mistyped = name};
    struct command_line_entry entry;
    for (size_t i = 0; command_line_at(i, &entry); i++)
        nearest_consider(&nearest, slice_of(entry.word));
    snprintf(text, sizeof(text), "unknown command: %.*s%s%.*s%s", (int)name.len, name.ptr,
             nearest.best.len > 0 ? "; did you mean " : " (? for help)", (int)nearest.best.len,
             nearest.best.len > 0 ? nearest.best.ptr : "", nearest.best.len > 0 ? "?" : "");
    app_notice(app, EVENT_WARN, text, now);
}

static void run_word(struct app *app, const struct word *word, struct slice args, double now)
{
    char text[VIEW_LINE];
    bool needs = word->args != NULL && word->args[0] != '[';
    if (word->args == NULL && args.len > 0)
        snprintf(text, sizeof(text), "%s stands alone", word->word);
    else if (needs && args.len == 0)
        snprintf(text, sizeof(text), "%s needs more: %s %s", word->word, word->word, word->args);
    else if (word->changes && app_refuses(app, word->word, now))
        return;
    else if (word->run != NULL) {
        word->run(app, args, now);
        return;
    } else {
        app_do(app, word->key, now);
        return;
    }
    app_notice(app, EVENT_WARN, text, now);
}

void command_line_run(struct app *app, const char *text, double now)
{
    struct slice args = slice_of(text), name = option_cut_word(&args);
    if (name.len == 0)
        return;
    recall_keep(&app->view.command_lines, text);
    if (slice_equal(name, SLICE("q")))
        name = SLICE("quit");
    const struct word *word = word_find(name);
    const struct option *option = option_find(name);
    if (word != NULL)
        run_word(app, word, args, now);
    else if (option == NULL)
        unknown(app, name, now);
    else if (args.len == 0 && keymap_key(&app->view.keymap, option->alone) != KEYS_NONE)
        app_do(app, option->alone, now);
    else
        option_apply(app, option, args, now);
}

/* --- completing ------------------------------------------------------------------------------- */

/* The line up to the cursor: the word being typed, and those before it. */
struct typed {
    struct slice first;  /* the first word, once it is over; else empty */
    struct slice before; /* the words behind it that are over */
    struct slice last;   /* being typed */
};

static struct typed take_apart(const struct prompt *prompt)
{
    struct typed typed = {0};
    struct slice text = {prompt->text, prompt->at};
    while (text.len > 0 && text.ptr[0] == ' ')
        text = (struct slice){text.ptr + 1, text.len - 1};
    size_t start = text.len;
    while (start > 0 && text.ptr[start - 1] != ' ')
        start--;
    typed.last = (struct slice){text.ptr + start, text.len - start};
    size_t end = slice_find(text, ' ');
    if (end >= start)
        return typed;
    typed.first = (struct slice){text.ptr, end};
    typed.before = slice_trim((struct slice){text.ptr + end, start - end});
    return typed;
}

/* The `i`th of all that may stand in the place of the last word, or NULL behind the last one. */
static const char *candidate(const struct view *view, const struct typed *typed, size_t i,
                             char buffer[WORD_MAX])
{
    struct command_line_entry entry;
    if (typed->first.len == 0)
        return command_line_at(i, &entry) ? entry.word : NULL;
    const struct word *word = word_find(typed->first);
    const struct option *option = option_find(typed->first);
    if (word != NULL)
        return word->choice != NULL ? word->choice(view, typed->before, i, buffer) : NULL;
    return option != NULL && option->choice != NULL ? option->choice(view, typed->before, i, buffer)
                                                    : NULL;
}

/* Whether another word may follow the last one, now that it is whole. */
static bool takes_more(const struct view *view, const struct typed *typed)
{
    char buffer[WORD_MAX];
    struct typed next = *typed;
    if (typed->first.len == 0) {
        const struct word *word = word_find(typed->last);
        return word != NULL ? word->args != NULL : option_find(typed->last) != NULL;
    }
    const char *start = typed->before.len > 0 ? typed->before.ptr : typed->last.ptr;
    next.before = (struct slice){start, (size_t)(typed->last.ptr + typed->last.len - start)};
    next.last = (struct slice){NULL, 0};
    return candidate(view, &next, 0, buffer) != NULL;
}

void command_line_complete(struct view *view)
{
    struct typed typed = take_apart(&view->prompt);
    struct completion completion;
    char buffer[WORD_MAX];
    const char *text;
    completion_begin(&completion, typed.last);
    for (size_t i = 0; (text = candidate(view, &typed, i, buffer)) != NULL; i++)
        completion_consider(&completion, text);
    if (!completion_insert(&completion, &view->prompt))
        return;
    typed = take_apart(&view->prompt);
    if (takes_more(view, &typed))
        prompt_add(&view->prompt, " ", 1);
}

void command_line_hint(const struct view *view, struct str *out)
{
    struct typed typed = take_apart(&view->prompt);
    char buffer[WORD_MAX];
    const char *text;
    for (size_t i = 0; (text = candidate(view, &typed, i, buffer)) != NULL; i++)
        if (slice_starts(slice_of(text), typed.last))
            str_addf(out, "%s%s", out->len > 0 ? " " : "", text);
}
