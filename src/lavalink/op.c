/*
 * Nearly every message is a playerUpdate or an event, which nobody here asks about: a walk over the
 * top level finds that out at a fraction of a full check's cost, mostly within the first bytes.
 * Only what may matter is then checked and read as a whole.
 */
#include "lavalink/op.h"

#include <float.h>
#include <string.h>

#include "base/jsonin.h"

static const struct {
    const char *name;
    enum op_kind kind;
} kinds[] = {
    {"ready", OP_READY},
    {"stats", OP_STATS},
    {"configureResuming", OP_CONFIGURE_RESUMING},
};

static enum op_kind kind_of(struct slice name)
{
    for (unsigned i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (slice_equal(name, slice_of(kinds[i].name)))
            return kinds[i].kind;
    return OP_OTHER;
}

/* --- the quick look ------------------------------------------------------------------------------
 * It trusts nothing and proves nothing: on well-formed text it finds what is there, on any other it
 * ends somewhere within the bytes. */

static const char *skip_space(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t'))
        at++;
    return at;
}

/* From behind the opening quote to the closing one, or to `end`. */
static const char *string_end(const char *at, const char *end, bool *escapes)
{
    while (at < end && *at != '"') {
        if (*at == '\\') {
            *escapes = true;
            if (++at == end)
                break;
        }
        at++;
    }
    return at;
}

/* From a value's first byte to behind its last one. Brackets are only counted, so depth costs
 * nothing. */
static const char *skip_value(const char *at, const char *end)
{
    size_t depth = 0;
    bool escapes;

    for (; at < end; at++) {
        switch (*at) {
        case '"':
            at = string_end(at + 1, end, &escapes);
            if (at == end)
                return end;
            break;
        case '{':
        case '[':
            depth++;
            break;
        case '}':
        case ']':
            if (depth <= 1)
                return at + depth;
            depth--;
            break;
        case ',':
            if (depth == 0)
                return at;
            break;
        default:
            break;
        }
    }
    return end;
}

/* Whether the message is certainly none of ours: its first top-level "op" says so plainly, or there
 * is none. */
static bool is_plainly_other(struct slice message)
{
    const char *end = message.ptr + message.len, *at = skip_space(message.ptr, end);

    if (at == end || *at != '{')
        return true;
    do {
        bool escapes = false;
        const char *name, *value;
        size_t name_len;

        at = skip_space(at + 1, end);
        if (at == end || *at != '"')
            return true;
        name = at + 1;
        at = string_end(name, end, &escapes);
        name_len = (size_t)(at - name);
        if (escapes)
            return false;
        at = skip_space(at + (at < end), end);
        if (at == end || *at != ':')
            return true;
        value = skip_space(at + 1, end);
        if (name_len == 2 && memcmp(name, "op", 2) == 0) {
            const char *close;
            if (value == end || *value != '"')
                return true;
            close = string_end(value + 1, end, &escapes);
            return !escapes &&
                   kind_of((struct slice){value + 1, (size_t)(close - value - 1)}) == OP_OTHER;
        }
        at = skip_space(skip_value(value, end), end);
    } while (at < end && *at == ',');
    return true;
}

/* --- members of what has been checked --------------------------------------------------------- */

/* A string without escapes that is short enough to follow. */
static struct slice short_text(struct slice object, const char *key)
{
    struct slice value;

    if (!jsonin_get(object, key, &value) || jsonin_kind(value) != '"')
        return (struct slice){NULL, 0};
    value = (struct slice){value.ptr + 1, value.len - 2};
    if (value.len > OP_SESSION_MAX || slice_find(value, '\\') < value.len)
        return (struct slice){NULL, 0};
    return value;
}

static bool truth(struct slice object, const char *key, bool *is_true)
{
    struct slice value;

    return jsonin_get(object, key, &value) && jsonin_bool(value, is_true);
}

/* A whole number brought into 0..most; false, and 0, when there is none. */
static bool count(struct slice object, const char *key, uint64_t most, uint64_t *number)
{
    struct slice value;
    double wide;
    int64_t whole;

    *number = 0;
    if (!jsonin_get(object, key, &value) || !jsonin_f64(value, &wide))
        return false;
    if (!jsonin_i64(value, &whole))
        whole = wide > 0 ? INT64_MAX : 0;
    if (whole > 0)
        *number = (uint64_t)whole < most ? (uint64_t)whole : most;
    return true;
}

/* A number from 0 to `most`; -1 when it is not said, or negative. */
static double amount(struct slice object, const char *key, double most)
{
    struct slice value;
    double number;

    if (!jsonin_get(object, key, &value) || !jsonin_f64(value, &number) || number < 0)
        return -1;
    return number < most ? number : most;
}

static bool stats_of(struct op_stats *stats, struct slice object)
{
    uint64_t players, playing, uptime;
    struct slice part;

    *stats = (struct op_stats){.uptime_ms = -1, .system_load = -1, .lavalink_load = -1};
    if (!count(object, "players", UINT32_MAX, &players) ||
        !count(object, "playingPlayers", UINT32_MAX, &playing))
        return false;
    stats->players = (uint32_t)players;
    stats->playing = (uint32_t)playing;
    if (count(object, "uptime", INT64_MAX, &uptime))
        stats->uptime_ms = (int64_t)uptime;
    if (jsonin_get(object, "memory", &part))
        count(part, "used", INT64_MAX, &stats->memory_used);
    if (jsonin_get(object, "cpu", &part)) {
        stats->system_load = amount(part, "systemLoad", 1);
        stats->lavalink_load = amount(part, "lavalinkLoad", 1);
    }
    return true;
}

static enum op_kind checked_kind(struct slice object)
{
    struct slice value;
    char name[32];

    if (!jsonin_get(object, "op", &value) || !jsonin_text(value, name, sizeof name))
        return OP_OTHER;
    return kind_of(slice_of(name));
}

void op_read(struct op *op, struct slice message)
{
    struct slice object;

    op->kind = OP_OTHER;
    if (is_plainly_other(message) || !jsonin_check(message, &object))
        return;
    *op = (struct op){.kind = checked_kind(object), .timeout = -1};
    switch (op->kind) {
    case OP_READY:
        op->session = short_text(object, "sessionId");
        truth(object, "resumed", &op->resumed);
        if (op->session.len == 0)
            op->kind = OP_OTHER;
        break;
    case OP_STATS:
        if (!stats_of(&op->stats, object))
            op->kind = OP_OTHER;
        break;
    case OP_CONFIGURE_RESUMING:
        op->resume_key = short_text(object, "key");
        op->timeout = amount(object, "timeout", DBL_MAX);
        break;
    case OP_OTHER:
        break;
    }
}

bool op_read_stats(struct op_stats *stats, struct slice body)
{
    struct slice object;

    return jsonin_check(body, &object) && stats_of(stats, object);
}

bool op_read_resuming(struct op_resuming *resuming, struct slice body)
{
    struct slice object, key;
    bool says_key, says_timeout;

    *resuming = (struct op_resuming){.timeout = -1};
    if (!jsonin_check(body, &object))
        return false;
    says_key = jsonin_get(object, "resumingKey", &key) &&
               (jsonin_kind(key) == '"' || jsonin_kind(key) == 'n');
    if (says_key) {
        resuming->says_resuming = true;
        resuming->resuming = key.len > 2 && jsonin_kind(key) == '"';
        resuming->resume_key = short_text(object, "resumingKey");
    }
    if (truth(object, "resuming", &resuming->resuming))
        resuming->says_resuming = true;
    resuming->timeout = amount(object, "timeout", DBL_MAX);
    says_timeout = resuming->timeout >= 0;
    return resuming->says_resuming || says_timeout;
}
