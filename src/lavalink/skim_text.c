/*
 * What is in a string: plain runs are passed over eight bytes at a time, escapes are undone, and
 * characters of several bytes are put together before anybody sees them.
 */
#include <endian.h>
#include <string.h>

#include "base/text.h"
#include "skim_parts.h"

#define REPLACEMENT 0xfffd

/* --- where it goes -----------------------------------------------------------------------------
 */

static uint64_t mix(uint64_t hash, uint64_t word)
{
    unsigned __int128 product = (unsigned __int128)(hash ^ word) * 0x9e3779b97f4a7c15ULL;

    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static void hash_add(struct skim *s, const char *bytes, size_t len)
{
    for (; len > 0 && s->word_len > 0; bytes++, len--) {
        s->word |= (uint64_t)(unsigned char)*bytes << 8 * s->word_len;
        s->word_len = (s->word_len + 1) & 7;
        if (s->word_len == 0) {
            s->hash = mix(s->hash, s->word);
            s->word = 0;
        }
    }
    for (; len >= 8; bytes += 8, len -= 8) {
        uint64_t word;
        memcpy(&word, bytes, sizeof word);
        s->hash = mix(s->hash, le64toh(word));
    }
    for (; len > 0; bytes++, len--)
        s->word |= (uint64_t)(unsigned char)*bytes << 8 * s->word_len++;
}

static uint64_t hash_end(const struct skim *s)
{
    uint64_t hash = mix(mix(s->hash, s->word), s->word_len + 1U);

    return hash == 0 ? 1 : hash;
}

/* Keeps `len` bytes, or as many as there is room for where each of them is a character. */
static void keep(struct skim *s, char *texts, const char *bytes, size_t len, bool divisible)
{
    const struct skim_field *field = &s->fields[s->field];
    struct skim_value *value = &s->values[s->field];
    size_t room = field->size - 1U - value->len;

    if (value->cut)
        return;
    if (len > room) {
        value->cut = true;
        len = divisible ? room : 0;
    }
    memcpy(texts + field->at + value->len, bytes, len);
    value->len = (uint16_t)(value->len + len);
}

static void add(struct skim *s, void *texts, const char *bytes, size_t len, bool divisible)
{
    switch ((enum skim_sink)s->sink) {
    case SINK_NONE:
        break;
    case SINK_KEY:
        /* One that does not fit is none of the table's, nor is any of this length. */
        if (s->key_len > SKIM_KEY_MAX || len > SKIM_KEY_MAX - (size_t)s->key_len) {
            s->key_len = SKIM_KEY_MAX + 1;
            break;
        }
        memcpy(s->key + s->key_len, bytes, len);
        s->key_len = (uint8_t)(s->key_len + len);
        break;
    case SINK_BLOB:
        hash_add(s, bytes, len);
        keep(s, texts, bytes, len, divisible);
        break;
    case SINK_TEXT:
        keep(s, texts, bytes, len, divisible);
        break;
    case SINK_DIGITS:
        skim_digits_add(s, bytes, len);
        break;
    }
}

static void add_codepoint(struct skim *s, void *texts, uint32_t codepoint)
{
    char form[4];

    /* What is kept is NUL-terminated. */
    add(s, texts, form, text_encode(form, codepoint == 0 ? REPLACEMENT : codepoint), false);
}

/* --- escapes -----------------------------------------------------------------------------------
 */

/* The first half of a pair that nothing fitting follows. */
static void drop_high(struct skim *s, void *texts)
{
    if (s->high != 0)
        add_codepoint(s, texts, REPLACEMENT);
    s->high = 0;
}

static void escape(struct skim *s, void *texts, char c)
{
    static const char names[] = "\"\\/bfnrt", bytes[] = "\"\\/\b\f\n\r\t";
    const char *name = c == '\0' ? NULL : strchr(names, c);

    s->state = STATE_STRING;
    if (s->sink == SINK_TEXT || s->sink == SINK_BLOB)
        s->values[s->field].escaped = true;
    if (c == 'u') {
        s->state = STATE_HEX;
        s->code = 0;
        s->left = 4;
    } else if (name == NULL) {
        s->state = STATE_BROKEN;
    } else {
        drop_high(s, texts);
        add(s, texts, &bytes[name - names], 1, false);
    }
}

static void end_hex(struct skim *s, void *texts)
{
    bool is_low = s->code >= 0xdc00 && s->code < 0xe000;

    s->state = STATE_STRING;
    if (s->high != 0 && is_low) {
        add_codepoint(s, texts,
                      0x10000 + ((s->high - 0xd800U) << 10) + ((uint32_t)s->code - 0xdc00U));
        s->high = 0;
        return;
    }
    drop_high(s, texts);
    if (s->code >= 0xd800 && s->code < 0xdc00)
        s->high = s->code;
    else
        add_codepoint(s, texts, is_low ? REPLACEMENT : s->code);
}

static void hex(struct skim *s, void *texts, char c)
{
    unsigned digit;

    if (c >= '0' && c <= '9')
        digit = (unsigned)(c - '0');
    else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
        digit = (unsigned)((c | 0x20) - 'a' + 10);
    else {
        s->state = STATE_BROKEN;
        return;
    }
    s->code = (uint16_t)((unsigned)s->code << 4 | digit);
    if (--s->left == 0)
        end_hex(s, texts);
}

/* --- characters --------------------------------------------------------------------------------
 */

/* The next byte of a character of more than one. */
static void character(struct skim *s, void *texts, char c)
{
    struct slice gathered = {s->character, s->character_len + 1U};
    size_t at = 0;
    uint32_t codepoint;

    s->character[s->character_len++] = c;
    if (--s->left > 0)
        return;
    text_decode(gathered, &at, &codepoint);
    s->state = at == gathered.len ? STATE_STRING : STATE_BROKEN;
    drop_high(s, texts);
    if (s->state == STATE_STRING)
        add(s, texts, gathered.ptr, gathered.len, false);
}

static void begin_character(struct skim *s, unsigned char first)
{
    s->character[0] = (char)first;
    s->character_len = 1;
    s->left = first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
    /* A byte that begins no character. */
    s->state = first < 0xc2 || first > 0xf4 ? STATE_BROKEN : STATE_CHARACTER;
}

/* The first byte from `at` that is not plain: a quote, a backslash, a control, beyond ASCII. */
static const char *plain_end(const char *at, const char *end)
{
    const uint64_t ones = 0x0101010101010101ULL, tops = 0x8080808080808080ULL;

    for (; end - at >= 8; at += 8) {
        uint64_t word, quote, backslash, marks;
        memcpy(&word, at, sizeof word);
        word = le64toh(word);
        quote = word ^ ones * '"';
        backslash = word ^ ones * '\\';
        /* A byte less than n has its top bit set in x - n and not in x; a borrow may only mark
         * bytes behind a true mark. Those beyond ASCII are marked by themselves. */
        marks = ((word - ones * 0x20) | (quote - ones) | (backslash - ones) | word) & tops;
        if (marks != 0)
            return at + __builtin_ctzll(marks) / 8;
    }
    while (at < end && *at >= 0x20 && *at != '"' && *at != '\\' && (unsigned char)*at < 0x80)
        at++;
    return at;
}

/* --- the string --------------------------------------------------------------------------------
 */

void skim_string_begin(struct skim *s)
{
    s->state = STATE_STRING;
    s->high = 0;
    s->key_len = s->digits_len = 0;
    s->hash = s->seed;
    s->word = 0;
    s->word_len = 0;
}

static void end_string(struct skim *s, char *texts)
{
    struct skim_value *value;

    drop_high(s, texts);
    if (s->sink == SINK_DIGITS)
        skim_digits_end(s);
    if (s->sink != SINK_TEXT && s->sink != SINK_BLOB)
        return;
    value = &s->values[s->field];
    texts[s->fields[s->field].at + value->len] = '\0';
    value->good = true;
    if (s->sink == SINK_BLOB)
        value->hash = hash_end(s);
}

/* Goes on to the next byte that is not plain, and takes that one. */
static const char *plain(struct skim *s, void *texts, const char *at, const char *end, bool *ended,
                         struct slice *key)
{
    const char *stop = plain_end(at, end);
    size_t len = (size_t)(stop - at);

    if (len > 0 || (s->sink == SINK_KEY && s->key_len == 0)) {
        drop_high(s, texts);
        if (s->sink == SINK_KEY && s->key_len == 0 && stop < end && *stop == '"') {
            *key = (struct slice){at, len};
            *ended = true;
            return stop + 1;
        }
        add(s, texts, at, len, true);
    }
    if (stop == end)
        return end;
    if (*stop == '"') {
        *ended = true;
        end_string(s, texts);
        *key = (struct slice){s->key, s->key_len};
    } else if (*stop == '\\') {
        s->state = STATE_ESCAPE;
    } else {
        begin_character(s, (unsigned char)*stop);
    }
    return stop + 1;
}

const char *skim_string(struct skim *s, void *texts, const char *at, const char *end, bool *ended,
                        struct slice *key)
{
    while (at < end && !*ended && s->state != STATE_BROKEN) {
        if (s->state == STATE_STRING)
            at = plain(s, texts, at, end, ended, key);
        else if (s->state == STATE_CHARACTER)
            character(s, texts, *at++);
        else if (s->state == STATE_ESCAPE)
            escape(s, texts, *at++);
        else
            hex(s, texts, *at++);
    }
    return at;
}
