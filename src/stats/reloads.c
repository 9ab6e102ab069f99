/*
 * How the last reload went, line by line.
 */
#include "books.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"

void reload_clear(struct ledger *ledger)
{
    struct reload_book *reload = &ledger->reload;
    for (unsigned kind = 0; kind <= RELOAD_PROBLEM; kind++) {
        for (unsigned i = 0; i < reload->counts[kind]; i++)
            free(reload->lines[kind][i]);
        reload->counts[kind] = 0;
    }
}

void ledger_reload_begin(struct ledger *ledger, bool ok, int64_t wall_ms)
{
    reload_clear(ledger);
    ledger->reload.ok = ok;
    ledger->reload.wall_ms = wall_ms;
}

void ledger_reload_line(struct ledger *ledger, enum ledger_reload_line kind, const char *text)
{
    struct reload_book *reload = &ledger->reload;
    if (kind == RELOAD_PROBLEM)
        log_error("reload: %s", text);
    else
        log_info("reload: %s%s", text, kind == RELOAD_RESTART ? " (after a restart)" : "");
    if (reload->counts[kind] == BOOKS_RELOAD_LINES)
        return;
    char *copy = strdup(text);
    if (copy)
        reload->lines[kind][reload->counts[kind]++] = copy;
}

size_t reload_room(const struct ledger *ledger)
{
    const struct reload_book *reload = &ledger->reload;
    size_t room = 0;
    for (unsigned kind = 0; kind <= RELOAD_PROBLEM; kind++) {
        room += reload->counts[kind] * sizeof(char *) + DRAW_SLACK;
        for (unsigned i = 0; i < reload->counts[kind]; i++)
            room += draw_room_of_text(reload->lines[kind][i]);
    }
    return room;
}

static const char *const *draw_lines(const struct ledger *ledger, struct snap *snap,
                                     enum ledger_reload_line kind, unsigned *count)
{
    *count = ledger->reload.counts[kind];
    const char **lines = draw_take(snap, *count * sizeof(*lines));
    for (unsigned i = 0; i < *count; i++)
        lines[i] = draw_text(snap, ledger->reload.lines[kind][i]);
    return lines;
}

void reload_draw(const struct ledger *ledger, struct snap *snap)
{
    struct snap_reload *to = &snap->reload;
    to->wall_ms = ledger->reload.wall_ms;
    to->ok = ledger->reload.ok;
    to->changes = draw_lines(ledger, snap, RELOAD_CHANGE, &to->change_count);
    to->restart = draw_lines(ledger, snap, RELOAD_RESTART, &to->restart_count);
    to->problems = draw_lines(ledger, snap, RELOAD_PROBLEM, &to->problem_count);
}
