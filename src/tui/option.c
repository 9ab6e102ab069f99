/*
 * The options. A value that is wrong says what is allowed.
 */
#include "tui/option.h"

#include <stdio.h>
#include <string.h>

#include "base/human.h"
#include "base/nearest.h"

#define REFRESH_MIN 0.1
#define REFRESH_MAX 10.0

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *nth(const char *const *words, size_t count, size_t i)
{
    return i < count ? words[i] : NULL;
}

/* The place of a word, or `count` with err, which names the nearest. */
static size_t find_word(const char *const *words, size_t count, struct slice text, const char *what,
                        struct err *err)
{
    struct nearest nearest = {.mistyped = text};
    for (size_t i = 0; i < count; i++) {
        if (slice_equal_nocase(text, slice_of(words[i])))
            return i;
        nearest_consider(&nearest, slice_of(words[i]));
    }
    if (nearest.best.len > 0)
        err_set(err, "there is no %s %.*s; did you mean %.*s?", what, (int)text.len, text.ptr,
                (int)nearest.best.len, nearest.best.ptr);
    else
        err_set(err, "there is no %s %.*s", what, (int)text.len, text.ptr);
    return count;
}

/* The first word of *rest, which is cut off. */
static struct slice first_word(struct slice *rest)
{
    struct slice text = slice_trim(*rest);
    size_t end = slice_find(text, ' ');
    *rest = slice_trim((struct slice){text.ptr + end, text.len - end});
    return (struct slice){text.ptr, end};
}

/* --- refresh -------------------------------------------------------------------------------- */

static const double refresh_steps[] = {0.5, 1, 2, 5, 10};
static const char *const refresh_words[] = {"0.5s", "1s", "2s", "5s", "10s"};

static int set_refresh(struct app *app, struct slice value, double now, struct err *err)
{
    double seconds;
    (void)now;
    if (human_parse_duration(value, &seconds, err) < 0)
        return -1;
    if (!(seconds >= REFRESH_MIN && seconds <= REFRESH_MAX)) {
        err_set(err, "refresh must be 100ms to 10s");
        return -1;
    }
    app->view.refresh = seconds;
    return 0;
}

static void get_refresh(const struct app *app, struct str *out)
{
    str_addf(out, "%gs", app->view.refresh);
}

static const char *refresh_choice(const struct view *view, struct slice before, size_t i)
{
    (void)view;
    return nth(refresh_words, before.len > 0 ? 0 : COUNT(refresh_words), i);
}

void option_step_refresh(struct app *app, bool slower, double now)
{
    char text[40];
    double *refresh = &app->view.refresh;
    size_t i = 0;
    if (slower) {
        while (i + 1 < COUNT(refresh_steps) && refresh_steps[i] <= *refresh)
            i++;
    } else {
        i = COUNT(refresh_steps) - 1;
        while (i > 0 && refresh_steps[i] >= *refresh)
            i--;
    }
    *refresh = refresh_steps[i];
    snprintf(text, sizeof(text), "refresh %s", refresh_words[i]);
    app_notice(app, EVENT_INFO, text, now);
}

/* --- the order of the connections ------------------------------------------------------------- */

static const char *const sort_words[SORT_COUNT] = {
    [SORT_ID] = "id",           [SORT_VERSION] = "version",   [SORT_KIND] = "kind",
    [SORT_IP] = "ip",           [SORT_CLIENT] = "client",     [SORT_USER] = "user",
    [SORT_BACKEND] = "backend", [SORT_PATH] = "path",         [SORT_IN] = "in",
    [SORT_OUT] = "out",         [SORT_RATE] = "rate",         [SORT_TOTAL] = "total",
    [SORT_AGE] = "age",         [SORT_REQUESTS] = "requests", [SORT_MINUTE] = "minute"};
static const char *const directions[] = {"asc", "desc"};

static int set_sort(struct app *app, struct slice value, double now, struct err *err)
{
    struct model *model = &app->view.model;
    struct slice rest = value, column = first_word(&rest);
    size_t key = find_word(sort_words, SORT_COUNT, column, "column", err),
           direction = COUNT(directions);
    (void)now;
    if (key == SORT_COUNT)
        return -1;
    if (rest.len > 0) {
        direction = find_word(directions, COUNT(directions), rest, "direction", err);
        if (direction == COUNT(directions))
            return -1;
    }
    model_sort(model, (enum sort_key)key);
    if (direction < COUNT(directions) && model->descending != (direction == 1))
        model_reverse(model);
    return 0;
}

static void get_sort(const struct app *app, struct str *out)
{
    const struct model *model = &app->view.model;
    str_addf(out, "%s %s", sort_words[model->key], directions[model->descending]);
}

static const char *sort_choice(const struct view *view, struct slice before, size_t i)
{
    (void)view;
    if (before.len == 0)
        return nth(sort_words, SORT_COUNT, i);
    bool over = slice_find(before, ' ') < before.len;
    return nth(directions, over ? 0 : COUNT(directions), i);
}

static const char *const group_words[GROUP_BY_COUNT] = {
    [GROUP_NONE] = "none", [GROUP_IP] = "ip",           [GROUP_CLIENT] = "client",
    [GROUP_USER] = "user", [GROUP_BACKEND] = "backend",
};

static int set_group(struct app *app, struct slice value, double now, struct err *err)
{
    size_t by = find_word(group_words, GROUP_BY_COUNT, value, "group", err);
    (void)now;
    if (by == GROUP_BY_COUNT)
        return -1;
    model_group(&app->view.model, (enum group_by)by);
    return 0;
}

static void get_group(const struct app *app, struct str *out)
{
    str_add_text(out, group_words[app->view.model.by]);
}

static const char *group_choice(const struct view *view, struct slice before, size_t i)
{
    (void)view;
    return nth(group_words, before.len > 0 ? 0 : GROUP_BY_COUNT, i);
}

/* --- panels and keys -------------------------------------------------------------------------- */

static const char *const panel_words[PANEL_COUNT] = {
    [PANEL_ALL] = "all",           [PANEL_CONNECTIONS] = "connections", [PANEL_IPS] = "ips",
    [PANEL_BACKENDS] = "backends", [PANEL_EVENTS] = "events",
};

static int set_panel(struct app *app, struct slice value, double now, struct err *err)
{
    struct view *view = &app->view;
    size_t panel = find_word(panel_words, PANEL_COUNT, value, "panel", err);
    (void)now;
    if (panel == PANEL_COUNT)
        return -1;
    /* Shown once more, the one that is alone would go back. */
    if (view->panels.alone != (enum panel)panel)
        panels_show(view, panel == PANEL_ALL ? view->panels.alone : (enum panel)panel);
    return 0;
}

static void get_panel(const struct app *app, struct str *out)
{
    str_add_text(out, panel_words[app->view.panels.alone]);
}

static const char *panel_choice(const struct view *view, struct slice before, size_t i)
{
    (void)view;
    return nth(panel_words, before.len > 0 ? 0 : PANEL_COUNT, i);
}

/* --- the table -------------------------------------------------------------------------------- */

static const struct option options[] = {
    {"refresh", "0.5s to 10s", "how often the screen is drawn", set_refresh, get_refresh,
     refresh_choice, CMD_NONE},
    {"sort", "COLUMN [asc|desc]", "the order of the connections", set_sort, get_sort, sort_choice,
     CMD_SORT},
    {"group", "WHAT", "by ip, client, user or backend; none", set_group, get_group, group_choice,
     CMD_GROUP},
    {"panel", "NAME", "one panel alone; all", set_panel, get_panel, panel_choice, CMD_NONE},
};

const struct option *option_at(size_t i)
{
    return i < COUNT(options) ? &options[i] : NULL;
}

const struct option *option_find(struct slice name)
{
    for (size_t i = 0; i < COUNT(options); i++)
        if (slice_equal(name, slice_of(options[i].name)))
            return &options[i];
    return NULL;
}

void option_apply(struct app *app, const struct option *option, struct slice value, double now)
{
    char text[OPTION_TEXT_MAX];
    struct str line;
    struct err err;
    if (value.len > 0 && option->set(app, value, now, &err) < 0) {
        app_notice(app, EVENT_WARN, err.text, now);
        return;
    }
    str_fixed(&line, text, sizeof(text));
    str_addf(&line, "%s ", option->name);
    option->get(app, &line);
    app_notice(app, EVENT_INFO, text, now);
}
