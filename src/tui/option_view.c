/*
 * Options of how the list is shown: what is left out of it, and how things are written.
 */
#include <string.h>

#include "tui/option.h"

static const char *switch_nth(size_t i)
{
    static const char *const words[] = {"off", "on"};
    return i < 2 ? words[i] : NULL;
}

static int set_switch(bool *to, struct slice value, const char *name, struct err *err)
{
    bool on = slice_equal_nocase(value, SLICE("on"));
    if (!on && !slice_equal_nocase(value, SLICE("off"))) {
        err_set(err, "%s must be on or off", name);
        return -1;
    }
    *to = on;
    return 0;
}

const char *option_switch_choice(const struct view *view, struct slice before, size_t i,
                                 char buffer[WORD_MAX])
{
    (void)view;
    (void)buffer;
    return before.len > 0 ? NULL : switch_nth(i);
}

/* --- filter ----------------------------------------------------------------------------------- */

int option_set_filter(struct app *app, struct slice value, double now, struct err *err)
{
    char text[PROMPT_TEXT_MAX];
    struct finding *finding = &app->view.finding;
    (void)now;
    if (slice_equal(value, SLICE("off"))) {
        finding_clear(&app->view);
        return 0;
    }
    if (value.len >= sizeof(text)) {
        err_set(err, "this filter is too long");
        return -1;
    }
    memcpy(text, value.ptr, value.len);
    text[value.len] = '\0';
    if (finding_filter(&app->view, text))
        return 0;
    err_set(err, "filter: %s", finding->error.text);
    finding->wrong = false; /* nothing is being typed */
    return -1;
}

void option_get_filter(const struct view *view, struct str *out)
{
    const char *text = view->finding.text;
    str_add_text(out, text[0] == '\0' ? "off" : text);
}

/* --- words ------------------------------------------------------------------------------------ */

int option_set_mask(struct app *app, struct slice value, double now, struct err *err)
{
    (void)now;
    return set_switch(&app->view.mask.on, value, "mask", err);
}

void option_get_mask(const struct view *view, struct str *out)
{
    str_add_text(out, switch_nth(view->mask.on));
}

int option_set_mouse(struct app *app, struct slice value, double now, struct err *err)
{
    (void)now;
    return set_switch(&app->view.mouse, value, "mouse", err);
}

void option_get_mouse(const struct view *view, struct str *out)
{
    str_add_text(out, switch_nth(view->mouse));
}

int option_set_ascii(struct app *app, struct slice value, double now, struct err *err)
{
    (void)now;
    return set_switch(&app->view.ascii, value, "ascii", err);
}

void option_get_ascii(const struct view *view, struct str *out)
{
    str_add_text(out, switch_nth(view->ascii));
}

static const char *unit_nth(size_t i)
{
    static const char *const words[UNITS_COUNT] = {"bytes", "bits", "messages"};
    return i < UNITS_COUNT ? words[i] : NULL;
}

int option_set_units(struct app *app, struct slice value, double now, struct err *err)
{
    (void)now;
    for (size_t i = 0; i < UNITS_COUNT; i++)
        if (slice_equal_nocase(value, slice_of(unit_nth(i)))) {
            app->view.units = (enum view_units)i;
            return 0;
        }
    err_set(err, "units must be bytes, bits or messages");
    return -1;
}

void option_get_units(const struct view *view, struct str *out)
{
    str_add_text(out, unit_nth(view->units));
}

const char *option_units_choice(const struct view *view, struct slice before, size_t i,
                                char buffer[WORD_MAX])
{
    (void)view;
    (void)buffer;
    return before.len > 0 ? NULL : unit_nth(i);
}

/* --- columns ---------------------------------------------------------------------------------- */

#define SKIP_MAX 100

int option_set_columns(struct app *app, struct slice value, double now, struct err *err)
{
    uint64_t skip;
    (void)now;
    if (!slice_to_u64(value, &skip) || skip > SKIP_MAX) {
        err_set(err, "columns: a number, 0 shows the most important ones");
        return -1;
    }
    app->view.skipped_columns = (unsigned)skip;
    return 0;
}

void option_get_columns(const struct view *view, struct str *out)
{
    str_add_u64(out, view->skipped_columns);
}
