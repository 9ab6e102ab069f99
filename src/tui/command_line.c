/*
 * A table of commands, each with or without the name of a backend behind it.
 */
#include "tui/command_line.h"

#include <stdio.h>
#include <string.h>

enum takes { TAKES_NOTHING, TAKES_ANY, TAKES_NAME };

static const struct {
    const char *word;
    enum command_type type;
    enum takes takes;
} commands[] = {
    {"reload", COMMAND_RELOAD, TAKES_NOTHING}, {"check", COMMAND_CHECK, TAKES_ANY},
    {"drain", COMMAND_DRAIN, TAKES_NAME},      {"undrain", COMMAND_UNDRAIN, TAKES_NAME},
    {"quit", COMMAND_QUIT, TAKES_NOTHING},
};
#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

const char *command_line_word(size_t i)
{
    return i < COMMANDS ? commands[i].word : NULL;
}

/* The line as a command's word and what stands behind it. */
struct line {
    struct slice word, name;
    bool in_name; /* the first word is over */
    bool over;    /* and so is the name */
    size_t index; /* of the command that is exactly `word`, or COMMANDS */
};

static struct line split(const struct prompt *prompt)
{
    struct line line = {.index = 0};
    struct slice text = slice_of(prompt->text);
    while (text.len > 0 && text.ptr[0] == ' ')
        text = (struct slice){text.ptr + 1, text.len - 1};
    size_t end = slice_find(text, ' ');
    line.word = (struct slice){text.ptr, end};
    line.in_name = end < text.len;
    line.name = slice_trim((struct slice){text.ptr + end, text.len - end});
    line.over = line.name.len > 0 && text.ptr[text.len - 1] == ' ';
    while (line.index < COMMANDS && !slice_equal(line.word, slice_of(commands[line.index].word)))
        line.index++;
    return line;
}

/* The `i`th of all that may stand in the place of the last word, or NULL behind the last one. */
static const char *candidate(const struct line *line, const struct snap *snap, size_t i)
{
    if (!line->in_name)
        return command_line_word(i);
    if (line->over)
        return NULL;
    bool takes = line->index < COMMANDS && commands[line->index].takes != TAKES_NOTHING;
    return takes && snap != NULL && i < snap->backend_count ? snap->backends[i].name : NULL;
}

void command_line_complete(struct prompt *prompt, const struct snap *snap)
{
    struct line line = split(prompt);
    struct slice typed = line.in_name ? line.name : line.word, common = {NULL, 0};
    const char *text;
    unsigned count = 0;
    for (size_t i = 0; (text = candidate(&line, snap, i)) != NULL; i++) {
        struct slice whole = slice_of(text);
        if (!slice_starts(whole, typed))
            continue;
        if (count++ == 0)
            common = whole;
        while (!slice_starts(whole, common))
            common.len--;
    }
    if (count == 0)
        return;
    prompt_add(prompt, common.ptr + typed.len, common.len - typed.len);
    line = split(prompt);
    /* Where the line was full, the word is not whole. */
    bool whole = count == 1 && !line.in_name && line.index < COMMANDS;
    if (whole && commands[line.index].takes != TAKES_NOTHING)
        prompt_add(prompt, " ", 1);
}

void command_line_hint(const struct prompt *prompt, const struct snap *snap, struct str *out)
{
    struct line line = split(prompt);
    struct slice typed = line.in_name ? line.name : line.word;
    const char *text;
    for (size_t i = 0; (text = candidate(&line, snap, i)) != NULL; i++)
        if (slice_starts(slice_of(text), typed))
            str_addf(out, "%s%s", out->len > 0 ? " " : "", text);
}

const char *command_line_read(const struct prompt *prompt, const struct snap *snap,
                              struct command *command, char wrong[COMMAND_LINE_WRONG_MAX])
{
    struct line line = split(prompt);
    wrong[0] = '\0';
    if (line.word.len == 0)
        return NULL;
    if (line.index == COMMANDS) {
        snprintf(wrong, COMMAND_LINE_WRONG_MAX, "unknown command: %.*s (? for help)",
                 (int)line.word.len, line.word.ptr);
        return NULL;
    }
    const char *word = commands[line.index].word;
    enum takes takes = commands[line.index].takes;
    *command = (struct command){.type = commands[line.index].type, .backend = REPORT_NO_BACKEND};
    if (line.name.len == 0) {
        if (takes == TAKES_NAME)
            snprintf(wrong, COMMAND_LINE_WRONG_MAX, "%s needs the name of a backend", word);
        return takes == TAKES_NAME ? NULL : word;
    }
    if (takes == TAKES_NOTHING) {
        snprintf(wrong, COMMAND_LINE_WRONG_MAX, "%s stands alone", word);
        return NULL;
    }
    const struct snap_backend *backend = snap == NULL ? NULL : snap_find_backend(snap, line.name);
    if (backend == NULL) {
        snprintf(wrong, COMMAND_LINE_WRONG_MAX, "there is no backend %.*s", (int)line.name.len,
                 line.name.ptr);
        return NULL;
    }
    command->backend = backend->slot;
    return word;
}
