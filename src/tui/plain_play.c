/*
 * Players and times in words.
 */
#include "tui/plain_play.h"

#include "stats/track_text.h"

static const char *state_words(const struct snap_player *player)
{
    return !player->has_track       ? "nothing loaded"
           : player->connected == 0 ? "not heard, its voice is not connected"
           : player->paused         ? "paused"
                                    : "playing";
}

void plain_player(struct str *out, const struct snap *snap, const struct snap_player *player,
                  bool whose)
{
    char title[TRACK_TITLE_MAX], position[TRACK_POSITION_MAX];
    bool live = player->track != NULL && player->track->is_stream;
    str_addf(out, "guild %llu: %s", (unsigned long long)player->guild, state_words(player));
    if (player->has_track)
        str_addf(out, ", %s, %s%s", track_title_text(title, player), live ? "live" : "at ",
                 live ? "" : track_position_text(position, player, snap->wall_ms));
    if (!whose)
        return;
    const struct snap_bot *bot = snap_find_bot(snap, player->bot);
    if (bot != NULL)
        str_addf(out, ", bot %s", bot->name);
    if (player->backend < snap->backend_count)
        str_addf(out, ", backend %s", snap->backends[player->backend].name);
}

void plain_times(struct str *out, const char *whose, const struct snap_flow flows[FLOW_COUNT])
{
    char p50[TRACK_TIME_MAX], p95[TRACK_TIME_MAX];
    for (unsigned i = 0; i < FLOW_COUNT; i++) {
        enum flow_leg leg = (enum flow_leg)i;
        if (flows[leg].count == 0)
            continue;
        str_addf(out, "%s%s takes %s, 95 of 100 at most %s", whose, flow_leg_text(leg),
                 track_seconds_text(p50, flows[leg].p50), track_seconds_text(p95, flows[leg].p95));
        if (flow_target(leg) > 0)
            str_addf(out, ", target %g s %s", flow_target(leg),
                     flow_is_late(leg, &flows[leg]) ? "missed" : "met");
        str_add_char(out, '\n');
    }
}

/* What plays comes first, then what has begun last. */
static bool before(const struct snap_player *a, const struct snap_player *b)
{
    bool x = snap_player_is_playing(a), y = snap_player_is_playing(b);
    return x != y ? x : a->started_ms > b->started_ms;
}

static void say_newest(struct str *out, const struct snap *snap)
{
    const struct snap_player *top[PLAIN_PLAYERS];
    unsigned count = 0;
    for (unsigned i = 0; i < snap->player_count; i++) {
        const struct snap_player *player = &snap->players[i];
        unsigned at = count < PLAIN_PLAYERS ? count++ : PLAIN_PLAYERS;
        if (at == PLAIN_PLAYERS && !before(player, top[--at]))
            continue;
        for (; at > 0 && before(player, top[at - 1]); at--)
            top[at] = top[at - 1];
        top[at] = player;
    }
    for (unsigned i = 0; i < count; i++) {
        plain_player(out, snap, top[i], true);
        str_add_char(out, '\n');
    }
    if (count < snap->player_count)
        str_addf(out, "and %u more players\n", snap->player_count - count);
}

void plain_players(struct str *out, const struct snap *snap)
{
    static const char *const versions[REPORT_VERSIONS] = {[REPORT_VERSION_NONE] = "",
                                                          [REPORT_VERSION_3] = "version 3: ",
                                                          [REPORT_VERSION_4] = "version 4: "};
    if (snap->player_count == 0)
        str_add_text(out, "no players\n");
    else
        str_addf(out, "%u of %u players playing\n", snap->playing_count, snap->player_count);
    for (unsigned i = 0; i < REPORT_VERSIONS; i++)
        plain_times(out, versions[i], snap->totals.flows[i]);
    say_newest(out, snap);
}
