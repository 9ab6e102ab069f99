/*
 * Players in words.
 */
#include "tui/player_words.h"

#include <stdio.h>

#include "tui/bot_line.h"
#include "tui/role.h"

const char *player_state_word(const struct snap_player *player, unsigned *role)
{
    if (!player->has_track) {
        *role = ROLE_DIM;
        return "stop";
    }
    if (player->connected == 0) {
        *role = ROLE_STATE_DOWN;
        return "no voice";
    }
    *role = player->paused ? ROLE_STATE_DRAIN : ROLE_STATE_UP;
    return player->paused ? "pause" : "play";
}

char *player_position_text(char out[TRACK_POSITION_MAX], const struct snap_player *player,
                           int64_t wall_ms)
{
    if (player->has_track && player->track != NULL && player->track->is_stream)
        snprintf(out, TRACK_POSITION_MAX, "live");
    else
        track_position_text(out, player, wall_ms);
    return out;
}

char *player_guild_text(char out[MASK_TEXT_MAX], const struct mask *mask,
                        const struct snap_player *player)
{
    char guild[24];
    snprintf(guild, sizeof(guild), "%llu", (unsigned long long)player->guild);
    return mask_id(mask, out, MASK_TEXT_MAX, guild);
}

char *player_bot_text(char out[MASK_TEXT_MAX], const struct mask *mask, const struct snap *snap,
                      const struct snap_player *player)
{
    const struct snap_bot *bot = snap_find_bot(snap, player->bot);
    if (bot == NULL)
        snprintf(out, MASK_TEXT_MAX, "%s", BOT_NONE);
    else
        bot_name_text(out, mask, bot);
    return out;
}

const char *player_backend_text(const struct snap *snap, const struct snap_player *player)
{
    return player->backend < snap->backend_count ? snap->backends[player->backend].name : "-";
}
