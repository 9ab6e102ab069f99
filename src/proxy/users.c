/* Owns the list of blocked User-Ids. */
#include "users.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/map.h"
#include "stats/report.h"

struct blocked_user {
    struct user_name name;
    double until;
};

struct users {
    atomic_uint count; /* 0 lets every handshake pass without the lock */
    pthread_mutex_t lock;
    struct map *by_name;
};

struct users *users_new(void)
{
    struct users *users = calloc(1, sizeof *users);
    if (users == NULL)
        return NULL;
    users->by_name = map_new(sizeof(struct user_name));
    if (users->by_name == NULL) {
        free(users);
        return NULL;
    }
    pthread_mutex_init(&users->lock, NULL);
    return users;
}

void users_free(struct users *users)
{
    if (users == NULL)
        return;
    size_t at = 0;
    const void *key;
    void *value;
    while (map_next(users->by_name, &at, &key, &value))
        free(value);
    map_free(users->by_name);
    pthread_mutex_destroy(&users->lock);
    free(users);
}

bool users_blocked(struct users *users, struct slice user_id, double now, double *left)
{
    struct user_name name;
    if (atomic_load_explicit(&users->count, memory_order_relaxed) == 0)
        return false;
    user_id.len = report_text_fit(user_id);
    if (user_id.ptr == NULL || !user_name_of(&name, user_id))
        return false;
    pthread_mutex_lock(&users->lock);
    const struct blocked_user *blocked = map_get(users->by_name, &name);
    *left = blocked != NULL ? blocked->until - now : 0;
    pthread_mutex_unlock(&users->lock);
    return *left > 0;
}

/* Of a locked list. */
static void forget(struct users *users, const struct user_name *name)
{
    free(map_take(users->by_name, name));
    atomic_store(&users->count, (unsigned)map_count(users->by_name));
}

static void walk(struct users *users, double now, users_add *add, void *ctx)
{
    size_t at = 0;
    const void *key;
    void *value;
    while (map_next(users->by_name, &at, &key, &value)) {
        const struct blocked_user *blocked = value;
        struct user_name name = blocked->name;
        if (blocked->until <= now)
            forget(users, &name);
        else if (add != NULL)
            add(ctx, blocked->name.text, blocked->until - now);
    }
}

/* The entry of a locked list, made if need be; NULL when there is no memory or no room. */
static struct blocked_user *get(struct users *users, const struct user_name *user, double now)
{
    struct blocked_user *blocked = map_get(users->by_name, user);
    if (blocked != NULL)
        return blocked;
    if (map_count(users->by_name) >= USERS_BLOCKED_MAX)
        walk(users, now, NULL, NULL);
    if (map_count(users->by_name) >= USERS_BLOCKED_MAX)
        return NULL;
    blocked = calloc(1, sizeof *blocked);
    if (blocked == NULL)
        return NULL;
    blocked->name = *user;
    if (map_put(users->by_name, user, blocked) != 0) {
        free(blocked);
        return NULL;
    }
    atomic_store(&users->count, (unsigned)map_count(users->by_name));
    return blocked;
}

enum proxy_block users_block(struct users *users, const struct user_name *user, double now,
                             double seconds)
{
    pthread_mutex_lock(&users->lock);
    struct blocked_user *blocked = get(users, user, now);
    if (blocked != NULL)
        blocked->until = now + seconds;
    pthread_mutex_unlock(&users->lock);
    return blocked != NULL ? PROXY_BLOCKED : PROXY_BLOCK_NO_ROOM;
}

bool users_unblock(struct users *users, const struct user_name *user)
{
    pthread_mutex_lock(&users->lock);
    bool was = map_get(users->by_name, user) != NULL;
    if (was)
        forget(users, user);
    pthread_mutex_unlock(&users->lock);
    return was;
}

void users_walk(struct users *users, double now, users_add *add, void *ctx)
{
    if (atomic_load_explicit(&users->count, memory_order_relaxed) == 0)
        return;
    pthread_mutex_lock(&users->lock);
    walk(users, now, add, ctx);
    pthread_mutex_unlock(&users->lock);
}
