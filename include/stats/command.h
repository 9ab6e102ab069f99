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
    const uint64_t *ids; /* KILL: a list of them, or NULL. Borrowed */
    unsigned id_count;
    enum kill_mode mode; /* KILL, KILL_IP */
    struct addr addr;    /* KILL_IP, BLOCK, UNBLOCK: the IP (port ignored) */
    double seconds;   /* BLOCK: how long. KILL, KILL_IP: > 0: block the IPs first, for so long, and
                         end all they have */
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
    unsigned ended;   /* KILL, KILL_IP, BLOCK: connections that were ended, */
    unsigned asked;   /* KILL: of this many */
    unsigned blocked; /* KILL, KILL_IP, BLOCK: IPs that were blocked */
    char text[160];   /* what happened, one line; the event list has the same */
};

/* Called in the control thread when the command has been carried out (or not). May be NULL. */
typedef void command_answer(void *ctx, const struct command_result *result);

struct command_desk;

/* Sends a command. `answer` runs once in the control thread, at the latest when the desk closes.
 * The desk copies the command and its list (at most COMMAND_IDS_MAX ids). -1 when out of memory.
 * Any thread. */
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
