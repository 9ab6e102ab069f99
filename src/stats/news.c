/*
 * The event list: a ring of the newest lines, each also sent to the log. What one visitor can cause
 * at will (wrong passwords, bad requests, refusals) is tallied, and makes at most one line each ten
 * seconds with the count of the last minute.
 */
#include "books.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "base/human.h"
#include "base/log.h"
#include "base/text.h"

#define BUCKET_MS 10000
#define NEWS_HAND_MAX 20

static void add_line(struct ledger *ledger, enum event_level level, int64_t wall_ms,
                     const char *text)
{
    static const enum log_level levels[] = {
        [EVENT_INFO] = LOG_INFO,
        [EVENT_WARN] = LOG_WARN,
        [EVENT_ERROR] = LOG_ERROR,
        [EVENT_AUTH] = LOG_WARN,
    };
    struct snap_event *event = &ledger->news.events[++ledger->news.seq % SNAP_EVENTS_MAX];
    event->seq = ledger->news.seq;
    event->wall_ms = wall_ms;
    event->level = level;
    snprintf(event->text, sizeof(event->text), "%s", text);
    log_line(levels[level], "%s", text);
}

/* A line that was cut to fit may end within a character; the snapshot promises whole ones. */
static void drop_cut_character(char *text)
{
    size_t len = strlen(text), start = len;
    uint32_t ch;

    while (start > 0 && ((unsigned char)text[start - 1] & 0xC0) == 0x80)
        start--;
    start -= start > 0;
    struct slice last = {text + start, len - start};
    size_t at = 0;
    /* A broken one is taken apart byte by byte or not to its end. */
    if (text_decode(last, &at, &ch) && (at != last.len || ch == 0xFFFD))
        text[start] = '\0';
}

void ledger_event(struct ledger *ledger, enum event_level level, int64_t wall_ms,
                  const char *format, ...)
{
    char text[sizeof(ledger->news.events[0].text)];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    if (len >= (int)sizeof(text))
        drop_cut_character(text);
    add_line(ledger, level, wall_ms, text);
}

static uint32_t minute(const struct tally *tally)
{
    uint32_t sum = 0;
    for (unsigned i = 0; i < NEWS_BUCKETS; i++)
        sum += tally->buckets[i];
    return sum;
}

/* Moves the buckets on to the present; a clock set back starts them anew. */
static void advance(struct tally *tally, int64_t wall_ms)
{
    int64_t steps = (wall_ms - tally->bucket_ms) / BUCKET_MS;
    if (wall_ms < tally->bucket_ms || steps >= NEWS_BUCKETS) {
        memset(tally->buckets, 0, sizeof(tally->buckets));
        tally->bucket_ms = wall_ms;
        if (tally->spoken_ms > wall_ms)
            tally->spoken_ms = wall_ms - BUCKET_MS;
        return;
    }
    for (; steps > 0; steps--) {
        memmove(tally->buckets + 1, tally->buckets, sizeof(tally->buckets[0]) * (NEWS_BUCKETS - 1));
        tally->buckets[0] = 0;
        tally->bucket_ms += BUCKET_MS;
    }
}

static const struct {
    enum event_level level;
    const char *words;
} kinds[] = {
    [REPORT_AUTH_WRONG] = {EVENT_AUTH, "wrong password"},
    [REPORT_AUTH_MISSING] = {EVENT_AUTH, "no password"},
    [REPORT_BLOCKED] = {EVENT_AUTH, "blocked"},
    [REPORT_LIMITED] = {EVENT_WARN, "over the limit"},
    [REPORT_BACKEND_FAILED] = {EVENT_WARN, "failed"},
    [REPORT_BAD_REQUEST] = {EVENT_WARN, "bad request"},
    [REPORT_BLOCK_BEGINS] = {EVENT_AUTH, "is blocked after too many wrong passwords"},
    [REPORT_USER_BLOCKED] = {EVENT_AUTH, "blocked"},
    [REPORT_NO_MEMORY] = {EVENT_ERROR, "out of memory"},
    [REPORT_NO_DESCRIPTORS] = {EVENT_ERROR, "out of descriptors, new connections wait"},
};

static void who_text(char out[ADDR_TEXT_MAX + 16], const struct ledger *ledger,
                     const struct tally *tally)
{
    char name[ADDR_TEXT_MAX];
    if (tally->kind == REPORT_BACKEND_FAILED)
        snprintf(out, ADDR_TEXT_MAX + 16,
                 "backend %.60s: ", backend_books_name(ledger, tally->backend));
    else if (tally->kind == REPORT_USER_BLOCKED)
        snprintf(out, ADDR_TEXT_MAX + 16, tally->key.family != 0 ? "bot " : "many bots ");
    else if (tally->key.family != 0)
        snprintf(out, ADDR_TEXT_MAX + 16, "%s ", addr_key_text(name, &tally->key));
    else if (tally->kind >= REPORT_NO_MEMORY)
        out[0] = '\0';
    else
        snprintf(out, ADDR_TEXT_MAX + 16, "many addresses: ");
}

static void speak(struct ledger *ledger, struct tally *tally, int64_t wall_ms)
{
    char who[ADDR_TEXT_MAX + 16], often[32] = "", status[24] = "";
    uint32_t count = minute(tally);

    who_text(who, ledger, tally);
    if (count > 1)
        snprintf(often, sizeof(often), " (%u in 60 s)", count);
    if (tally->status != 0 && tally->kind != REPORT_AUTH_WRONG &&
        tally->kind != REPORT_AUTH_MISSING)
        snprintf(status, sizeof(status), ", answered %u", (unsigned)tally->status);
    ledger_event(ledger, kinds[tally->kind].level, wall_ms, "%s%s%s%s%s%s", who,
                 kinds[tally->kind].words, tally->text[0] ? ": " : "", tally->text, status, often);
    tally->unspoken = 0;
    tally->spoken_ms = wall_ms;
}

static struct slice raw_of(const struct report_event *event)
{
    size_t len = event->text.len < REPORT_TEXT_MAX ? event->text.len : REPORT_TEXT_MAX;
    return (struct slice){event->text.bytes, len};
}

static struct addr_key key_of(const struct ledger *ledger, const struct report_event *event)
{
    struct addr_key key = {0};
    struct slice raw = raw_of(event);
    if (event->kind == REPORT_BACKEND_FAILED) {
        /* By status too: a wrong password is not to be hidden by what else goes wrong there. */
        key.bytes[0] = event->backend;
        key.bytes[1] = (uint8_t)(event->status >> 8);
        key.bytes[2] = (uint8_t)event->status;
    } else if (event->kind == REPORT_USER_BLOCKED) {
        /* By bot, wherever it comes from; any family will do, none would be the crowd. */
        uint64_t hash = hash_sip(ledger->secret, raw.ptr, raw.len);
        key.family = 1;
        memcpy(key.bytes, &hash, sizeof(hash));
    } else {
        key = addr_key_of(&event->client);
    }
    return key;
}

/* The tally of this kind and visitor, else one that is free, else NULL. */
static struct tally *find_tally(struct news *news, uint8_t kind, const struct addr_key *key)
{
    struct tally *unused = NULL;
    for (unsigned i = 0; i < NEWS_TALLIES_MAX; i++) {
        struct tally *at = &news->tallies[i];
        if (at->used && at->kind == kind && memcmp(&at->key, key, sizeof(*key)) == 0)
            return at;
        if (!at->used && !unused)
            unused = at;
    }
    return unused;
}

static struct tally *tally_of(struct ledger *ledger, const struct report_event *event,
                              int64_t wall_ms)
{
    struct news *news = &ledger->news;
    struct addr_key key = key_of(ledger, event);
    struct tally *tally = NULL;

    /* Memory and descriptors are nobody's in particular. */
    if (event->kind < REPORT_NO_MEMORY)
        tally = find_tally(news, event->kind, &key);
    if (!tally) {
        tally = &news->crowd[event->kind];
        key = (struct addr_key){0};
    }
    if (!tally->used)
        *tally = (struct tally){.used = true,
                                .kind = event->kind,
                                .key = key,
                                .bucket_ms = wall_ms,
                                .spoken_ms = wall_ms - BUCKET_MS};
    return tally;
}

/* Other programs hear of each block, however many make one line here. */
static void tell_block(struct ledger *ledger, const struct addr *client, int64_t wall_ms)
{
    char ip[ADDR_TEXT_MAX];
    struct addr_key key = addr_key_of(client);
    const struct happening_block block = {.ip = addr_key_text(ip, &key),
                                          .seconds = ledger->config->limits.block};
    happenings_block(&ledger->happenings, wall_ms, &block);
}

void news_event(struct ledger *ledger, const struct report_event *event, int64_t wall_ms)
{
    if (event->kind >= sizeof(kinds) / sizeof(kinds[0]))
        return;
    if (event->kind == REPORT_BLOCK_BEGINS)
        tell_block(ledger, &event->client, wall_ms);
    struct tally *tally = tally_of(ledger, event, wall_ms);
    uint32_t count = event->count > 0 ? event->count : 1;

    advance(tally, wall_ms);
    text_display(tally->text, sizeof(tally->text), raw_of(event), TEXT_COLUMNS_MAX);
    tally->status = event->status;
    tally->backend = event->backend;
    tally->buckets[0] += count;
    tally->unspoken += count;
    if (wall_ms - tally->spoken_ms >= BUCKET_MS)
        speak(ledger, tally, wall_ms);
}

static void tally_due(struct ledger *ledger, struct tally *tally, int64_t wall_ms)
{
    if (!tally->used)
        return;
    advance(tally, wall_ms);
    if (tally->unspoken > 0 && wall_ms - tally->spoken_ms >= BUCKET_MS)
        speak(ledger, tally, wall_ms);
    else if (tally->unspoken == 0 && minute(tally) == 0)
        tally->used = false;
}

void news_due(struct ledger *ledger, int64_t wall_ms)
{
    for (unsigned i = 0; i < NEWS_TALLIES_MAX; i++)
        tally_due(ledger, &ledger->news.tallies[i], wall_ms);
    for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        tally_due(ledger, &ledger->news.crowd[i], wall_ms);
}

void news_opened(struct ledger *ledger, struct row *row, int64_t wall_ms)
{
    char ip[ADDR_TEXT_MAX];
    const char *client = "";

    if (row->told || row->kind != CONN_WEBSOCKET || row->backend == REPORT_NO_BACKEND)
        return;
    row->told = true;
    if (row->text)
        client = row->text + strlen(row->text) + 1; /* the second text: the client's name */
    ledger_event(ledger, EVENT_INFO, wall_ms, "#%llu open %s %s -> %s v%u",
                 (unsigned long long)row->id, addr_text(ip, &row->client, false),
                 client[0] ? client : "(none)", backend_books_name(ledger, row->backend),
                 row->version);
}

/* Of many that one order has ended at once only the first are told: the order has a line of its
 * own, which must not be pushed out of the list by theirs. */
static bool is_too_many(struct ledger *ledger, uint8_t reason)
{
    struct news *news = &ledger->news;
    if (reason != CLOSE_KILLED && reason != CLOSE_BLOCKED)
        return false;
    if (news->hand_second != ledger->second)
        news->hand_count = 0;
    news->hand_second = ledger->second;
    return ++news->hand_count > NEWS_HAND_MAX;
}

void news_closed(struct ledger *ledger, const struct report_closed *closed, int64_t wall_ms)
{
    char ip[ADDR_TEXT_MAX], age[HUMAN_MAX], in[HUMAN_MAX], out[HUMAN_MAX];
    int64_t lived = wall_ms > closed->opened_ms ? (wall_ms - closed->opened_ms) / 1000 : 0;

    /* A refused one has a line of its own kind, and REST connections come and go too often. */
    if (closed->kind != CONN_WEBSOCKET || closed->reason == CLOSE_REFUSED ||
        is_too_many(ledger, closed->reason))
        return;
    ledger_event(ledger, EVENT_INFO, wall_ms, "#%llu %s ended after %s: %s, %s in, %s out",
                 (unsigned long long)closed->id, addr_text(ip, &closed->client, false),
                 human_age(age, (uint64_t)lived),
                 close_reason_text((enum close_reason)closed->reason),
                 human_size(in, closed->bytes_in), human_size(out, closed->bytes_out));
}
