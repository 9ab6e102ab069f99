/*
 * Working a past picture out: the connections of the held snapshot and those that ended since, each
 * with its history moved back. What leaves a history at its new end is taken off the totals; what
 * comes in at its old end is what was kept.
 */
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "tui/past_frame.h"

/* A connection, and the snapshot it is from: the held one, or the last one that had it. */
struct source {
    const struct snap_conn *conn;
    const struct snap *of;
};

struct drawing {
    const struct past *past;
    unsigned first, back; /* the frame that is drawn, and how many there are from it on */
    struct snap *to;
    unsigned count;
    struct source *sources; /* of the rows, by id */
    struct snap_conn *conns;
    struct snap_history **histories; /* of the rows, to be completed; NULL: silent */
};

static const struct snap_history zeros;

static bool is_silent(const struct snap_history *history, const struct snap_history **known)
{
    /* Nearly all silent ones are the same. */
    if (history == *known)
        return true;
    if (memcmp(history, &zeros, sizeof(zeros)) != 0)
        return false;
    *known = history;
    return true;
}

static uint64_t less(uint64_t value, uint64_t by)
{
    return value > by ? value - by : 0;
}

uint64_t past_sum_of_last(const uint32_t values[SERIES_SECONDS], unsigned last)
{
    uint64_t sum = 0;
    for (unsigned i = SERIES_SECONDS - last; i < SERIES_SECONDS; i++)
        sum += values[i];
    return sum;
}

uint64_t past_rate_of(const uint32_t values[SERIES_SECONDS], unsigned window)
{
    return window == 0 || window > SERIES_SECONDS ? 0 : past_sum_of_last(values, window) / window;
}

struct snap_history *past_moved_back(struct snap *to, const struct snap_history *from,
                                     unsigned back)
{
    struct snap_history *history = snap_take(to, sizeof(*history));
    size_t size = (SERIES_SECONDS - back) * sizeof(uint32_t);
    memset(history, 0, sizeof(*history));
    memcpy(history->in + back, from->in, size);
    memcpy(history->out + back, from->out, size);
    return history;
}

static void add_saturated(uint32_t *to, uint32_t value)
{
    *to = *to > UINT32_MAX - value ? UINT32_MAX : *to + value;
}

void past_add_first(struct snap *to, struct snap_history **history, const struct snap_history *from,
                    unsigned seconds)
{
    for (unsigned i = 0; i < seconds; i++) {
        if ((from->in[i] | from->out[i]) == 0)
            continue;
        if (*history == NULL)
            *history = past_moved_back(to, &zeros, 0);
        add_saturated(&(*history)->in[i], from->in[i]);
        add_saturated(&(*history)->out[i], from->out[i]);
    }
}

/* --- which rows there were --- */

static int by_id(const void *left, const void *right)
{
    const struct source *a = left, *b = right;
    return (a->conn->id > b->conn->id) - (a->conn->id < b->conn->id);
}

static void gather_from(struct drawing *d, const struct snap *snap)
{
    uint64_t top_id = past_frame_at(d->past, d->first)->top_id;
    for (unsigned i = 0; i < snap->conn_count && snap->conns[i].id <= top_id; i++)
        d->sources[d->count++] = (struct source){&snap->conns[i], snap};
}

/* -1 when out of memory. */
static int gather(struct drawing *d)
{
    unsigned most = d->past->held->conn_count;
    for (unsigned i = 0; i < d->back; i++)
        most += past_frame_at(d->past, d->first + i)->kept->conn_count;
    d->sources = calloc(most + 1u, sizeof(*d->sources));
    d->histories = calloc(most + 1u, sizeof(struct snap_history *));
    if (d->sources == NULL || d->histories == NULL)
        return -1;
    gather_from(d, d->past->held);
    for (unsigned i = 0; i < d->back; i++)
        gather_from(d, past_frame_at(d->past, d->first + i)->kept);
    if (d->count > 0)
        qsort(d->sources, d->count, sizeof(*d->sources), by_id);
    return 0;
}

/* --- memory --- */

static int reserve(struct drawing *d)
{
    const struct snap *held = d->past->held;
    const struct snap_history *silent = NULL;
    size_t histories = 0, samples = 0;
    for (unsigned i = 0; i < d->count; i++)
        histories += !is_silent(d->sources[i].conn->history, &silent);
    for (unsigned i = 0; i < held->ip_count; i++)
        histories += !is_silent(held->ips[i].history, &silent);
    for (unsigned i = 0; i < d->back; i++)
        samples += past_frame_at(d->past, d->first + i)->sample_count;
    /* A row of samples whose history is silent now, and its IP. Memory that is not used is not
     * touched. */
    histories += samples < d->count ? samples : d->count;
    histories += samples < held->ip_count ? samples : held->ip_count;
    size_t room = histories * sizeof(struct snap_history) + d->count * sizeof(struct snap_conn) +
                  held->ip_count * sizeof(struct snap_ip) + past_bots_room(held);
    d->to = snap_alloc(room);
    return d->to == NULL ? -1 : 0;
}

/* --- rows --- */

/* The index of a backend in another snapshot, where it may stand elsewhere. */
static uint8_t backend_in(const struct snap *to, const struct snap *from, uint8_t index)
{
    if (index >= from->backend_count)
        return index;
    for (unsigned i = 0; i < to->backend_count; i++)
        if (to->backends[i].slot == from->backends[index].slot)
            return (uint8_t)i;
    return REPORT_NO_BACKEND;
}

static void draw_rows(struct drawing *d)
{
    const struct snap_history *silent = NULL;
    d->conns = snap_take(d->to, d->count * sizeof(*d->conns));
    for (unsigned i = 0; i < d->count; i++) {
        const struct source *source = &d->sources[i];
        struct snap_conn *conn = &d->conns[i];
        unsigned back = source->of->second - d->to->second;
        *conn = *source->conn;
        conn->backend = backend_in(d->to, source->of, conn->backend);
        if (is_silent(source->conn->history, &silent))
            continue;
        conn->bytes_in = less(conn->bytes_in, past_sum_of_last(source->conn->history->in, back));
        conn->bytes_out = less(conn->bytes_out, past_sum_of_last(source->conn->history->out, back));
        d->histories[i] = past_moved_back(d->to, source->conn->history, back);
    }
}

/* Puts what was kept of one second into the histories. */
static void draw_samples(struct drawing *d, unsigned at)
{
    const struct past_frame *frame = past_frame_at(d->past, d->first + at);
    unsigned j = 0;
    for (unsigned i = 0; i < frame->sample_count; i++) {
        const struct past_sample *sample = &frame->samples[i];
        while (j < d->count && d->conns[j].id < sample->id)
            j++;
        if (j == d->count)
            return;
        if (d->conns[j].id != sample->id)
            continue;
        if (d->histories[j] == NULL)
            d->histories[j] = past_moved_back(d->to, &zeros, 0);
        d->histories[j]->in[at] = sample->in;
        d->histories[j]->out[at] = sample->out;
    }
}

static void finish_rows(struct drawing *d)
{
    for (unsigned i = 0; i < d->count; i++) {
        struct snap_conn *conn = &d->conns[i];
        d->to->active_v3 += conn->version == 3;
        d->to->active_v4 += conn->version == 4;
        conn->history = d->histories[i] != NULL ? d->histories[i] : &zeros;
        conn->rate_in = past_rate_of(conn->history->in, d->to->window);
        conn->rate_out = past_rate_of(conn->history->out, d->to->window);
        conn->rate_messages = SNAP_UNKNOWN_RATE;
    }
    d->to->conns = d->conns;
    d->to->conn_count = d->count;
}

/* --- addresses --- */

/* The seconds before the held history began are those of the address's connections. */
static void add_row_to_ip(struct drawing *d, struct snap_ip *ip, unsigned row,
                          struct snap_history **history)
{
    const struct snap_history *from = d->histories[row];
    ip->active++;
    if (from == NULL)
        return;
    past_add_first(d->to, history, from, d->back);
}

/* Gives them their histories, and drops those that were heard of only later. */
static void finish_ips(struct drawing *d, struct snap_ip *ips, struct snap_history **histories)
{
    const struct snap *held = d->past->held;
    d->to->ip_count = 0;
    for (unsigned i = 0; i < held->ip_count; i++) {
        struct snap_ip *ip = &ips[i];
        bool moved = held->ips[i].bytes_in + held->ips[i].bytes_out > 0;
        if (moved && ip->bytes_in + ip->bytes_out == 0 && ip->active == 0)
            continue;
        ip->history = histories[i] != NULL ? histories[i] : &zeros;
        ip->rate_in = past_rate_of(ip->history->in, d->to->window);
        ip->rate_out = past_rate_of(ip->history->out, d->to->window);
        ip->rate_messages = SNAP_UNKNOWN_RATE;
        ips[d->to->ip_count++] = *ip;
    }
}

static int draw_ips(struct drawing *d)
{
    const struct snap *held = d->past->held;
    const struct snap_history *silent = NULL;
    struct snap_ip *ips = snap_take(d->to, held->ip_count * sizeof(*ips));
    struct snap_history **histories = calloc(held->ip_count + 1u, sizeof(struct snap_history *));
    struct map *map = map_new(sizeof(struct addr_key));
    int result = histories == NULL || map == NULL ? -1 : 0;
    for (unsigned i = 0; result == 0 && i < held->ip_count; i++) {
        ips[i] = held->ips[i];
        ips[i].active = 0;
        result = map_put(map, &ips[i].key, &ips[i]);
        if (is_silent(held->ips[i].history, &silent))
            continue;
        ips[i].bytes_in =
            less(ips[i].bytes_in, past_sum_of_last(held->ips[i].history->in, d->back));
        ips[i].bytes_out =
            less(ips[i].bytes_out, past_sum_of_last(held->ips[i].history->out, d->back));
        histories[i] = past_moved_back(d->to, held->ips[i].history, d->back);
    }
    for (unsigned i = 0; result == 0 && i < d->count; i++) {
        struct addr_key key = addr_key_of(&d->conns[i].client);
        struct snap_ip *ip = map_get(map, &key);
        if (ip != NULL)
            add_row_to_ip(d, ip, i, &histories[ip - ips]);
    }
    if (result == 0)
        finish_ips(d, ips, histories);
    d->to->ips = ips;
    map_free(map);
    free(histories);
    return result;
}

/* --- the picture --- */

/* All that is not worked out is as in the held snapshot, figures and backends as they were. */
static void draw_figures(struct drawing *d)
{
    const struct past_frame *frame = past_frame_at(d->past, d->first);
    struct snap *to = d->to;
    *to = *d->past->held;
    past_copy_figures(to, frame->kept);
    to->history = frame->kept->history;
    to->backends = frame->kept->backends;
    to->backend_count = frame->kept->backend_count;
    to->active_v3 = to->active_v4 = 0;
    while (to->event_count > 0 && to->events[to->event_count - 1].seq > frame->event_seq)
        to->event_count--;
}

static int draw(struct drawing *d)
{
    if (gather(d) < 0 || reserve(d) < 0)
        return -1;
    draw_figures(d);
    draw_rows(d);
    for (unsigned i = 0; i < d->back; i++)
        draw_samples(d, i);
    finish_rows(d);
    if (past_draw_bots(d->to, d->past->held, d->back) < 0)
        return -1;
    return draw_ips(d);
}

const struct snap *past_draw(const struct past *past, unsigned back)
{
    if (back == 0 || back > past_reach(past))
        return NULL;
    uint32_t second = past->held->second - back;
    struct drawing d = {
        .past = past, .first = second - past_frame_at(past, 0)->second, .back = back};
    if (draw(&d) < 0) {
        snap_put(d.to);
        d.to = NULL;
    }
    free(d.sources);
    free(d.histories);
    return d.to;
}
