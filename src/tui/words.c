/*
 * What each word of the command line does. What asks when its key is pressed asks here as well.
 */
#include "tui/words.h"

#include <stdarg.h>
#include <stdio.h>

#include "tui/acts.h"
#include "tui/option.h"
#include "tui/state.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void say(struct app *app, double now, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void say(struct app *app, double now, const char *format, ...)
{
    char text[VIEW_LINE];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    app_notice(app, EVENT_WARN, text, now);
}

static const char *backend_choice(const struct view *view, struct slice before, size_t i)
{
    bool known = before.len == 0 && view->snap != NULL && i < view->snap->backend_count;
    return known ? view->snap->backends[i].name : NULL;
}

/* The backend of this name, or NULL after a word about it. */
static const struct snap_backend *backend_named(struct app *app, struct slice name, double now)
{
    const struct snap *snap = app->view.snap;
    const struct snap_backend *backend = snap == NULL ? NULL : snap_find_backend(snap, name);
    if (backend == NULL)
        say(app, now, "there is no backend %.*s", (int)name.len, name.ptr);
    return backend;
}

static void send_to_backend(struct app *app, enum command_type type, const char *word,
                            struct slice name, double now)
{
    const struct snap_backend *backend = backend_named(app, name, now);
    char text[VIEW_LINE];
    if (backend == NULL)
        return;
    snprintf(text, sizeof(text), "%s %s", word, backend->name);
    app_notice(app, EVENT_INFO, text, now);
    app_send_command(app, &(struct command){.type = type, .backend = backend->slot}, now);
}

static void check(struct app *app, struct slice args, double now)
{
    if (args.len == 0)
        app_do(app, CMD_CHECK, now);
    else
        send_to_backend(app, COMMAND_CHECK, "check", args, now);
}

static void drain(struct app *app, struct slice args, double now)
{
    send_to_backend(app, COMMAND_DRAIN, "drain", args, now);
}

static void undrain(struct app *app, struct slice args, double now)
{
    send_to_backend(app, COMMAND_UNDRAIN, "undrain", args, now);
}

static void reload(struct app *app, struct slice args, double now)
{
    (void)args;
    app_notice(app, EVENT_INFO, "reload", now);
    app_send_command(app, &(struct command){.type = COMMAND_RELOAD, .backend = REPORT_NO_BACKEND},
                     now);
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

/* --- set -------------------------------------------------------------------------------------- */

static void set(struct app *app, struct slice args, double now)
{
    size_t end = slice_find(args, ' ');
    struct slice name = {args.ptr, end};
    struct slice value = slice_trim((struct slice){args.ptr + end, args.len - end});
    const struct option *option = option_find(name);
    if (option == NULL)
        say(app, now, "there is nothing to set called %.*s", (int)name.len, name.ptr);
    else
        option_apply(app, option, value, now);
}

static const char *set_choice(const struct view *view, struct slice before, size_t i)
{
    if (before.len == 0)
        return option_at(i) == NULL ? NULL : option_at(i)->name;
    size_t end = slice_find(before, ' ');
    const struct option *option = option_find((struct slice){before.ptr, end});
    struct slice rest = slice_trim((struct slice){before.ptr + end, before.len - end});
    return option == NULL || option->choice == NULL ? NULL : option->choice(view, rest, i);
}

/* --- the table -------------------------------------------------------------------------------- */

static const struct word words[] = {
    {"check", "[NAME]", "check all backends, or one, now", true, check, backend_choice, 0},
    {"drain", "NAME", "no new sessions for this backend", true, drain, backend_choice, 0},
    {"undrain", "NAME", "new sessions for it again", true, undrain, backend_choice, 0},
    {"reload", NULL, "load the configuration anew", true, reload, NULL, 0},
    {"set", "NAME [VALUE]", "set one of those below, or say what it is", false, set, set_choice, 0},
    {"save", NULL, "keep these for the next start", false, save, NULL, 0},
    {"readonly", NULL, "this screen only shows from now on", false, read_only, NULL, 0},
    {"help", NULL, "this help", false, NULL, NULL, CMD_HELP},
    {"quit", NULL, "end lavaproxy; asks", false, NULL, NULL, CMD_QUIT},
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
