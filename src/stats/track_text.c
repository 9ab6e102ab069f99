/*
 * Times and titles of tracks.
 */
#include "stats/track_text.h"

#include <stdio.h>

char *track_time_text(char out[TRACK_TIME_MAX], int64_t ms)
{
    unsigned long long seconds = ms < 0 ? 0 : (unsigned long long)ms / 1000;
    if (seconds >= 3600)
        snprintf(out, TRACK_TIME_MAX, "%llu:%02llu:%02llu", seconds / 3600 % 1000000,
                 seconds / 60 % 60, seconds % 60);
    else
        snprintf(out, TRACK_TIME_MAX, "%llu:%02llu", seconds / 60, seconds % 60);
    return out;
}

char *track_seconds_text(char out[TRACK_TIME_MAX], float seconds)
{
    double value = (double)seconds;
    if (value < 0.9995)
        snprintf(out, TRACK_TIME_MAX, "%.0f ms", value * 1000);
    else
        snprintf(out, TRACK_TIME_MAX, "%.*f s", value < 9.995 ? 2 : value < 99.95 ? 1 : 0, value);
    return out;
}

char *track_position_text(char out[TRACK_POSITION_MAX], const struct snap_player *player,
                          int64_t wall_ms)
{
    char position[TRACK_TIME_MAX], length[TRACK_TIME_MAX];
    int64_t at = snap_player_position(player, wall_ms);
    bool timed = player->track != NULL && player->track->length_ms > 0;
    if (!player->has_track || at < 0)
        snprintf(out, TRACK_POSITION_MAX, "-");
    else if (timed)
        snprintf(out, TRACK_POSITION_MAX, "%s/%s", track_time_text(position, at),
                 track_time_text(length, player->track->length_ms));
    else
        track_time_text(out, at);
    return out;
}

char *track_title_text(char out[TRACK_TITLE_MAX], const struct snap_player *player)
{
    const struct snap_track *track = player->track;
    if (!player->has_track)
        snprintf(out, TRACK_TITLE_MAX, "-");
    else if (track == NULL || track->title[0] == '\0')
        snprintf(out, TRACK_TITLE_MAX, "a track");
    else
        snprintf(out, TRACK_TITLE_MAX, "%.*s%s%.*s", SNAP_TEXT, track->title,
                 track->author[0] != '\0' ? " - " : "", SNAP_TEXT, track->author);
    return out;
}
