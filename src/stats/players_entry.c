/*
 * Enters notes into the book of players. A guild has one player however many nodes its bot is on:
 * what asks it to play or to connect, or says that it started, says where it lives from then on,
 * and words of another session, such as the end of what it played there before, are not about it.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "books.h"
#include "totals.h"

#define LATE_US 2000000 /* of an update: may have been under way when its player was destroyed */

#define CLOCK_STEP_US                                                                              \
    50000 /* the clocks drift apart by less: times that are shown stay as they are */
#define GUILD_TEXT 24

/* What a note does to the existence of its player. */
enum claim {
    CLAIM_NONE,  /* tells of one that there may be */
    CLAIM_THERE, /* there is one, unless it was just destroyed */
    CLAIM_ALIVE, /* there must be one after it */
    CLAIM_MOVES  /* likewise, and it lives in the note's session */
};

/* What all notes of players have. */
struct word {
    struct ledger *ledger;
    struct bot *bot;
    struct player_home *home;
    const struct note *note;
    uint64_t guild;
    int64_t wall_ms;
};

/* A life of its own begins: nothing of the one before counts. */
static void revive(struct player *player, int64_t at_us)
{
    player_begin(&player->state);
    track_put(player->track);
    player->track = NULL;
    player->gone = false;
    player->confirmed = false;
    player->since_us = at_us;
}

/* Whether the word is about this player as it is known. */
static bool concerns(const struct word *word, struct player *player, enum claim claim)
{
    int64_t at_us = word->note->at_us;

    if (player->gone_us != 0 && at_us <= player->gone_us)
        return false;
    if (player->gone &&
        (claim == CLAIM_NONE || (claim == CLAIM_THERE && at_us - player->gone_us < LATE_US)))
        return false;
    if (claim == CLAIM_MOVES && at_us >= player->alive_us)
        return true;
    return player->gone ? claim >= CLAIM_ALIVE : home_is(player->home, word->home);
}

/* The player that a note is about, out of the sums until player_close; NULL: there is none, and it
 * makes none. */
static struct player *player_open(const struct word *word, enum claim claim)
{
    struct player *player = player_find(word->ledger, word->bot, word->guild);
    int64_t at_us = word->note->at_us;

    if (!player) {
        if (claim == CLAIM_NONE)
            return NULL;
        player = player_make(word->ledger, word->home, word->guild, at_us);
        if (!player)
            return NULL;
    }
    if (!concerns(word, player, claim))
        return NULL;
    player_uncount(word->ledger, player);
    bool moves = claim == CLAIM_MOVES || player->gone || player->home->unseen;
    if (player->gone)
        revive(player, at_us);
    if (claim >= CLAIM_ALIVE && at_us > player->alive_us)
        player->alive_us = at_us;
    if (player->home != word->home && moves) {
        struct player_home *left = player->home;
        player_moves(player, word->home);
        home_left(word->ledger, left);
    }
    if (at_us < player->since_us)
        player->since_us = at_us;
    return player;
}

static void player_close(const struct word *word, struct player *player)
{
    player_count(word->ledger, player);
    player_touch(&word->ledger->players, player);
}

static void count_legs(const struct word *word, struct player_legs legs)
{
    struct ledger *ledger = word->ledger;
    const struct flow_place place = {word->note->backend, word->note->version, &word->bot->flows};

    if (legs.play_us >= 0)
        flow_book_add(&ledger->flows, place, FLOW_PLAY, (double)legs.play_us / 1e6, ledger->second);
    if (legs.voice_us >= 0)
        flow_book_add(&ledger->flows, place, FLOW_VOICE, (double)legs.voice_us / 1e6,
                      ledger->second);
}

/* --- what other programs are told --------------------------------------------------------------
 */

struct telling {
    char id[BOT_ID_TEXT], guild[GUILD_TEXT];
    struct happening_player player;
    struct happening_track track;
    const struct happening_track *known; /* NULL: what it is is not known */
};

static bool tell_begin(const struct word *word, const struct track *track, struct telling *telling)
{
    if (!word->ledger->happenings.wanted)
        return false;
    snprintf(telling->guild, sizeof(telling->guild), "%" PRIu64, word->guild);
    telling->player = (struct happening_player){
        .bot = bot_happening(word->bot, telling->id),
        .guild = telling->guild,
        .backend = backend_books_name(word->ledger, word->note->backend),
    };
    telling->known = NULL;
    if (!track)
        return true;
    telling->track = (struct happening_track){
        .title = track->shown.title,
        .author = track->shown.author,
        .source = track->shown.source,
        .length_ms = track->shown.length_ms > 0 ? track->shown.length_ms : -1,
    };
    telling->known = &telling->track;
    return true;
}

static void tell_trouble(const struct word *word, const struct note_trouble *note,
                         const struct track *track)
{
    struct telling telling;
    char message[SNAP_TEXT];

    if (!tell_begin(word, track, &telling))
        return;
    if (note->note.kind == NOTE_STUCK) {
        happenings_track_stuck(&word->ledger->happenings, word->wall_ms, &telling.player,
                               telling.known,
                               note->threshold_ms > 0 ? (uint64_t)note->threshold_ms : 0);
        return;
    }
    size_t len = note->message.len < REPORT_TEXT_MAX ? note->message.len : REPORT_TEXT_MAX;
    text_display(message, sizeof(message), (struct slice){note->message.bytes, len},
                 TEXT_COLUMNS_MAX);
    happenings_track_exception(&word->ledger->happenings, word->wall_ms, &telling.player,
                               telling.known, severity_text((enum severity)note->severity),
                               message);
}

/* --- one kind of note each ----------------------------------------------------------------------
 */

/* What is asked of another session by REST may be refused there: until the answer, or the start, it
 * only begins a leg. */
static void time_elsewhere(const struct word *word, const struct player_ask *ask)
{
    const struct player_ask legs = {.position_ms = ask->position_ms,
                                    .volume = -1,
                                    .paused = -1,
                                    .track = ask->track == 1 ? 1 : -1,
                                    .voice = ask->voice,
                                    .no_replace = ask->no_replace};
    struct player *player = player_find(word->ledger, word->bot, word->guild);
    if (player && !player->gone && legs.track == 1)
        count_legs(word, player_ask(&player->state, &legs, word->note->at_us));
}

static void enter_ask(const struct word *word, const struct note_ask *note)
{
    const struct player_ask ask = {
        .position_ms = note->position_ms,
        .volume = note->volume,
        .paused = note->paused,
        .track = note->track,
        .voice = note->voice,
        .no_replace = note->no_replace,
    };
    bool wants = note->track == 1 || note->voice;
    bool by_op = note->session.half[0] == 0 && note->session.half[1] == 0;
    struct player *player = player_open(word, wants && by_op ? CLAIM_MOVES : CLAIM_ALIVE);
    if (!player) {
        if (wants && !by_op)
            time_elsewhere(word, &ask);
        return;
    }
    count_legs(word, player_ask(&player->state, &ask, note->note.at_us));
    if (!player->state.has_track) {
        track_put(player->track);
        player->track = NULL;
    }
    player_close(word, player);
}

static void enter_says(const struct word *word, const struct note_player *note)
{
    const struct player_word says = {
        .position_ms = note->position_ms,
        .volume = note->volume,
        .ping = note->ping,
        .paused = note->paused,
        .connected = note->connected,
        .no_track = note->no_track,
    };
    struct player *player = player_open(word, CLAIM_THERE);
    if (!player)
        return;
    player->confirmed = true;
    count_legs(word, player_says(&player->state, &says, note->note.at_us));
    if (!player->state.has_track) {
        track_put(player->track);
        player->track = NULL;
    }
    player_close(word, player);
}

/* It is what is loaded now; a title that is known stays when the same is told without one. */
static void show(struct player *player, struct track *track, uint64_t before)
{
    bool same = player->track && before != 0 && before == player->state.track;
    if (same && !track)
        return;
    track_put(player->track);
    player->track = track ? track_ref(track) : NULL;
}

static void enter_track(const struct word *word, const struct note_track *note)
{
    struct ledger *ledger = word->ledger;
    struct track *track = titles_find(&ledger->players.titles, note->hash);
    struct telling telling;
    bool shown = false;

    if (!track && note->decoded)
        track = track_new(note);
    if (!note->by_answer) {
        totals_start(&ledger->totals, track ? track->shown.source : "");
        if (tell_begin(word, track, &telling))
            happenings_track_start(&ledger->happenings, word->wall_ms, &telling.player,
                                   telling.known);
    }
    struct player *player = player_open(word, note->by_answer ? CLAIM_ALIVE : CLAIM_MOVES);
    if (player) {
        uint64_t before = player->state.track;
        player->confirmed = true;
        if (note->by_answer)
            shown = player_has(&player->state, note->hash, note->note.at_us);
        else
            count_legs(word, player_starts(&player->state, note->hash, note->note.at_us, &shown));
        if (shown)
            show(player, track, before);
        player_close(word, player);
    }
    track_put(track);
}

static void enter_end(const struct word *word, const struct note_end *note)
{
    enum track_end end = note->end < TRACK_END_COUNT ? (enum track_end)note->end : TRACK_END_OTHER;
    struct player *known = player_find(word->ledger, word->bot, word->guild);
    struct telling telling;

    /* What is loaded may have come after it. */
    bool present = known && !known->gone && home_is(known->home, word->home) &&
                   known->state.told_us[PLAYER_TRACK] <= note->note.at_us;
    word->ledger->totals.track_ends[end]++;
    if (tell_begin(word, present ? known->track : NULL, &telling))
        happenings_track_end(&word->ledger->happenings, word->wall_ms, &telling.player,
                             telling.known, track_end_text(end));
    struct player *player = player_open(word, CLAIM_NONE);
    if (!player)
        return;
    player_ends(&player->state, end, note->note.at_us);
    if (!player->state.has_track) {
        track_put(player->track);
        player->track = NULL;
    }
    player_close(word, player);
}

static void enter_trouble(const struct word *word, const struct note_trouble *note)
{
    struct player *known = player_find(word->ledger, word->bot, word->guild);

    if (note->note.kind != NOTE_VOICE_CLOSED)
        tell_trouble(word, note, known && home_is(known->home, word->home) ? known->track : NULL);
    struct player *player = player_open(word, CLAIM_NONE);
    if (!player)
        return;
    if (note->note.kind == NOTE_VOICE_CLOSED)
        player_voice_ends(&player->state, note->note.at_us);
    player_close(word, player);
}

/* It is kept for a while, unseen: words from before may still be on their way. */
static void enter_gone(const struct word *word)
{
    struct player *player = player_find(word->ledger, word->bot, word->guild);
    int64_t at_us = word->note->at_us;

    if (!player)
        player = player_make(word->ledger, word->home, word->guild, at_us);
    if (!player || !home_is(player->home, word->home) || at_us < player->alive_us)
        return;
    player_uncount(word->ledger, player);
    track_put(player->track);
    player->track = NULL;
    player->gone = true;
    player->gone_second = word->ledger->second;
    if (at_us > player->gone_us)
        player->gone_us = at_us;
    player_count(word->ledger, player);
    player_last(&word->ledger->players, player);
}

/* --- all of them --------------------------------------------------------------------------------
 */

static bool is_good(uint16_t status)
{
    return status >= 200 && status < 300;
}

/* A player that was only asked for, and refused, never was. One that was granted lives there. */
static void enter_answer(const struct word *word, const struct note_request *note)
{
    struct player *player = player_find(word->ledger, word->bot, word->guild);
    int64_t asked_us = note->note.at_us - note->took_us;
    bool good = is_good(note->status);

    if (!player || player->gone)
        return;
    if (good && asked_us >= player->alive_us && player->home != word->home) {
        struct player_home *left = player->home;
        player_uncount(word->ledger, player);
        player_moves(player, word->home);
        player_count(word->ledger, player);
        home_left(word->ledger, left);
    }
    if (!home_is(player->home, word->home))
        return;
    if (good)
        player->confirmed = true;
    else if (!player->confirmed)
        player_remove(word->ledger, player);
    else
        player_refused(&player->state, asked_us);
}

/* Only what came to something is a time: refusals are quick, and say nothing of it. */
static void count_request(struct ledger *ledger, struct bot *bot, const struct note_request *note)
{
    const struct flow_place place = {note->note.backend, note->note.version,
                                     bot ? &bot->flows : NULL};
    if (!is_good(note->status))
        return;
    if (note->route == ROUTE_LOADTRACKS)
        flow_book_add(&ledger->flows, place, FLOW_SEARCH, note->took_us / 1e6, ledger->second);
    else if (note->route == ROUTE_PLAYER_PATCH)
        flow_book_add(&ledger->flows, place, FLOW_PATCH, note->took_us / 1e6, ledger->second);
}

static void enter_session(struct ledger *ledger, struct bot *bot, const struct note_session *note)
{
    const struct flow_place place = {note->note.backend, note->note.version, &bot->flows};

    flow_book_add(&ledger->flows, place, FLOW_READY, note->took_us / 1e6, ledger->second);
    home_begins(ledger, bot, note);
}

/* Those of one guild: which, and by the session that they name. */
static bool guild_of(const struct note *note, uint64_t *guild, const struct note_key **key)
{
    const void *at = note;
    const struct note_request *request = at;
    const struct note_ask *ask = at;
    const struct note_player *player = at;
    const struct note_guild *gone = at;
    const struct note_track *track = at;

    *key = NULL;
    switch ((enum note_kind)note->kind) {
    case NOTE_REQUEST:
        *guild = request->route == ROUTE_PLAYER_PATCH ? request->guild : 0;
        *key = &request->session;
        break;
    case NOTE_ASK:
        *guild = ask->guild;
        *key = &ask->session;
        break;
    case NOTE_PLAYER:
        *guild = player->guild;
        *key = &player->session;
        break;
    case NOTE_GONE:
        *guild = gone->guild;
        *key = &gone->session;
        break;
    case NOTE_TRACK_START:
        *guild = track->guild;
        *key = &track->session;
        break;
    case NOTE_TRACK_END:
        *guild = ((const struct note_end *)at)->guild;
        break;
    case NOTE_EXCEPTION:
    case NOTE_STUCK:
    case NOTE_VOICE_CLOSED:
        *guild = ((const struct note_trouble *)at)->guild;
        break;
    default:
        return false;
    }
    return *guild != 0;
}

static void enter_player(const struct word *word)
{
    const void *at = word->note;
    switch ((enum note_kind)word->note->kind) {
    case NOTE_REQUEST:
        enter_answer(word, at);
        break;
    case NOTE_ASK:
        enter_ask(word, at);
        break;
    case NOTE_PLAYER:
        enter_says(word, at);
        break;
    case NOTE_GONE:
        enter_gone(word);
        break;
    case NOTE_TRACK_START:
        enter_track(word, at);
        break;
    case NOTE_TRACK_END:
        enter_end(word, at);
        break;
    default:
        enter_trouble(word, at);
    }
}

void players_note(struct ledger *ledger, struct bot *bot, const struct note *note, int64_t wall_ms)
{
    const void *at = note;
    const struct note_track *track = at;
    const struct note_handshake *handshake = at;
    const struct note_key *key;
    struct word word = {.ledger = ledger, .bot = bot, .note = note, .wall_ms = wall_ms, .guild = 0};

    if (note->kind == NOTE_TITLE || (note->kind == NOTE_TRACK_START && track->by_answer))
        titles_learn(&ledger->players.titles, track);
    if (note->kind == NOTE_REQUEST)
        count_request(ledger, bot, at);
    if (!bot)
        return;
    if (note->kind == NOTE_SESSION)
        enter_session(ledger, bot, at);
    else if (note->kind == NOTE_RESUMING)
        home_resuming(ledger, bot, at);
    else if (note->kind == NOTE_HANDSHAKE && note->version == 3 && handshake->resumed)
        home_resumes(ledger, bot, handshake);
    if (!guild_of(note, &word.guild, &key))
        return;
    word.home = home_of(ledger, bot, key, note);
    if (!word.home)
        return;
    word.bot = word.home->bot;
    enter_player(&word);
}

void players_clock(struct players *players, int64_t mono_us, int64_t wall_ms)
{
    int64_t wall_us = wall_ms * 1000 - mono_us;
    if (llabs(wall_us - players->wall_us) > CLOCK_STEP_US)
        players->wall_us = wall_us;
}
