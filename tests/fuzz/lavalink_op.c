/*
 * Any bytes as a message: the quick look finds the same op as a full reading does, what is found
 * lies within the message, and every figure is in its range.
 */
#include <stdlib.h>
#include <string.h>

#include "base/jsonin.h"
#include "lavalink/op.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds)
        abort();
}

static bool is_inside(struct slice part, struct slice whole)
{
    return part.len == 0 || (part.ptr >= whole.ptr && part.ptr + part.len <= whole.ptr + whole.len);
}

static enum op_kind slow_kind(struct slice message)
{
    struct slice object, value;
    char name[32];

    if (!jsonin_check(message, &object) || !jsonin_get(object, "op", &value) ||
        !jsonin_text(value, name, sizeof name))
        return OP_OTHER;
    if (strcmp(name, "ready") == 0)
        return OP_READY;
    if (strcmp(name, "stats") == 0)
        return OP_STATS;
    return strcmp(name, "configureResuming") == 0 ? OP_CONFIGURE_RESUMING : OP_OTHER;
}

static void check_stats(const struct op_stats *stats)
{
    require(stats->uptime_ms >= -1);
    require(stats->system_load >= -1 && stats->system_load <= 1);
    require(stats->lavalink_load >= -1 && stats->lavalink_load <= 1);
}

static void check_op(struct slice message)
{
    enum op_kind slow = slow_kind(message);
    struct op_stats stats;
    struct op op;

    op_read(&op, message);
    switch (op.kind) {
    case OP_OTHER:
        require(slow != OP_CONFIGURE_RESUMING);
        require(slow != OP_STATS || !op_read_stats(&stats, message));
        return;
    case OP_READY:
        require(op.session.len > 0 && op.session.len <= OP_SESSION_MAX);
        require(is_inside(op.session, message));
        break;
    case OP_STATS:
        check_stats(&op.stats);
        require(op_read_stats(&stats, message));
        break;
    case OP_CONFIGURE_RESUMING:
        require(is_inside(op.resume_key, message) && op.resume_key.len <= OP_SESSION_MAX);
        require(op.timeout >= -1);
        break;
    }
    require(op.kind == slow);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice message = {(const char *)data, size};
    struct op_resuming resuming;
    struct op_stats stats;

    check_op(message);
    if (op_read_stats(&stats, message))
        check_stats(&stats);
    if (op_read_resuming(&resuming, message))
        require(resuming.says_resuming || resuming.timeout >= 0);
    require(is_inside(resuming.resume_key, message));
    return 0;
}
