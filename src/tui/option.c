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

/* The words of a value: the `i`th, NULL behind the last. */
typedef const char *words(size_t i);

/* The place of a word, or -1 with err, which names the nearest. */
static int find_word(words *nth, struct slice text, const char *what, struct err *err)
{
    struct nearest nearest = {.mistyped = text};
    const char *word;
    for (size_t i = 0; (word = nth(i)) != NULL; i++) {
        if (slice_equal_nocase(text, slice_of(word)))
            return (int)i;
        nearest_consider(&nearest, slice_of(word));
    }
    if (nearest.best.len > 0)
        err_set(err, "there is no %s %.*s; did you mean %.*s?", what, (int)text.len, text.ptr,
                (int)nearest.best.len, nearest.best.ptr);
    else
        err_set(err, "there is no %s %.*s", what, (int)text.len, text.ptr);
    return -1;
}

struct slice option_cut_word(struct slice *rest)
{
    struct slice text = slice_trim(*rest);
    size_t end = slice_find(text, ' ');
    *rest = slice_trim((struct slice){text.ptr + end, text.len - end});
    return (struct slice){text.ptr, end};
}

/* --- theme ---------------------------------------------------------------------------------- */

static int set_theme(struct app *app, struct slice value, double now, struct err *err)
{
    char name[OPTION_TEXT_MAX], problem[VIEW_LINE];
    (void)now;
    snprintf(name, sizeof(name), "%.*s", (int)value.len, value.ptr);
    if (look_load(&app->view.look, name, problem, sizeof(problem)))
        return 0;
    err_set(err, "%s", problem);
    return -1;
}

static void get_theme(const struct view *view, struct str *out)
{
    str_add_text(out, view->look.asked);
}

static const char *theme_choice(const struct view *view, struct slice before, size_t i,
                                char buffer[WORD_MAX])
{
    (void)buffer;
    return before.len == 0 && i < view->themes.count ? view->themes.names[i] : NULL;
}

/* --- refresh -------------------------------------------------------------------------------- */

static const double refresh_steps[] = {0.5, 1, 2, 5, 10};
static const char *const refresh_words[] = {"0.5s", "1s", "2s", "5s", "10s"};

static const char *refresh_nth(size_t i)
{
    return i < COUNT(refresh_words) ? refresh_words[i] : NULL;
}

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

static void get_refresh(const struct view *view, struct str *out)
{
    str_addf(out, "%gs", view->refresh);
}

static const char *refresh_choice(const struct view *view, struct slice before, size_t i,
                                  char buffer[WORD_MAX])
{
    (void)view;
    (void)buffer;
    return before.len > 0 ? NULL : refresh_nth(i);
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

static const char *sort_nth(size_t i)
{
    return i < SORT_COUNT ? sort_word((enum sort_key)i) : NULL;
}

static const char *const directions[] = {"asc", "desc"};

static const char *direction_nth(size_t i)
{
    return i < COUNT(directions) ? directions[i] : NULL;
}

static int set_sort(struct app *app, struct slice value, double now, struct err *err)
{
    struct model *model = &app->view.model;
    struct slice rest = value, column = option_cut_word(&rest);
    int key = find_word(sort_nth, column, "column", err), direction = -1;
    (void)now;
    if (key < 0)
        return -1;
    if (rest.len > 0 && (direction = find_word(direction_nth, rest, "direction", err)) < 0)
        return -1;
    model_sort(model, (enum sort_key)key);
    if (direction >= 0 && model->descending != (direction == 1))
        model_reverse(model);
    return 0;
}

static void get_sort(const struct view *view, struct str *out)
{
    const struct model *model = &view->model;
    str_addf(out, "%s %s", sort_word(model->key), directions[model->descending]);
}

static const char *sort_choice(const struct view *view, struct slice before, size_t i,
                               char buffer[WORD_MAX])
{
    (void)view;
    (void)buffer;
    if (before.len == 0)
        return sort_nth(i);
    return slice_find(before, ' ') < before.len ? NULL : direction_nth(i);
}

static const char *const group_words[GROUP_BY_COUNT] = {
    [GROUP_NONE] = "none",     [GROUP_BOT] = "bot",   [GROUP_IP] = "ip",
    [GROUP_CLIENT] = "client", [GROUP_USER] = "user", [GROUP_BACKEND] = "backend",
};

static const char *group_nth(size_t i)
{
    return i < GROUP_BY_COUNT ? group_words[i] : NULL;
}

static int set_group(struct app *app, struct slice value, double now, struct err *err)
{
    int by = find_word(group_nth, value, "group", err);
    (void)now;
    if (by < 0)
        return -1;
    model_group(&app->view.model, (enum group_by)by);
    return 0;
}

static void get_group(const struct view *view, struct str *out)
{
    str_add_text(out, group_words[view->model.by]);
}

static const char *group_choice(const struct view *view, struct slice before, size_t i,
                                char buffer[WORD_MAX])
{
    (void)view;
    (void)buffer;
    return before.len > 0 ? NULL : group_nth(i);
}

/* --- panels and keys -------------------------------------------------------------------------- */

static const char *const panel_words[PANEL_COUNT] = {
    [PANEL_ALL] = "all",           [PANEL_CONNECTIONS] = "connections", [PANEL_IPS] = "ips",
    [PANEL_BACKENDS] = "backends", [PANEL_EVENTS] = "events",           [PANEL_PLAYERS] = "players",
};

static const char *panel_nth(size_t i)
{
    return i < PANEL_COUNT ? panel_words[i] : NULL;
}

static int set_panel(struct app *app, struct slice value, double now, struct err *err)
{
    struct view *view = &app->view;
    int panel = find_word(panel_nth, value, "panel", err);
    (void)now;
    if (panel < 0)
        return -1;
    /* Shown once more, the one that is alone would go back. */
    if (view->panels.alone != (enum panel)panel)
        panels_show(view, panel == PANEL_ALL ? view->panels.alone : (enum panel)panel);
    return 0;
}

static void get_panel(const struct view *view, struct str *out)
{
    str_add_text(out, panel_words[view->panels.alone]);
}

static const char *panel_choice(const struct view *view, struct slice before, size_t i,
                                char buffer[WORD_MAX])
{
    (void)view;
    (void)buffer;
    return before.len > 0 ? NULL : panel_nth(i);
}

static const char *preset_nth(size_t i)
{
    return i < KEYMAP_PRESETS ? keymap_preset_name((enum keymap_preset)i) : NULL;
}

/* Keeps the first of several problems. */
static void keep_problem(void *ctx, const char *text)
{
    struct err *err = ctx;
    if (err->text[0] == '\0')
        err_set(err, "%s", text);
}

static int set_keys(struct app *app, struct slice value, double now, struct err *err)
{
    struct keymap map;
    const struct config *config = app->config;
    int preset = find_word(preset_nth, value, "preset", err);
    (void)now;
    if (preset < 0)
        return -1;
    err->text[0] = '\0';
    if (keymap_load(&map, config == NULL ? NULL : config->tui.keys,
                    config == NULL ? 0 : config->tui.key_count, (enum keymap_preset)preset,
                    keep_problem, err) > 0)
        return -1;
    app->view.keymap = map;
    return 0;
}

static void get_keys(const struct view *view, struct str *out)
{
    str_add_text(out, keymap_preset_name(view->keymap.preset));
}

static const char *keys_choice(const struct view *view, struct slice before, size_t i,
                               char buffer[WORD_MAX])
{
    (void)view;
    (void)buffer;
    return before.len > 0 ? NULL : preset_nth(i);
}

/* --- the table -------------------------------------------------------------------------------- */

static const struct option options[] = {
    {"theme", "NAME", "colours", set_theme, get_theme, theme_choice, CMD_THEME},
    {"refresh", "0.5s to 10s", "between pictures", set_refresh, get_refresh, refresh_choice,
     CMD_NONE},
    {"sort", "COLUMN [asc|desc]", "order", set_sort, get_sort, sort_choice, CMD_SORT},
    {"group", "WHAT", "bot, ip, client...", set_group, get_group, group_choice, CMD_GROUP_MENU},
    {"filter", "EXPR", "only what matches", option_set_filter, option_get_filter, NULL, CMD_FILTER},
    {"columns", "N", "columns left out", option_set_columns, option_get_columns, NULL, CMD_NONE},
    {"mask", "on|off", "hide addresses", option_set_mask, option_get_mask, option_switch_choice,
     CMD_MASK},
    {"units", "bytes|bits|messages", "of rates", option_set_units, option_get_units,
     option_units_choice, CMD_UNITS},
    {"mouse", "on|off", "buttons and wheel", option_set_mouse, option_get_mouse,
     option_switch_choice, CMD_MOUSE},
    {"ascii", "on|off", "no other characters", option_set_ascii, option_get_ascii,
     option_switch_choice, CMD_NONE},
    {"panel", "NAME", "one alone, or all", set_panel, get_panel, panel_choice, CMD_NONE},
    {"keys", "PRESET", "default, htop, vim", set_keys, get_keys, keys_choice, CMD_NONE},
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
    option->get(&app->view, &line);
    app_notice(app, EVENT_INFO, text, now);
}
