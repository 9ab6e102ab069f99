/*
 * Picks wanted members out of one JSON text that comes in pieces: each is found by its path through
 * a static table, everything else is only checked. The whole text is held to RFC 8259, strict UTF-8
 * and SKIM_DEPTH_MAX levels; however it is cut, the result is the same. Nothing is built and no
 * piece is kept: memory is the struct, and the texts that the table asks for in memory of the
 * caller's. Without pointers to itself, a skim under way may be moved with memcpy. Pure; one thread
 * at a time.
 */
#ifndef LAVALINK_SKIM_H
#define LAVALINK_SKIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

#define SKIM_DEPTH_MAX 64 /* containers within each other; more are broken */
#define SKIM_FIELDS_MAX 48
#define SKIM_KEY_MAX 24    /* bytes of the longest key in a table */
#define SKIM_NUMBER_MAX 40 /* a longer number is read by what stands in front */
#define SKIM_NOWHERE 0xff  /* no field */

/* What is wanted of a field; members of an object are wanted by naming it as their parent,
 * whatever its kind. */
enum skim_kind {
    SKIM_ANY,   /* only what it is */
    SKIM_TEXT,  /* a string, its escapes undone, into `size` bytes at `at`, NUL-terminated, cut
                   between characters; U+0000 and lone surrogates become U+FFFD */
    SKIM_BLOB,  /* the same, with a hash over all of it */
    SKIM_WHOLE, /* a number, or a string that holds one, brought into int64's range; fractions are
                   cut off */
    SKIM_REAL,  /* the same with a fraction; brought into the range of finite numbers */
    SKIM_ID     /* decimal digits, mostly in a string; 0 when it is no uint64 */
};

/* fields[0] is the root and has no key; parents stand before their members. */
struct skim_field {
    const char *key;
    uint8_t key_len;
    uint8_t parent;
    uint8_t kind; /* enum skim_kind */
    bool each;    /* an object here, and when a list is here each object in it, is told of when it
                     ends; a list's next object starts with its members unset */
    uint16_t at, size;
};
#define SKIM_KEY(text) .key = (text), .key_len = sizeof(text) - 1

enum skim_is {
    SKIM_ABSENT,
    SKIM_NULL,
    SKIM_FALSE,
    SKIM_TRUE,
    SKIM_NUMBER,
    SKIM_STRING,
    SKIM_OBJECT,
    SKIM_LIST
};

struct skim_value {
    uint8_t is;   /* enum skim_is */
    bool escaped; /* TEXT, BLOB: there were escapes */
    bool cut;     /* TEXT, BLOB: it is longer than `size` */
    bool good;    /* WHOLE, REAL, ID: there is a number; TEXT, BLOB: the string has ended */
    uint16_t len; /* TEXT, BLOB: bytes at `at` */
    union {
        int64_t whole;
        double real;
        uint64_t id;
        uint64_t hash;
    };
};

struct skim {
    const struct skim_field *fields;
    uint64_t seen;  /* a bit for each field */
    uint64_t lists; /* a bit for each level: it is a list */
    uint64_t hash, word, seed;
    uint16_t code, high; /* of \u: the digits so far; the first half of a surrogate pair */
    uint8_t count, depth, state, number;
    uint8_t sink, field; /* where the string under way goes; the field of the next value */
    uint8_t word_len;    /* bytes in `word` */
    uint8_t left;        /* hexadecimal digits, or bytes of a character, still to come */
    uint8_t literal, literal_at;
    uint8_t character_len, key_len, digits_len;
    char character[4];
    char key[SKIM_KEY_MAX];
    char digits[SKIM_NUMBER_MAX];
    uint8_t nodes[SKIM_DEPTH_MAX]; /* which field each level belongs to */
    struct skim_value values[SKIM_FIELDS_MAX];
};

/* `fields` stays the caller's; `seed` makes the hashes this process's own. */
void skim_begin(struct skim *s, const struct skim_field *fields, size_t count, uint64_t seed);

enum skim_result {
    SKIM_MORE,  /* every byte has been looked at */
    SKIM_EACH,  /* an object of a field with `each` has just ended; call again with the rest */
    SKIM_BROKEN /* for good */
};

/* Takes bytes off the front of *bytes; call until SKIM_MORE or SKIM_BROKEN. `texts` is what the
 * fields' `at` counts from, the same in each call (or moved together with its content). */
enum skim_result skim_next(struct skim *s, void *texts, struct slice *bytes);

/* Whether the text is whole; only then do the values below mean what was said. */
bool skim_end(struct skim *s);

/* The first of several members of one name counts. NULL: it is absent. */
static inline const struct skim_value *skim_get(const struct skim *s, unsigned field)
{
    return (s->seen >> field & 1) != 0 ? &s->values[field] : NULL;
}

enum skim_is skim_is(const struct skim *s, unsigned field);

#endif
