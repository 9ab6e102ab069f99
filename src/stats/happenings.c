/*
 * What happens, as JSON lines: one function for each kind of line. All go through `begin`, which
 * says whether there is anybody to tell and room to do it, and `end`, which takes back a line that
 * memory cut short, so that only whole lines ever leave.
 */
#include "stats/happenings.h"

#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "stats/snapshot.h"

struct line {
    struct json j;
    size_t start;
};

void happenings_init(struct happenings *h)
{
    *h = (struct happenings){.wanted = false};
    str_growing(&h->lines);
}

void happenings_free(struct happenings *h)
{
    str_free(&h->lines);
}

void happenings_want(struct happenings *h, bool wanted)
{
    h->wanted = wanted;
    if (wanted)
        return;
    str_free(&h->lines);
    h->dropped = 0;
}

/* A known text, cut at a character where it is too long to tell; else null. */
static void add_text(struct json *j, const char *key, const char *text)
{
    size_t len = text ? strnlen(text, HAPPENINGS_TEXT + 1) : 0;
    if (len > HAPPENINGS_TEXT) {
        len = HAPPENINGS_TEXT;
        while (len > HAPPENINGS_TEXT - 3 && ((unsigned char)text[len] & 0xC0) == 0x80)
            len--;
    }
    if (len == 0)
        json_null(j, key);
    else
        json_slice(j, key, (struct slice){text, len});
}

static void open_line(struct line *line, struct str *out, int64_t wall_ms, const char *event)
{
    char time[CLOCK_ISO_MAX];
    line->start = out->len;
    json_begin(&line->j, out);
    json_object(&line->j, NULL);
    json_text(&line->j, "time", clock_iso(time, wall_ms));
    json_text(&line->j, "event", event);
}

/* False: there is nobody to tell, or no room. */
static bool begin(struct happenings *h, struct line *line, int64_t wall_ms, const char *event)
{
    if (!h->wanted)
        return false;
    /* The last piece of the room is kept for the line that tells of those dropped. */
    if (h->lines.len > HAPPENINGS_ROOM - 2 * HAPPENINGS_LINE) {
        h->dropped++;
        h->dropped_ever++;
        return false;
    }
    open_line(line, &h->lines, wall_ms, event);
    return true;
}

static bool close_line(struct happenings *h, struct line *line)
{
    json_object_end(&line->j);
    str_add_char(&h->lines, '\n');
    if (!h->lines.cut)
        return true;
    str_shorten(&h->lines, line->start);
    return false;
}

static void end(struct happenings *h, struct line *line)
{
    if (close_line(h, line))
        return;
    h->dropped++;
    h->dropped_ever++;
}

struct slice happenings_lines(struct happenings *h, int64_t wall_ms)
{
    struct line line;
    if (h->dropped > 0) {
        open_line(&line, &h->lines, wall_ms, "dropped");
        json_u64(&line.j, "lines", h->dropped);
        if (close_line(h, &line))
            h->dropped = 0;
    }
    return str_slice(&h->lines);
}

void happenings_clear(struct happenings *h)
{
    str_reset(&h->lines);
}

static void add_bot(struct json *j, const struct happening_bot *bot)
{
    json_object(j, "bot");
    add_text(j, "id", bot->id);
    add_text(j, "name", bot->name);
    add_text(j, "userId", bot->user_id);
    json_object_end(j);
}

void happenings_bot_connected(struct happenings *h, int64_t wall_ms,
                              const struct happening_bot *bot, const char *backend, bool resumed)
{
    struct line line;
    if (!begin(h, &line, wall_ms, "bot.connected"))
        return;
    add_bot(&line.j, bot);
    add_text(&line.j, "backend", backend);
    json_bool(&line.j, "resumed", resumed);
    end(h, &line);
}

void happenings_bot_gone(struct happenings *h, int64_t wall_ms, const struct happening_bot *bot)
{
    struct line line;
    if (!begin(h, &line, wall_ms, "bot.gone"))
        return;
    add_bot(&line.j, bot);
    end(h, &line);
}

static void add_track(struct json *j, const struct happening_track *track)
{
    if (!track) {
        json_null(j, "track");
        return;
    }
    json_object(j, "track");
    add_text(j, "title", track->title);
    add_text(j, "author", track->author);
    if (track->length_ms < 0)
        json_null(j, "lengthMs");
    else
        json_i64(j, "lengthMs", track->length_ms);
    add_text(j, "source", track->source);
    json_object_end(j);
}

/* The part that is the same for every line about a track. */
static bool begin_track(struct happenings *h, struct line *line, int64_t wall_ms, const char *event,
                        const struct happening_player *player, const struct happening_track *track)
{
    if (!begin(h, line, wall_ms, event))
        return false;
    add_bot(&line->j, &player->bot);
    add_text(&line->j, "backend", player->backend);
    add_text(&line->j, "guild", player->guild);
    add_track(&line->j, track);
    return true;
}

void happenings_track_start(struct happenings *h, int64_t wall_ms,
                            const struct happening_player *player,
                            const struct happening_track *track)
{
    struct line line;
    if (begin_track(h, &line, wall_ms, "track.start", player, track))
        end(h, &line);
}

void happenings_track_end(struct happenings *h, int64_t wall_ms,
                          const struct happening_player *player,
                          const struct happening_track *track, const char *reason)
{
    struct line line;
    if (!begin_track(h, &line, wall_ms, "track.end", player, track))
        return;
    add_text(&line.j, "reason", reason);
    end(h, &line);
}

void happenings_track_exception(struct happenings *h, int64_t wall_ms,
                                const struct happening_player *player,
                                const struct happening_track *track, const char *severity,
                                const char *message)
{
    struct line line;
    if (!begin_track(h, &line, wall_ms, "track.exception", player, track))
        return;
    add_text(&line.j, "severity", severity);
    add_text(&line.j, "message", message);
    end(h, &line);
}

void happenings_track_stuck(struct happenings *h, int64_t wall_ms,
                            const struct happening_player *player,
                            const struct happening_track *track, uint64_t threshold_ms)
{
    struct line line;
    if (!begin_track(h, &line, wall_ms, "track.stuck", player, track))
        return;
    json_u64(&line.j, "thresholdMs", threshold_ms);
    end(h, &line);
}

void happenings_backend(struct happenings *h, int64_t wall_ms, const char *backend,
                        const char *from, const char *to, const char *reason)
{
    struct line line;
    if (!begin(h, &line, wall_ms, "backend.state"))
        return;
    add_text(&line.j, "backend", backend);
    add_text(&line.j, "from", from);
    add_text(&line.j, "to", to);
    add_text(&line.j, "reason", reason);
    end(h, &line);
}

void happenings_block(struct happenings *h, int64_t wall_ms, const struct happening_block *block)
{
    struct line line;
    if (!begin(h, &line, wall_ms, "block"))
        return;
    add_text(&line.j, "ip", block->ip);
    add_text(&line.j, "userId", block->user_id);
    if (block->seconds >= BLOCK_FOR_GOOD)
        json_null(&line.j, "seconds");
    else
        json_real(&line.j, "seconds", block->seconds);
    json_bool(&line.j, "byHand", block->by_hand);
    end(h, &line);
}

void happenings_unblock(struct happenings *h, int64_t wall_ms, const char *ip, const char *user_id)
{
    struct line line;
    if (!begin(h, &line, wall_ms, "unblock"))
        return;
    add_text(&line.j, "ip", ip);
    add_text(&line.j, "userId", user_id);
    end(h, &line);
}

void happenings_kill(struct happenings *h, int64_t wall_ms, const struct happening_kill *kill)
{
    struct line line;
    if (!begin(h, &line, wall_ms, "kill"))
        return;
    if (kill->connection > 0)
        json_u64(&line.j, "connection", kill->connection);
    else
        json_null(&line.j, "connection");
    add_text(&line.j, "ip", kill->ip);
    add_text(&line.j, "userId", kill->user_id);
    json_u64(&line.j, "ended", kill->ended);
    json_u64(&line.j, "blocked", kill->blocked);
    json_text(&line.j, "mode", kill->polite ? "close" : "reset");
    end(h, &line);
}
