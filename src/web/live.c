/*
 * Parts of a page and their differences. Parts come in the same order in every drawing of a page,
 * so one walk through both finds them.
 */
#include "web/live.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

#define NO_LIST UINT32_MAX
#define ID_MAX 64
#define SHAPE_WAITS 2 /* no list has it: theirs are odd */

static const uint64_t key[2] = {0x6c697665, 0x70616765}; /* nobody gains by a collision */

void live_init(struct live *live)
{
    *live = (struct live){.list = NO_LIST};
}

void live_free(struct live *live)
{
    free(live->parts);
    live_init(live);
}

static struct live_part *add_part(struct live *live)
{
    if (live->count == live->room) {
        unsigned room = live->room == 0 ? 64 : live->room * 2;
        struct live_part *parts = reallocarray(live->parts, room, sizeof(*parts));
        if (parts == NULL) {
            live->lost = true;
            return NULL;
        }
        live->parts = parts;
        live->room = room;
    }
    struct live_part *part = &live->parts[live->count++];
    *part = (struct live_part){0};
    return part;
}

/* Writes the attribute; returns the part, open, or NULL. */
static struct live_part *open_part(struct live *live, struct str *out, const char *id)
{
    str_addf(out, " id=\"%s\">", id);
    struct live_part *part = live == NULL || live->lost ? NULL : add_part(live);
    if (part == NULL)
        return NULL;
    part->id_len = strlen(id);
    part->id_at = out->len - part->id_len - 2;
    part->at = out->len;
    part->name = hash_sip(key, id, part->id_len);
    return part;
}

static void close_part(struct live_part *part, const struct str *out)
{
    part->len = out->len - part->at;
    part->hash = out->cut ? 0 : hash_sip(key, out->ptr + part->at, part->len);
}

void live_begin(struct live *live, struct str *out, const char *format, ...)
{
    char id[ID_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(id, sizeof(id), format, args);
    va_end(args);
    open_part(live, out, id);
}

void live_end(struct live *live, const struct str *out)
{
    if (live == NULL || live->lost)
        return;
    close_part(&live->parts[live->count - 1], out);
    if (live->list != NO_LIST)
        live->parts[live->list].inside++;
}

void live_list(struct live *live, struct str *out, const char *id)
{
    struct live_part *part = open_part(live, out, id);
    if (part == NULL)
        return;
    assert(live->list == NO_LIST);
    live->list = (unsigned)(part - live->parts);
    part->shape = 1;
}

void live_row(struct live *live, uint64_t row)
{
    if (live == NULL || live->lost)
        return;
    uint64_t pair[2] = {live->parts[live->list].shape, row};
    live->parts[live->list].shape = hash_sip(key, pair, sizeof(pair)) | 1;
}

void live_list_end(struct live *live, const struct str *out)
{
    if (live == NULL || live->lost)
        return;
    close_part(&live->parts[live->list], out);
    live->list = NO_LIST;
}

/* The part of this name in the drawing before, from *at on; *at goes behind it. */
static const struct live_part *find_before(const struct live *before, unsigned *at,
                                           const struct live_part *part)
{
    for (unsigned i = *at; i < before->count; i++) {
        if (before->parts[i].name != part->name)
            continue;
        *at = i + 1;
        return &before->parts[i];
    }
    return NULL;
}

static void write_part(struct json *j, const struct str *page, const struct live_part *part)
{
    char id[ID_MAX];
    snprintf(id, sizeof(id), "%.*s", (int)part->id_len, page->ptr + part->id_at);
    json_markup(j, id, (struct slice){page->ptr + part->at, part->len});
}

/* A list that is not as it was: as a whole, but not twice in a row. What waits is noted as what the
 * browser has, whose rows are none of this drawing's. */
static void write_list(struct json *j, const struct str *page, struct live_part *part,
                       const struct live_part *old, bool patient)
{
    if (patient && old != NULL && old->sent) {
        part->shape = SHAPE_WAITS;
        part->hash = old->hash;
        return;
    }
    part->sent = true;
    write_part(j, page, part);
}

void live_diff(struct json *j, const struct str *page, struct live *now, const struct live *before,
               bool patient)
{
    unsigned at = 0;
    if (now->lost || page->cut)
        return;
    for (unsigned i = 0; i < now->count; i++) {
        struct live_part *part = &now->parts[i];
        const struct live_part *old = find_before(before, &at, part);
        bool same = old != NULL && old->hash == part->hash;
        if (part->shape != 0 && (same || old == NULL || old->shape != part->shape)) {
            i += part->inside;
            if (!same)
                write_list(j, page, part, old, patient);
        } else if (part->shape == 0 && !same) {
            write_part(j, page, part);
        }
    }
}

void live_all(struct json *j, const struct str *page, const struct live *now)
{
    for (unsigned i = 0; i < now->count && !now->lost && !page->cut; i++) {
        write_part(j, page, &now->parts[i]);
        i += now->parts[i].inside;
    }
}
