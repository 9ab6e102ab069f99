/*
 * The protocol's words, as Lavalink v4 spells them.
 */
#include "lavalink/words.h"

const char *severity_text(enum severity severity)
{
    static const char *const words[SEVERITY_COUNT] = {
        [SEVERITY_COMMON] = "common",
        [SEVERITY_SUSPICIOUS] = "suspicious",
        [SEVERITY_FAULT] = "fault",
    };
    return (unsigned)severity < SEVERITY_COUNT ? words[severity] : "unknown";
}

const char *track_end_text(enum track_end end)
{
    static const char *const words[TRACK_END_COUNT] = {
        [TRACK_FINISHED] = "finished", [TRACK_LOAD_FAILED] = "loadFailed",
        [TRACK_STOPPED] = "stopped",   [TRACK_REPLACED] = "replaced",
        [TRACK_CLEANUP] = "cleanup",   [TRACK_END_OTHER] = "other",
    };
    return (unsigned)end < TRACK_END_COUNT ? words[end] : "unknown";
}

const char *load_type_text(enum load_type type)
{
    static const char *const words[LOAD_COUNT] = {
        [LOAD_TRACK] = "track", [LOAD_PLAYLIST] = "playlist", [LOAD_SEARCH] = "search",
        [LOAD_EMPTY] = "empty", [LOAD_ERROR] = "error",       [LOAD_OTHER] = "other",
    };
    return (unsigned)type < LOAD_COUNT ? words[type] : "unknown";
}

const char *rest_route_text(enum rest_route route)
{
    static const char *const words[ROUTE_COUNT] = {
        [ROUTE_OTHER] = "other",
        [ROUTE_LOADTRACKS] = "loadtracks",
        [ROUTE_DECODE] = "decode",
        [ROUTE_PLAYER_PATCH] = "player.patch",
        [ROUTE_PLAYER_DELETE] = "player.delete",
        [ROUTE_PLAYER_GET] = "player.get",
        [ROUTE_SESSION_PATCH] = "session.patch",
        [ROUTE_INFO] = "info",
        [ROUTE_STATS] = "stats",
        [ROUTE_VERSION] = "version",
        [ROUTE_PLANNER] = "routeplanner",
        [ROUTE_UPGRADE] = "upgrade",
    };
    return (unsigned)route < ROUTE_COUNT ? words[route] : "unknown";
}
