/*
 * Trouble by bot: see the header.
 */
#include "trouble.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "books.h"

#define FRAMES_MOST 1000000 /* a node cannot mean more of one minute */

struct snap_trouble *trouble_of(struct bot *bot)
{
    if (bot && !bot->trouble)
        bot->trouble = calloc(1, sizeof(*bot->trouble));
    return bot ? bot->trouble : NULL;
}

/* The newest first; the same again only counts. */
static void add_line(struct snap_trouble *trouble, enum trouble_kind kind, int64_t wall_ms,
                     const char *text)
{
    struct snap_trouble_line *first = &trouble->lines[0];
    if (trouble->line_count == 0 || first->kind != kind || strcmp(first->text, text) != 0) {
        memmove(first + 1, first, sizeof(*first) * (SNAP_TROUBLE_LINES - 1));
        trouble->line_count += trouble->line_count < SNAP_TROUBLE_LINES;
        *first = (struct snap_trouble_line){.kind = (uint8_t)kind};
        snprintf(first->text, sizeof(first->text), "%s", text);
    }
    first->wall_ms = wall_ms;
    first->times++;
}

/* "WHAT: message (guild 81)". The message is cut, not what stands around it. */
static void add_message(struct snap_trouble *trouble, enum trouble_kind kind, int64_t wall_ms,
                        const char *what, const struct report_text *raw, uint64_t guild)
{
    char text[sizeof(trouble->lines[0].text)], message[SNAP_TEXT - 4], where[30] = "";
    size_t len = raw->len < REPORT_TEXT_MAX ? raw->len : REPORT_TEXT_MAX;

    text_display(message, sizeof(message), (struct slice){raw->bytes, len}, TEXT_COLUMNS_MAX);
    if (guild != 0)
        snprintf(where, sizeof(where), " (guild %llu)", (unsigned long long)guild);
    snprintf(text, sizeof(text), "%.18s%s%s%s", what, message[0] ? ": " : "", message, where);
    add_line(trouble, kind, wall_ms, text);
}

void trouble_exception(struct ledger *ledger, struct bot *bot, const struct note_trouble *note,
                       int64_t wall_ms)
{
    enum severity severity =
        note->severity < SEVERITY_COUNT ? (enum severity)note->severity : SEVERITY_FAULT;
    struct snap_trouble *trouble = trouble_of(bot);

    ledger->totals.exceptions[severity]++;
    if (!trouble)
        return;
    trouble->exceptions[severity]++;
    add_message(trouble, TROUBLE_EXCEPTION, wall_ms, severity_text(severity), &note->message,
                note->guild);
}

void trouble_stuck(struct ledger *ledger, struct bot *bot, const struct note_trouble *note,
                   int64_t wall_ms)
{
    static const struct report_text nothing;
    struct snap_trouble *trouble = trouble_of(bot);
    char what[17];

    ledger->totals.stuck++;
    if (!trouble)
        return;
    trouble->stuck++;
    int64_t ms = note->threshold_ms;
    snprintf(what, sizeof(what), "for %d ms", ms < 0 ? 0 : ms > 9999999 ? 9999999 : (int)ms);
    add_message(trouble, TROUBLE_STUCK, wall_ms, what, &nothing, note->guild);
}

/* The most frequent first; codes beyond the bound are in `voice_closed` only. */
static void count_code(struct snap_trouble *trouble, int32_t code)
{
    unsigned at = 0;
    while (at < trouble->code_count && trouble->codes[at].code != code)
        at++;
    if (at == SNAP_TROUBLE_CODES)
        return;
    if (at == trouble->code_count) {
        trouble->code_count++;
        trouble->codes[at].code = code;
        trouble->codes[at].count = 0;
    }
    uint32_t count = ++trouble->codes[at].count;
    for (; at > 0 && trouble->codes[at - 1].count < count; at--)
        trouble->codes[at] = trouble->codes[at - 1];
    trouble->codes[at].code = code;
    trouble->codes[at].count = count;
}

void trouble_voice(struct ledger *ledger, struct bot *bot, const struct note_trouble *note,
                   int64_t wall_ms)
{
    struct snap_trouble *trouble = trouble_of(bot);
    int32_t code = note->close_code;
    char what[17];

    ledger->totals.voice_closed[code == 4006 ? 0 : code == 4014 ? 1 : code >= 4000 ? 2 : 3]++;
    if (!trouble)
        return;
    trouble->voice_closed++;
    count_code(trouble, code);
    snprintf(what, sizeof(what), "%d", (int)code);
    add_message(trouble, TROUBLE_VOICE, wall_ms, what, &note->message, note->guild);
}

static void count_status(struct snap_trouble *trouble, enum rest_route route, unsigned status,
                         const struct report_text *message, uint64_t guild, int64_t wall_ms)
{
    char what[48];
    uint32_t *counts = status >= 500 ? trouble->server_errors : trouble->client_errors;
    counts[route]++;
    snprintf(what, sizeof(what), "%u %s", status, rest_route_text(route));
    add_message(trouble, TROUBLE_REST, wall_ms, what, message, guild);
}

void trouble_request(struct ledger *ledger, struct bot *bot, const struct note_request *note,
                     int64_t wall_ms)
{
    enum rest_route route = note->route < ROUTE_COUNT ? (enum rest_route)note->route : ROUTE_OTHER;
    bool failed = note->load_type == LOAD_ERROR;

    if (note->load_type < LOAD_COUNT)
        ledger->totals.load_results[note->load_type]++;
    /* Handshakes have notes of their own. */
    if (!failed && (note->status < 400 || route == ROUTE_UPGRADE))
        return;
    struct snap_trouble *trouble = trouble_of(bot);
    if (!trouble)
        return;
    if (failed) {
        trouble->load_failures++;
        add_message(trouble, TROUBLE_LOAD, wall_ms, "failed", &note->message, 0);
    } else {
        count_status(trouble, route, note->status, &note->message, note->guild, wall_ms);
    }
}

void trouble_handshake(struct bot *bot, const struct note_handshake *note, int64_t wall_ms)
{
    static const struct report_text nothing;
    struct snap_trouble *trouble = note->status >= 400 ? trouble_of(bot) : NULL;
    if (trouble)
        count_status(trouble, ROUTE_UPGRADE, note->status, &nothing, 0, wall_ms);
}

static uint64_t frames(int64_t said)
{
    if (said <= 0)
        return 0;
    return said < FRAMES_MOST ? (uint64_t)said : FRAMES_MOST;
}

void trouble_frames(struct ledger *ledger, struct bot *bot, const struct note_frames *note)
{
    uint64_t nulled = frames(note->nulled), deficit = frames(note->deficit);
    if (nulled == 0 && deficit == 0)
        return;
    struct snap_trouble *trouble = trouble_of(bot);
    ledger->totals.frames_nulled += nulled;
    ledger->totals.frames_deficit += deficit;
    if (!trouble)
        return;
    trouble->frames_nulled += nulled;
    trouble->frames_deficit += deficit;
}
