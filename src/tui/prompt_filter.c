/*
 * The prompt of the filter: the list follows while it is typed, and the row below says how much is
 * left, or what is wrong and where.
 */
#include "tui/acts.h"
#include "tui/prompts.h"

#define KEPT "; previous filter stays active"

static void changed(struct app *app, double now)
{
    (void)now;
    finding_type(&app->view, app->view.prompt.text);
}

/* A bad expression stays in the prompt. */
static void run(struct app *app, double now)
{
    struct view *view = &app->view;
    (void)now;
    if (!finding_filter(view, view->prompt.text))
        view->prompt.kind = PROMPT_FILTER;
}

static void left(struct app *app, double now)
{
    (void)now;
    finding_clear(&app->view);
}

/* Underlines the wrong part; the words stand behind that, or in front of it where they have no room
 * there. */
static void draw_error(struct grid *g, unsigned row, int col, const struct filter_error *error)
{
    char words[160];
    struct str text;
    int start = col + (int)error->start, end = start + (int)error->len, cols = (int)g->cols;
    str_fixed(&text, words, sizeof(words));
    str_addf(&text, "%s" KEPT, error->text);
    int len = (int)grid_columns(words), words_at = end + 1;
    if (words_at + len > cols)
        words_at = start - 1 - len;
    if (words_at < 0)
        words_at = end + 1 + (int)grid_columns(error->text) > cols ? 0 : end + 1;
    for (int at = start < 0 ? 0 : start; at < end && at < cols; at++) {
        grid_paint(g, row - 1, (unsigned)at, 1, ROLE_PROMPT_ERR);
        grid_text(g, row, (unsigned)at, 1, ROLE_WARNING, "~");
    }
    grid_text_cut(g, row, (unsigned)words_at, (unsigned)(cols - words_at), ROLE_WARNING, words);
}

static void below(struct grid *g, unsigned row, int col, const struct view *view)
{
    if (view->finding.wrong) {
        draw_error(g, row, col, &view->finding.error);
        return;
    }
    static const char bare[] = "  bare word = any column";
    unsigned all = view->snap == NULL ? 0 : view->snap->conn_count;
    unsigned used = 2 + grid_textf(g, row, 2, g->cols - 2, ROLE_DIM,
                                   "%u of %u shown | ip: client: user: backend: v: rate> total>"
                                   " age> tag:",
                                   view->model.count, all);
    if (used + sizeof(bare) <= g->cols)
        grid_text(g, row, used, g->cols - used, ROLE_DIM, bare);
}

const struct prompt_ops prompt_filter = {
    .label = "filter> ",
    .changed = changed,
    .run = run,
    .left = left,
    .below = below,
};

void act_filter(struct app *app, enum key_command command, double now)
{
    (void)command;
    (void)now;
    prompt_open(&app->view.prompt, PROMPT_FILTER, app->view.finding.text);
    finding_filter(&app->view, app->view.finding.text);
}

void act_filter_toggle(struct app *app, enum key_command command, double now)
{
    (void)command;
    if (finding_clear(&app->view))
        app_notice(app, EVENT_INFO, "the filter is off (f brings it back)", now);
    else if (finding_restore(&app->view))
        app_notice(app, EVENT_INFO, "the filter is on again", now);
    else
        app_notice(app, EVENT_INFO, "there was no filter yet (\\ makes one)", now);
}
