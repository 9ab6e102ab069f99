/*
 * Fields into figures, words and tracks.
 */
#include "said.h"

#include <string.h>

struct slice said_text(const struct skim *s, const void *texts, unsigned field)
{
    if (skim_is(s, field) != SKIM_STRING)
        return (struct slice){"", 0};
    return (struct slice){(const char *)texts + s->fields[field].at, s->values[field].len};
}

void said_copy(char *out, const struct skim *s, const void *texts, unsigned field)
{
    struct slice from = said_text(s, texts, field);

    memcpy(out, from.ptr, from.len);
    out[from.len] = '\0';
}

/* --- messages ----------------------------------------------------------------------------------
 */

#define OPAQUE_MIN 16 /* session ids and voice tokens are not shorter */

/* Where a message begins to show what it is about: its second line, or JSON. */
static size_t quote_of(struct slice text)
{
    static const char *const marks[] = {"\n", "\r", "JSON input", "{\""};
    size_t least = text.len;

    for (unsigned i = 0; i < sizeof marks / sizeof *marks; i++) {
        size_t at = slice_search_nocase(text, slice_of(marks[i]));
        least = at < least ? at : least;
    }
    return least;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static size_t word_len(struct slice text)
{
    size_t len = 0;

    while (len < text.len && (is_digit(text.ptr[len]) || is_upper(text.ptr[len] & ~0x20) ||
                              text.ptr[len] == '-' || text.ptr[len] == '_'))
        len++;
    return len;
}

/* Whether it is no word of a language, nor a number or the name of a class. */
static bool is_opaque(struct slice word, size_t least)
{
    size_t digits = 0, upper = 0, joints = 0;

    for (size_t i = 0; i < word.len; i++) {
        digits += is_digit(word.ptr[i]);
        upper += is_upper(word.ptr[i]);
        joints += word.ptr[i] == '-' || word.ptr[i] == '_';
    }
    return word.len >= least && digits < word.len &&
           (digits >= 3 || (joints == 0 && (digits > 0 || upper == 0)));
}

void said_message(char out[OP_TEXT_MAX], const struct skim *s, const void *texts, unsigned field)
{
    struct slice from = said_text(s, texts, field);
    bool cut = from.len > 0 && s->values[field].cut;
    size_t len = 0, quote = quote_of(from);

    cut = cut && quote == from.len;
    from.len = quote;
    while (from.len > 0) {
        struct slice word = {from.ptr, word_len(from)};
        bool last = cut && word.len == from.len; /* what is left of a word says as much */
        if (is_opaque(word, last ? OPAQUE_MIN / 2 : OPAQUE_MIN)) {
            memcpy(out + len, "..", 2);
            len += 2;
        } else {
            word.len += word.len == 0;
            memcpy(out + len, word.ptr, word.len);
            len += word.len;
        }
        from.ptr += word.len;
        from.len -= word.len;
    }
    while (len > 0 && out[len - 1] == ' ')
        len--;
    out[len] = '\0';
}

void said_key(char out[OP_SESSION_MAX + 1], const struct skim *s, const void *texts, unsigned field)
{
    const struct skim_value *value = skim_get(s, field);

    *out = '\0';
    if (value != NULL && value->is == SKIM_STRING && !value->cut && !value->escaped)
        said_copy(out, s, texts, field);
}

bool said_number(const struct skim *s, unsigned field)
{
    const struct skim_value *value = skim_get(s, field);

    return value != NULL && value->good;
}

int64_t said_whole(const struct skim *s, unsigned field, int64_t least, int64_t most,
                   int64_t unsaid)
{
    int64_t number;

    if (!said_number(s, field))
        return unsaid;
    number = s->values[field].whole;
    return number < least ? least : number > most ? most : number;
}

double said_amount(const struct skim *s, unsigned field, double most)
{
    double number = said_number(s, field) ? s->values[field].real : -1;

    return number < 0 ? -1 : number < most ? number : most;
}

uint64_t said_id(const struct skim *s, unsigned field)
{
    return said_number(s, field) ? s->values[field].id : 0;
}

int8_t said_truth(const struct skim *s, unsigned field)
{
    enum skim_is is = skim_is(s, field);

    return is == SKIM_TRUE ? 1 : is == SKIM_FALSE ? 0 : -1;
}

unsigned said_word(const struct said_word *words, struct slice said, bool ignore_case)
{
    while (words->text != NULL && !(ignore_case ? slice_equal_nocase(said, slice_of(words->text))
                                                : slice_equal(said, slice_of(words->text))))
        words++;
    return words->is;
}

enum severity said_severity(const struct skim *s, const void *texts, unsigned field)
{
    static const struct said_word words[] = {
        {"common", SEVERITY_COMMON},
        {"suspicious", SEVERITY_SUSPICIOUS},
        {"fault", SEVERITY_FAULT},
        {NULL, SEVERITY_SUSPICIOUS},
    };
    return (enum severity)said_word(words, said_text(s, texts, field), true);
}

void said_track(struct op_track *track, const struct skim *s, const void *texts, unsigned encoded,
                unsigned info)
{
    bool is_encoded = skim_is(s, encoded) == SKIM_STRING;

    if (is_encoded)
        track->hash = s->values[encoded].hash;
    if (skim_is(s, info + SAID_TITLE) == SKIM_STRING) {
        track->decoded = true;
        said_copy(track->title, s, texts, info + SAID_TITLE);
        said_copy(track->author, s, texts, info + SAID_AUTHOR);
        said_copy(track->source, s, texts, info + SAID_SOURCE);
        track->is_stream = said_truth(s, info + SAID_IS_STREAM) == 1;
        if (!track->is_stream)
            track->length_ms = said_whole(s, info + SAID_LENGTH, 0, INT64_MAX, 0);
    } else if (is_encoded) {
        blob_read(track, said_text(s, texts, encoded), s->values[encoded].cut);
    }
}

void said_wipe(const struct skim *s, void *texts, unsigned field)
{
    const struct skim_value *value = skim_get(s, field);

    if (value != NULL)
        explicit_bzero((char *)texts + s->fields[field].at, value->len);
}
