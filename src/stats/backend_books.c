/*
 * The books of the backends, by slot: what checks found, what was counted, what still lives there.
 */
#include "books.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

#define URL_MAX 300
/* How long it must be empty: in the first of them workers may have been asked before the drain
 * began, or tell of who came just before it. */
#define SAFE_SECONDS 2

const char *backend_books_name(const struct ledger *ledger, unsigned slot)
{
    return fleet_has(ledger->fleet, slot) ? ledger->fleet->slots[slot].name : "?";
}

void backend_books_clear(struct ledger *ledger, unsigned slot, int64_t wall_ms)
{
    struct backend_book *book = &ledger->backends[slot];
    players_slot_cleared(ledger, slot);
    flow_book_clear(&ledger->flows, slot);
    meter_clear(&book->meter);
    *book = (struct backend_book){
        .since_ms = wall_ms, .response_ms = -1, .busy_second = ledger->second};
    meter_init(&book->meter, ledger->second);
}

void backend_books_report(struct ledger *ledger, const struct report *report, int64_t wall_ms)
{
    for (unsigned i = 0; i < report->closed_count; i++)
        if (fleet_has(ledger->fleet, report->closed[i].backend))
            ledger->backends[report->closed[i].backend].ended++;
    for (unsigned slot = 0; slot < FLEET_MAX; slot++) {
        const struct report_backend *from = &report->backends[slot];
        struct backend_book *to = &ledger->backends[slot];
        if (!fleet_has(ledger->fleet, slot))
            continue;
        to->bytes_in += from->bytes_in;
        to->bytes_out += from->bytes_out;
        to->meter.in += from->bytes_in;
        to->meter.out += from->bytes_out;
        to->messages += from->messages;
        to->meter.messages += from->messages;
        to->requests += from->requests;
        to->failures += from->failures;
        if (from->bytes_in + from->bytes_out > 0)
            to->last_active_ms = wall_ms;
        if (from->stats.known)
            to->stats = from->stats;
    }
}

void backend_books_tick(struct ledger *ledger)
{
    for (unsigned slot = 0; slot < FLEET_MAX; slot++)
        if (fleet_has(ledger->fleet, slot))
            meter_tick(&ledger->backends[slot].meter, ledger->second);
}

/* As views call the state: one that is up and takes no new sessions drains. */
static enum backend_state shown_state(const struct ledger *ledger, unsigned slot)
{
    const struct backend_book *book = &ledger->backends[slot];
    bool draining = book->draining || (ledger->fleet->removed >> slot & 1);
    return draining && backend_state_is_up(book->state) ? BACKEND_DRAINING : book->state;
}

/* Tells other programs where the state is another one now. */
static void tell_happening(struct ledger *ledger, unsigned slot, enum backend_state before,
                           int64_t wall_ms)
{
    enum backend_state now = shown_state(ledger, slot);
    if (now != before)
        happenings_backend(&ledger->happenings, wall_ms, backend_books_name(ledger, slot),
                           backend_state_text(before), backend_state_text(now),
                           ledger->backends[slot].reason);
}

static void tell_state(struct ledger *ledger, unsigned slot, int64_t wall_ms)
{
    const struct backend_book *book = &ledger->backends[slot];
    const char *name = backend_books_name(ledger, slot);
    switch (book->state) {
    case BACKEND_ONLINE:
        ledger_event(ledger, EVENT_INFO, wall_ms, "backend %s is online (%.1f ms)", name,
                     book->response_ms < 0 ? 0 : book->response_ms);
        break;
    case BACKEND_SLOW:
        ledger_event(ledger, EVENT_WARN, wall_ms, "backend %s is slow: %s", name, book->reason);
        break;
    case BACKEND_UNKNOWN:
    case BACKEND_DRAINING:
        break;
    default:
        ledger_event(ledger, EVENT_ERROR, wall_ms, "backend %s is down: %s", name,
                     book->reason[0] ? book->reason : backend_state_text(book->state));
    }
}

void ledger_backend(struct ledger *ledger, unsigned slot, const struct ledger_check *check,
                    int64_t wall_ms)
{
    assert(fleet_has(ledger->fleet, slot));
    struct backend_book *book = &ledger->backends[slot];
    enum backend_state shown = shown_state(ledger, slot);
    double response_ms = check->response_ms;
    struct str text;

    str_fixed(&text, book->reason, sizeof(book->reason));
    str_add_text(&text, check->reason && check->state != BACKEND_ONLINE ? check->reason : "");
    book->checked_ms = wall_ms;
    /* To a hundredth: what lies behind is noise of the loop, and would be shown. */
    if (response_ms >= 0)
        book->response_ms = response_ms = (double)(int64_t)(response_ms * 100 + 0.5) / 100;
    if (response_ms >= 0)
        snap_histogram_add(&book->check_times, response_ms / 1000);
    book->checks[book->check_at] = response_ms < 0 ? -1.0F : (float)response_ms;
    book->check_at = (book->check_at + 1) % SNAP_CHECKS;
    if (book->check_count < SNAP_CHECKS)
        book->check_count++;
    if (check->stats.known)
        book->stats = check->stats;
    else if (!backend_state_is_up(check->state))
        book->stats.known = false; /* what returns is another process */
    if (book->state == check->state)
        return;
    book->state = check->state;
    book->since_ms = wall_ms;
    tell_state(ledger, slot, wall_ms);
    tell_happening(ledger, slot, shown, wall_ms);
}

void ledger_drain(struct ledger *ledger, unsigned slot, bool drain, int64_t wall_ms)
{
    assert(fleet_has(ledger->fleet, slot));
    enum backend_state shown = shown_state(ledger, slot);
    if (ledger->backends[slot].draining == drain)
        return;
    ledger->backends[slot].draining = drain;
    ledger->backends[slot].drained_ms = drain ? wall_ms : 0;
    ledger_event(ledger, EVENT_WARN, wall_ms,
                 drain ? "backend %s drains: no new sessions" : "backend %s takes sessions again",
                 backend_books_name(ledger, slot));
    tell_happening(ledger, slot, shown, wall_ms);
}

void ledger_waiting(struct ledger *ledger, const uint32_t waiting[FLEET_MAX])
{
    for (unsigned slot = 0; slot < FLEET_MAX; slot++)
        ledger->backends[slot].waiting = waiting[slot];
}

enum backend_state ledger_state(const struct ledger *ledger, unsigned slot)
{
    return ledger->backends[slot].state;
}

bool ledger_is_empty(const struct ledger *ledger, unsigned slot)
{
    return ledger->backends[slot].empty;
}

void backend_books_index(const struct ledger *ledger, uint8_t index[FLEET_MAX])
{
    memset(index, REPORT_NO_BACKEND, FLEET_MAX);
    for (unsigned i = 0; i < ledger->fleet->count; i++)
        index[ledger->fleet->order[i]] = (uint8_t)i;
}

static void url_text(char out[URL_MAX], const struct config_backend *backend)
{
    bool v6 = strchr(backend->host, ':') != NULL;
    snprintf(out, URL_MAX, "%s%s%s:%u", v6 ? "[" : "", backend->host, v6 ? "]" : "",
             (unsigned)backend->port);
}

size_t backend_books_room(const struct ledger *ledger)
{
    size_t room = 0;
    for (unsigned i = 0; i < ledger->fleet->count; i++) {
        unsigned slot = ledger->fleet->order[i];
        char url[URL_MAX];
        url_text(url, &ledger->fleet->slots[slot]);
        room += sizeof(struct snap_backend) + meter_room(&ledger->backends[slot].meter) +
                draw_room_of_text(backend_books_name(ledger, slot)) + draw_room_of_text(url) +
                SNAP_REASON + DRAW_SLACK;
    }
    return room;
}

/* What a draining backend still waits for. */
static void drain_reason(char out[SNAP_REASON], const struct snap_backend *backend)
{
    struct str text;
    str_fixed(&text, out, SNAP_REASON);
    if (backend->safe_to_stop) {
        str_add_text(&text, "nothing lives there any more, it may be stopped");
        return;
    }
    str_addf(&text, "%u socket%s", backend->sockets, backend->sockets == 1 ? "" : "s");
    if (backend->waiting > 0)
        str_addf(&text, ", %u may resume", backend->waiting);
    if (backend->stats.known)
        str_addf(&text, ", %u players (%u playing)", backend->stats.players,
                 backend->stats.playing);
    str_add_text(&text, " left");
}

static void draw_checks(struct snap_backend *to, const struct backend_book *book)
{
    unsigned oldest = book->check_count < SNAP_CHECKS ? 0 : book->check_at;
    to->check_count = book->check_count;
    for (unsigned j = 0; j < book->check_count; j++)
        to->checks[j] = book->checks[(oldest + j) % SNAP_CHECKS];
}

static void draw_backend(const struct ledger *ledger, struct snap *snap, unsigned slot,
                         const struct backend_use *use, struct snap_backend *to)
{
    const struct config_backend *config = &ledger->fleet->slots[slot];
    const struct backend_book *book = &ledger->backends[slot];
    char url[URL_MAX], reason[SNAP_REASON];
    bool removed = (ledger->fleet->removed >> slot & 1) != 0;
    bool draining = removed || book->draining;

    url_text(url, config);
    *to = (struct snap_backend){
        .name = draw_text(snap, config->name),
        .url = draw_text(snap, url),
        .slot = slot,
        .version = config->version,
        .state = shown_state(ledger, slot),
        .draining = draining,
        .removed = removed,
        .safe_to_stop = ledger->second - book->busy_second >= SAFE_SECONDS,
        .sockets = use->sockets,
        .waiting = book->waiting,
        .stats = book->stats,
        .checked_ms = book->checked_ms,
        .response_ms = book->response_ms,
        .since_ms = book->since_ms,
        .connections = use->connections,
        .connections_ever = book->ended + use->connections,
        .last_active_ms = book->last_active_ms,
        .bytes_in = book->bytes_in,
        .bytes_out = book->bytes_out,
        .messages = book->messages,
        .check_times = book->check_times,
        .requests = book->requests,
        .failures = book->failures,
        .seen_players = use->seen_players,
        .seen_playing = use->seen_playing,
    };
    if (to->state == BACKEND_DRAINING) {
        drain_reason(reason, to);
        if (book->drained_ms > book->since_ms)
            to->since_ms = book->drained_ms;
    }
    to->reason = draw_text(snap, to->state == BACKEND_DRAINING ? reason : book->reason);
    draw_checks(to, book);
    struct meter_drawn drawn = draw_meter(ledger, &book->meter, snap);
    to->rate_in = drawn.rate_in;
    to->rate_out = drawn.rate_out;
    to->rate_messages = drawn.rate_messages;
    to->history = drawn.history;
}

void backend_books_draw(struct ledger *ledger, struct snap *snap,
                        const struct backend_use use[FLEET_MAX])
{
    unsigned count = ledger->fleet->count;
    struct snap_backend *backends = draw_take(snap, count * sizeof(*backends));

    for (unsigned i = 0; i < count; i++) {
        unsigned slot = ledger->fleet->order[i];
        struct backend_book *book = &ledger->backends[slot];
        bool draining = book->draining || (ledger->fleet->removed >> slot & 1);
        if (!draining || use[slot].sockets > 0 || book->waiting > 0)
            book->busy_second = ledger->second;
        if (!draining)
            book->drained_ms = 0;
        else if (book->drained_ms == 0)
            book->drained_ms = snap->wall_ms;
        draw_backend(ledger, snap, slot, &use[slot], &backends[i]);
        book->empty = use[slot].connections == 0 && book->waiting == 0;
    }
    snap->backends = backends;
    snap->backend_count = count;
}
