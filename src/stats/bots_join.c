/*
 * Which connection is which bot's: see the header. A row's totals lie with its bot or with nobody,
 * whole, until a session has named its owner: from then on only what comes goes to the next one.
 */
#include "bots_join.h"

#include <stdlib.h>
#include <string.h>

#include "books.h"
#include "diagnosis.h"

static struct bot_sums *sums_of(struct ledger *ledger, struct bot *bot)
{
    return bot ? &bot->sums : &ledger->bots.nobody;
}

static void sums_add(struct bot_sums *to, const struct bot_sums *more)
{
    to->bytes_in += more->bytes_in;
    to->bytes_out += more->bytes_out;
    to->messages += more->messages;
    to->requests += more->requests;
    for (unsigned i = 0; i < REPORT_CLASSES; i++)
        to->answers[i] += more->answers[i];
}

static void sums_shift(struct bot_sums *from, struct bot_sums *to, const struct bot_sums *moved)
{
    from->bytes_in -= moved->bytes_in;
    to->bytes_in += moved->bytes_in;
    from->bytes_out -= moved->bytes_out;
    to->bytes_out += moved->bytes_out;
    from->messages -= moved->messages;
    to->messages += moved->messages;
    from->requests -= moved->requests;
    to->requests += moved->requests;
    for (unsigned i = 0; i < REPORT_CLASSES; i++) {
        from->answers[i] -= moved->answers[i];
        to->answers[i] += moved->answers[i];
    }
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* This second's part goes along; what of it belongs to an earlier second stays in that history. */
static void meter_shift(struct bot *from, struct bot *to, const struct meter *row,
                        const struct bot_sums *moved)
{
    uint64_t in = least(row->in, moved->bytes_in), out = least(row->out, moved->bytes_out);
    uint32_t messages = (uint32_t)least(row->messages, moved->messages);
    if (from) {
        in = least(in, from->meter.in);
        out = least(out, from->meter.out);
        messages = (uint32_t)least(messages, from->meter.messages);
        from->meter.in -= in;
        from->meter.out -= out;
        from->meter.messages -= messages;
    }
    if (to) {
        to->meter.in += in;
        to->meter.out += out;
        to->meter.messages += messages;
    }
}

static struct bot_sums all_of(const struct row *row)
{
    struct bot_sums all = {.bytes_in = row->bytes_in,
                           .bytes_out = row->bytes_out,
                           .messages = row->messages,
                           .requests = row->requests};
    for (unsigned i = 0; i < REPORT_CLASSES; i++)
        all.answers[i] = row->answers[i];
    return all;
}

/* What the row moved since it had moved `from`: those are all requests of a REST connection, each
 * one message. Whose answers were which is not known. */
static struct bot_sums since(const struct row *row, const struct bot_sums *from)
{
    struct bot_sums rest = {0};
    if (row->bytes_in > from->bytes_in)
        rest.bytes_in = row->bytes_in - from->bytes_in;
    if (row->bytes_out > from->bytes_out)
        rest.bytes_out = row->bytes_out - from->bytes_out;
    if (row->requests > from->requests)
        rest.requests = row->requests - from->requests;
    rest.messages = least(rest.requests, row->messages);
    return rest;
}

static void set_bot(struct row *row, struct bot *bot)
{
    if (row->bot)
        row->bot->connections--;
    if (bot)
        bot->connections++;
    row->bot = bot;
}

void bots_own(struct ledger *ledger, struct row *row, struct bot *bot, const struct bot_sums *from)
{
    struct bot_sums moved = {0};
    if (row->bot != bot && !row->sure && !row->parted)
        moved = all_of(row);
    else if (row->bot != bot && row->sure && from && !row->parted)
        moved = since(row, from);
    if (row->bot != bot) {
        sums_shift(sums_of(ledger, row->bot), &bot->sums, &moved);
        meter_shift(row->bot, bot, &row->meter, &moved);
        set_bot(row, bot);
    }
    row->sure = true;
}

void bots_guess_row(struct ledger *ledger, struct row *row)
{
    struct addr_key key = addr_key_of(&row->client);
    struct bot *bot = !row->bot && row->kind == CONN_REST ? bots_of_ip(ledger, &key) : NULL;
    if (!bot)
        return;
    bots_own(ledger, row, bot, NULL);
    row->sure = false;
}

bool bots_may_come(const struct ledger *ledger, const struct row *row)
{
    struct addr_key key = addr_key_of(&row->client);
    return !row->bot && row->kind == CONN_REST && !map_get(ledger->bots.by_ip, &key);
}

void bots_guess(struct ledger *ledger)
{
    if (!ledger->bots.new_ips)
        return;
    ledger->bots.new_ips = false;
    for (unsigned i = 0; i < ledger->row_count; i++)
        bots_guess_row(ledger, ledger->rows[i]);
}

/* Frames passed: the tunnel stands, even if the note of its handshake was lost. */
static void notice_tunnel(struct ledger *ledger, struct row *row, int64_t wall_ms)
{
    const char *user = row->text ? row->text : "";
    const char *name = row->text ? user + strlen(user) + 1 : "";
    const char *agent = row->text ? name + strlen(name) + 1 : "";
    struct bot *bot = bots_get(ledger, &row->client, user, name, agent, 0, wall_ms);
    if (bot)
        bots_tunnel(ledger, row, bot, false, wall_ms);
}

void bots_moved(struct ledger *ledger, struct row *row, const struct bot_sums *moved,
                int64_t wall_ms)
{
    if (row->kind == CONN_WEBSOCKET && !row->socket &&
        row->messages + moved->messages > row->requests + moved->requests)
        notice_tunnel(ledger, row, wall_ms);
    bots_guess_row(ledger, row);
    sums_add(sums_of(ledger, row->bot), moved);
    if (!row->bot)
        return;
    row->bot->meter.in += moved->bytes_in;
    row->bot->meter.out += moved->bytes_out;
    row->bot->meter.messages += (uint32_t)moved->messages;
    row->bot->last_active_ms = wall_ms;
}

void bots_whole(struct ledger *ledger, const struct report_closed *closed,
                const struct bot_sums *moved, int64_t wall_ms)
{
    /* Whether it was a tunnel does not matter any more. */
    struct row row = {.client = closed->client, .kind = closed->kind, .socket = true};
    bots_moved(ledger, &row, moved, wall_ms);
    set_bot(&row, NULL);
}

static void ip_unlist(struct bot_ip *at)
{
    *(at->prev ? &at->prev->next : &at->bot->ips) = at->next;
    if (at->next)
        at->next->prev = at->prev;
}

/* The newest socket's first; of two workers the older one may be entered later. */
static void ip_list(struct bot_ip *at, int64_t opened_ms)
{
    struct bot_ip *before = NULL, *behind = at->bot->ips;
    at->opened_ms = opened_ms;
    while (behind && behind->opened_ms > opened_ms) {
        before = behind;
        behind = behind->next;
    }
    at->prev = before;
    at->next = behind;
    *(before ? &before->next : &at->bot->ips) = at;
    if (behind)
        behind->prev = at;
}

static void ip_forget(struct ledger *ledger, struct bot_ip *at)
{
    struct map *map = ledger->bots.by_ip;
    ip_unlist(at);
    at->bot->ip_count--;
    ledger->bots.ip_count--;
    if (at->next_here)
        at->next_here->prev_here = at->prev_here;
    if (at->prev_here)
        at->prev_here->next_here = at->next_here;
    else if (!at->next_here || map_put(map, &at->key, at->next_here) < 0)
        map_take(map, &at->key);
    free(at);
}

static struct bot_ip *ip_of(struct bot *bot, const struct addr_key *key)
{
    struct bot_ip *at = bot->ips;
    while (at && memcmp(&at->key, key, sizeof(*key)) != 0)
        at = at->next;
    return at;
}

/* How many of these one bot may have: whoever comes under ten thousand names has little of each. */
static unsigned most_of(size_t all, unsigned most)
{
    return all < BOOK_CROWDED ? most : BOT_FEW;
}

/* Room for one more: the oldest without a socket goes. */
static bool ip_room(struct ledger *ledger, struct bot *bot)
{
    struct bot_ip *oldest = NULL;
    if (bot->ip_count < most_of(ledger->bots.ip_count, BOT_IPS_MAX))
        return true;
    for (struct bot_ip *at = bot->ips; at; at = at->next)
        if (at->sockets == 0)
            oldest = at;
    if (oldest)
        ip_forget(ledger, oldest);
    return oldest != NULL;
}

static struct bot_ip *ip_new(struct ledger *ledger, struct bot *bot, const struct addr_key *key)
{
    struct map *map = ledger->bots.by_ip;
    bot->ips_total++;
    struct bot_ip *at = ip_room(ledger, bot) ? calloc(1, sizeof(*at)) : NULL;
    if (!at)
        return NULL;
    at->key = *key;
    at->bot = bot;
    at->next_here = map_get(map, key);
    if (map_put(map, key, at) < 0) {
        free(at);
        return NULL;
    }
    if (at->next_here)
        at->next_here->prev_here = at;
    bot->ip_count++;
    ledger->bots.ip_count++;
    ip_list(at, 0);
    ledger->bots.new_ips = true;
    return at;
}

static void ip_enter(struct ledger *ledger, struct bot *bot, const struct row *row)
{
    struct addr_key key = addr_key_of(&row->client);
    struct bot_ip *at = ip_of(bot, &key);
    if (!at)
        at = ip_new(ledger, bot, &key);
    if (!at)
        return;
    at->sockets++;
    if (row->opened_ms <= at->opened_ms)
        return;
    ip_unlist(at);
    ip_list(at, row->opened_ms);
}

static void ip_leave(struct ledger *ledger, struct bot *bot, const struct addr *client)
{
    struct addr_key key = addr_key_of(client);
    struct bot_ip *at = ip_of(bot, &key);
    if (!at || at->sockets == 0)
        return;
    at->sockets--;
    at->second = ledger->second;
}

static bool ip_is_fresh(const struct ledger *ledger, const struct bot_ip *at)
{
    return at->sockets > 0 || ledger->second - at->second < BOTS_GONE_SECONDS;
}

void bots_forget_ips(struct ledger *ledger, struct bot *bot)
{
    struct bot_ip *next;
    for (struct bot_ip *at = bot->ips; at; at = next) {
        next = at->next;
        if (ip_is_fresh(ledger, at))
            continue;
        bot->ips_total--; /* it counts anew when it comes again */
        ip_forget(ledger, at);
    }
}

/* Stale ones are out of the list within a second, so the first two tell. */
struct bot *bots_of_ip(const struct ledger *ledger, const struct addr_key *key)
{
    const struct bot_ip *at = map_get(ledger->bots.by_ip, key);
    return at && !at->next_here ? at->bot : NULL;
}

void bots_resumed(struct ledger *ledger, struct row *row)
{
    if (!row->socket || row->resumed)
        return;
    row->resumed = true;
    row->bot->resumed++;
    row->bot->storm_count = 0;
    ledger->totals.resumed++;
}

static void socket_ends(struct ledger *ledger, struct row *row, int64_t wall_ms)
{
    struct bot *bot = row->bot;
    if (!row->socket)
        return;
    if (!row->resumed) {
        diagnose_storm(ledger, bot, row->opened_ms, wall_ms);
        bot->storm_ms[bot->storm_at] = row->opened_ms;
        bot->storm_at = (bot->storm_at + 1) % (BOT_STORM_TUNNELS - 1);
        bot->storm_count += bot->storm_count < BOT_STORM_TUNNELS - 1;
    }
    row->socket = false;
    ip_leave(ledger, bot, &row->client);
    bots_socket_ends(ledger, bot, wall_ms);
}

void bots_place(struct bot *bot, const struct row *row)
{
    if (row->backend < FLEET_MAX)
        bot->backends |= UINT64_C(1) << row->backend;
    bot->versions |= (uint8_t)((row->version == 3) | (row->version == 4) << 1);
}

void bots_tunnel(struct ledger *ledger, struct row *row, struct bot *bot, bool resumed,
                 int64_t wall_ms)
{
    if (row->socket && row->bot != bot)
        socket_ends(ledger, row, wall_ms);
    bots_own(ledger, row, bot, NULL);
    if (!row->socket) {
        if (bot->sockets == 0)
            bot->backends = bot->versions = 0;
        bots_place(bot, row); /* it may be gone again before it is drawn */
        row->socket = true;
        row->resumed = false;
        bot->handshakes++;
        ledger->totals.handshakes++;
        ip_enter(ledger, bot, row);
        bots_socket_opens(ledger, bot, row, resumed, wall_ms);
    }
    if (resumed)
        bots_resumed(ledger, row);
    else
        diagnose_storm(ledger, bot, row->opened_ms, wall_ms);
}

void bots_row_ends(struct ledger *ledger, struct row *row, int64_t wall_ms)
{
    if (!row->bot)
        return;
    socket_ends(ledger, row, wall_ms);
    set_bot(row, NULL);
}

struct bot *bots_of_session(const struct ledger *ledger, const struct note_key *key)
{
    const struct bot_session *session = map_get(ledger->bots.by_session, key);
    return session ? session->bot : NULL;
}

static void session_unlist(struct bot_session *at)
{
    *(at->prev ? &at->prev->next : &at->bot->sessions) = at->next;
    if (at->next)
        at->next->prev = at->prev;
    at->bot->session_count--;
}

static void session_list_first(struct bot *bot, struct bot_session *at)
{
    at->bot = bot;
    at->prev = NULL;
    at->next = bot->sessions;
    if (at->next)
        at->next->prev = at;
    bot->sessions = at;
    bot->session_count++;
}

static void session_forget(struct ledger *ledger, struct bot_session *at)
{
    session_unlist(at);
    map_take(ledger->bots.by_session, &at->key);
    free(at);
}

void bots_session(struct ledger *ledger, struct bot *bot, const struct note_key *key)
{
    struct map *map = ledger->bots.by_session;
    struct bot_session *at = map_get(map, key);

    if (at) {
        session_unlist(at);
        session_list_first(bot, at);
        return;
    }
    at = calloc(1, sizeof(*at));
    if (!at)
        return;
    at->key = *key;
    if (map_put(map, key, at) < 0) {
        free(at);
        return;
    }
    session_list_first(bot, at);
    if (bot->session_count <= most_of(map_count(map), BOT_SESSIONS_MAX))
        return;
    while (at->next)
        at = at->next;
    session_forget(ledger, at);
}

void bots_part(struct ledger *ledger, struct bot *bot)
{
    for (unsigned i = 0; bot->connections > 0 && i < ledger->row_count; i++) {
        struct row *row = ledger->rows[i];
        if (row->bot != bot)
            continue;
        set_bot(row, NULL);
        row->sure = false;
        row->parted = true;
    }
    for (struct bot_session *at = bot->sessions, *next; at; at = next) {
        next = at->next;
        session_forget(ledger, at);
    }
    for (struct bot_ip *at = bot->ips, *next; at; at = next) {
        next = at->next;
        ip_forget(ledger, at);
    }
    sums_add(&ledger->bots.nobody, &bot->sums);
}
