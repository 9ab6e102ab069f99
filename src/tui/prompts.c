/*
 * Keys of a prompt, and its row.
 */
#include "tui/prompts.h"

#include <stdio.h>

#include "base/text.h"

static const struct prompt_ops *const table[PROMPT_COUNT] = {
    [PROMPT_COMMAND] = &prompt_command,
    [PROMPT_FILTER] = &prompt_filter,
    [PROMPT_FIND] = &prompt_find,
    [PROMPT_WRITE] = &prompt_write,
};

static void leave(struct app *app, const struct prompt_ops *ops, double now)
{
    prompt_close(&app->view.prompt);
    if (ops->left != NULL)
        ops->left(app, now);
}

/* What edits or moves; false: the command is none of these. */
static bool edit(struct prompt *prompt, enum key_command command, int key)
{
    switch (command) {
    case CMD_NONE:
        prompt_type(prompt, key);
        return true;
    case CMD_ERASE:
        prompt_erase(prompt);
        return true;
    case CMD_ERASE_NEXT:
        prompt_erase_next(prompt);
        return true;
    case CMD_CLEAR:
        prompt_clear(prompt);
        return true;
    case CMD_CURSOR_LEFT:
        prompt_left(prompt);
        return true;
    case CMD_CURSOR_RIGHT:
        prompt_right(prompt);
        return true;
    case CMD_CURSOR_FIRST:
        prompt_first(prompt);
        return true;
    case CMD_CURSOR_LAST:
        prompt_last(prompt);
        return true;
    default:
        return false;
    }
}

void prompts_key(struct app *app, enum key_command command, int key, double now)
{
    struct prompt *prompt = &app->view.prompt;
    const struct prompt_ops *ops = table[prompt->kind];
    if (edit(prompt, command, key)) {
        if (!prompt_is_open(prompt))
            leave(app, ops, now);
        else if (ops->changed != NULL)
            ops->changed(app, now);
    } else if (command == CMD_RUN) {
        prompt_close(prompt);
        if (ops->run != NULL)
            ops->run(app, now);
    } else if (command == CMD_LEAVE) {
        leave(app, ops, now);
    } else if (command == CMD_COMPLETE && ops->complete != NULL) {
        ops->complete(app);
        if (ops->changed != NULL)
            ops->changed(app, now);
    } else if ((command == CMD_PREV || command == CMD_NEXT) && ops->recall != NULL) {
        ops->recall(app, command == CMD_PREV ? -1 : 1);
        if (ops->changed != NULL)
            ops->changed(app, now);
    }
}

static unsigned columns_before(const char *text, size_t bytes)
{
    char head[PROMPT_TEXT_MAX];
    snprintf(head, sizeof(head), "%.*s", (int)bytes, text);
    return grid_columns(head);
}

/* The line with its cursor, and what it may become. Where it is too long the cursor is in sight. */
void prompts_draw(struct grid *g, unsigned row, const struct view *view)
{
    char memory[400];
    struct str hint;
    const struct prompt *prompt = &view->prompt;
    const struct prompt_ops *ops = table[prompt->kind];
    bool below = ops->below != NULL && row > 0;
    if (below)
        grid_fill(g, --row, 0, g->cols, ROLE_TEXT, ' ', ' ');
    unsigned start = grid_text(g, row, 0, g->cols, ROLE_KEY_NAME, ops->label);
    unsigned room = g->cols > start + 1 ? g->cols - start - 1 : 0;
    const char *from = prompt->text;
    unsigned cursor = columns_before(from, prompt->at);
    /* As many characters leave at the left as the cursor needs. */
    for (uint32_t ch = 0; cursor > room;) {
        size_t len = 0;
        text_decode(slice_of(from), &len, &ch);
        from += len;
        cursor = columns_before(from, prompt->at - (size_t)(from - prompt->text));
    }
    unsigned col = start;
    col += grid_text(g, row, col, g->cols - col, ROLE_TEXT, from);
    grid_select(g, row, start + cursor, 1);
    if (below)
        ops->below(g, row + 1,
                   (int)(start + cursor) - (int)columns_before(prompt->text, prompt->at), view);
    if (ops->hint == NULL || col + 3 >= g->cols)
        return;
    str_fixed(&hint, memory, sizeof(memory));
    ops->hint(view, &hint);
    grid_text_cut(g, row, col + 3, g->cols - col - 3, ROLE_DIM, hint.ptr);
}
