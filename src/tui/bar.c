/*
 * The bottom row: the prompt, a notice, or the keys of the table that have a label, in the order of
 * their function keys, as many as fit, and behind them the theme.
 */
#include <stdio.h>
#include <string.h>

#include "tui/draw.h"
#include "tui/keys.h"
#include "tui/plan.h"
#include "tui/prompts.h"

#define PLACES 12 /* function keys; what has none comes behind them */

/* The columns that a row of the table takes in the bar, 0 if it is not there: without a label,
 * without a key, or refused where only reading is allowed. */
static unsigned columns(const struct view *view, const struct key_binding *binding)
{
    char name[KEYS_NAME_MAX];
    int key = keymap_key(&view->keymap, binding->command);
    bool refused = view_read_only(view) && keys_changes(binding->command);
    if (binding->label == NULL || key == KEYS_NONE || refused)
        return 0;
    return (unsigned)(strlen(keys_name(name, key)) + strlen(binding->label));
}

static unsigned place(const struct key_binding *binding)
{
    bool function = binding->keys[0] >= KEYS_F(1) && binding->keys[0] <= KEYS_F(PLACES);
    return function ? (unsigned)(binding->keys[0] - KEYS_F1) : PLACES;
}

static void draw_key(struct grid *g, unsigned row, unsigned col, const struct view *view,
                     const struct key_binding *binding)
{
    char name[KEYS_NAME_MAX];
    unsigned cols = columns(view, binding);
    keys_name(name, keymap_key(&view->keymap, binding->command));
    unsigned used = grid_text(g, row, col, cols, ROLE_KEY_NAME, name);
    grid_text(g, row, col + used, cols - used, ROLE_KEY_LABEL, binding->label);
    grid_target(g, (struct area){row, col, 1, cols}, TARGET_COMMAND, binding->command);
}

/* Behind the keys, at the right, where there is room for it. */
static void draw_theme(struct grid *g, unsigned row, unsigned from, const struct view *view)
{
    char text[80];
    if (g->cols < PLAN_WIDE || view->look.theme.name[0] == '\0')
        return;
    snprintf(text, sizeof(text), "theme %.40s   : commands ", view->look.theme.name);
    unsigned cols = grid_columns(text);
    if (from + cols <= g->cols)
        grid_text(g, row, g->cols - cols, cols, ROLE_DIM, text);
}

static void draw_keys(struct grid *g, unsigned row, const struct view *view)
{
    unsigned all = 0, count = 0, col = 0;
    for (size_t i = 0; i < keys_count; i++) {
        unsigned cols = columns(view, &keys_table[i]);
        all += cols;
        count += cols > 0;
    }
    unsigned gap = all + 2 * count <= g->cols + 2 ? 2 : 1;
    for (unsigned at = 0; at <= PLACES; at++)
        for (size_t i = 0; i < keys_count; i++) {
            unsigned cols = columns(view, &keys_table[i]);
            if (cols == 0 || place(&keys_table[i]) != at || col + cols > g->cols)
                continue;
            draw_key(g, row, col, view, &keys_table[i]);
            col += cols + gap;
        }
    draw_theme(g, row, col, view);
}

void bar_draw(struct grid *g, unsigned row, const struct view *view)
{
    char notice[VIEW_LINE];
    static const unsigned roles[] = {[EVENT_INFO] = ROLE_EV_INFO,
                                     [EVENT_WARN] = ROLE_EV_WARN,
                                     [EVENT_ERROR] = ROLE_EV_ERR,
                                     [EVENT_AUTH] = ROLE_EV_AUTH};
    if (prompt_is_open(&view->prompt)) {
        prompts_draw(g, row, view);
    } else if (view->notice[0] != '\0') {
        grid_text(g, row, 0, 1, roles[view->notice_level], " ");
        grid_text_cut(g, row, 1, g->cols - 1, roles[view->notice_level],
                      mask_text(&view->mask, notice, sizeof(notice), view->notice));
    } else {
        draw_keys(g, row, view);
    }
}
