/*
 * Requests that control carries out: kill, block, drain, check, reload. The client waits (state
 * WAIT) for control's answer, which may also come when it is gone. Control thread only.
 */
#ifndef WEB_ASK_H
#define WEB_ASK_H

#include <stdbool.h>

struct client;
struct json;

void ask_kill(struct client *client);      /* of call.id */
void ask_kill_many(struct client *client); /* of the ids, the IP or the bot in the query */
void ask_block(struct client *client);     /* POST: block, DELETE: unblock, what the query says */
void ask_backend(struct client *client);   /* of call.name: drain, undrain, check */
void ask_reload(struct client *client);
void ask_check(struct client *client); /* of all backends, or joins the one under way */

/* Sends client->command, and has the client wait for its answer. */
void ask_control(struct client *client);
/* ask_kill.c: what a kill, block or unblock has done; false: the command is none of these. */
bool ask_write_done(struct json *j, const struct client *client);

/* Looks whether what the client waits for has come, or the time is up: then true, state WRITE. */
bool ask_waiting(struct client *client);

#endif
