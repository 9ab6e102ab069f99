/*
 * The memory of a snapshot and the place where the newest one hangs. A snapshot is one allocation:
 * a counted box, the public struct, and the arena of its arrays and text. The hub's mutex is held
 * only to swap or copy a pointer.
 */
#include "stats/snapshot.h"

#include <errno.h>
#include <pthread.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct box {
    atomic_uint refs;
    size_t size, used; /* of the arena */
    void (*let_go)(const struct snap *);
    struct snap snap;
    alignas(max_align_t) char arena[];
};

struct snap_hub {
    pthread_mutex_t mutex; /* guards newest */
    pthread_cond_t published;
    struct box *newest; /* with one reference of the hub's */
    atomic_uint_fast64_t drawn, skipped;
};

static struct box *box_of(const struct snap *snap)
{
    /* The reference count is the one thing in a published snapshot that changes. */
    return (struct box *)((uintptr_t)snap - offsetof(struct box, snap));
}

static size_t align8(size_t size)
{
    return (size + 7) & ~(size_t)7;
}

struct snap *snap_alloc(size_t arena)
{
    struct box *box = malloc(sizeof(*box) + align8(arena));
    if (!box)
        return NULL;
    memset(box, 0, sizeof(*box));
    atomic_init(&box->refs, 1);
    box->size = align8(arena);
    return &box->snap;
}

void *snap_take(struct snap *snap, size_t size)
{
    struct box *box = box_of(snap);
    size_t need = align8(size);
    if (need < size || need > box->size - box->used)
        return NULL;
    void *memory = box->arena + box->used;
    box->used += need;
    return memory;
}

void snap_on_free(struct snap *snap, void (*let_go)(const struct snap *))
{
    box_of(snap)->let_go = let_go;
}

const struct snap *snap_ref(const struct snap *snap)
{
    atomic_fetch_add_explicit(&box_of(snap)->refs, 1, memory_order_relaxed);
    return snap;
}

void snap_put(const struct snap *snap)
{
    if (!snap)
        return;
    struct box *box = box_of(snap);
    if (atomic_fetch_sub_explicit(&box->refs, 1, memory_order_acq_rel) != 1)
        return;
    if (box->let_go)
        box->let_go(&box->snap);
    free(box);
}

struct snap_hub *snap_hub_new(void)
{
    pthread_condattr_t attr;
    struct snap_hub *hub = calloc(1, sizeof(*hub));
    if (!hub)
        return NULL;
    if (pthread_condattr_init(&attr) != 0)
        goto fail_attr;
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    if (pthread_cond_init(&hub->published, &attr) != 0)
        goto fail_cond;
    if (pthread_mutex_init(&hub->mutex, NULL) != 0)
        goto fail_mutex;
    pthread_condattr_destroy(&attr);
    return hub;

fail_mutex:
    pthread_cond_destroy(&hub->published);
fail_cond:
    pthread_condattr_destroy(&attr);
fail_attr:
    free(hub);
    return NULL;
}

void snap_hub_free(struct snap_hub *hub)
{
    if (!hub)
        return;
    if (hub->newest)
        snap_put(&hub->newest->snap);
    pthread_mutex_destroy(&hub->mutex);
    pthread_cond_destroy(&hub->published);
    free(hub);
}

const struct snap *snap_get(struct snap_hub *hub)
{
    pthread_mutex_lock(&hub->mutex);
    struct box *box = hub->newest;
    if (box)
        atomic_fetch_add_explicit(&box->refs, 1, memory_order_relaxed);
    pthread_mutex_unlock(&hub->mutex);
    return box ? &box->snap : NULL;
}

void snap_hub_count_frame(struct snap_hub *hub, bool drawn)
{
    atomic_fetch_add_explicit(drawn ? &hub->drawn : &hub->skipped, 1, memory_order_relaxed);
}

struct snap_frames snap_hub_frames(struct snap_hub *hub)
{
    return (struct snap_frames){atomic_load_explicit(&hub->drawn, memory_order_relaxed),
                                atomic_load_explicit(&hub->skipped, memory_order_relaxed)};
}

static struct timespec deadline_in(double seconds)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    if (seconds < 0)
        seconds = 0;
    else if (seconds > 1e6)
        seconds = 1e6;
    time_t whole = (time_t)seconds;
    at.tv_sec += whole;
    at.tv_nsec += (long)((seconds - (double)whole) * 1e9);
    if (at.tv_nsec >= 1000000000L) {
        at.tv_nsec -= 1000000000L;
        at.tv_sec++;
    }
    return at;
}

bool snap_wait(struct snap_hub *hub, uint64_t seq, double seconds)
{
    struct timespec until = deadline_in(seconds);
    int result = 0;

    pthread_mutex_lock(&hub->mutex);
    while (!(hub->newest && hub->newest->snap.seq > seq) && result != ETIMEDOUT)
        result = pthread_cond_timedwait(&hub->published, &hub->mutex, &until);
    bool newer = hub->newest && hub->newest->snap.seq > seq;
    pthread_mutex_unlock(&hub->mutex);
    return newer;
}

void snap_publish(struct snap_hub *hub, struct snap *snap)
{
    pthread_mutex_lock(&hub->mutex);
    struct box *old = hub->newest;
    hub->newest = box_of(snap);
    pthread_cond_broadcast(&hub->published);
    pthread_mutex_unlock(&hub->mutex);
    if (old)
        snap_put(&old->snap);
}

const struct snap_backend *snap_find_backend(const struct snap *snap, struct slice name)
{
    for (unsigned i = 0; i < snap->backend_count; i++)
        if (slice_equal(slice_of(snap->backends[i].name), name))
            return &snap->backends[i];
    return NULL;
}

const struct snap_conn *snap_find_conn(const struct snap *snap, uint64_t id)
{
    unsigned low = 0, high = snap->conn_count;
    while (low < high) {
        unsigned middle = low + (high - low) / 2;
        if (snap->conns[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < snap->conn_count && snap->conns[low].id == id ? &snap->conns[low] : NULL;
}

double snap_bucket_bound(unsigned bucket)
{
    static const double bounds[SNAP_BUCKETS] = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                                0.1,   0.25,   0.5,   1,    2,     5};
    return bounds[bucket];
}

void snap_histogram_add(struct snap_histogram *histogram, double seconds)
{
    unsigned bucket = 0;
    while (bucket < SNAP_BUCKETS && seconds > snap_bucket_bound(bucket))
        bucket++;
    histogram->counts[bucket]++;
    histogram->sum += seconds;
}

const char *backend_state_text(enum backend_state state)
{
    static const char *const texts[BACKEND_STATE_COUNT] = {
        [BACKEND_UNKNOWN] = "unknown",   [BACKEND_ONLINE] = "online",
        [BACKEND_SLOW] = "slow",         [BACKEND_OFFLINE] = "offline",
        [BACKEND_TIMEOUT] = "timeout",   [BACKEND_UNAUTHORIZED] = "unauthorized",
        [BACKEND_MISMATCH] = "mismatch", [BACKEND_DRAINING] = "draining",
    };
    return state < BACKEND_STATE_COUNT ? texts[state] : texts[BACKEND_UNKNOWN];
}

bool backend_state_is_up(enum backend_state state)
{
    return state == BACKEND_ONLINE || state == BACKEND_SLOW || state == BACKEND_DRAINING;
}

const char *event_level_text(enum event_level level)
{
    switch (level) {
    case EVENT_WARN:
        return "WARN";
    case EVENT_ERROR:
        return "ERR";
    case EVENT_AUTH:
        return "AUTH";
    case EVENT_INFO:
        break;
    }
    return "INFO";
}

bool snap_block_is_for_good(const struct snap *snap, const struct snap_block *block)
{
    return (double)(block->until_ms - snap->wall_ms) > BLOCK_FOR_GOOD / 2 * 1000;
}
