/*
 * What the keys that act on the outside world remember: whom they are aimed at, and the last block
 * for as long as it can be undone. Part of the view; UI thread.
 */
#ifndef TUI_ACTING_H
#define TUI_ACTING_H

#include "stats/user.h"
#include "tui/aim.h"

#define ACTING_UNDO_SECONDS 5.0

struct app;
struct question;
struct view;

/* One line of the block list. */
struct acting_blocked {
    struct addr_key key;
    struct user_name user; /* of a bot; "": it is an IP */
};

struct acting {
    struct aim aim;
    struct addr asked[AIM_IPS_MAX]; /* a block of these was sent, */
    unsigned asked_count;
    struct addr undo[AIM_IPS_MAX]; /* these are blocked, and `u` takes it back */
    unsigned undo_count;
    struct user_name asked_user, undo_user; /* the same of a bot; "": none */
    double undo_until;
    bool undoing;                  /* the next answer is that of an undo */
    struct acting_blocked marked;  /* in the block list */
    struct acting_blocked unblock; /* DIALOG_UNBLOCK: whom */
    unsigned slot;                 /* DIALOG_DRAIN: the backend */
    bool drain;                    /* DIALOG_DRAIN: else undrain */
};

/* Aims at what is tagged or picked in the focused panel. False: nothing is, and a notice says so.
 */
bool acting_aim(struct app *app, double now);
/* Opens the question whether to end what it is aimed at, or to block it. */
void acting_ask_kill(struct app *app, double now);
void acting_ask_block(struct app *app, double now);

/* Adds the lines that name what it is aimed at, masked where that is on. */
void acting_describe(const struct view *view, struct question *question);

/* Adds the line that says who falls silent. */
void acting_silence(const struct view *view, struct question *question);

#define ACTING_TIME_MAX 24
/* "10 min", "1 h". Returns `out`. */
char *acting_time_text(char out[ACTING_TIME_MAX], double seconds);

/* Asks whether this one is to be let in again. */
void acting_unblock(struct view *view, const struct snap_block *block);

/* The bot or the IPs aimed at are about to be blocked. */
void acting_remember(struct acting *acting);

/* An answer to one of our commands has come: shows it, and offers the undo of a block. */
void acting_answered(struct app *app, const struct command_result *result, double now);

#endif
