/*
 * w: the list in sight into a file whose name is asked for. What ends in .json becomes JSON, what
 * ends in .csv CSV.
 */
#include <stdio.h>

#include "base/human.h"
#include "tui/acts.h"
#include "tui/export_file.h"
#include "tui/export_view.h"
#include "tui/prompts.h"

#define PATH_LEN 4096

/* -1 with err. */
static int save(const struct view *view, struct slice name, struct err *err, unsigned *count,
                size_t *size)
{
    char memory[PATH_LEN];
    struct str path, bytes;
    struct export_walk walk;
    struct export_rows rows;
    enum export_format format;
    str_fixed(&path, memory, sizeof(memory));
    if (!export_format_of(name, &format)) {
        err_set(err, "the name must end in .csv or .json");
        return -1;
    }
    if (export_path(&path, name, err) < 0)
        return -1;
    if (path.cut || !export_of_view(view, &walk, &rows)) {
        err_set(err, path.cut ? "the name is too long" : "there is nothing to write yet");
        return -1;
    }
    str_growing(&bytes);
    export_all(&bytes, &rows, format, rows.kind == EXPORT_CONNECTIONS ? view->finding.text : "");
    int result = -1;
    if (bytes.cut)
        err_set(err, "not written: out of memory");
    else
        result = export_save(memory, str_slice(&bytes), err);
    *count = rows.count;
    *size = bytes.len;
    str_free(&bytes);
    return result;
}

void act_write_to(struct app *app, struct slice name, double now)
{
    char notice[VIEW_LINE], figure[HUMAN_MAX];
    struct err err;
    unsigned count = 0;
    size_t size = 0;
    if (app_refuses(app, "writing files", now))
        return;
    if (save(&app->view, name, &err, &count, &size) < 0) {
        app_notice(app, EVENT_WARN, err.text, now);
        return;
    }
    snprintf(notice, sizeof(notice), "%u row%s, %s, written to %.*s", count, count == 1 ? "" : "s",
             human_size(figure, size), (int)name.len, name.ptr);
    app_notice(app, EVENT_INFO, notice, now);
}

static void run(struct app *app, double now)
{
    struct slice name = slice_trim(slice_of(app->view.prompt.text));
    if (name.len > 0)
        act_write_to(app, name, now);
}

static void hint(const struct view *view, struct str *out)
{
    struct export_walk walk;
    struct export_rows rows;
    if (export_of_view(view, &walk, &rows))
        str_addf(out, "%u row%s of %s; .csv or .json, never over a file that exists", rows.count,
                 rows.count == 1 ? "" : "s", export_kind_name(rows.kind));
}

const struct prompt_ops prompt_write = {.label = "write to: ", .run = run, .hint = hint};

void act_write(struct app *app, enum key_command command, double now)
{
    char memory[PROMPT_TEXT_MAX];
    struct str name;
    struct export_walk walk;
    struct export_rows rows;
    (void)command;
    if (app_refuses(app, "writing files", now))
        return;
    if (!export_of_view(&app->view, &walk, &rows)) {
        app_notice(app, EVENT_INFO, "there is nothing to write yet", now);
        return;
    }
    str_fixed(&name, memory, sizeof(memory));
    export_suggest(&name, &rows);
    prompt_open(&app->view.prompt, PROMPT_WRITE, memory);
}
