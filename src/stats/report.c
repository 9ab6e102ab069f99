/*
 * What belongs to a worker's report besides its fields: its end, and the words for why a connection
 * ended.
 */
#include "stats/report.h"

#include <stdlib.h>
#include <string.h>

#include "lavalink/op.h"
#include "stats/notes.h"

static const char *const reasons[CLOSE_REASON_COUNT] = {
    [CLOSE_CLIENT] = "client closed",
    [CLOSE_BACKEND] = "backend closed",
    [CLOSE_DONE] = "answered",
    [CLOSE_REFUSED] = "refused",
    [CLOSE_UNAVAILABLE] = "no backend",
    [CLOSE_HEADER_TIMEOUT] = "header timeout",
    [CLOSE_IDLE_TIMEOUT] = "idle timeout",
    [CLOSE_RESPONSE_TIMEOUT] = "response timeout",
    [CLOSE_TUNNEL_TIMEOUT] = "tunnel timeout",
    [CLOSE_CLIENT_ERROR] = "client error",
    [CLOSE_BACKEND_ERROR] = "backend error",
    [CLOSE_KILLED] = "killed",
    [CLOSE_BLOCKED] = "blocked",
    [CLOSE_DRAIN] = "drained",
    [CLOSE_NO_MEMORY] = "out of memory",
};

size_t report_text_fit(struct slice from)
{
    size_t len = REPORT_TEXT_MAX;
    if (from.len <= REPORT_TEXT_MAX)
        return from.len;
    while (len > REPORT_TEXT_MAX - 3 && ((unsigned char)from.ptr[len] & 0xc0) == 0x80)
        len--;
    /* What is no UTF-8 has no character's beginning nearby, and is cut anywhere. */
    return ((unsigned char)from.ptr[len] & 0xc0) == 0x80 ? REPORT_TEXT_MAX : len;
}

void report_text_set(struct report_text *text, struct slice from)
{
    size_t len = report_text_fit(from);
    text->len = (uint8_t)len;
    if (len > 0)
        memcpy(text->bytes, from.ptr, len);
}

struct node_stats node_stats_of(const struct op_stats *stats)
{
    return (struct node_stats){
        .known = true,
        .players = stats->players,
        .playing = stats->playing,
        .system_load = stats->system_load,
        .lavalink_load = stats->lavalink_load,
        .memory_used = stats->memory_used,
    };
}

const char *close_reason_text(enum close_reason reason)
{
    return (unsigned)reason < CLOSE_REASON_COUNT ? reasons[reason] : "unknown";
}

const char *report_blind_text(enum report_blind blind)
{
    static const char *const words[BLIND_COUNT] = {
        [BLIND_SIZE] = "size", [BLIND_BINARY] = "binary", [BLIND_FRAMING] = "framing",
        [BLIND_TEXT] = "text", [BLIND_MEMORY] = "memory", [BLIND_BODY] = "body",
    };
    return (unsigned)blind < BLIND_COUNT ? words[blind] : "unknown";
}

void report_free(struct report *report)
{
    if (!report)
        return;
    free(report->infos);
    free(report->ticks);
    free(report->closed);
    free(report->events);
    while (report->notes) {
        struct note_batch *batch = report->notes;
        report->notes = batch->next;
        free(batch);
    }
    free(report);
}

void report_counts_add(struct report_counts *to, const struct report_counts *from)
{
    for (unsigned i = 0; i < REPORT_VERSIONS; i++)
        for (unsigned j = 0; j < REPORT_CLASSES; j++)
            to->answers[i][j] += from->answers[i][j];
    for (unsigned i = 0; i < BLIND_COUNT; i++)
        to->blind[i] += from->blind[i];
    to->auth_missing += from->auth_missing;
    to->auth_wrong += from->auth_wrong;
    to->auth_blocked += from->auth_blocked;
}
