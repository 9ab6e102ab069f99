/*
 * The words of the Lavalink protocol that the reader of messages, the books and the views have in
 * common (Lavalink docs, "WebSocket API" and "REST API"). Pure; any thread.
 */
#ifndef LAVALINK_WORDS_H
#define LAVALINK_WORDS_H

/* How bad an exception is; v3 says it in capitals, v4 in small letters. */
enum severity { SEVERITY_COMMON, SEVERITY_SUSPICIOUS, SEVERITY_FAULT, SEVERITY_COUNT };
const char *severity_text(enum severity severity); /* "common" "suspicious" "fault" */

/* Why a track ended. */
enum track_end {
    TRACK_FINISHED,
    TRACK_LOAD_FAILED,
    TRACK_STOPPED,
    TRACK_REPLACED,
    TRACK_CLEANUP,
    TRACK_END_OTHER,
    TRACK_END_COUNT
};
const char *track_end_text(enum track_end end); /* "finished" "loadFailed" ... as v4 says it */

/* What a search came to; v3's words mean the same. */
enum load_type {
    LOAD_TRACK,
    LOAD_PLAYLIST,
    LOAD_SEARCH,
    LOAD_EMPTY,
    LOAD_ERROR,
    LOAD_OTHER,
    LOAD_COUNT
};
const char *load_type_text(enum load_type type); /* "track" "playlist" ... as v4 says it */

/* What a REST request is about, by method and path alone (lavalink-protocol section 2). */
enum rest_route {
    ROUTE_OTHER, /* plugins and whatever else */
    ROUTE_LOADTRACKS,
    ROUTE_DECODE, /* decodetrack, decodetracks */
    ROUTE_PLAYER_PATCH,
    ROUTE_PLAYER_DELETE,
    ROUTE_PLAYER_GET, /* one or all of a session */
    ROUTE_SESSION_PATCH,
    ROUTE_INFO,
    ROUTE_STATS,
    ROUTE_VERSION,
    ROUTE_PLANNER,
    ROUTE_UPGRADE, /* a WebSocket handshake */
    ROUTE_COUNT
};
const char *rest_route_text(enum rest_route route); /* "loadtracks" "player.patch" ... */

#endif
