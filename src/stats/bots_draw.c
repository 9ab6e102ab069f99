/*
 * Draws the book of bots: what is present of each one now is taken from the connections, in one
 * walk.
 */
#include <string.h>

#include "books.h"
#include "bots_join.h"

static const struct snap_trouble no_trouble;

static size_t room_of(const struct bot *bot)
{
    unsigned ips = bot->ip_count < SNAP_BOT_IPS ? bot->ip_count : SNAP_BOT_IPS;
    size_t room = sizeof(struct snap_bot) + meter_room(&bot->meter);
    room += draw_room_of_text(bot->user_id) + draw_room_of_text(bot->client_name) +
            draw_room_of_text(bot->library) + draw_room_of_text(bot->shown) +
            draw_room_of_text(bot->key.text);
    room += ips * sizeof(struct addr_key) + DRAW_SLACK;
    return room + (bot->trouble ? sizeof(*bot->trouble) + DRAW_SLACK : 0);
}

size_t bots_room(const struct ledger *ledger)
{
    size_t room = DRAW_SLACK;
    for (unsigned i = 0; i < ledger->bots.count; i++)
        room += room_of(ledger->bots.bots[i]);
    return room;
}

/* Where it is, on what, since when. Of one that is gone the last word stays. */
static void find_present(struct ledger *ledger)
{
    struct bot_book *book = &ledger->bots;
    for (unsigned i = 0; i < book->count; i++) {
        struct bot *bot = book->bots[i];
        bot->connected_ms = 0;
        if (bot->sockets > 0)
            bot->backends = bot->versions = 0;
    }
    for (unsigned i = 0; i < ledger->row_count; i++) {
        const struct row *row = ledger->rows[i];
        struct bot *bot = row->bot;
        if (!row->socket)
            continue;
        bots_place(bot, row);
        if (bot->connected_ms == 0 || row->opened_ms < bot->connected_ms)
            bot->connected_ms = row->opened_ms;
        if (row->opened_ms < bot->first_ms) /* it is told of a moment later */
            bot->first_ms = row->opened_ms;
    }
}

static uint64_t mask_of(uint64_t slots, const uint8_t index[FLEET_MAX])
{
    uint64_t mask = 0;
    for (; slots; slots &= slots - 1) {
        uint8_t at = index[__builtin_ctzll(slots)];
        if (at != REPORT_NO_BACKEND)
            mask |= UINT64_C(1) << at;
    }
    return mask;
}

static void draw_ips(const struct bot *bot, struct snap *snap, struct snap_bot *to)
{
    unsigned count = bot->ip_count < SNAP_BOT_IPS ? bot->ip_count : SNAP_BOT_IPS;
    struct addr_key *ips = draw_take(snap, count * sizeof(*ips));
    const struct bot_ip *at = bot->ips;
    for (unsigned i = 0; i < count; i++, at = at->next)
        ips[i] = at->key;
    to->ips = ips;
    to->ip_count = count;
    to->ips_total = bot->ips_total;
}

/* Tunnels are told of on their own: what is left is REST. */
static void draw_requests(const struct bot *bot, struct snap_bot *to)
{
    const struct bot_sums *sums = &bot->sums;
    to->requests = sums->requests > bot->handshakes ? sums->requests - bot->handshakes : 0;
    memcpy(to->answers, sums->answers, sizeof(to->answers));
    to->answers[1] -= to->answers[1] < bot->handshakes ? to->answers[1] : bot->handshakes;
}

static void draw_texts(const struct bot *bot, struct snap *snap, struct snap_bot *to)
{
    to->user_id = draw_text(snap, bot->user_id);
    to->client_name = draw_text(snap, bot->client_name);
    to->library = draw_text(snap, bot->library);
    to->session = draw_text(snap, bot->shown);
    if (bot->client_name[0])
        to->name = to->client_name;
    else
        to->name = bot->user_id[0] ? to->user_id : draw_text(snap, bot->key.text);
}

static void draw_bot(const struct ledger *ledger, const struct bot *bot, struct snap *snap,
                     const uint8_t index[FLEET_MAX], struct snap_bot *to)
{
    *to = (struct snap_bot){
        .id = bot->id,
        .by = (enum bot_by)bot->key.by,
        .backends = mask_of(bot->backends, index),
        .versions = bot->versions,
        .resuming = bot->resuming,
        .resume_timeout = bot->resume_timeout,
        .sockets = bot->sockets,
        .connections = bot->connections,
        .players = bot->players,
        .playing = bot->playing,
        .bytes_in = bot->sums.bytes_in,
        .bytes_out = bot->sums.bytes_out,
        .messages = bot->sums.messages,
        .handshakes = bot->handshakes,
        .reconnects = bot->handshakes > 0 ? bot->handshakes - 1 : 0,
        .resumed = bot->resumed,
        .first_ms = bot->first_ms,
        .connected_ms = bot->connected_ms,
        .gone_ms = bot->gone_ms,
        .last_active_ms = bot->last_active_ms,
        .trouble = &no_trouble,
    };
    draw_texts(bot, snap, to);
    draw_ips(bot, snap, to);
    draw_requests(bot, to);
    flows_draw(bot->flows, ledger->second, to->flows);
    struct meter_drawn drawn = draw_meter(ledger, &bot->meter, snap);
    to->rate_in = drawn.rate_in;
    to->rate_out = drawn.rate_out;
    to->rate_messages = drawn.rate_messages;
    to->history = drawn.history;
    if (bot->trouble) {
        struct snap_trouble *trouble = draw_take(snap, sizeof(*trouble));
        *trouble = *bot->trouble;
        to->trouble = trouble;
    }
}

void bots_draw(struct ledger *ledger, struct snap *snap)
{
    const struct bot_book *book = &ledger->bots;
    uint8_t index[FLEET_MAX];
    unsigned first_player = 0;

    find_present(ledger);
    backend_books_index(ledger, index);
    struct snap_bot *bots = draw_take(snap, book->count * sizeof(*bots));
    for (unsigned i = 0; i < book->count; i++) {
        draw_bot(ledger, book->bots[i], snap, index, &bots[i]);
        bots[i].first_player = first_player;
        first_player += bots[i].players;
        snap->bots_gone += bots[i].sockets == 0;
    }
    snap->bots = bots;
    snap->bot_count = book->count;
    snap->nobody_bytes_in = book->nobody.bytes_in;
    snap->nobody_bytes_out = book->nobody.bytes_out;
    snap->nobody_messages = book->nobody.messages;
    snap->totals = ledger->totals;
    snap->notes_dropped = ledger->later.dropped;
}
