/*
 * What views ask for. A view posts a command and later gets a result; it never touches a connection
 * or a backend itself. The sender's side: screen and pages hold a struct command_desk; control made
 * it.
 */
#ifndef STATS_COMMAND_H
#define STATS_COMMAND_H

#include <stdbool.h>
#include <stdint.h>

#include "net/addr.h"
#include "net/mailbox.h"

enum command_type {
    COMMAND_KILL,
    COMMAND_KILL_IP,
    COMMAND_BLOCK,
    COMMAND_UNBLOCK,
    COMMAND_KILL_USER,
    COMMAND_BLOCK_USER, /* what the bot has open ends, too, as with BLOCK */
    COMMAND_UNBLOCK_USER,
    COMMAND_CHECK,
    COMMAND_DRAIN,
    COMMAND_UNDRAIN,
    COMMAND_RELOAD,
    COMMAND_QUIT,
    COMMAND_SCREEN_GONE, /* the terminal went away */
    COMMAND_SCREEN_LEFT  /* the person left it, and lets the proxy run on */
};

/* How a connection is ended by hand. */
enum kill_mode {
    KILL_RESET, /* cut at once, a TCP reset */
    KILL_CLOSE /* politely: a WebSocket gets a close frame (1001), an answer under way its end; what
                  is not over in time is reset */
};

struct command {
    enum command_type type;
    uint64_t id;         /* KILL without a list: the connection */
    const uint64_t *ids; /* KILL: a list of them, or NULL. KILL_USER, BLOCK_USER: connections that
                            end besides the bot's WebSockets, or NULL. Borrowed */
    unsigned id_count;
    const char *user;    /* KILL_USER, BLOCK_USER, UNBLOCK_USER: the bot's User-Id, as views have it
                            (stats/user.h). Borrowed */
    enum kill_mode mode; /* KILL, KILL_IP, KILL_USER */
    struct addr addr;    /* KILL_IP, BLOCK, UNBLOCK: the IP (port ignored) */
    double seconds;   /* BLOCK, BLOCK_USER: how long. KILL, KILL_IP, KILL_USER: > 0: block the IPs
                         or the bot first, for so long, and end all they have */
    unsigned backend; /* CHECK, DRAIN, UNDRAIN: the slot; CHECK: or REPORT_NO_BACKEND for all */
    bool quiet;       /* CHECK: nobody asked for it by hand: no line in the event list */
};
#define COMMAND_IDS_MAX 16384

enum command_code {
    COMMAND_DONE,
    COMMAND_NOT_FOUND,
    COMMAND_REFUSED, /* not even tried */
    COMMAND_FAILED   /* RELOAD: the newest snapshot says why */
};

struct command_result {
    enum command_code code;
    unsigned ended;   /* KILL*, BLOCK*: connections that were ended, */
    unsigned asked;   /* KILL: of this many */
    unsigned blocked; /* KILL*, BLOCK*: IPs and bots that were blocked */
    char text[160];   /* what happened, one line; the event list has the same */
};

/* Called in the control thread when the command has been carried out (or not). May be NULL. */
typedef void command_answer(void *ctx, const struct command_result *result);

struct command_desk;

/* Sends a command. `answer` runs once in the control thread, at the latest when the desk closes.
 * The desk copies the command, its list (at most COMMAND_IDS_MAX ids) and the User-Id. -1 when out
 * of memory. Any thread. */
int command_send(struct command_desk *desk, const struct command *command, command_answer *answer,
                 void *ctx);

/* Control's side: commands arrive through `handler` in the loop's thread. */
typedef void command_handler(void *ctx, const struct command *command, command_answer *answer,
                             void *answer_ctx);
struct ev_loop;
struct command_desk *command_desk_new(struct ev_loop *loop, command_handler *handler, void *ctx);
/* Refuses what was sent and not handled; NULL is harmless. */
void command_desk_free(struct command_desk *desk);

#endif
