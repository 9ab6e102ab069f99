/*
 * Diagnoses: see the header.
 */
#include "diagnosis.h"

#include <stdio.h>
#include <string.h>

#include "books.h"
#include "bots_join.h"
#include "trouble.h"

#define MINUTE_MS 60000

/* Counts it; true: it is the first time with this bot. */
static bool is_first(struct ledger *ledger, struct bot *bot, enum diagnosis cause)
{
    struct snap_trouble *trouble = trouble_of(bot);
    ledger->totals.diagnoses[cause]++;
    return trouble && trouble->diagnoses[cause]++ == 0;
}

static void diagnose(struct ledger *ledger, struct bot *bot, enum diagnosis cause, int64_t wall_ms)
{
    if (is_first(ledger, bot, cause))
        ledger_event(ledger, EVENT_WARN, wall_ms, "bot %s %s", bot_name(bot),
                     diagnosis_text(cause));
}

/* The one of this IP, else the one that has been silent for longest, made anew. */
static struct guesser *guesser_of(struct guesser_book *book, const struct addr_key *key)
{
    struct guesser *oldest = &book->guessers[0];
    for (unsigned i = 0; i < GUESSERS_MAX; i++) {
        struct guesser *at = &book->guessers[i];
        if (at->stamp != 0 && memcmp(&at->key, key, sizeof(*key)) == 0)
            return at;
        if (at->stamp < oldest->stamp)
            oldest = at;
    }
    *oldest = (struct guesser){.key = *key};
    return oldest;
}

/* A clock that was set back in between makes nothing frequent. */
static bool is_within(int64_t since_ms, int64_t ms, int64_t span_ms)
{
    return since_ms <= ms && ms - since_ms < span_ms;
}

/* Whether it was wrong GUESSER_TIMES times within a minute. */
static bool count_wrong(struct guesser *guesser, int64_t wall_ms)
{
    int64_t *oldest = &guesser->times_ms[guesser->at];
    *oldest = wall_ms;
    guesser->at = (guesser->at + 1) % GUESSER_TIMES;
    oldest = &guesser->times_ms[guesser->at];
    return *oldest != 0 && is_within(*oldest, wall_ms, MINUTE_MS);
}

void diagnose_password(struct ledger *ledger, const struct report_event *event, int64_t wall_ms)
{
    struct addr_key key = addr_key_of(&event->client);
    char ip[ADDR_TEXT_MAX];
    bool again = false;

    if (event->kind != REPORT_AUTH_WRONG)
        return;
    struct guesser *guesser = guesser_of(&ledger->guessers, &key);
    guesser->stamp = ++ledger->guessers.stamp;
    uint32_t count = event->count > 0 ? event->count : 1;
    for (uint32_t i = 0; i < count && i < GUESSER_TIMES; i++)
        again = count_wrong(guesser, wall_ms);
    if (!again)
        return;
    struct bot *bot = bots_of_ip(ledger, &key);
    (void)is_first(ledger, bot, DIAG_WRONG_PASSWORD);
    if (guesser->told)
        return;
    guesser->told = true;
    ledger_event(ledger, EVENT_AUTH, wall_ms, "%s%s%s%s %s", bot ? "bot " : "",
                 bot ? bot_name(bot) : "", bot ? " at " : "", addr_key_text(ip, &key),
                 diagnosis_text(DIAG_WRONG_PASSWORD));
}

void diagnose_storm(struct ledger *ledger, struct bot *bot, int64_t opened_ms, int64_t wall_ms)
{
    /* Only those that ended count: processes of one bot may open many at once. */
    if (bot->storm_count < BOT_STORM_TUNNELS - 1 ||
        !is_within(bot->storm_ms[bot->storm_at], opened_ms, BOT_STORM_SECONDS * 1000))
        return;
    bot->storm_count = 0; /* the next ones are another storm */
    diagnose(ledger, bot, DIAG_RECONNECT_STORM, wall_ms);
}

void diagnose_handshake(struct ledger *ledger, struct bot *bot, const struct note_handshake *note,
                        int64_t wall_ms)
{
    if (note->by_node && note->status == 200)
        diagnose(ledger, bot, DIAG_V3_ON_V4, wall_ms);
    if (note->no_user && (note->status == 101 || (note->by_node && note->status == 400)))
        diagnose(ledger, bot, DIAG_NO_USER, wall_ms);
}

void diagnose_resuming(struct ledger *ledger, struct bot *bot, const struct note_resuming *note,
                       int64_t wall_ms)
{
    if (note->timeout > RESUME_SECONDS_MAX)
        diagnose(ledger, bot, DIAG_TIMEOUT_MS, wall_ms);
}

void diagnose_request(struct ledger *ledger, struct bot *bot, const struct note_request *note,
                      int64_t wall_ms)
{
    if (note->by_node && note->status == 400 && note->no_channel)
        diagnose(ledger, bot, DIAG_NO_CHANNEL, wall_ms);
}

void diagnose_frames(struct ledger *ledger, struct bot *bot, const struct note_frames *note,
                     int64_t wall_ms)
{
    char cpu[32] = "";
    if (note->deficit < FRAMES_HEARD || !is_first(ledger, bot, DIAG_STARVED))
        return;
    if (note->system_load >= 0 && note->system_load <= 1)
        snprintf(cpu, sizeof(cpu), " at %.0f %% CPU", note->system_load * 100);
    ledger_event(ledger, EVENT_WARN, wall_ms,
                 "bot %s hears gaps: backend %.40s misses audio frames (deficit %lld of %d a "
                 "minute%s)",
                 bot_name(bot), backend_books_name(ledger, note->note.backend),
                 (long long)(note->deficit < FRAMES_A_MINUTE ? note->deficit : FRAMES_A_MINUTE),
                 FRAMES_A_MINUTE, cpu);
}
