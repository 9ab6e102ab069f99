/*
 * What the operator looks for: the filter in force, which hides rows, and the text that find marks
 * (find.h). A bad expression never takes the place of a good one. Pure. Owned by the UI thread.
 */
#ifndef TUI_FINDING_H
#define TUI_FINDING_H

#include <stdbool.h>

#include "base/str.h"
#include "stats/filter.h"
#include "tui/prompt.h"

struct view;

struct finding {
    struct filter filter;
    char text[PROMPT_TEXT_MAX]; /* what `filter` was made from; "": nothing is hidden */
    char last[PROMPT_TEXT_MAX]; /* the one in force before it was put out */
    bool wrong;                 /* the text being typed is no expression, because of */
    struct filter_error error;
    char sought[PROMPT_TEXT_MAX]; /* marked wherever it stands, and gone to; "": nothing */
    char last_sought[PROMPT_TEXT_MAX];
    unsigned origin; /* the row in which the search began */
    bool missing;    /* no row has it */
};

/* Lets the list of connections show what the filter lets through. Once, before all else. */
void finding_init(struct view *view);

/* Puts an expression in force; a bad one changes nothing but `wrong` and `error`. */
bool finding_filter(struct view *view, const char *text);

/* The same while it is being typed: nor does one that hides everything because the name of a field
 * is not yet whole. */
void finding_type(struct view *view, const char *text);

/* Takes the filter away, or brings the last one back. False when there was nothing of the kind. */
bool finding_clear(struct view *view);
bool finding_restore(struct view *view);

/* Marks nothing any more. False when nothing was. */
bool finding_forget(struct view *view);

static inline bool finding_is_filtered(const struct finding *finding)
{
    return finding->text[0] != '\0';
}

/* How many rows it lets through, of how many: what the list is of, bots, connections, or
 * players. */
struct finding_counts {
    unsigned shown, all;
};
struct finding_counts finding_counts(const struct view *view);

/* Why the list has no rows: no connections, or none that matches. */
const char *finding_empty_text(const struct view *view);

#endif
