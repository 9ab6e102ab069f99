/*
 * One slot is enough: answers are shown one at a time, and the newest is the one to show.
 */
#include "tui/post.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>

struct post {
    pthread_mutex_t mutex;
    unsigned refs;
    int wake; /* -1: closed */
    bool fresh;
    struct command_result result;
};

struct post *post_new(int wake)
{
    struct post *post = calloc(1, sizeof(*post));
    if (post == NULL)
        return NULL;
    pthread_mutex_init(&post->mutex, NULL);
    post->refs = 1;
    post->wake = wake;
    return post;
}

void post_ref(struct post *post)
{
    pthread_mutex_lock(&post->mutex);
    post->refs++;
    pthread_mutex_unlock(&post->mutex);
}

void post_unref(struct post *post)
{
    if (post == NULL)
        return;
    pthread_mutex_lock(&post->mutex);
    bool last = --post->refs == 0;
    pthread_mutex_unlock(&post->mutex);
    if (last) {
        pthread_mutex_destroy(&post->mutex);
        free(post);
    }
}

void post_close(struct post *post)
{
    pthread_mutex_lock(&post->mutex);
    post->wake = -1;
    pthread_mutex_unlock(&post->mutex);
}

void post_answer(void *ctx, const struct command_result *result)
{
    struct post *post = ctx;
    pthread_mutex_lock(&post->mutex);
    post->result = *result;
    post->fresh = true;
    if (post->wake >= 0)
        eventfd_write(post->wake, 1);
    pthread_mutex_unlock(&post->mutex);
    post_unref(post);
}

bool post_take(struct post *post, struct command_result *result)
{
    pthread_mutex_lock(&post->mutex);
    bool fresh = post->fresh;
    if (fresh)
        *result = post->result;
    post->fresh = false;
    pthread_mutex_unlock(&post->mutex);
    return fresh;
}

unsigned post_owed(struct post *post)
{
    pthread_mutex_lock(&post->mutex);
    unsigned owed = post->refs - 1; /* one is the screen's own */
    pthread_mutex_unlock(&post->mutex);
    return owed;
}
