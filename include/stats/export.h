/*
 * A list as data: CSV (RFC 4180) or JSON, with the field names of the web's API. Everything a row
 * has, whatever there is room for elsewhere; addresses and ids as the mask shows them. Pure.
 *
 * CSV is opened by spreadsheets, which take a cell that begins with = + - @ or a tab for a formula:
 * such text gets an apostrophe in front. Figures are never negative and stay as they are.
 */
#ifndef STATS_EXPORT_H
#define STATS_EXPORT_H

#include <stdbool.h>

#include "base/slice.h"
#include "base/str.h"
#include "stats/snapshot.h"
#include "stats/mask.h"

enum export_kind {
    EXPORT_CONNECTIONS,
    EXPORT_IPS,
    EXPORT_BACKENDS,
    EXPORT_EVENTS,
    EXPORT_BOTS,
    EXPORT_PLAYERS
};
enum export_format { EXPORT_CSV, EXPORT_JSON };

/* The rows of one list, in its order. */
struct export_rows {
    enum export_kind kind;
    const struct snap *snap;
    const struct mask *mask;
    unsigned count;
    /* Row `i`: a snap_conn, snap_ip, snap_backend, snap_event, snap_bot or snap_player. */
    const void *(*row)(void *ctx, unsigned i);
    void *ctx;
};

/* "connections" "ips" "backends" "events" "bots" "players" */
const char *export_kind_name(enum export_kind kind);

/* Of a file's name, by what stands behind its last dot; false when that is neither csv nor json. */
bool export_format_of(struct slice path, enum export_format *format);

/* Appends all rows: CSV with a line of heads, or a JSON object {view, time, demo, filter, rows}.
 * `filter` is the expression that chose the rows, "" for none. */
void export_all(struct str *out, const struct export_rows *rows, enum export_format format,
                const char *filter);

/* CSV in pieces, for whoever has no room for the whole: the line of heads, then a line for each row
 * (as above). */
void export_csv_heads(struct str *out, enum export_kind kind);
void export_csv_row(struct str *out, enum export_kind kind, const struct snap *snap,
                    const struct mask *mask, const void *row);

/* Appends row `i` alone as a JSON object, in one line. */
void export_row(struct str *out, const struct export_rows *rows, unsigned i);

/* Appends the field of row `i` that stands for it: address, IP, name, text. */
void export_field(struct str *out, const struct export_rows *rows, unsigned i);

#endif
