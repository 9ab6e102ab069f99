/* Owns what a worker has to tell: events and ended connections as they happen, counters when
 * control asks. */
#include <stdlib.h>
#include <string.h>

#include "conn.h"
#include "worker.h"

/* Ended connections kept for the next report; more go out at once, so memory stays bounded in a
 * storm. */
#define CLOSED_BATCH 1024
#define EVENTS_MAX (sizeof((struct worker *)0)->events / sizeof(struct report_event))

/* Texts are cut to fit. */
static bool is_text(const struct report_text *have, const char *text, size_t len)
{
    return have->len == (len < REPORT_TEXT_MAX ? len : REPORT_TEXT_MAX) &&
           memcmp(have->bytes, text, have->len) == 0;
}

void worker_event(struct worker *worker, enum report_event_kind kind, const struct addr *client,
                  unsigned backend, unsigned status, const char *text, size_t len)
{
    for (unsigned i = 0; i < worker->event_count; i++) {
        struct report_event *event = &worker->events[i];
        if (event->kind == kind && event->backend == backend && event->status == status &&
            event->client.family == client->family &&
            memcmp(event->client.bytes, client->bytes, sizeof client->bytes) == 0 &&
            (kind != REPORT_USER_BLOCKED || is_text(&event->text, text, len))) {
            event->count++;
            return;
        }
    }
    if (worker->event_count == EVENTS_MAX)
        return; /* a storm from many addresses: the totals by reason still count each */
    struct report_event *event = &worker->events[worker->event_count++];
    memset(event, 0, sizeof *event);
    event->kind = (uint8_t)kind;
    event->backend = (uint8_t)backend;
    event->client = *client;
    event->status = (uint16_t)status;
    event->count = 1;
    event->text.len = (uint8_t)(len < REPORT_TEXT_MAX ? len : REPORT_TEXT_MAX);
    memcpy(event->text.bytes, text, event->text.len);
}

void worker_closed(struct worker *worker, const struct report_closed *closed)
{
    if (worker->stopping && !worker->draining)
        return;
    if (worker->closed == NULL) {
        worker->closed = malloc(CLOSED_BATCH * sizeof *worker->closed);
        if (worker->closed == NULL)
            return;
        worker->closed_count = 0;
    }
    worker->closed[worker->closed_count++] = *closed;
    if (worker->closed_count == CLOSED_BATCH)
        worker_report(worker, 0, 0.0);
}

struct note *conn_note(const struct conn *c, enum note_kind kind, size_t size)
{
    struct worker *worker = c->worker;
    if (worker->stopping && !worker->draining)
        return NULL;
    if (notebook_is_full(&worker->notes, size))
        worker_report(worker, 0, 0.0);
    struct note *note = notebook_add(&worker->notes, kind, size);
    if (note == NULL)
        return NULL;
    note->backend = c->backend;
    note->version = c->version;
    note->conn = c->id;
    note->at_us = (int64_t)(worker->now * 1e6);
    worker->track_began |= kind == NOTE_TRACK_START;
    return note;
}

void conn_book(struct conn *c, size_t pending)
{
    if (c->backend == REPORT_NO_BACKEND)
        return;
    struct report_backend *counts = &c->worker->backends[c->backend].counts;
    uint64_t in = c->bytes_in - pending;
    if (in > c->booked_in) {
        counts->bytes_in += in - c->booked_in;
        c->booked_in = in;
    }
    counts->bytes_out += c->bytes_out - c->booked_out;
    c->booked_out = c->bytes_out;
    uint32_t messages = conn_messages(c);
    counts->messages += messages - c->booked_messages;
    c->booked_messages = messages;
}

uint32_t conn_messages(const struct conn *c)
{
    return c->requests + c->watch.server.messages + c->watch.client.messages;
}

void conn_count_answer(struct conn *c, unsigned status)
{
    unsigned version = c->version == 3   ? REPORT_VERSION_3
                       : c->version == 4 ? REPORT_VERSION_4
                                         : REPORT_VERSION_NONE;
    if (status / 100 >= REPORT_CLASSES)
        return;
    c->worker->counts.answers[version][status / 100]++;
    if (!c->websocket)
        c->answers[status / 100]++;
}

void conn_info(const struct conn *c, struct report_info *info)
{
    *info = (struct report_info){
        .id = c->id,
        .client = c->client,
        .opened_ms = c->opened_ms,
        .kind = c->kind,
        .version = c->version,
        .backend = c->backend,
        .user_id = c->user_id,
        .client_name = c->client_name,
        .user_agent = c->user_agent,
        .path = c->path,
    };
}

/* Rows of living connections: what changed since the last report. */
static int report_living(struct worker *worker, struct report *report)
{
    unsigned infos = 0;
    unsigned ticks = 0;
    for (const struct conn *c = worker->conns; c != NULL; c = c->next) {
        infos += c->info_dirty;
        ticks += c->bytes_in != c->told_in || c->bytes_out != c->told_out;
    }
    report->infos = malloc((infos + 1) * sizeof *report->infos);
    report->ticks = malloc((ticks + 1) * sizeof *report->ticks);
    if (report->infos == NULL || report->ticks == NULL)
        return -1;
    for (struct conn *c = worker->conns; c != NULL; c = c->next) {
        conn_book(c, 0);
        if (c->info_dirty) {
            conn_info(c, &report->infos[report->info_count++]);
            c->info_dirty = false;
        }
        if (c->bytes_in == c->told_in && c->bytes_out == c->told_out)
            continue;
        c->told_in = c->bytes_in;
        c->told_out = c->bytes_out;
        struct report_tick *tick = &report->ticks[report->tick_count++];
        *tick = (struct report_tick){
            .id = c->id,
            .bytes_in = c->bytes_in,
            .bytes_out = c->bytes_out,
            .requests = c->requests,
            .messages = conn_messages(c),
        };
        memcpy(tick->answers, c->answers, sizeof tick->answers);
    }
    return 0;
}

void worker_report(struct worker *worker, uint64_t tick, double lag)
{
    struct report *report = calloc(1, sizeof *report);
    if (report == NULL)
        goto lost;
    report->mail.type = worker->shared->types.report;
    report->worker = worker->index;
    report->tick = tick;
    report->lag = lag;
    if (tick != 0 && report_living(worker, report) != 0)
        goto lost;
    if (worker->event_count > 0) {
        report->events = malloc(worker->event_count * sizeof *report->events);
        if (report->events != NULL) {
            report->event_count = worker->event_count;
            memcpy(report->events, worker->events, worker->event_count * sizeof *report->events);
        }
        worker->event_count = 0;
    }
    for (unsigned i = 0; i < FLEET_MAX; i++) {
        report->backends[i] = worker->backends[i].counts;
        memset(&worker->backends[i].counts, 0, sizeof worker->backends[i].counts);
    }
    report->counts = worker->counts;
    memset(&worker->counts, 0, sizeof worker->counts);
    report->closed = worker->closed;
    report->closed_count = worker->closed_count;
    worker->closed = NULL;
    worker->closed_count = 0;
    report->notes = notebook_take(&worker->notes);
    if (tick != 0) {
        notebook_asked(&worker->notes);
        worker->track_began = false;
    }
    mailbox_post(worker->shared->control, &report->mail);
    return;
lost:
    /* Counters stay where they are and go with the next report; only a full batch has to make room.
     */
    report_free(report);
    if (worker->closed_count == CLOSED_BATCH)
        worker->closed_count = 0;
}

void worker_tell_news(struct worker *worker)
{
    struct report *report = worker->track_began ? calloc(1, sizeof *report) : NULL;
    if (report == NULL)
        return;
    report->mail.type = worker->shared->types.report;
    report->worker = worker->index;
    report->only_news = true;
    mailbox_post(worker->shared->control, &report->mail);
}
