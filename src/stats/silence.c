/*
 * A player is known to belong to a bot and a backend, not to one of several sockets between them:
 * each such pair counts once, however many of its sockets end.
 */
#include "stats/silence.h"

#include <stdlib.h>

#include "base/str.h"

/* A bot and a backend: the bot's place times the number of backends there may be. */
#define PAIR_BACKENDS 256

static int by_value(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

static void count_players(struct silence *silence, const struct snap *snap,
                          const struct snap_bot *bot, uint8_t backend)
{
    for (unsigned i = 0; i < bot->players && bot->first_player + i < snap->player_count; i++) {
        const struct snap_player *player = &snap->players[bot->first_player + i];
        if (player->backend != backend)
            continue;
        silence->players++;
        silence->playing += snap_player_is_playing(player);
    }
}

static void count_bot(struct silence *silence, const struct snap_bot *bot)
{
    silence->bots++;
    silence->resume += bot->resuming == 1;
    silence->no_resume += bot->resuming == 0;
    if (bot->resuming == 1 && bot->resume_timeout >= 0 &&
        (silence->timeout < 0 || bot->resume_timeout < silence->timeout))
        silence->timeout = bot->resume_timeout;
}

void silence_of_bot(struct silence *silence, const struct snap_bot *bot)
{
    *silence = (struct silence){.known = true, .sockets = bot->sockets, .timeout = -1};
    if (bot->sockets == 0)
        return;
    count_bot(silence, bot);
    silence->players = bot->players;
    silence->playing = bot->playing;
}

void silence_of(struct silence *silence, const struct snap *snap, const uint64_t *ids,
                unsigned count)
{
    uint64_t *pairs = malloc((count + 1) * sizeof(*pairs));
    unsigned found = 0;
    *silence = (struct silence){.known = pairs != NULL, .timeout = -1};
    for (unsigned i = 0; i < count; i++) {
        const struct snap_conn *conn = snap_find_conn(snap, ids[i]);
        if (conn == NULL || conn->kind != CONN_WEBSOCKET)
            continue;
        const struct snap_bot *bot = snap_find_bot(snap, conn->bot);
        silence->sockets++;
        if (bot == NULL)
            silence->known = false;
        else if (pairs != NULL)
            pairs[found++] = (uint64_t)(bot - snap->bots) * PAIR_BACKENDS + conn->backend;
    }
    if (found > 0)
        qsort(pairs, found, sizeof(*pairs), by_value);
    for (unsigned i = 0; i < found; i++) {
        if (i > 0 && pairs[i] == pairs[i - 1])
            continue;
        const struct snap_bot *bot = &snap->bots[pairs[i] / PAIR_BACKENDS];
        if (i == 0 || pairs[i] / PAIR_BACKENDS != pairs[i - 1] / PAIR_BACKENDS)
            count_bot(silence, bot);
        count_players(silence, snap, bot, (uint8_t)(pairs[i] % PAIR_BACKENDS));
    }
    free(pairs);
}

char *silence_text(char out[SILENCE_TEXT], const struct silence *silence)
{
    struct str text;
    str_fixed(&text, out, SILENCE_TEXT);
    if (!silence->known)
        return out;
    if (silence->sockets == 0)
        str_add_text(&text, "No WebSocket ends: what plays goes on.");
    else if (silence->players == 0)
        str_add_text(&text, "No players are known there.");
    else
        str_addf(&text, "%u player%s (%u playing) may fall silent.", silence->players,
                 silence->players == 1 ? "" : "s", silence->playing);
    return out;
}

char *silence_resume_text(char out[SILENCE_TEXT], const struct silence *silence)
{
    struct str text;
    unsigned unknown = silence->bots - silence->resume - silence->no_resume;
    str_fixed(&text, out, SILENCE_TEXT);
    if (!silence->known || silence->bots == 0)
        return out;
    if (silence->bots > 1) {
        str_addf(&text, "Of %u bots %u can resume", silence->bots, silence->resume);
        if (unknown > 0)
            str_addf(&text, ", of %u it is not known", unknown);
    } else if (unknown > 0) {
        str_add_text(&text, "Whether it can resume is not known");
    } else if (silence->no_resume > 0) {
        str_add_text(&text, "It cannot resume");
    } else {
        str_add_text(&text, "It can resume");
        if (silence->timeout >= 0)
            str_addf(&text, " for %.0f s", silence->timeout);
    }
    str_add_char(&text, '.');
    return out;
}
