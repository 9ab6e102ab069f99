/*
 * What the fields that lavalink/skim has found are worth to the readers of messages and bodies.
 * `texts` is the reader that the table's `at` counts from.
 */
#ifndef LAVALINK_SAID_H
#define LAVALINK_SAID_H

#include <stddef.h>

#include "lavalink/op.h"

/* Empty where it is no string. */
struct slice said_text(const struct skim *s, const void *texts, unsigned field);
/* Into out, which has the size that the table gives the field, or more. */
void said_copy(char *out, const struct skim *s, const void *texts, unsigned field);
/* The same for what is shown: of a message that tells what somebody said, only what goes before it,
 * and ".." for words that look like ids, keys or tokens. */
void said_message(char out[OP_TEXT_MAX], const struct skim *s, const void *texts, unsigned field);
/* The same for what is compared with other keys later: empty unless it is whole and stands there as
 * it is. */
void said_key(char out[OP_SESSION_MAX + 1], const struct skim *s, const void *texts,
              unsigned field);

bool said_number(const struct skim *s, unsigned field);
/* Brought into least..most; `unsaid` where there is none. */
int64_t said_whole(const struct skim *s, unsigned field, int64_t least, int64_t most,
                   int64_t unsaid);
/* From 0 to `most`; -1 when it is not said, or negative. */
double said_amount(const struct skim *s, unsigned field, double most);
/* 0 where there is none. */
uint64_t said_id(const struct skim *s, unsigned field);
/* 1, 0, or -1 when it is not said. */
int8_t said_truth(const struct skim *s, unsigned field);

/* The first word that is `said`; the last has no text and counts otherwise. */
struct said_word {
    const char *text;
    unsigned is;
};
unsigned said_word(const struct said_word *words, struct slice said, bool ignore_case);
/* SEVERITY_SUSPICIOUS where it says none. */
enum severity said_severity(const struct skim *s, const void *texts, unsigned field);

/* Rows of tables: a member of `parent_field`, and where its text goes. */
#define FIELD(parent_field, name, what) SKIM_KEY(name), .parent = (parent_field), .kind = (what)
#define INTO_OF(reader, member)                                                                    \
    .at = offsetof(reader, member), .size = sizeof(((reader *)0)->member)

/* The rows of a track's `info`, one behind the other from `at` on. */
enum said_info {
    SAID_TITLE,
    SAID_AUTHOR,
    SAID_LENGTH,
    SAID_IS_STREAM,
    SAID_SOURCE,
    SAID_INFO_COUNT
};
#define SAID_INFO(info, at, reader)                                                                \
    [(at) + SAID_TITLE] = {FIELD(info, "title", SKIM_TEXT), INTO_OF(reader, title)},               \
            [(at) + SAID_AUTHOR] = {FIELD(info, "author", SKIM_TEXT), INTO_OF(reader, author)},    \
            [(at) + SAID_LENGTH] = {FIELD(info, "length", SKIM_WHOLE)},                            \
            [(at) + SAID_IS_STREAM] = {FIELD(info, "isStream", SKIM_ANY)},                         \
            [(at) + SAID_SOURCE] = {FIELD(info, "sourceName", SKIM_TEXT), INTO_OF(reader, source)}

/* Sets hash from the field `encoded`, and the rest from the rows from `info` on where they were
 * said, else from the blob. */
void said_track(struct op_track *track, const struct skim *s, const void *texts, unsigned encoded,
                unsigned info);

/* Empties a text. */
void said_wipe(const struct skim *s, void *texts, unsigned field);

#endif
