/*
 * What is played, and how long things take, in words. Pure; any thread.
 */
#ifndef STATS_TRACK_TEXT_H
#define STATS_TRACK_TEXT_H

#include "stats/snapshot.h"

#define TRACK_TIME_MAX 24
/* "3:32", "1:02:03". Returns `out`. */
char *track_time_text(char out[TRACK_TIME_MAX], int64_t ms);
/* "34 ms", "2.31 s". Returns `out`. */
char *track_seconds_text(char out[TRACK_TIME_MAX], float seconds);

#define TRACK_POSITION_MAX (2 * TRACK_TIME_MAX + 2)
/* "0:10/3:32", "0:10" of a stream, "-" where nothing is loaded or the position is not known. */
char *track_position_text(char out[TRACK_POSITION_MAX], const struct snap_player *player,
                          int64_t wall_ms);

#define TRACK_TITLE_MAX (2 * SNAP_TEXT + 8)
/* "Never Gonna Give You Up - Rick Astley", "a track", "-" where nothing is loaded. */
char *track_title_text(char out[TRACK_TITLE_MAX], const struct snap_player *player);

#endif
