/*
 * Bots in a picture of the past. Who they are is as in the held snapshot; what they have open is
 * counted among the connections of the picture, whose second it is.
 */
#include <stdlib.h>
#include <string.h>

#include "tui/past_frame.h"

static const struct snap_history zeros;
static const struct snap_trouble no_trouble;

size_t past_bots_room(const struct snap *held)
{
    return held->bot_count * (sizeof(struct snap_bot) + sizeof(struct snap_history));
}

/* The same backends, by their places in the picture. */
static uint64_t backends_in(const struct snap *to, const struct snap *held, uint64_t backends)
{
    uint64_t moved = 0;
    for (unsigned i = 0; i < held->backend_count && i < 64; i++)
        for (unsigned j = 0; (backends >> i & 1) != 0 && j < to->backend_count && j < 64; j++)
            if (to->backends[j].slot == held->backends[i].slot)
                moved |= UINT64_C(1) << j;
    return moved;
}

static uint64_t less(uint64_t value, uint64_t by)
{
    return value > by ? value - by : 0;
}

/* What is true of it whatever it had open. */
static struct snap_bot begin_bot(const struct snap *to, const struct snap *held,
                                 const struct snap_bot *from, unsigned back)
{
    struct snap_bot bot = {.id = from->id,
                           .by = from->by,
                           .name = from->name,
                           .user_id = from->user_id,
                           .client_name = from->client_name,
                           .library = from->library,
                           .session = "",
                           .ips = from->ips,
                           .ip_count = from->ip_count,
                           .ips_total = from->ips_total,
                           .backends = backends_in(to, held, from->backends),
                           .versions = from->versions,
                           .resuming = -1,
                           .resume_timeout = -1,
                           .rate_messages = SNAP_UNKNOWN_RATE,
                           .first_ms = from->first_ms,
                           .last_active_ms = from->last_active_ms,
                           .trouble = &no_trouble};
    bot.bytes_in = less(from->bytes_in, past_sum_of_last(from->history->in, back));
    bot.bytes_out = less(from->bytes_out, past_sum_of_last(from->history->out, back));
    if (from->connected_ms <= to->wall_ms)
        bot.connected_ms = from->connected_ms;
    return bot;
}

/* Since when it had nothing open: where it came back later that is not known, and said by -1. */
static int64_t gone_since(const struct snap *to, const struct snap_bot *from)
{
    return from->gone_ms != 0 && from->gone_ms <= to->wall_ms ? from->gone_ms : -1;
}

static void finish_bot(struct snap *to, struct snap_bot *bot, const struct snap_bot *from,
                       const struct snap_history *history)
{
    bot->history = history == NULL ? &zeros : history;
    bot->rate_in = past_rate_of(bot->history->in, to->window);
    bot->rate_out = past_rate_of(bot->history->out, to->window);
    if (bot->connections > 0)
        return;
    bot->gone_ms = gone_since(to, from);
    bot->connected_ms = 0;
}

int past_draw_bots(struct snap *to, const struct snap *held, unsigned back)
{
    struct snap_bot *bots = snap_take(to, held->bot_count * sizeof(*bots));
    struct snap_history **histories = calloc(held->bot_count + 1u, sizeof(struct snap_history *));
    if (histories == NULL)
        return -1;
    for (unsigned i = 0; i < held->bot_count; i++) {
        const struct snap_bot *from = &held->bots[i];
        bots[i] = begin_bot(to, held, from, back);
        if (memcmp(from->history, &zeros, sizeof(zeros)) != 0)
            histories[i] = past_moved_back(to, from->history, back);
    }
    for (unsigned i = 0; i < to->conn_count; i++) {
        const struct snap_conn *conn = &to->conns[i];
        const struct snap_bot *from = snap_find_bot(held, conn->bot);
        if (from == NULL)
            continue;
        unsigned at = (unsigned)(from - held->bots);
        bots[at].connections++;
        bots[at].sockets += conn->kind == CONN_WEBSOCKET;
        past_add_first(to, &histories[at], conn->history, back);
    }
    unsigned count = 0;
    for (unsigned i = 0; i < held->bot_count; i++) {
        finish_bot(to, &bots[i], &held->bots[i], histories[i]);
        if (bots[i].first_ms <= to->wall_ms || bots[i].connections > 0) /* heard of by then */
            bots[count++] = bots[i];
    }
    free(histories);
    to->bots = bots;
    to->bot_count = count;
    to->bots_gone = 0;
    for (unsigned i = 0; i < count; i++)
        to->bots_gone += bots[i].gone_ms != 0;
    to->players = NULL;
    to->player_count = to->playing_count = 0;
    return 0;
}
