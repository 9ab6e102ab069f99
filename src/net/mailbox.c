/*
 * Mail into another thread's loop: a linked list under a mutex, and one ev_async to wake the
 * receiver. The receiver takes the whole list at once, so it is woken only by the mail that makes
 * the list non-empty.
 */
#include "net/mailbox.h"

#include <assert.h>
#include <ev.h>
#include <pthread.h>
#include <stdlib.h>

struct mailbox {
    struct ev_loop *loop;
    ev_async wake;
    pthread_mutex_t mutex; /* guards first and last */
    struct mail *first, *last;
    mailbox_handler *handler;
    void *ctx;
};

static struct mail *take_all(struct mailbox *box)
{
    pthread_mutex_lock(&box->mutex);
    struct mail *list = box->first;
    box->first = box->last = NULL;
    pthread_mutex_unlock(&box->mutex);
    return list;
}

void mailbox_deliver(struct mailbox *box)
{
    struct mail *mail = take_all(box);
    while (mail) {
        struct mail *next = mail->next;
        mail->next = NULL;
        box->handler(box->ctx, mail);
        mail = next;
    }
}

static void on_wake(struct ev_loop *loop, ev_async *watcher, int events)
{
    (void)loop;
    (void)events;
    mailbox_deliver(watcher->data);
}

struct mailbox *mailbox_new(struct ev_loop *loop, mailbox_handler *handler, void *ctx)
{
    struct mailbox *box = calloc(1, sizeof(*box));
    if (!box)
        return NULL;
    if (pthread_mutex_init(&box->mutex, NULL) != 0) {
        free(box);
        return NULL;
    }
    box->loop = loop;
    box->handler = handler;
    box->ctx = ctx;
    ev_async_init(&box->wake, on_wake);
    box->wake.data = box;
    ev_async_start(loop, &box->wake);
    return box;
}

void mailbox_free(struct mailbox *box)
{
    if (!box)
        return;
    ev_async_stop(box->loop, &box->wake);
    struct mail *mail = take_all(box);
    while (mail) {
        struct mail *next = mail->next;
        free(mail);
        mail = next;
    }
    pthread_mutex_destroy(&box->mutex);
    free(box);
}

void mailbox_post(struct mailbox *box, struct mail *mail)
{
    mail->next = NULL;
    pthread_mutex_lock(&box->mutex);
    if (box->last) {
        box->last->next = mail;
        box->last = mail;
    } else {
        assert(!box->first);
        box->first = box->last = mail;
        /* Inside the lock, so that a receiver who ends after reading this mail cannot free the
         * watcher under us. */
        ev_async_send(box->loop, &box->wake);
    }
    pthread_mutex_unlock(&box->mutex);
}
