/*
 * What every view says about bots and players in the same way: words, targets, positions.
 */
#include "stats/bot_view.h"

#include <string.h>

#include "stats/snapshot.h"

const char *flow_leg_text(enum flow_leg leg)
{
    static const char *const words[FLOW_COUNT] = {
        [FLOW_SEARCH] = "search", [FLOW_PATCH] = "patch", [FLOW_PLAY] = "play",
        [FLOW_VOICE] = "voice",   [FLOW_READY] = "ready",
    };
    return (unsigned)leg < FLOW_COUNT ? words[leg] : "unknown";
}

double flow_target(enum flow_leg leg)
{
    switch (leg) {
    case FLOW_SEARCH:
        return 1;
    case FLOW_PLAY:
        return 2;
    default:
        return 0;
    }
}

bool flow_is_late(enum flow_leg leg, const struct snap_flow *flow)
{
    double target = flow_target(leg);
    return target > 0 && flow->count > 0 && (double)flow->p95 > target;
}

const char *diagnosis_name(enum diagnosis diagnosis)
{
    static const char *const words[DIAG_COUNT] = {
        [DIAG_WRONG_PASSWORD] = "wrong-password",
        [DIAG_V3_ON_V4] = "v3-on-v4",
        [DIAG_NO_USER] = "no-user-id",
        [DIAG_TIMEOUT_MS] = "timeout-in-ms",
        [DIAG_RECONNECT_STORM] = "reconnect-storm",
        [DIAG_NO_CHANNEL] = "no-channel-id",
        [DIAG_STARVED] = "starved",
    };
    return (unsigned)diagnosis < DIAG_COUNT ? words[diagnosis] : "unknown";
}

const char *diagnosis_text(enum diagnosis diagnosis)
{
    static const char *const words[DIAG_COUNT] = {
        [DIAG_WRONG_PASSWORD] = "tries a wrong password again and again: its Lavalink password is "
                                "not the one of this proxy",
        [DIAG_V3_ON_V4] =
            "is a v3 client on a v4 node (200 to its upgrade): it needs a library for "
            "v4, or a v3 node",
        [DIAG_NO_USER] =
            "connects without a User-Id: its library has to be given the bot's user id",
        [DIAG_TIMEOUT_MS] = "asks for a resume timeout of more than an hour: Lavalink counts it in "
                            "seconds, this looks like milliseconds",
        [DIAG_RECONNECT_STORM] = "reconnects again and again without resuming: its players start "
                                 "anew each time",
        [DIAG_NO_CHANNEL] =
            "sends voice updates without channelId, which Lavalink 4.2 needs (400): "
            "its library is too old",
        [DIAG_STARVED] = "hears gaps: the node misses audio frames",
    };
    return (unsigned)diagnosis < DIAG_COUNT ? words[diagnosis] : "unknown";
}

const char *trouble_kind_text(enum trouble_kind kind)
{
    static const char *const words[TROUBLE_KIND_COUNT] = {
        [TROUBLE_EXCEPTION] = "exception", [TROUBLE_STUCK] = "stuck", [TROUBLE_LOAD] = "load",
        [TROUBLE_VOICE] = "voice",         [TROUBLE_REST] = "rest",
    };
    return (unsigned)kind < TROUBLE_KIND_COUNT ? words[kind] : "unknown";
}

struct snap_conn snap_bot_conn(const struct snap *snap, const struct snap_bot *bot)
{
    static const struct snap_history silent;
    struct snap_conn conn = {.bot = bot->id,
                             .opened_ms = bot->first_ms,
                             .bytes_in = bot->bytes_in,
                             .bytes_out = bot->bytes_out,
                             .version = bot->versions == 1   ? 3
                                        : bot->versions == 2 ? 4
                                                             : 0,
                             .backend = REPORT_NO_BACKEND,
                             .history = &silent,
                             .user_id = bot->user_id,
                             .client_name = bot->client_name,
                             .user_agent = bot->library,
                             .path = ""};
    if (bot->ip_count > 0) {
        conn.client.family = bot->ips[0].family;
        memcpy(conn.client.bytes, bot->ips[0].bytes, sizeof(conn.client.bytes));
    }
    for (unsigned i = 0; i < snap->backend_count && i < 64; i++)
        if (bot->backends >> i & 1)
            conn.backend = (uint8_t)i;
    return conn;
}

uint64_t snap_bot_errors(const struct snap_bot *bot)
{
    uint64_t errors = bot->answers[4] + bot->answers[5];
    for (unsigned i = 0; i < SEVERITY_COUNT; i++)
        errors += bot->trouble->exceptions[i];
    return errors;
}

bool snap_player_is_playing(const struct snap_player *player)
{
    return player->has_track && !player->paused;
}

int64_t snap_player_position(const struct snap_player *player, int64_t wall_ms)
{
    int64_t at = player->position_ms;
    if (at < 0 || !snap_player_is_playing(player))
        return at;
    if (wall_ms > player->position_at_ms)
        at += wall_ms - player->position_at_ms;
    const struct snap_track *track = player->track;
    return track && track->length_ms > 0 && at > track->length_ms ? track->length_ms : at;
}

const struct snap_bot *snap_find_bot(const struct snap *snap, uint64_t id)
{
    unsigned low = 0, high = snap->bot_count;
    while (low < high) {
        unsigned middle = low + (high - low) / 2;
        if (snap->bots[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < snap->bot_count && snap->bots[low].id == id ? &snap->bots[low] : NULL;
}
