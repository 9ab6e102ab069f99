/*
 * Any bytes as a message or a body: the same is read however they are cut, the kind is the one that
 * base/jsonin finds, every figure is in its range, every text is UTF-8, and nothing secret stays in
 * the reader. The first byte says who speaks and how the rest is cut.
 */
#include "base/jsonin.h"
#include "base/text.h"
#include "lavalink/op.h"
#include "fuzz.h"

static bool read_op(struct op *op, enum op_side side, const uint8_t *data, size_t size, size_t most)
{
    struct op_reader reader;
    struct pieces pieces = pieces_of(data, size, most);
    struct slice piece;
    bool good = true;

    memset(&reader, 0xa5, sizeof reader);
    op_begin(&reader, side, 5);
    while (pieces_next(&pieces, &piece))
        good = op_feed(&reader, piece);
    require(op_end(&reader, op) <= good);
    require(good || op->kind == OP_OTHER);
    return good;
}

static void check_stats(const struct op_stats *stats)
{
    require(stats->uptime_ms >= -1);
    require(stats->system_load >= -1 && stats->system_load <= 1);
    require(stats->lavalink_load >= -1 && stats->lavalink_load <= 1);
}

static void check_op(const struct op *op)
{
    require_text(op->session, sizeof op->session);
    require_text(op->resume_key, sizeof op->resume_key);
    require_text(op->name, sizeof op->name);
    require_text(op->message, sizeof op->message);
    require_text(op->track.title, sizeof op->track.title);
    require_text(op->track.author, sizeof op->track.author);
    require_text(op->track.source, sizeof op->track.source);
    check_stats(&op->stats);
    require(op->kind != OP_READY || op->session[0] != '\0');
    require(op->timeout >= 0 || op->timeout == -1);
    require(op->player.paused >= -1 && op->player.paused <= 1);
    require(op->player.ping >= -1 && op->player.volume >= -1 && op->player.position_ms >= -1);
    require(op->track.length_ms >= 0 && (op->track.known || !op->track.decoded));
    require((unsigned)op->severity < SEVERITY_COUNT && (unsigned)op->end < TRACK_END_COUNT);
}

static bool is_kind(struct slice message, const char *wanted)
{
    struct slice object, value;
    char name[64];

    return jsonin_check(message, &object) && jsonin_get(object, "op", &value) &&
           jsonin_text(value, name, sizeof name) && strcmp(name, wanted) == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum op_side side;
    struct op whole, split;
    struct op_stats stats;
    struct slice body;
    size_t most;

    if (size < 1)
        return 0;
    side = (data[0] & 1) != 0 ? OP_FROM_CLIENT : OP_FROM_SERVER;
    most = 1 + data[0] / 2U;
    data++;
    size--;
    body = (struct slice){(const char *)data, size};
    memset(&whole, 0, sizeof whole);
    memset(&split, 0, sizeof split);
    require(read_op(&whole, side, data, size, SIZE_MAX) == read_op(&split, side, data, size, most));
    // NOLINTNEXTLINE(bugprone-suspicious-memory-comparison): all of it was zeroed before
    require(memcmp(&whole, &split, sizeof whole) == 0);
    check_op(&whole);
    if (whole.kind == OP_STATS || whole.kind == OP_PLAYER_UPDATE || whole.kind == OP_PLAY) {
        struct slice object;
        require(!jsonin_check(body, &object) ||
                is_kind(body, whole.kind == OP_STATS           ? "stats"
                              : whole.kind == OP_PLAYER_UPDATE ? "playerUpdate"
                                                               : "play"));
    }
    if (op_read_stats(&stats, body))
        check_stats(&stats);
    return 0;
}
