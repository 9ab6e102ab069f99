/*
 * A summary is a handful of clauses; those with news in them move to the front, the others keep
 * their place, so that whoever listens may stop listening early.
 */
#include "tui/plain_words.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/human.h"
#include "tui/model.h"

#define PLAIN_CLAUSE 1000

/* A backend's state as it is spoken. */
enum word { WORD_UNKNOWN, WORD_UP, WORD_SLOW, WORD_DOWN, WORD_DRAINING };

static const char *const word_texts[] = {
    [WORD_UNKNOWN] = "not checked yet",
    [WORD_UP] = "up",
    [WORD_SLOW] = "slow",
    [WORD_DOWN] = "down",
    [WORD_DRAINING] = "draining",
};

static enum word word_of(const struct snap_backend *backend)
{
    if (backend->removed)
        return WORD_DRAINING;
    switch (backend->state) {
    case BACKEND_ONLINE:
        return WORD_UP;
    case BACKEND_SLOW:
        return WORD_SLOW;
    case BACKEND_DRAINING:
        return WORD_DRAINING;
    case BACKEND_UNKNOWN:
        return WORD_UNKNOWN;
    default:
        return WORD_DOWN;
    }
}

static enum band band_in(const struct snap *snap, uint64_t rate)
{
    return band_of(rate, snap->band_medium, snap->band_high);
}

struct plain_before plain_before_of(const struct snap *snap)
{
    struct plain_before before = {.known = true,
                                  .connections = snap->conn_count,
                                  .in = band_in(snap, snap->rate_in),
                                  .out = band_in(snap, snap->rate_out)};
    for (unsigned i = 0; i < snap->backend_count; i++) {
        unsigned slot = snap->backends[i].slot;
        if (slot >= FLEET_MAX)
            continue;
        before.slots |= UINT64_C(1) << slot;
        before.words[slot] = (uint8_t)word_of(&snap->backends[i]);
    }
    return before;
}

static const char *band_word(enum band band)
{
    return band == BAND_HIGH ? "high" : band == BAND_MEDIUM ? "medium" : "normal";
}

static void add_counted(struct str *out, uint64_t count, const char *one, const char *many)
{
    str_add_u64(out, count);
    str_add_char(out, ' ');
    str_add_text(out, count == 1 ? one : many);
}

/* "out 2.84 MB per second, high" */
static void add_rate(struct str *out, const char *direction, const struct snap *snap, uint64_t rate)
{
    char figure[HUMAN_MAX];
    enum band band = band_in(snap, rate);
    str_addf(out, "%s %s per second", direction, human_size_long(figure, rate));
    if (band != BAND_NORMAL)
        str_addf(out, ", %s", band_word(band));
}

/* The clauses below return whether there is news in them. */

static bool clause_rate(struct str *out, const char *direction, const struct snap *snap,
                        uint64_t rate, bool known, enum band before)
{
    enum band band = band_in(snap, rate);
    add_rate(out, direction, snap, rate);
    if (!known || before == band)
        return false;
    if (band == BAND_NORMAL)
        str_add_text(out, ", normal");
    str_addf(out, ", was %s", band_word(before));
    return true;
}

static bool clause_connections(struct str *out, const struct plain_before *before,
                               const struct snap *snap)
{
    unsigned active = 0, count = snap->conn_count;
    for (unsigned i = 0; i < snap->ip_count; i++)
        active += snap->ips[i].active > 0;
    if (count == 0) {
        str_add_text(out, "no connections");
    } else {
        add_counted(out, count, "connection from ", "connections from ");
        add_counted(out, active, "address", "addresses");
    }
    if (!before->known || before->connections == count)
        return false;
    bool more = count > before->connections;
    str_addf(out, ", %u %s than before",
             more ? count - before->connections : before->connections - count,
             more ? "more" : "fewer");
    return true;
}

/* "us-b down (connection refused)" */
static void add_state(struct str *out, const struct snap_backend *backend)
{
    enum word word = word_of(backend);
    str_add_text(out, word_texts[word]);
    if (word == WORD_SLOW && backend->response_ms >= 0)
        str_addf(out, " (%.0f milliseconds)", backend->response_ms);
    else if (word != WORD_UP && backend->reason[0] != '\0')
        str_addf(out, " (%s)", backend->reason);
}

static bool is_changed(const struct plain_before *before, const struct snap_backend *backend)
{
    unsigned slot = backend->slot;
    return before->known && slot < FLEET_MAX && (before->slots >> slot & 1) &&
           before->words[slot] != word_of(backend);
}

/* All that are not simply up as before, then the rest in one go. */
static bool clause_backends(struct str *out, const struct plain_before *before,
                            const struct snap *snap)
{
    bool news = false;
    unsigned named = 0, left = 0, quiet = 0;
    str_add_text(out, "backends: ");
    for (unsigned i = 0; i < snap->backend_count; i++) {
        const struct snap_backend *backend = &snap->backends[i];
        bool changed = is_changed(before, backend);
        news = news || changed;
        if (!changed && word_of(backend) == WORD_UP) {
            quiet++;
        } else if (named == PLAIN_TROUBLES) {
            left++;
        } else {
            str_addf(out, "%s%s ", named++ > 0 ? ", " : "", backend->name);
            add_state(out, backend);
            if (changed)
                str_addf(out, ", was %s", word_texts[before->words[backend->slot]]);
        }
    }
    if (left > 0)
        str_addf(out, ", and %u more in trouble", left);
    if (named == 0)
        str_add_text(out, quiet == 0 ? "none" : quiet == 1 ? "the only one is up" : "all up");
    else if (quiet > 0)
        str_add_text(out, quiet == 1 ? "; the other one up" : "; all others up");
    return news;
}

void plain_summary(struct str *out, const struct plain_before *before, const struct snap *snap)
{
    enum { OUT, IN, CONNECTIONS, PLAYERS, BACKENDS, COUNT };
    char memory[COUNT][PLAIN_CLAUSE], clock[CLOCK_ISO_MAX];
    struct str clauses[COUNT];
    bool news[COUNT];
    for (unsigned i = 0; i < COUNT; i++)
        str_fixed(&clauses[i], memory[i], sizeof(memory[i]));
    news[OUT] = clause_rate(&clauses[OUT], "out", snap, snap->rate_out, before->known, before->out);
    news[IN] = clause_rate(&clauses[IN], "in", snap, snap->rate_in, before->known, before->in);
    news[CONNECTIONS] = clause_connections(&clauses[CONNECTIONS], before, snap);
    news[PLAYERS] = false; /* they change all the time */
    if (snap->player_count > 0)
        str_addf(&clauses[PLAYERS], "%u of %u players playing", snap->playing_count,
                 snap->player_count);
    news[BACKENDS] = clause_backends(&clauses[BACKENDS], before, snap);
    str_addf(out, "%s summary%s:", clock_hms(clock, snap->wall_ms), snap->demo ? ", DEMO" : "");
    const char *between = " ";
    for (unsigned round = 0; round < 2; round++) {
        for (unsigned i = 0; i < COUNT; i++) {
            if (news[i] != (round == 0) || clauses[i].len == 0)
                continue;
            str_add_text(out, between);
            str_add_slice(out, str_slice(&clauses[i]));
            between = "; ";
        }
    }
}

void plain_event(struct str *out, const struct snap_event *event)
{
    static const char *const levels[] = {
        [EVENT_INFO] = "information",
        [EVENT_WARN] = "warning",
        [EVENT_ERROR] = "error",
        [EVENT_AUTH] = "login refused",
    };
    char clock[CLOCK_ISO_MAX];
    str_addf(out, "%s %s: %s", clock_hms(clock, event->wall_ms), levels[event->level], event->text);
}

void plain_age(struct str *out, int64_t seconds)
{
    static const struct {
        int64_t seconds;
        const char *one, *many;
    } units[] = {
        {86400, "day", "days"},
        {3600, "hour", "hours"},
        {60, "minute", "minutes"},
        {1, "second", "seconds"},
    };
    unsigned said = 0;
    seconds = seconds < 0 ? 0 : seconds;
    /* The largest unit and the next one, if there is anything of that. */
    for (unsigned i = 0; i < 4 && said < 2; i++) {
        int64_t count = seconds / units[i].seconds;
        seconds %= units[i].seconds;
        if (count == 0 && said > 0)
            return;
        if (count == 0 && i < 3)
            continue;
        if (said++ > 0)
            str_add_char(out, ' ');
        add_counted(out, (uint64_t)count, units[i].one, units[i].many);
    }
}

void plain_connection(struct str *out, const struct snap *snap, const struct snap_conn *conn)
{
    char text[ADDR_TEXT_MAX], figure[HUMAN_MAX];
    str_addf(out, "connection %llu: %s, %s", (unsigned long long)conn->id,
             addr_text(text, &conn->client, false), sort_client(conn));
    if (conn->user_id[0] != '\0')
        str_addf(out, ", user %s", conn->user_id);
    if (conn->version != 0)
        str_addf(out, ", version %u", conn->version);
    if (conn->backend < snap->backend_count)
        str_addf(out, ", backend %s, ", snap->backends[conn->backend].name);
    else
        str_add_text(out, ", no backend, ");
    add_rate(out, "out", snap, conn->rate_out);
    str_add_text(out, ", ");
    add_rate(out, "in", snap, conn->rate_in);
    str_addf(out, ", %s in all, open for ",
             human_size_long(figure, conn->bytes_in + conn->bytes_out));
    plain_age(out, (snap->wall_ms - conn->opened_ms) / 1000);
}

void plain_backend(struct str *out, const struct snap *snap, const struct snap_backend *backend)
{
    enum word word = word_of(backend);
    str_addf(out, "%s, version %u: ", backend->name, backend->version);
    add_state(out, backend);
    if (word == WORD_UP && backend->response_ms >= 0)
        str_addf(out, ", answers in %.*f milliseconds", backend->response_ms < 99.95 ? 1 : 0,
                 backend->response_ms);
    if (word == WORD_DOWN) {
        str_add_text(out, " for ");
        plain_age(out, (snap->wall_ms - backend->since_ms) / 1000);
    }
    str_add_text(out, ", ");
    add_counted(out, backend->connections, "connection", "connections");
    if (backend->seen_players > 0) {
        str_addf(out, ", %u of ", backend->seen_playing);
        add_counted(out, backend->seen_players, "player playing", "players playing");
    }
    str_add_text(out, ", ");
    add_rate(out, "out", snap, backend->rate_out);
    str_add_text(out, ", ");
    add_rate(out, "in", snap, backend->rate_in);
}

void plain_block(struct str *out, const struct snap *snap, const struct snap_block *block)
{
    char text[ADDR_TEXT_MAX];
    str_addf(out, "%s%s blocked for ", block->user != NULL ? "bot " : "",
             block->user != NULL ? block->user : addr_key_text(text, &block->key));
    if (snap_block_is_for_good(snap, block)) {
        str_add_text(out, "good");
    } else {
        plain_age(out, (block->until_ms - snap->wall_ms) / 1000);
        str_add_text(out, " more");
    }
    str_addf(out, ", %s", block->by_hand ? "by hand" : "after wrong passwords");
}

static uint64_t rate_of(const struct snap_conn *conn)
{
    return conn->rate_in + conn->rate_out;
}

unsigned plain_busiest(const struct snap *snap, const struct snap_conn *top[PLAIN_BUSIEST])
{
    unsigned count = 0;
    for (unsigned i = 0; i < snap->conn_count; i++) {
        const struct snap_conn *conn = &snap->conns[i];
        unsigned at = count < PLAIN_BUSIEST ? count++ : PLAIN_BUSIEST;
        if (at == PLAIN_BUSIEST && rate_of(top[--at]) >= rate_of(conn))
            continue;
        for (; at > 0 && rate_of(top[at - 1]) < rate_of(conn); at--)
            top[at] = top[at - 1];
        top[at] = conn;
    }
    return count;
}
