/*
 * The block list: who is refused, for how long still, and why; and taking a block back.
 */
#include <stdio.h>
#include <string.h>

#include "base/human.h"
#include "tui/acting.h"
#include "tui/acts.h"
#include "tui/box.h"

#define COLS 60

static bool is_marked(const struct view *view, const struct snap_block *block)
{
    return memcmp(&block->key, &view->acting.marked, sizeof(block->key)) == 0;
}

/* The place of the marked line; where it has gone, its place is kept and the next one marked. */
static unsigned place(struct view *view)
{
    const struct snap *snap = view_newest(view);
    struct dialog *dialog = &view->dialog;
    for (unsigned i = 0; i < snap->block_count; i++)
        if (is_marked(view, &snap->blocks[i]))
            dialog->choice = i;
    if (dialog->choice >= snap->block_count)
        dialog->choice = snap->block_count == 0 ? 0 : snap->block_count - 1;
    if (snap->block_count > 0)
        view->acting.marked = snap->blocks[dialog->choice].key;
    return dialog->choice;
}

static char *left_text(char out[HUMAN_MAX], const struct view *view, const struct snap_block *block)
{
    int64_t left = (block->until_ms - view_newest(view)->wall_ms + 999) / 1000;
    if (left < 0)
        left = 0;
    if (snap_block_is_for_good(view_newest(view), block))
        snprintf(out, HUMAN_MAX, "good");
    else if (left < 3600)
        snprintf(out, HUMAN_MAX, "%um%02us", (unsigned)(left / 60), (unsigned)(left % 60));
    else
        human_age(out, (uint64_t)left);
    return out;
}

static bool draw(struct grid *g, struct view *view)
{
    struct area room;
    char ip[ADDR_TEXT_MAX], left[HUMAN_MAX], title[48];
    const struct snap *snap = view_newest(view);
    if (snap == NULL)
        return false;
    snprintf(title, sizeof(title), "Blocked IPs (%u)", snap->blocks_total);
    unsigned cols = g->cols < COLS + 4 && g->cols > 44 ? g->cols - 4 : COLS;
    if (!box_frame(g, (snap->block_count > 0 ? snap->block_count : 1) + 2, cols, 4, title, &room))
        return false;
    unsigned at = place(view), lines = room.rows - 2;
    unsigned first = at >= lines ? at - lines + 1 : 0;
    for (unsigned i = 0; i < lines && first + i < snap->block_count; i++) {
        const struct snap_block *block = &snap->blocks[first + i];
        bool marked = first + i == at;
        box_target(g, room, room.row + i, TARGET_LINE, first + i);
        grid_textf(g, room.row + i, room.col, room.cols, marked ? ROLE_DIALOG_DEFAULT : ROLE_DIALOG,
                   "%c %-26s %8s  %s", marked ? '>' : ' ',
                   mask_addr_key(&view->mask, ip, &block->key), left_text(left, view, block),
                   block->by_hand ? "by hand" : "wrong passwords");
    }
    if (snap->block_count == 0)
        grid_text(g, room.row, room.col, room.cols, ROLE_DIALOG, "Nobody is blocked.");
    grid_text(g, room.row + room.rows - 1, room.col, room.cols, ROLE_DIM,
              snap->block_count == 0 ? "Esc close" : "Enter unblock (asks)   Esc close");
    return true;
}

static void command(struct app *app, enum key_command command, double now)
{
    struct view *view = &app->view;
    if (view_newest(view) == NULL || view_newest(view)->block_count == 0)
        return;
    int at = (int)place(view) + app_movement(view, command),
        last = (int)view_newest(view)->block_count - 1;
    view->dialog.choice = at < 0 ? 0 : at > last ? (unsigned)last : (unsigned)at;
    view->acting.marked = view_newest(view)->blocks[view->dialog.choice].key;
    if (command != CMD_ANSWER || app_refuses(app, "unblock", now))
        return;
    view->acting.unblock = view->acting.marked;
    box_open(view, DIALOG_UNBLOCK);
}

const struct box_ops box_blocks = {.draw = draw, .command = command};

void act_blocks(struct app *app, enum key_command command_, double now)
{
    (void)command_;
    (void)now;
    if (view_newest(&app->view) != NULL)
        box_open(&app->view, DIALOG_BLOCKS);
}

static const struct snap_block *find(const struct view *view)
{
    for (unsigned i = 0; i < view_newest(view)->block_count; i++)
        if (memcmp(&view_newest(view)->blocks[i].key, &view->acting.unblock,
                   sizeof(view->acting.unblock)) == 0)
            return &view_newest(view)->blocks[i];
    return NULL;
}

static void ask(const struct view *view, struct question *question)
{
    char ip[ADDR_TEXT_MAX], left[HUMAN_MAX];
    const struct snap_block *block = find(view);
    question->title = "Unblock IP?";
    mask_addr_key(&view->mask, ip, &view->acting.unblock);
    snprintf(question->brief, sizeof(question->brief), "Unblock %s?", ip);
    if (block == NULL) {
        question_line(question, "%s is not blocked any more.", ip);
        question_answer(question, 0, "Close");
        return;
    }
    question_line(question, "%s, %s, is blocked for %s%s.", ip,
                  block->by_hand ? "by hand" : "after wrong passwords",
                  snap_block_is_for_good(view_newest(view), block) ? "" : "another ",
                  left_text(left, view, block));
    question_line(question, "Unblocked, it may connect again at once.");
    question_answer(question, 0, "No, keep");
    question_answer(question, 'y', "unblock");
}

static void answered(struct app *app, unsigned answer, double now)
{
    struct command unblock = {.type = COMMAND_UNBLOCK};
    (void)answer;
    unblock.addr.family = app->view.acting.unblock.family;
    memcpy(unblock.addr.bytes, app->view.acting.unblock.bytes, sizeof(unblock.addr.bytes));
    app_send_command(app, &unblock, now);
}

const struct box_ops box_unblock = {.ask = ask, .answered = answered};
