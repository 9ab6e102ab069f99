/*
 * Any bytes as JSON, in pieces: it is well-formed exactly where base/jsonin says so (as long as it
 * is UTF-8 and no deeper than that follows), every cut gives the same, and top-level members have
 * the values that base/jsonin finds. The first byte says how it is cut.
 */
#include <math.h>

#include "base/jsonin.h"
#include "base/text.h"
#include "lavalink/skim.h"
#include "fuzz.h"

#define JSONIN_DEPTH 32

static bool is_same(const struct skim_value *a, const struct skim_value *b)
{
    return b != NULL && a->is == b->is && a->escaped == b->escaped && a->cut == b->cut &&
           a->good == b->good && a->len == b->len && a->hash == b->hash; /* all of the union */
}

enum field { F_ROOT, F_TEXT, F_WHOLE, F_REAL, F_ID, F_ANY, F_IN, F_EACH, F_ITEM, F_COUNT };

struct texts {
    char text[16], in[8];
};

#define INTO(member)                                                                               \
    .at = offsetof(struct texts, member), .size = sizeof(((struct texts *)0)->member)

static const struct skim_field fields[F_COUNT] = {
    [F_ROOT] = {.kind = SKIM_ANY},
    [F_TEXT] = {SKIM_KEY("a"), .kind = SKIM_BLOB, INTO(text)},
    [F_WHOLE] = {SKIM_KEY("b"), .kind = SKIM_WHOLE},
    [F_REAL] = {SKIM_KEY("c"), .kind = SKIM_REAL},
    [F_ID] = {SKIM_KEY("d"), .kind = SKIM_ID},
    [F_ANY] = {SKIM_KEY("e"), .kind = SKIM_ANY},
    [F_IN] = {SKIM_KEY("f"), .parent = F_ANY, .kind = SKIM_TEXT, INTO(in)},
    [F_EACH] = {SKIM_KEY("g"), .kind = SKIM_ANY, .each = true},
    [F_ITEM] = {SKIM_KEY("h"), .parent = F_EACH, .kind = SKIM_WHOLE},
};

struct reading {
    struct skim skim;
    struct texts texts;
    uint64_t each; /* what was told on the way */
    bool good;
};

static void read_all(struct reading *r, const uint8_t *data, size_t size, size_t most)
{
    enum skim_result result = SKIM_MORE;
    struct pieces pieces = pieces_of(data, size, most);
    struct slice bytes;

    memset(r, 0, sizeof *r);
    skim_begin(&r->skim, fields, F_COUNT, 9);
    while (result != SKIM_BROKEN && pieces_next(&pieces, &bytes))
        while ((result = skim_next(&r->skim, &r->texts, &bytes)) == SKIM_EACH)
            r->each = r->each * 31 + 1 + skim_is(&r->skim, F_ITEM) +
                      (skim_get(&r->skim, F_ITEM) != NULL && skim_get(&r->skim, F_ITEM)->good
                           ? (uint64_t)skim_get(&r->skim, F_ITEM)->whole
                           : 0);
    pieces_end(&pieces);
    r->good = skim_end(&r->skim);
    require(!r->good || result != SKIM_BROKEN);
}

static bool is_utf8(struct slice text)
{
    uint32_t codepoint;

    for (size_t at = 0; at < text.len;) {
        size_t begin = at;
        if (!text_decode(text, &at, &codepoint))
            return true;
        if (codepoint == 0xfffd &&
            (at - begin != 3 || memcmp(text.ptr + begin, "\xef\xbf\xbd", 3) != 0))
            return false;
    }
    return true;
}

/* Brackets on the way down, at most; those in strings make it too many at worst. */
static size_t depth_of(struct slice text)
{
    size_t depth = 0, most = 0;

    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '[' || text.ptr[i] == '{')
            depth++;
        if ((text.ptr[i] == ']' || text.ptr[i] == '}') && depth > 0)
            depth--;
        if (depth > most)
            most = depth;
    }
    return most;
}

/* Beside what the other reader finds in the same object. */
static void check_values(const struct reading *r, struct slice object)
{
    const struct skim_value *value;
    struct slice found;
    int64_t whole;
    double real;
    bool has = jsonin_get(object, "b", &found);

    value = skim_get(&r->skim, F_WHOLE);
    require(has == (value != NULL));
    if (has && jsonin_i64(found, &whole))
        require(value->good && value->whole == whole);
    has = jsonin_get(object, "c", &found);
    value = skim_get(&r->skim, F_REAL);
    require(has == (value != NULL));
    if (has && jsonin_f64(found, &real))
        require(value->good && value->real == real);
    if (has && value->good)
        require(isfinite(value->real));
    has = jsonin_get(object, "a", &found);
    value = skim_get(&r->skim, F_TEXT);
    require(has == (value != NULL));
    if (value != NULL && value->is == SKIM_STRING) {
        char text[sizeof r->texts.text];
        require(r->texts.text[value->len] == '\0' && value->len < sizeof text);
        require(is_utf8((struct slice){r->texts.text, value->len}));
        if (jsonin_text(found, text, sizeof text))
            require(!value->cut && strcmp(text, r->texts.text) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct reading whole, split;
    struct slice text, value;
    bool good;

    if (size < 1)
        return 0;
    text = (struct slice){(const char *)data + 1, size - 1};
    read_all(&whole, data + 1, size - 1, SIZE_MAX);
    read_all(&split, data + 1, size - 1, 1 + data[0] / 4U);
    require(whole.good == split.good);
    require(!whole.good || (whole.each == split.each && whole.skim.seen == split.skim.seen));
    require(!whole.good || memcmp(&whole.texts, &split.texts, sizeof whole.texts) == 0);
    for (unsigned i = 0; whole.good && i < F_COUNT; i++)
        if (skim_get(&whole.skim, i) != NULL)
            require(is_same(skim_get(&whole.skim, i), skim_get(&split.skim, i)));
    good = jsonin_check(text, &value);
    if (depth_of(text) < JSONIN_DEPTH)
        require(whole.good == (good && is_utf8(text)));
    if (whole.good && good && *value.ptr == '{')
        check_values(&whole, value);
    return 0;
}
