/*
 * The desk where views leave commands: a mailbox into control's loop with one kind of mail.
 */
#include "stats/command.h"

#include <stdlib.h>
#include <string.h>

struct command_mail {
    struct mail mail;
    struct command command;
    command_answer *answer;
    void *answer_ctx;
    uint64_t ids[]; /* and the User-Id behind them */
};

struct command_desk {
    struct mailbox *box;
    command_handler *handler;
    void *ctx;
};

static void on_mail(void *ctx, struct mail *mail)
{
    struct command_desk *desk = ctx;
    struct command_mail *letter = (struct command_mail *)mail;
    desk->handler(desk->ctx, &letter->command, letter->answer, letter->answer_ctx);
    free(letter);
}

struct command_desk *command_desk_new(struct ev_loop *loop, command_handler *handler, void *ctx)
{
    struct command_desk *desk = calloc(1, sizeof(*desk));
    if (!desk)
        return NULL;
    desk->handler = handler;
    desk->ctx = ctx;
    desk->box = mailbox_new(loop, on_mail, desk);
    if (!desk->box) {
        free(desk);
        return NULL;
    }
    return desk;
}

/* Whoever waits for an answer may own memory that only the answer frees. */
static void refuse(void *ctx, const struct command *command, command_answer *answer,
                   void *answer_ctx)
{
    static const struct command_result ending = {.code = COMMAND_REFUSED,
                                                 .text = "the proxy is ending"};
    (void)ctx;
    (void)command;
    if (answer)
        answer(answer_ctx, &ending);
}

void command_desk_free(struct command_desk *desk)
{
    if (!desk)
        return;
    desk->handler = refuse;
    mailbox_deliver(desk->box);
    mailbox_free(desk->box);
    free(desk);
}

int command_send(struct command_desk *desk, const struct command *command, command_answer *answer,
                 void *ctx)
{
    unsigned count = command->ids ? command->id_count : 0;
    size_t user = command->user ? strlen(command->user) + 1 : 0;
    struct command_mail *letter = NULL;
    if (count <= COMMAND_IDS_MAX)
        letter = calloc(1, sizeof(*letter) + count * sizeof(*command->ids) + user);
    if (!letter)
        return -1;
    letter->command = *command;
    if (command->ids) {
        memcpy(letter->ids, command->ids, count * sizeof(*command->ids));
        letter->command.ids = letter->ids;
    }
    if (command->user)
        letter->command.user = memcpy(letter->ids + count, command->user, user);
    letter->answer = answer;
    letter->answer_ctx = ctx;
    mailbox_post(desk->box, &letter->mail);
    return 0;
}
