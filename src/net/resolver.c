/*
 * One thread that calls getaddrinfo(3), which blocks, and posts what it found. The state is shared
 * by its owner and the thread; whoever leaves last frees it, because a lookup under way cannot be
 * interrupted and must not hold up the end of the program.
 */
#include "net/resolver.h"

#include <netdb.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct ask {
    struct ask *next;
    struct mailbox *box;
    struct resolver_answer *answer; /* made when asked, so that memory cannot run out later */
    unsigned short port;
    char host[];
};

struct resolver {
    pthread_t thread;
    pthread_mutex_t mutex; /* guards all below */
    pthread_cond_t changed;
    struct ask *first, *last;
    bool ending;
    bool looking; /* the thread is inside getaddrinfo(3) */
};

static void free_ask(struct ask *ask)
{
    free(ask->answer);
    free(ask);
}

static void free_state(struct resolver *resolver)
{
    while (resolver->first) {
        struct ask *ask = resolver->first;
        resolver->first = ask->next;
        free_ask(ask);
    }
    pthread_cond_destroy(&resolver->changed);
    pthread_mutex_destroy(&resolver->mutex);
    free(resolver);
}

static bool is_known(const struct resolver_answer *answer, const struct addr *addr)
{
    for (unsigned i = 0; i < answer->count; i++)
        if (addr_equal(&answer->addrs[i], addr))
            return true;
    return false;
}

static void look_up(struct ask *ask)
{
    struct resolver_answer *answer = ask->answer;
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;

    int code = getaddrinfo(ask->host, NULL, &hints, &found);
    for (struct addrinfo *at = found; at && answer->count < RESOLVER_ADDRS_MAX; at = at->ai_next) {
        struct addr addr;
        addr_from_sockaddr(&addr, at->ai_addr);
        addr.port = ask->port;
        if (addr.family != 0 && !is_known(answer, &addr))
            answer->addrs[answer->count++] = addr;
    }
    if (found)
        freeaddrinfo(found);
    if (answer->count == 0)
        snprintf(answer->error, sizeof(answer->error), "%s",
                 code != 0 ? gai_strerror(code) : "no address");
}

static void *run(void *arg)
{
    struct resolver *resolver = arg;

    pthread_mutex_lock(&resolver->mutex);
    while (!resolver->ending) {
        struct ask *ask = resolver->first;
        if (!ask) {
            pthread_cond_wait(&resolver->changed, &resolver->mutex);
            continue;
        }
        resolver->first = ask->next;
        if (!resolver->first)
            resolver->last = NULL;
        resolver->looking = true;
        pthread_mutex_unlock(&resolver->mutex);
        look_up(ask);
        pthread_mutex_lock(&resolver->mutex);
        resolver->looking = false;
        if (resolver->ending) {
            /* The owner left while we looked: the box may be gone and the state is ours. */
            pthread_mutex_unlock(&resolver->mutex);
            free_ask(ask);
            free_state(resolver);
            return NULL;
        }
        mailbox_post(ask->box, &ask->answer->mail);
        free(ask);
    }
    pthread_mutex_unlock(&resolver->mutex);
    return NULL;
}

struct resolver *resolver_new(void)
{
    struct resolver *resolver = calloc(1, sizeof(*resolver));
    if (!resolver)
        return NULL;
    if (pthread_mutex_init(&resolver->mutex, NULL) != 0)
        goto fail_mutex;
    if (pthread_cond_init(&resolver->changed, NULL) != 0)
        goto fail_cond;
    if (pthread_create(&resolver->thread, NULL, run, resolver) != 0)
        goto fail_thread;
    return resolver;

fail_thread:
    pthread_cond_destroy(&resolver->changed);
fail_cond:
    pthread_mutex_destroy(&resolver->mutex);
fail_mutex:
    free(resolver);
    return NULL;
}

void resolver_free(struct resolver *resolver)
{
    if (!resolver)
        return;
    pthread_t thread = resolver->thread;
    pthread_mutex_lock(&resolver->mutex);
    resolver->ending = true;
    bool looking = resolver->looking;
    pthread_cond_signal(&resolver->changed);
    pthread_mutex_unlock(&resolver->mutex);
    if (looking) {
        pthread_detach(thread);
        return;
    }
    pthread_join(thread, NULL);
    free_state(resolver);
}

int resolver_ask(struct resolver *resolver, const char *host, unsigned short port,
                 struct mailbox *box, int mail_type, unsigned token)
{
    size_t size = strlen(host) + 1;
    struct ask *ask = calloc(1, sizeof(*ask) + size);
    struct resolver_answer *answer = calloc(1, sizeof(*answer));
    if (!ask || !answer) {
        free(ask);
        free(answer);
        return -1;
    }
    answer->mail.type = mail_type;
    answer->token = token;
    ask->answer = answer;
    ask->box = box;
    ask->port = port;
    memcpy(ask->host, host, size);

    pthread_mutex_lock(&resolver->mutex);
    if (resolver->last)
        resolver->last->next = ask;
    else
        resolver->first = ask;
    resolver->last = ask;
    pthread_cond_signal(&resolver->changed);
    pthread_mutex_unlock(&resolver->mutex);
    return 0;
}
