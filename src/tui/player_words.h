/*
 * What is said of a player in few words, wherever the screen says it. Pure; UI thread.
 */
#ifndef TUI_PLAYER_WORDS_H
#define TUI_PLAYER_WORDS_H

#include "stats/mask.h"
#include "stats/snapshot.h"
#include "stats/track_text.h"

/* "play", "pause", "stop" where nothing is loaded, "no voice" where what plays is heard by nobody;
 * and the meaning to draw it in. */
const char *player_state_word(const struct snap_player *player, unsigned *role);

/* "1:02/3:45", "live" of a stream, "-". Returns `out`. */
char *player_position_text(char out[TRACK_POSITION_MAX], const struct snap_player *player,
                           int64_t wall_ms);

/* Guild and bot as they are shown, perhaps masked. Return `out`. */
char *player_guild_text(char out[MASK_TEXT_MAX], const struct mask *mask,
                        const struct snap_player *player);
char *player_bot_text(char out[MASK_TEXT_MAX], const struct mask *mask, const struct snap *snap,
                      const struct snap_player *player);

/* The name of its node, or "-". */
const char *player_backend_text(const struct snap *snap, const struct snap_player *player);

#endif
