/*
 * The prompt of the filter: the list follows while it is typed, and the row below says how much is
 * left, or what is wrong and where.
 */
#include <string.h>

#include "tui/acts.h"
#include "tui/completion.h"
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
    else if (finding_is_filtered(&view->finding))
        recall_keep(&view->filter_lines, view->finding.text);
}

static bool is_behind(struct slice text, const char *field)
{
    size_t len = strlen(field);
    return text.len >= len && memcmp(text.ptr + text.len - len, field, len) == 0;
}

/* The name of a field, or behind "backend:" that of a backend. */
static void complete(struct app *app)
{
    struct view *view = &app->view;
    struct prompt *prompt = &view->prompt;
    struct completion completion;
    char field[FILTER_FIELD_MAX];
    const char *name;
    size_t start = prompt->at;
    while (start > 0 && strchr(" &|!(:<>=\"", prompt->text[start - 1]) == NULL)
        start--;
    completion_begin(&completion, (struct slice){prompt->text + start, prompt->at - start});
    if (is_behind((struct slice){prompt->text, start}, "backend:")) {
        for (unsigned i = 0; view->snap != NULL && i < view->snap->backend_count; i++)
            completion_consider(&completion, view->snap->backends[i].name);
    } else if (completion.typed.len > 0 && (start == 0 || prompt->text[start - 1] != ':')) {
        for (size_t i = 0; (name = filter_field_at(i, field)) != NULL; i++)
            completion_consider(&completion, name);
    }
    completion_insert(&completion, prompt);
}

static void recall(struct app *app, int step)
{
    recall_step(&app->view.filter_lines, &app->view.prompt, step);
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
    static const char *const fields[] = {
        "bot: ip: client: user: backend: v: rate> total> age> tag:",
        "title, author, guild or bot; bot: user: ip: backend: v: age>"};
    static const char *const bare[] = {" players>  bare word = any column", ""};
    const bool players = panels_focused(view) == PANEL_PLAYERS;
    struct finding_counts counts = finding_counts(view);
    unsigned used = 2 + grid_textf(g, row, 2, g->cols - 2, ROLE_DIM, "%u of %u shown | %s",
                                   counts.shown, counts.all, fields[players]);
    if (used + strlen(bare[players]) < g->cols)
        grid_text(g, row, used, g->cols - used, ROLE_DIM, bare[players]);
}

const struct prompt_ops prompt_filter = {
    .label = "filter> ",
    .changed = changed,
    .run = run,
    .left = left,
    .complete = complete,
    .recall = recall,
    .below = below,
};

void act_filter(struct app *app, enum key_command command, double now)
{
    (void)command;
    (void)now;
    recall_begin(&app->view.filter_lines);
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
