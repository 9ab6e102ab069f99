/*
 * Enters notes: see the header. Whose a note is: of the session it names, else of its connection.
 */
#include "note_entry.h"

#include <string.h>
#include <sys/mman.h>

#include "base/text.h"
#include "books.h"
#include "bots_join.h"
#include "diagnosis.h"
#include "trouble.h"

/* The session that a note of its kind names; NULL: its kind names none. */
static const struct note_key *key_of(const struct note *note)
{
    const void *at = note;
    switch ((enum note_kind)note->kind) {
    case NOTE_RESUMING:
        return &((const struct note_resuming *)at)->session;
    case NOTE_SHARE:
        return &((const struct note_share *)at)->session;
    case NOTE_REQUEST:
        return &((const struct note_request *)at)->session;
    case NOTE_ASK:
        return &((const struct note_ask *)at)->session;
    case NOTE_PLAYER:
        return &((const struct note_player *)at)->session;
    case NOTE_GONE:
        return &((const struct note_guild *)at)->session;
    case NOTE_TRACK_START:
        return &((const struct note_track *)at)->session;
    default:
        return NULL;
    }
}

static bool is_key(const struct note_key *key)
{
    return key && (key->half[0] != 0 || key->half[1] != 0);
}

/* What the note hangs on. */
struct place {
    struct row *row; /* its connection, or NULL */
    struct bot *bot; /* of the session it names; NULL: it names none, or one that nobody knows */
};

/* It names no session, so its bot is looked for by its IP; also when its connection came and went
 * between two reports. */
static bool is_search_ripe(const struct ledger *ledger, const struct note_request *note,
                           const struct row *row)
{
    struct addr_key ip = addr_key_of(&note->client);
    return row ? !bots_may_come(ledger, row) : bots_of_ip(ledger, &ip) != NULL;
}

static struct place place_of(const struct ledger *ledger, const struct note *note)
{
    const struct note_key *key = key_of(note);
    struct place place = {.row = row_get(ledger, note->conn)};
    if (is_key(key))
        place.bot = bots_of_session(ledger, key);
    return place;
}

/* Whether all of it that counts is known by now. */
static bool is_ripe(const struct ledger *ledger, const struct note *note, const struct place *place)
{
    bool named = is_key(key_of(note));
    if (!named && note->kind == NOTE_REQUEST)
        return is_search_ripe(ledger, (const void *)note, place->row);
    return note->kind == NOTE_TITLE ||
           ((!named || place->bot) && ((named && note->kind != NOTE_SHARE) || place->row));
}

static void clean(char out[SNAP_TEXT], const struct report_text *raw)
{
    size_t len = raw->len < REPORT_TEXT_MAX ? raw->len : REPORT_TEXT_MAX;
    text_display(out, SNAP_TEXT, (struct slice){raw->bytes, len}, TEXT_COLUMNS_MAX);
}

static void enter_handshake(struct ledger *ledger, const struct note_handshake *note,
                            struct row *row, int64_t wall_ms)
{
    char user[SNAP_TEXT], client[SNAP_TEXT], agent[SNAP_TEXT];
    if (!note->by_node && (note->status == 401 || note->status == 403))
        return; /* a stranger, whatever it calls itself */
    clean(user, &note->user_id);
    clean(client, &note->client_name);
    clean(agent, &note->user_agent);
    struct bot *bot =
        bots_get(ledger, &note->client, user, client, agent, note->note.at_us, wall_ms);
    if (!bot)
        return;
    if (note->status != 101)
        trouble_handshake(bot, note, wall_ms);
    if (row && row->backend == REPORT_NO_BACKEND)
        row->backend = note->note.backend; /* its next info says so too */
    if (row && note->status == 101)
        bots_tunnel(ledger, row, bot, note->resumed, wall_ms);
    else if (row && !row->bot)
        bots_own(ledger, row, bot, NULL);
    diagnose_handshake(ledger, bot, note, wall_ms);
}

static void enter_session(struct ledger *ledger, const struct note_session *note, struct row *row)
{
    struct bot *bot = row ? row->bot : NULL;
    if (!bot)
        return;
    bots_session(ledger, bot, &note->session);
    if (note->resumed)
        bots_resumed(ledger, row);
    if (note->note.at_us < bot->session_us)
        return;
    bot->session_us = note->note.at_us;
    text_display(bot->shown, sizeof(bot->shown),
                 (struct slice){note->shown, strnlen(note->shown, sizeof(note->shown))},
                 TEXT_COLUMNS_MAX);
    /* A v3 client says so in its first message, before the node says that it is ready. */
    if (!note->resumed && bot->resuming_us <= note->note.at_us - note->took_us) {
        bot->resuming = -1;
        bot->resume_timeout = -1;
    }
}

static void enter_resuming(struct ledger *ledger, struct bot *bot, const struct note_resuming *note,
                           int64_t wall_ms)
{
    if (!bot)
        return;
    diagnose_resuming(ledger, bot, note, wall_ms);
    bot->resuming_us = note->note.at_us;
    if (note->resuming >= 0)
        bot->resuming = note->resuming > 0;
    if (note->timeout >= 0)
        bot->resume_timeout = note->timeout;
}

static void enter_share(struct ledger *ledger, const struct note_share *note, struct row *row,
                        struct bot *bot, int64_t wall_ms)
{
    const struct bot_sums from = {
        .bytes_in = note->bytes_in, .bytes_out = note->bytes_out, .requests = note->requests};
    /* One that had to wait may be older than what is known by now. */
    if (!row || !bot || row->socket || (row->sure && note->requests < row->shared_at))
        return;
    row->shared_at = note->requests;
    /* Up to here it was another's. */
    if (row->sure && row->bot != bot && note->requests >= row->requests) {
        struct report_tick tick = {
            .bytes_in = note->bytes_in, .bytes_out = note->bytes_out, .requests = note->requests};
        tick.messages = (uint32_t)row->messages + note->requests - row->requests;
        memcpy(tick.answers, row->answers, sizeof(tick.answers));
        row_totals(ledger, row, &tick, wall_ms);
    }
    bots_own(ledger, row, bot, &from);
}

/* NULL: nobody's. What was guessed of its connection holds while no other bot is at that IP. */
static struct bot *bot_of_search(struct ledger *ledger, const struct note_request *note,
                                 struct row *row)
{
    struct addr_key ip = addr_key_of(row ? &row->client : &note->client);
    if (row && row->sure)
        return row->bot;
    if (row)
        bots_guess_row(ledger, row);
    return bots_of_ip(ledger, &ip);
}

static void enter(struct ledger *ledger, const struct note *note, const struct place *place,
                  int64_t wall_ms)
{
    const void *at = note;
    struct row *row = place->row;
    struct bot *bot = place->bot;
    if (note->kind == NOTE_REQUEST && !is_key(key_of(note)))
        bot = bot_of_search(ledger, at, row);
    else if (!bot && row && note->kind != NOTE_SHARE)
        bot = row->bot;

    switch ((enum note_kind)note->kind) {
    case NOTE_HANDSHAKE:
        enter_handshake(ledger, at, row, wall_ms);
        bot = row ? row->bot : NULL; /* the one before may have had to make room */
        break;
    case NOTE_SESSION:
        enter_session(ledger, at, row);
        break;
    case NOTE_RESUMING:
        enter_resuming(ledger, bot, at, wall_ms);
        break;
    case NOTE_SHARE:
        enter_share(ledger, at, row, bot, wall_ms);
        break;
    case NOTE_REQUEST:
        trouble_request(ledger, bot, at, wall_ms);
        diagnose_request(ledger, bot, at, wall_ms);
        break;
    case NOTE_EXCEPTION:
        trouble_exception(ledger, bot, at, wall_ms);
        break;
    case NOTE_STUCK:
        trouble_stuck(ledger, bot, at, wall_ms);
        break;
    case NOTE_VOICE_CLOSED:
        trouble_voice(ledger, bot, at, wall_ms);
        break;
    case NOTE_FRAMES:
        trouble_frames(ledger, bot, at);
        diagnose_frames(ledger, bot, at, wall_ms);
        break;
    case NOTE_OTHER:
        ledger->totals.events_other++;
        break;
    default:
        break;
    }
    players_note(ledger, bot, note, wall_ms);
}

/* A mapping, of which only what is written takes memory: all of that goes back with the second,
 * which the heap would keep. */
static bool has_room(struct note_later *later, size_t size)
{
    if (!later->bytes) {
        void *bytes =
            mmap(NULL, NOTES_LATER_MAX, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (bytes == MAP_FAILED)
            return false;
        later->bytes = bytes;
    }
    return size <= NOTES_LATER_MAX - later->len;
}

/* Without room or memory it is entered at once, as far as is known. */
static void wait(struct ledger *ledger, const struct note *note, const struct place *place,
                 int64_t wall_ms)
{
    struct note_later *later = &ledger->later;
    if (!has_room(later, note->size)) {
        enter(ledger, note, place, wall_ms);
        return;
    }
    memcpy(later->bytes + later->len, note, note->size);
    later->len += note->size;
}

/* Enters what waited and is ripe, or all of it; the rest stays in its order. */
static void enter_later(struct ledger *ledger, bool all)
{
    struct note_later *later = &ledger->later;
    size_t kept = 0;
    for (size_t at = 0, size; at < later->len; at += size) {
        const struct note *note = (const void *)(later->bytes + at);
        const struct place place = place_of(ledger, note);
        size = note->size;
        if (all || is_ripe(ledger, note, &place)) {
            enter(ledger, note, &place, later->wall_ms);
        } else {
            memmove(later->bytes + kept, note, size);
            kept += size;
        }
    }
    later->len = kept;
}

void notes_enter(struct ledger *ledger, const struct report *report, int64_t wall_ms)
{
    ledger->later.wall_ms = wall_ms;
    /* Other reports tell of no connections. */
    if (report->info_count > 0 || report->closed_count > 0)
        enter_later(ledger, false);
    for (const struct note_batch *batch = report->notes; batch; batch = batch->next) {
        ledger->later.dropped += batch->dropped;
        for (const struct note *at = note_first(batch); at; at = note_next(batch, at)) {
            const struct place place = place_of(ledger, at);
            if (is_ripe(ledger, at, &place))
                enter(ledger, at, &place, wall_ms);
            else
                wait(ledger, at, &place, wall_ms);
        }
    }
}

void notes_tick(struct ledger *ledger)
{
    enter_later(ledger, true);
    notes_free(&ledger->later);
}

void notes_free(struct note_later *later)
{
    if (later->bytes)
        munmap(later->bytes, NOTES_LATER_MAX);
    later->bytes = NULL;
    later->len = 0;
}
