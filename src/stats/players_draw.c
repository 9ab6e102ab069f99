/*
 * Draws the book of players, in one walk that takes out along the way who left. Players and tracks
 * lie all over the heap: they are fetched a few rows ahead of their turn.
 */
#include <stdlib.h>
#include <string.h>

#include "books.h"

#define AHEAD 8

size_t players_room(const struct ledger *ledger)
{
    return ledger->players.shown * sizeof(struct snap_player) +
           ledger->fleet->count * sizeof(struct snap_backend_flows) + 2 * DRAW_SLACK;
}

static int64_t wall_of(const struct players *players, int64_t at_us)
{
    return (at_us + players->wall_us) / 1000;
}

/* A title that was told after the track had begun. */
static void find_title(struct players *players, struct player *player)
{
    if (player->state.has_track && !player->track && player->state.track != 0)
        player->track = titles_find(&players->titles, player->state.track);
}

/* When the newest word of it was seen. */
static int64_t updated_us(const struct player *player)
{
    int64_t newest = player->since_us > player->alive_us ? player->since_us : player->alive_us;
    for (unsigned i = 0; i < PLAYER_GROUPS; i++)
        if (player->state.told_us[i] > newest)
            newest = player->state.told_us[i];
    return newest;
}

static void draw_player(const struct players *players, const struct player *player,
                        const uint8_t index[FLEET_MAX], struct snap_player *to)
{
    const struct player_state *state = &player->state;
    const struct player_home *home = player->home;
    int64_t at_us;
    int64_t position_ms = player_position(state, &at_us);

    *to = (struct snap_player){
        .guild = player->guild,
        .bot = home->bot->id,
        .track = player->track ? &track_ref(player->track)->shown : NULL,
        .position_ms = position_ms,
        .position_at_ms = wall_of(players, at_us),
        .since_ms = wall_of(players, player->since_us),
        .started_ms = state->started_us != 0 ? wall_of(players, state->started_us) : 0,
        .updated_ms = wall_of(players, updated_us(player)),
        .ping = state->ping,
        .volume = state->volume,
        .backend = home->backend < FLEET_MAX ? index[home->backend] : REPORT_NO_BACKEND,
        .version = home->version,
        .has_track = state->has_track,
        .paused = state->paused,
        .connected = state->connected,
    };
}

static void fetch_ahead(const struct players *players, unsigned i)
{
    if (i + 2 * AHEAD < players->count) {
        const char *far = (const char *)players->order[i + 2 * AHEAD].player;
        for (size_t at = 0; at < sizeof(struct player); at += 64)
            __builtin_prefetch(far + at);
    }
    if (i + AHEAD < players->count) {
        const struct player *near = players->order[i + AHEAD].player;
        if (near->track)
            __builtin_prefetch(&near->track->refs, 1);
    }
}

static bool is_over(const struct ledger *ledger, const struct player *player)
{
    return player->gone && ledger->second - player->gone_second >= PLAYERS_GONE_SECONDS;
}

static unsigned draw_rows(struct ledger *ledger, struct snap_player *rows, unsigned *playing,
                          struct backend_use *use)
{
    struct players *players = &ledger->players;
    bool retry = players->learnt != players->titles.learnt;
    unsigned count = 0;
    uint8_t index[FLEET_MAX];

    backend_books_index(ledger, index);
    for (unsigned i = 0; i < players->count; i++) {
        struct player *player = players->order[i].player;
        fetch_ahead(players, i);
        if (!player->dead && is_over(ledger, player))
            player_remove(ledger, player);
        if (player->dead || player->gone)
            continue;
        if (retry)
            find_title(players, player);
        draw_player(players, player, index, &rows[count++]);
        bool plays = player_plays(&player->state);
        *playing += plays;
        if (player->home->backend < FLEET_MAX) {
            use[player->home->backend].seen_players++;
            use[player->home->backend].seen_playing += plays;
        }
    }
    players->learnt = players->titles.learnt;
    return count;
}

void players_draw(struct ledger *ledger, struct snap *snap, struct backend_use *use)
{
    struct players *players = &ledger->players;
    unsigned playing = 0;

    players_settle(ledger);
    struct snap_player *rows = draw_take(snap, players->shown * sizeof(*rows));
    snap->player_count = draw_rows(ledger, rows, &playing, use);
    snap->playing_count = playing;
    snap->players = rows;
    snap->players_forgotten = players->forgotten;
    snap_on_free(snap, tracks_let_go);
}

void players_draw_flows(struct ledger *ledger, struct snap *snap)
{
    struct snap_backend_flows *flows = draw_take(snap, ledger->fleet->count * sizeof(*flows));
    flow_book_draw(&ledger->flows, ledger->second, ledger->fleet, flows, snap->totals.flows);
    snap->backend_flows = flows;
}
