/*
 * The simplest of files: one mapping of names to plain values, such as what the screen saves. What
 * the names mean is the reader's affair.
 */
#ifndef CONF_FLAT_H
#define CONF_FLAT_H

#include "base/slice.h"
#include "conf/problems.h"

#define FLAT_MAX 64
#define FLAT_NAME_MAX 40
#define FLAT_VALUE_MAX 1024

struct flat_entry {
    char name[FLAT_NAME_MAX];
    char value[FLAT_VALUE_MAX];
    struct place place; /* of the name */
};

struct flat {
    struct flat_entry list[FLAT_MAX]; /* in the order of the file, no name twice */
    unsigned count;
};

/* Reads a text (UTF-8 or not); `source` stands for the file and must outlive the problems' places.
 * With any error the list is empty. Pure; any thread. */
void flat_read(struct flat *flat, const char *source, struct slice text,
               struct load_problems *problems);

#endif
