/*
 * Recording the past: each new snapshot is compared with the one before, and the difference is
 * kept under the second of the older one.
 */
#include "tui/past.h"

#include <stdlib.h>
#include <string.h>

#include "tui/past_frame.h"

#define GAP_MAX 10 /* seconds missed that are made up for */

struct past *past_new(void)
{
    return calloc(1, sizeof(struct past));
}

static void drop_oldest(struct past *past)
{
    struct past_frame *frame = &past->frames[past->first];
    past->bytes -= frame->bytes;
    snap_put(frame->kept);
    free(frame->samples);
    *frame = (struct past_frame){0};
    past->first = (past->first + 1) % PAST_RING;
    past->count--;
}

/* What comes next no longer joins on to what is kept. */
static void stop(struct past *past)
{
    snap_put(past->newest);
    past->newest = NULL;
}

static void clear(struct past *past)
{
    while (past->count > 0)
        drop_oldest(past);
    stop(past);
    past->top_id = 0;
}

void past_free(struct past *past)
{
    if (past == NULL)
        return;
    clear(past);
    snap_put(past->held);
    free(past->samples);
    free(past->ended);
    free(past);
}

static bool is_silent(const struct snap_history *history)
{
    static const struct snap_history zeros;
    return memcmp(history, &zeros, sizeof(zeros)) == 0;
}

void past_copy_figures(struct snap *to, const struct snap *from)
{
    to->seq = from->seq;
    to->second = from->second;
    to->window = from->window;
    to->wall_ms = from->wall_ms;
    to->started_ms = from->started_ms;
    to->bytes_in = from->bytes_in;
    to->bytes_out = from->bytes_out;
    to->rate_in = from->rate_in;
    to->rate_out = from->rate_out;
    to->messages = from->messages;
    to->rate_messages = from->rate_messages;
    to->counts = from->counts;
    to->loop_lag = from->loop_lag;
    to->opened = from->opened;
    memcpy(to->closed, from->closed, sizeof(to->closed));
    to->others_bytes_in = from->others_bytes_in;
    to->others_bytes_out = from->others_bytes_out;
    to->others_connections = from->others_connections;
    to->rss_bytes = from->rss_bytes;
}

/* --- what is kept whole: rows with their texts and histories --- */

static size_t text_room(const char *text)
{
    return strlen(text) + 1 + 8;
}

static size_t conn_room(const struct snap_conn *conn)
{
    return sizeof(*conn) + sizeof(struct snap_history) + text_room(conn->user_id) +
           text_room(conn->client_name) + text_room(conn->user_agent) + text_room(conn->path);
}

static size_t backend_room(const struct snap_backend *backend)
{
    return sizeof(*backend) + sizeof(struct snap_history) + text_room(backend->name) +
           text_room(backend->url) + text_room(backend->reason);
}

static const char *keep_text(struct snap *kept, const char *text)
{
    size_t size = strlen(text) + 1;
    return memcpy(snap_take(kept, size), text, size);
}

static const struct snap_history *keep_history(struct snap *kept,
                                               const struct snap_history *history)
{
    static const struct snap_history zeros;
    if (is_silent(history))
        return &zeros;
    struct snap_history *copy = snap_take(kept, sizeof(*copy));
    return memcpy(copy, history, sizeof(*copy));
}

/* Whatever a row points to must be copied with it, or it would point to a snapshot that is gone. */
static void keep_conn(struct snap *kept, struct snap_conn *to, const struct snap_conn *from)
{
    _Static_assert(sizeof(void *) != 8 || sizeof(struct snap_conn) == 144,
                   "a new field may have to be copied here");
    *to = *from;
    to->history = keep_history(kept, from->history);
    to->user_id = keep_text(kept, from->user_id);
    to->client_name = keep_text(kept, from->client_name);
    to->user_agent = keep_text(kept, from->user_agent);
    to->path = keep_text(kept, from->path);
}

static void keep_backend(struct snap *kept, struct snap_backend *to,
                         const struct snap_backend *from)
{
    _Static_assert(sizeof(void *) != 8 || sizeof(struct snap_backend) == 568,
                   "a new field may have to be copied here");
    *to = *from;
    to->history = keep_history(kept, from->history);
    to->name = keep_text(kept, from->name);
    to->url = keep_text(kept, from->url);
    to->reason = keep_text(kept, from->reason);
}

/* The frame's snapshot: figures, backends, and the rows of `old` whose indexes stand in `ended`. */
static struct snap *keep(const struct snap *old, const uint32_t *ended, unsigned ended_count,
                         size_t *bytes)
{
    size_t room = sizeof(struct snap_history) + 64;
    for (unsigned i = 0; i < old->backend_count; i++)
        room += backend_room(&old->backends[i]);
    for (unsigned i = 0; i < ended_count; i++)
        room += conn_room(&old->conns[ended[i]]);
    struct snap *kept = snap_alloc(room);
    if (kept == NULL)
        return NULL;
    *bytes += room + sizeof(*kept);
    past_copy_figures(kept, old);
    kept->history = keep_history(kept, old->history);
    struct snap_backend *backends = snap_take(kept, old->backend_count * sizeof(*backends));
    for (unsigned i = 0; i < old->backend_count; i++)
        keep_backend(kept, &backends[i], &old->backends[i]);
    struct snap_conn *conns = snap_take(kept, ended_count * sizeof(*conns));
    for (unsigned i = 0; i < ended_count; i++)
        keep_conn(kept, &conns[i], &old->conns[ended[i]]);
    kept->backends = backends;
    kept->backend_count = old->backend_count;
    kept->conns = conns;
    kept->conn_count = ended_count;
    return kept;
}

/* --- comparing two snapshots --- */

static int reserve(struct past *past, unsigned rows)
{
    if (rows <= past->room)
        return 0;
    unsigned room = rows + rows / 4;
    struct past_sample *samples = reallocarray(past->samples, room, sizeof(*samples));
    if (samples != NULL)
        past->samples = samples;
    uint32_t *ended = reallocarray(past->ended, room, sizeof(*ended));
    if (ended != NULL)
        past->ended = ended;
    if (samples == NULL || ended == NULL)
        return -1;
    past->room = room;
    return 0;
}

/* Both lists ascend by id, so one walk finds what ended and what goes on. */
static void compare(struct past *past, const struct snap *next, unsigned skipped,
                    unsigned *sample_count, unsigned *ended_count)
{
    const struct snap *old = past->newest;
    unsigned j = 0;
    for (unsigned i = 0; i < old->conn_count; i++) {
        const struct snap_conn *conn = &old->conns[i];
        while (j < next->conn_count && next->conns[j].id < conn->id)
            j++;
        bool lives = j < next->conn_count && next->conns[j].id == conn->id;
        uint32_t in = conn->history->in[skipped], out = conn->history->out[skipped];
        if (lives && (in | out) != 0)
            past->samples[(*sample_count)++] = (struct past_sample){conn->id, in, out};
        if (!lives && skipped == 0)
            past->ended[(*ended_count)++] = i;
    }
}

/* Adds the frame of `skipped` seconds behind the newest snapshot. -1 when out of memory. */
static int add_frame(struct past *past, const struct snap *next, unsigned skipped)
{
    const struct snap *old = past->newest;
    unsigned sample_count = 0, ended_count = 0;
    if (reserve(past, old->conn_count) < 0)
        return -1;
    compare(past, next, skipped, &sample_count, &ended_count);
    struct past_frame frame = {.second = old->second + skipped,
                               .top_id = past->top_id,
                               .sample_count = sample_count,
                               .bytes = sample_count * sizeof(struct past_sample)};
    if (old->event_count > 0)
        frame.event_seq = old->events[old->event_count - 1].seq;
    frame.kept = keep(old, past->ended, ended_count, &frame.bytes);
    frame.samples = calloc(sample_count + 1, sizeof(*frame.samples));
    if (frame.kept == NULL || frame.samples == NULL) {
        snap_put(frame.kept);
        free(frame.samples);
        return -1;
    }
    frame.kept->second = frame.second;
    frame.kept->wall_ms += (int64_t)skipped * 1000;
    if (sample_count > 0)
        memcpy(frame.samples, past->samples, sample_count * sizeof(*frame.samples));
    past->frames[(past->first + past->count++) % PAST_RING] = frame;
    past->bytes += frame.bytes;
    return 0;
}

/* Drops what is too old or too much, unless it is held. */
static void trim(struct past *past)
{
    while (past->held == NULL && past->count > 0 &&
           (past->count > PAST_SECONDS || past->bytes > PAST_BYTES_MAX))
        drop_oldest(past);
}

static void begin_with(struct past *past, const struct snap *snap)
{
    snap_put(past->newest);
    past->newest = snap_ref(snap);
    if (snap->conn_count > 0 && snap->conns[snap->conn_count - 1].id > past->top_id)
        past->top_id = snap->conns[snap->conn_count - 1].id;
}

void past_record(struct past *past, const struct snap *snap)
{
    if (past == NULL || (past->newest != NULL && past->newest->second == snap->second))
        return;
    if (past->held != NULL && past->newest == NULL)
        return;
    uint32_t gap = past->newest == NULL ? 0 : snap->second - past->newest->second;
    bool full =
        past->held != NULL && (past->count + gap > PAST_RING || past->bytes > PAST_BYTES_MAX);
    bool hole = full || gap > GAP_MAX;
    for (unsigned i = 0; !hole && i < gap; i++)
        hole = add_frame(past, snap, i) < 0;
    if (hole && past->held != NULL) {
        stop(past);
        return;
    }
    if (hole)
        clear(past);
    begin_with(past, snap);
    trim(past);
}

void past_hold(struct past *past, const struct snap *snap)
{
    if (past == NULL)
        return;
    snap_put(past->held);
    past->held = snap_ref(snap);
}

void past_release(struct past *past)
{
    if (past == NULL)
        return;
    snap_put(past->held);
    past->held = NULL;
    if (past->newest == NULL)
        clear(past);
    trim(past);
}

unsigned past_reach(const struct past *past)
{
    if (past == NULL || past->held == NULL || past->count == 0)
        return 0;
    uint32_t reach = past->held->second - past_frame_at(past, 0)->second;
    /* The held one may have been drawn before the first or after the newest recorded. */
    if (reach > past->count)
        return 0;
    return reach < PAST_SECONDS ? reach : PAST_SECONDS;
}

size_t past_bytes(const struct past *past)
{
    return past == NULL ? 0 : past->bytes;
}
