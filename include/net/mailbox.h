/*
 * Messages into another thread's event loop: a queue under a mutex and an ev_async. Messages are
 * small values copied in and out (struct mail embeds as first member). Unbounded by design: senders
 * are few and paced (once a second per worker, or a person).
 */
#ifndef NET_MAILBOX_H
#define NET_MAILBOX_H

#include <stddef.h>

struct ev_loop;
struct mailbox;

/* A message: heap memory of the sender's until posted; then the receiver's, who frees it. Embed as
 * the first member. */
struct mail {
    struct mail *next; /* private to the mailbox */
    int type;          /* the receiver's own enum */
};

/* Called in the receiver's thread, once per message, oldest first; owns the mail. */
typedef void mailbox_handler(void *ctx, struct mail *mail);

/* Attaches to `loop`; to be called (and freed) by the loop's thread or before it runs. NULL when
 * out of memory. */
struct mailbox *mailbox_new(struct ev_loop *loop, mailbox_handler *handler, void *ctx);
/* Frees undelivered mail with free(3); mail that owns more is for mailbox_deliver before. NULL is
 * harmless. */
void mailbox_free(struct mailbox *box);

/* Delivers what has arrived by now, without waiting for the loop: for the time after the senders
 * ended. The loop's thread. */
void mailbox_deliver(struct mailbox *box);

/* Takes the mail. Any thread. */
void mailbox_post(struct mailbox *box, struct mail *mail);

#endif
