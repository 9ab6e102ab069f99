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
#define WHO_COLS 26
#define WHO_MAX (SNAP_TEXT + 8)
_Static_assert(WHO_MAX >= ADDR_TEXT_MAX, "an address fits as well");

static struct acting_blocked blocked_of(const struct snap_block *block)
{
    struct acting_blocked blocked = {.key = block->key};
    if (block->user != NULL)
        user_name_of(&blocked.user, slice_of(block->user));
    return blocked;
}

static bool is(const struct snap_block *block, const struct acting_blocked *blocked)
{
    if (block->user != NULL)
        return strcmp(block->user, blocked->user.text) == 0;
    return blocked->user.text[0] == '\0' &&
           memcmp(&block->key, &blocked->key, sizeof(block->key)) == 0;
}

/* "203.0.113.9", "bot 880012345678901234". */
static char *who_text(char out[WHO_MAX], const struct view *view, const struct acting_blocked *who)
{
    char id[SNAP_TEXT];
    if (who->user.text[0] == '\0')
        return mask_addr_key(&view->mask, out, &who->key);
    snprintf(out, WHO_MAX, "bot %s", mask_id(&view->mask, id, sizeof(id), who->user.text));
    return out;
}

/* The place of the marked line; where it has gone, its place is kept and the next one marked. */
static unsigned place(struct view *view)
{
    const struct snap *snap = view_newest(view);
    struct dialog *dialog = &view->dialog;
    for (unsigned i = 0; i < snap->block_count; i++)
        if (is(&snap->blocks[i], &view->acting.marked))
            dialog->choice = i;
    if (dialog->choice >= snap->block_count)
        dialog->choice = snap->block_count == 0 ? 0 : snap->block_count - 1;
    if (snap->block_count > 0)
        view->acting.marked = blocked_of(&snap->blocks[dialog->choice]);
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
    char who[WHO_MAX], left[HUMAN_MAX], title[48];
    const struct snap *snap = view_newest(view);
    if (snap == NULL)
        return false;
    snprintf(title, sizeof(title), "Blocked IPs and bots (%u)", snap->blocks_total);
    unsigned cols = g->cols < COLS + 4 && g->cols > 44 ? g->cols - 4 : COLS;
    if (!box_frame(g, (snap->block_count > 0 ? snap->block_count : 1) + 2, cols, 4, title, &room))
        return false;
    unsigned at = place(view), lines = room.rows - 2;
    unsigned first = at >= lines ? at - lines + 1 : 0;
    for (unsigned i = 0; i < lines && first + i < snap->block_count; i++) {
        const struct snap_block *block = &snap->blocks[first + i];
        struct acting_blocked blocked = blocked_of(block);
        unsigned row = room.row + i, role = first + i == at ? ROLE_DIALOG_DEFAULT : ROLE_DIALOG;
        box_target(g, room, row, TARGET_LINE, first + i);
        grid_textf(g, row, room.col, room.cols, role, "%c %*s %8s  %s", first + i == at ? '>' : ' ',
                   WHO_COLS, "", left_text(left, view, block),
                   block->by_hand ? "by hand" : "wrong passwords");
        grid_text_cut(g, row, room.col + 2, room.cols > WHO_COLS + 2 ? WHO_COLS : room.cols - 2,
                      role, who_text(who, view, &blocked));
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
    view->acting.marked = blocked_of(&view_newest(view)->blocks[view->dialog.choice]);
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

void acting_unblock(struct view *view, const struct snap_block *block)
{
    view->acting.unblock = blocked_of(block);
    box_open(view, DIALOG_UNBLOCK);
}

static const struct snap_block *find(const struct view *view)
{
    for (unsigned i = 0; i < view_newest(view)->block_count; i++)
        if (is(&view_newest(view)->blocks[i], &view->acting.unblock))
            return &view_newest(view)->blocks[i];
    return NULL;
}

static void ask(const struct view *view, struct question *question)
{
    char who[WHO_MAX], left[HUMAN_MAX];
    const struct snap_block *block = find(view);
    question->title = view->acting.unblock.user.text[0] ? "Unblock bot?" : "Unblock IP?";
    who_text(who, view, &view->acting.unblock);
    snprintf(question->brief, sizeof(question->brief), "Unblock %s?", who);
    if (block == NULL) {
        question_line(question, "%s is not blocked any more.", who);
        question_answer(question, 0, "Close");
        return;
    }
    question_line(question, "%s, %s, is blocked for %s%s.", who,
                  block->by_hand ? "by hand" : "after wrong passwords",
                  snap_block_is_for_good(view_newest(view), block) ? "" : "another ",
                  left_text(left, view, block));
    question_line(question, "Unblocked, it may connect again at once.");
    question_answer(question, 0, "No, keep");
    question_answer(question, 'y', "unblock");
}

static void answered(struct app *app, unsigned answer, double now)
{
    const struct acting_blocked *who = &app->view.acting.unblock;
    struct command unblock = {.type = COMMAND_UNBLOCK, .addr.family = who->key.family};
    (void)answer;
    if (who->user.text[0])
        unblock = (struct command){.type = COMMAND_UNBLOCK_USER, .user = who->user.text};
    else
        memcpy(unblock.addr.bytes, who->key.bytes, sizeof(unblock.addr.bytes));
    app_send_command(app, &unblock, now);
}

const struct box_ops box_unblock = {.ask = ask, .answered = answered};
