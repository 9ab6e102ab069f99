/*
 * What each word of the command line does. What asks when its key is pressed asks here as well.
 */
#include "tui/words.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tui/acts.h"
#include "tui/option.h"
#include "tui/state.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

void words_say(struct app *app, double now, const char *format, ...)
{
    char text[VIEW_LINE];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    app_notice(app, EVENT_WARN, text, now);
}

static void reload(struct app *app, struct slice args, double now)
{
    (void)args;
    app_notice(app, EVENT_INFO, "reload", now);
    app_send_command(app, &(struct command){.type = COMMAND_RELOAD, .backend = REPORT_NO_BACKEND},
                     now);
}

static void write_to(struct app *app, struct slice args, double now)
{
    if (args.len == 0)
        app_do(app, CMD_WRITE, now);
    else
        act_write_to(app, args, now);
}

static void read_only(struct app *app, struct slice args, double now)
{
    (void)args;
    app->view.read_only = true;
    app_notice(app, EVENT_INFO, "this screen is read-only from now on, until it is left", now);
}

static void save(struct app *app, struct slice args, double now)
{
    (void)args;
    state_save(app, now);
}

static void find(struct app *app, struct slice args, double now)
{
    struct finding *finding = &app->view.finding;
    snprintf(finding->sought, sizeof(finding->sought), "%.*s", (int)args.len, args.ptr);
    memcpy(finding->last_sought, finding->sought, sizeof(finding->sought));
    app_do(app, CMD_FIND_NEXT, now);
}

/* --- set -------------------------------------------------------------------------------------- */

static void set(struct app *app, struct slice args, double now)
{
    struct slice value = args, name = option_cut_word(&value);
    const struct option *option = option_find(name);
    if (option == NULL)
        words_say(app, now, "there is nothing to set called %.*s", (int)name.len, name.ptr);
    else
        option_apply(app, option, value, now);
}

static const char *set_choice(const struct view *view, struct slice before, size_t i,
                              char buffer[WORD_MAX])
{
    if (before.len == 0)
        return option_at(i) == NULL ? NULL : option_at(i)->name;
    struct slice rest = before;
    const struct option *option = option_find(option_cut_word(&rest));
    return option == NULL || option->choice == NULL ? NULL : option->choice(view, rest, i, buffer);
}

/* --- the table -------------------------------------------------------------------------------- */

static const struct word words[] = {
    {"kill", "ID|IP|BOT [HOW]", "end it; asks", words_kill, words_kill_choice, CMD_NONE, true},
    {"block", "IP|BOT [TIME]", "refuse it; asks", words_block, words_block_choice, CMD_NONE, true},
    {"unblock", "IP|ID", "let it in; asks", words_unblock, words_blocked_choice, CMD_NONE, true},
    {"blocks", NULL, "who is blocked", NULL, NULL, CMD_BLOCKS, false},
    {"check", "[NAME]", "check now", words_check, words_backend_choice, CMD_NONE, true},
    {"drain", "NAME", "no new sessions; asks", words_drain, words_backend_choice, CMD_NONE, true},
    {"undrain", "NAME", "sessions again; asks", words_undrain, words_backend_choice, CMD_NONE,
     true},
    {"reload", NULL, "configuration anew", reload, NULL, CMD_NONE, true},
    {"set", "NAME [VALUE]", "set or say", set, set_choice, CMD_NONE, false},
    {"save", NULL, "keep what is set", save, NULL, CMD_NONE, false},
    {"write", "[FILE]", "the list as a file", write_to, NULL, CMD_NONE, true},
    {"copy", NULL, "the row as JSON", NULL, NULL, CMD_COPY_ROW, false},
    {"readonly", NULL, "only show from now on", read_only, NULL, CMD_NONE, false},
    {"find", "TEXT", "go to it", find, NULL, CMD_NONE, false},
    {"pause", NULL, "hold the screen still", NULL, NULL, CMD_PAUSE, false},
    {"alerts", NULL, "what is wrong now", NULL, NULL, CMD_ALERTS, false},
    {"headless", NULL, "leave the screen; asks", NULL, NULL, CMD_QUIT, false},
    {"help", NULL, "this help", NULL, NULL, CMD_HELP, false},
    {"quit", NULL, "end lavaproxy; asks", NULL, NULL, CMD_QUIT, false},
};

const struct word *word_at(size_t i)
{
    return i < COUNT(words) ? &words[i] : NULL;
}

const struct word *word_find(struct slice name)
{
    for (size_t i = 0; i < COUNT(words); i++)
        if (slice_equal(name, slice_of(words[i].word)))
            return &words[i];
    return NULL;
}
