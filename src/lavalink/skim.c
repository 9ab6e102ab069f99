/*
 * The grammar of JSON as a machine that can stop behind any byte. A stack of bits tells lists from
 * objects; beside it lies which field of the table each level belongs to, if any.
 */
#include "lavalink/skim.h"

#include <assert.h>
#include <string.h>

#include "skim_parts.h"

static const struct {
    const char *text;
    enum skim_is is;
} literals[] = {{"true", SKIM_TRUE}, {"false", SKIM_FALSE}, {"null", SKIM_NULL}};

/* Parts of a number; whole is a number that may end there. */
enum number {
    NUMBER_SIGN,
    NUMBER_ZERO,
    NUMBER_DIGITS,
    NUMBER_POINT,
    NUMBER_FRACTION,
    NUMBER_E,
    NUMBER_E_SIGN,
    NUMBER_EXPONENT,
    NUMBER_NONE
};

void skim_begin(struct skim *s, const struct skim_field *fields, size_t count, uint64_t seed)
{
    assert(count > 0 && count <= SKIM_FIELDS_MAX);
    s->fields = fields;
    s->count = (uint8_t)count;
    s->seed = seed;
    s->seen = s->lists = 0;
    s->depth = 0;
    s->field = 0;
    s->state = STATE_VALUE;
    s->high = 0;
}

enum skim_is skim_is(const struct skim *s, unsigned field)
{
    const struct skim_value *value = skim_get(s, field);

    return value == NULL ? SKIM_ABSENT : (enum skim_is)value->is;
}

/* --- fields ------------------------------------------------------------------------------------
 */

/* The member of `node` with this name that counts, or SKIM_NOWHERE. */
static uint8_t find(const struct skim *s, uint8_t node, struct slice key)
{
    const struct skim_field *fields = s->fields;

    if (node == SKIM_NOWHERE || key.len > SKIM_KEY_MAX)
        return SKIM_NOWHERE;
    for (unsigned i = node + 1U; i < s->count; i++)
        if (fields[i].parent == node && fields[i].key_len == key.len &&
            memcmp(fields[i].key, key.ptr, key.len) == 0)
            return (s->seen >> i & 1) != 0 ? SKIM_NOWHERE : (uint8_t)i;
    return SKIM_NOWHERE;
}

/* Notes what the field of the next value is. */
static void note(struct skim *s, enum skim_is is)
{
    if (s->field == SKIM_NOWHERE)
        return;
    s->values[s->field] = (struct skim_value){.is = (uint8_t)is};
    s->seen |= 1ULL << s->field;
}

/* Where a string, or a number, of that field goes. */
static enum skim_sink sink_of(const struct skim *s, bool is_string)
{
    if (s->field == SKIM_NOWHERE)
        return SINK_NONE;
    switch ((enum skim_kind)s->fields[s->field].kind) {
    case SKIM_TEXT:
        return is_string ? SINK_TEXT : SINK_NONE;
    case SKIM_BLOB:
        return is_string ? SINK_BLOB : SINK_NONE;
    case SKIM_WHOLE:
    case SKIM_REAL:
    case SKIM_ID:
        return SINK_DIGITS;
    case SKIM_ANY:
        break;
    }
    return SINK_NONE;
}

/* The members of a list's next object begin unset. */
static void unset_members(struct skim *s, uint8_t node)
{
    uint64_t family = 1ULL << node;

    for (unsigned i = node + 1U; i < s->count; i++)
        family |= (family >> s->fields[i].parent & 1) << i;
    s->seen &= ~(family & ~(1ULL << node));
}

/* --- structure ---------------------------------------------------------------------------------
 */

static bool in_list(const struct skim *s)
{
    return s->depth > 0 && (s->lists >> (s->depth - 1) & 1) != 0;
}

static enum skim_result broken(struct skim *s)
{
    s->state = STATE_BROKEN;
    return SKIM_BROKEN;
}

static void end_value(struct skim *s)
{
    s->state = s->depth > 0 ? STATE_AFTER : STATE_DONE;
}

static enum skim_result open(struct skim *s, bool list)
{
    uint8_t node = s->field;

    if (s->depth == SKIM_DEPTH_MAX)
        return broken(s);
    if (in_list(s)) {
        node = list ? SKIM_NOWHERE : s->nodes[s->depth - 1];
        if (node != SKIM_NOWHERE)
            unset_members(s, node);
    } else {
        note(s, list ? SKIM_LIST : SKIM_OBJECT);
        if (list && node != SKIM_NOWHERE && !s->fields[node].each)
            node = SKIM_NOWHERE;
    }
    s->nodes[s->depth] = node;
    s->lists = (s->lists & ~(1ULL << s->depth)) | (uint64_t)list << s->depth;
    s->depth++;
    s->field = SKIM_NOWHERE;
    s->state = list ? STATE_FIRST_VALUE : STATE_FIRST_KEY;
    return SKIM_MORE;
}

static enum skim_result close(struct skim *s, bool list)
{
    uint8_t node;

    if (s->depth == 0 || in_list(s) != list)
        return broken(s);
    node = s->nodes[--s->depth];
    end_value(s);
    return !list && node != SKIM_NOWHERE && s->fields[node].each ? SKIM_EACH : SKIM_MORE;
}

static enum skim_result begin_literal(struct skim *s, unsigned literal)
{
    note(s, literals[literal].is);
    s->literal = (uint8_t)literal;
    s->literal_at = 1;
    s->state = STATE_LITERAL;
    return SKIM_MORE;
}

static enum skim_result begin_number(struct skim *s, char c)
{
    note(s, SKIM_NUMBER);
    s->sink = (uint8_t)sink_of(s, false);
    if (s->sink == SINK_DIGITS) {
        s->digits[0] = c;
        s->digits_len = 1;
    }
    s->number = c == '-' ? NUMBER_SIGN : c == '0' ? NUMBER_ZERO : NUMBER_DIGITS;
    s->state = STATE_NUMBER;
    return SKIM_MORE;
}

static enum skim_result begin_value(struct skim *s, char c)
{
    switch (c) {
    case '{':
    case '[':
        return open(s, c == '[');
    case '"':
        note(s, SKIM_STRING);
        s->sink = (uint8_t)sink_of(s, true);
        skim_string_begin(s);
        return SKIM_MORE;
    case 't':
        return begin_literal(s, 0);
    case 'f':
        return begin_literal(s, 1);
    case 'n':
        return begin_literal(s, 2);
    default:
        return c == '-' || (c >= '0' && c <= '9') ? begin_number(s, c) : broken(s);
    }
}

/* A byte between strings, numbers and words. */
static enum skim_result structure(struct skim *s, char c)
{
    if (c <= ' ' && (c == ' ' || c == '\n' || c == '\r' || c == '\t'))
        return SKIM_MORE;
    switch ((enum skim_state)s->state) {
    case STATE_FIRST_VALUE:
        if (c == ']')
            return close(s, true);
        /* fallthrough */
    case STATE_VALUE:
        return begin_value(s, c);
    case STATE_FIRST_KEY:
        if (c == '}')
            return close(s, false);
        /* fallthrough */
    case STATE_KEY:
        if (c != '"')
            return broken(s);
        s->sink = SINK_KEY;
        skim_string_begin(s);
        return SKIM_MORE;
    case STATE_COLON:
        s->state = STATE_VALUE;
        return c == ':' ? SKIM_MORE : broken(s);
    case STATE_AFTER:
        if (c != ',')
            return c == '}' || c == ']' ? close(s, c == ']') : broken(s);
        s->state = in_list(s) ? STATE_VALUE : STATE_KEY;
        s->field = SKIM_NOWHERE;
        return SKIM_MORE;
    default:
        return broken(s);
    }
}

/* --- strings, numbers and words ----------------------------------------------------------------
 */

static const char *in_string(struct skim *s, void *texts, const char *at, const char *end)
{
    struct slice key;
    bool ended = false;

    at = skim_string(s, texts, at, end, &ended, &key);
    if (!ended)
        return at;
    if (s->sink == SINK_KEY) {
        s->field = find(s, s->nodes[s->depth - 1], key);
        s->state = STATE_COLON;
    } else {
        end_value(s);
    }
    return at;
}

/* What a number's next byte makes of it; NUMBER_NONE: it is none of the number's. */
static enum number next_part(enum number part, char c)
{
    bool digit = c >= '0' && c <= '9', e = c == 'e' || c == 'E';

    switch (part) {
    case NUMBER_SIGN:
        return c == '0' ? NUMBER_ZERO : digit ? NUMBER_DIGITS : NUMBER_NONE;
    case NUMBER_DIGITS:
        if (digit)
            return NUMBER_DIGITS;
        /* fallthrough */
    case NUMBER_ZERO:
        return c == '.' ? NUMBER_POINT : e ? NUMBER_E : NUMBER_NONE;
    case NUMBER_POINT:
        return digit ? NUMBER_FRACTION : NUMBER_NONE;
    case NUMBER_FRACTION:
        return digit ? NUMBER_FRACTION : e ? NUMBER_E : NUMBER_NONE;
    case NUMBER_E:
        if (c == '+' || c == '-')
            return NUMBER_E_SIGN;
        /* fallthrough */
    case NUMBER_E_SIGN:
    case NUMBER_EXPONENT:
        return digit ? NUMBER_EXPONENT : NUMBER_NONE;
    case NUMBER_NONE:
        break;
    }
    return NUMBER_NONE;
}

static void end_number(struct skim *s)
{
    if (s->number != NUMBER_ZERO && s->number != NUMBER_DIGITS && s->number != NUMBER_FRACTION &&
        s->number != NUMBER_EXPONENT) {
        broken(s);
        return;
    }
    if (s->sink == SINK_DIGITS)
        skim_digits_end(s);
    end_value(s);
}

static const char *in_number(struct skim *s, const char *at, const char *end)
{
    const char *begin = at;
    enum number part = (enum number)s->number, next;

    while (at < end && (next = next_part(part, *at)) != NUMBER_NONE) {
        part = next;
        at++;
        while (part == NUMBER_DIGITS && at < end && *at >= '0' && *at <= '9')
            at++;
    }
    s->number = (uint8_t)part;
    if (s->sink == SINK_DIGITS)
        skim_digits_add(s, begin, (size_t)(at - begin));
    if (at < end)
        end_number(s);
    return at;
}

static void in_literal(struct skim *s, char c)
{
    const char *text = literals[s->literal].text;

    if (text[s->literal_at] != c)
        broken(s);
    else if (text[++s->literal_at] == '\0')
        end_value(s);
}

enum skim_result skim_next(struct skim *s, void *texts, struct slice *bytes)
{
    const char *at = bytes->ptr, *end = at + bytes->len;
    enum skim_result result = s->state == STATE_BROKEN ? SKIM_BROKEN : SKIM_MORE;

    while (at < end && result == SKIM_MORE) {
        switch ((enum skim_state)s->state) {
        case STATE_STRING:
        case STATE_ESCAPE:
        case STATE_HEX:
        case STATE_CHARACTER:
            at = in_string(s, texts, at, end);
            break;
        case STATE_NUMBER:
            at = in_number(s, at, end);
            break;
        case STATE_LITERAL:
            in_literal(s, *at++);
            break;
        default:
            result = structure(s, *at++);
            break;
        }
        if (s->state == STATE_BROKEN)
            result = SKIM_BROKEN;
    }
    *bytes = (struct slice){at, (size_t)(end - at)};
    return result;
}

bool skim_end(struct skim *s)
{
    /* Only a number does not know its end by itself. */
    if (s->state == STATE_NUMBER && s->depth == 0)
        end_number(s);
    return s->state == STATE_DONE;
}
