/*
 * Which parts of a page change while one looks at it. A page marks them as it is drawn; what
 * differs from the drawing before goes to the browser as JSON: {"id of the element": "its new
 * content"}. A list (of table rows) whose rows are the same, in the same order, changes by its
 * parts, else as a whole. Pure.
 */
#ifndef WEB_LIVE_H
#define WEB_LIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/json.h"
#include "base/str.h"

struct live_part {
    size_t id_at, id_len; /* in the page */
    size_t at, len;       /* the content */
    uint64_t name, hash;  /* of the id, of the content */
    uint64_t shape;       /* of a list: its rows; else 0 */
    unsigned inside;      /* of a list: parts within it, which follow it */
    bool sent;            /* as a whole, with the last difference */
};

struct live {
    struct live_part *parts;
    unsigned count, room;
    unsigned list; /* the open list, or UINT32_MAX */
    bool lost;     /* memory is out: all else is ignored */
};

void live_init(struct live *live);
void live_free(struct live *live);

/* Appends ` id="ID">` behind a tag that has been left open; what follows until live_end is the
 * part. Parts do not nest but in a list. `live` may be NULL here and below: then only the page is
 * made. */
void live_begin(struct live *live, struct str *out, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void live_end(struct live *live, const struct str *out);

/* A list: live_row for each of its rows, in order. */
void live_list(struct live *live, struct str *out, const char *id);
void live_row(struct live *live, uint64_t key);
void live_list_end(struct live *live, const struct str *out);

/* Writes the members of an open object for all that is not as `before` has it. `patient`: a list
 * that went as a whole the last time waits for the next, so that one whose rows come and go all the
 * time takes half; `now` then notes what the browser still has. */
void live_diff(struct json *j, const struct str *page, struct live *now, const struct live *before,
               bool patient);
/* The same for a browser that has nothing: all of `now`. */
void live_all(struct json *j, const struct str *page, const struct live *now);

#endif
