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

void said_track(struct op_track *track, const struct skim *s, const void *texts,
                const struct said_track *fields)
{
    bool encoded = skim_is(s, fields->encoded) == SKIM_STRING;

    if (encoded)
        track->hash = s->values[fields->encoded].hash;
    if (skim_is(s, fields->title) == SKIM_STRING) {
        track->decoded = true;
        said_copy(track->title, s, texts, fields->title);
        said_copy(track->author, s, texts, fields->author);
        said_copy(track->source, s, texts, fields->source);
        track->is_stream = said_truth(s, fields->is_stream) == 1;
        if (!track->is_stream)
            track->length_ms = said_whole(s, fields->length, 0, INT64_MAX, 0);
    } else if (encoded) {
        blob_read(track, said_text(s, texts, fields->encoded), s->values[fields->encoded].cut);
    }
}

void said_wipe(const struct skim *s, void *texts, unsigned field)
{
    const struct skim_value *value = skim_get(s, field);

    if (value != NULL)
        explicit_bzero((char *)texts + s->fields[field].at, value->len);
}
