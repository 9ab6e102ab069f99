/*
 * Takes the lines out of the ledger at the end of each turn of the loop, just before it waits, and
 * hands them to the file's sink and to the readers.
 */
#include "events_out.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/sink.h"
#include "readers.h"

#define FILE_ROOM HAPPENINGS_ROOM /* so that one taking fits */

/* One of each, or NULL for what is off. */
struct outlets {
    struct sink *sink;
    struct readers *readers;
};

struct events_out {
    struct ev_loop *loop;
    struct ev_prepare turn;
    struct ledger *ledger;
    struct outlets now;
    struct outlets next;         /* between prepare and adopt: only what is new */
    struct snap_events_out past; /* of outlets that are closed */
    bool file_refuses;           /* told */
};

/* Adds the line that a file gets for lines it did not get. */
static void add_words(struct str *out, enum sink_trouble what, uint64_t number, const char *path)
{
    char time[CLOCK_ISO_MAX];
    struct json j;
    (void)path;
    if (what != SINK_DROPPED)
        return;
    json_begin(&j, out);
    json_object(&j, NULL);
    json_text(&j, "time", clock_iso(time, clock_wall_ms()));
    json_text(&j, "event", "dropped");
    json_u64(&j, "lines", number);
    json_object_end(&j);
    str_add_char(out, '\n');
}

static void send_on(struct events_out *out)
{
    struct happenings *happenings = ledger_happenings(out->ledger);
    struct slice lines = happenings_lines(happenings, clock_wall_ms());
    if (lines.len == 0)
        return;
    if (out->now.sink)
        (void)sink_put(out->now.sink, lines);
    if (out->now.readers)
        readers_tell(out->now.readers, lines);
    happenings_clear(happenings);
}

/* While nobody listens, nothing is written. */
static void settle(struct events_out *out)
{
    bool read = out->now.readers && readers_count(out->now.readers) > 0;
    happenings_want(ledger_happenings(out->ledger), out->now.sink || read);
}

static void on_turn(struct ev_loop *loop, struct ev_prepare *turn, int events)
{
    (void)loop;
    (void)events;
    send_on(turn->data);
    settle(turn->data);
}

static void on_attached(void *ctx)
{
    struct events_out *out = ctx;
    happenings_want(ledger_happenings(out->ledger), true);
}

/* Opens one that is not open yet; -1 with err. */
static int open_file(struct events_out *out, const char *path, struct err *err)
{
    const struct sink_options options = {
        .path = path, .what = "events file", .room = FILE_ROOM, .words = add_words};
    out->next.sink = sink_start(&options, err);
    return out->next.sink ? 0 : -1;
}

static int open_readers(struct events_out *out, const char *path, struct err *err)
{
    struct err why;
    out->next.readers = readers_open(out->loop, out->ledger, path, on_attached, out, &why);
    if (out->next.readers)
        return 0;
    err_set(err, "events.unix: %.200s", why.text);
    return -1;
}

static const char *file_path(const struct events_out *out)
{
    return out->now.sink ? sink_path(out->now.sink) : "";
}

static const char *socket_path(const struct events_out *out)
{
    return out->now.readers ? readers_path(out->now.readers) : "";
}

int events_out_prepare(struct events_out *out, const struct config *config, struct err *err)
{
    const char *file = config->events.file, *path = config->events.unix_path;
    if (file[0] && strcmp(file, file_path(out)) != 0 && open_file(out, file, err) < 0)
        goto fail;
    if (path[0] && strcmp(path, socket_path(out)) != 0 && open_readers(out, path, err) < 0)
        goto fail;
    return 0;

fail:
    events_out_abandon(out);
    return -1;
}

void events_out_abandon(struct events_out *out)
{
    readers_free(out->next.readers);
    if (out->next.sink)
        sink_leave(out->next.sink);
    out->next = (struct outlets){NULL, NULL};
}

/* The figures of what is closed stay in the sums. */
static void close_file(struct events_out *out)
{
    if (!out->now.sink)
        return;
    struct sink_counts counts = sink_count(out->now.sink);
    out->past.dropped_lines += counts.dropped;
    out->past.file_errors += counts.errors;
    out->file_refuses = false;
    sink_leave(out->now.sink);
    out->now.sink = NULL;
}

static void close_readers(struct events_out *out)
{
    if (out->now.readers)
        out->past.dropped_readers += readers_dropped(out->now.readers);
    readers_free(out->now.readers);
    out->now.readers = NULL;
}

void events_out_adopt(struct events_out *out, const struct config *config)
{
    send_on(out);
    if (strcmp(config->events.file, file_path(out)) != 0) {
        close_file(out);
        out->now.sink = out->next.sink;
    }
    if (strcmp(config->events.unix_path, socket_path(out)) != 0) {
        close_readers(out);
        out->now.readers = out->next.readers;
    }
    out->next = (struct outlets){NULL, NULL};
    settle(out);
}

struct events_out *events_out_open(struct ev_loop *loop, struct ledger *ledger,
                                   const struct config *config, struct err *err)
{
    struct events_out *out = calloc(1, sizeof(*out));
    if (!out) {
        err_set(err, "out of memory");
        return NULL;
    }
    out->loop = loop;
    out->ledger = ledger;
    if (events_out_prepare(out, config, err) < 0) {
        free(out);
        return NULL;
    }
    events_out_adopt(out, config);
    ev_prepare_init(&out->turn, on_turn);
    out->turn.data = out;
    ev_prepare_start(loop, &out->turn);
    /* Of itself it is no reason for the loop to go on. */
    ev_unref(loop);
    return out;
}

void events_out_free(struct events_out *out)
{
    if (!out)
        return;
    send_on(out);
    ev_ref(out->loop);
    ev_prepare_stop(out->loop, &out->turn);
    readers_free(out->now.readers);
    if (out->now.sink)
        (void)sink_stop(out->now.sink);
    sink_free(out->now.sink);
    free(out);
}

void events_out_reopen(struct events_out *out)
{
    send_on(out);
    if (out->now.sink)
        sink_reopen(out->now.sink);
}

/* Once when it begins and once when it is over, however many writes fail. */
static void tell_of_file(struct events_out *out, int error)
{
    bool refuses = error != 0;
    char reason[128];
    if (refuses == out->file_refuses)
        return;
    out->file_refuses = refuses;
    if (refuses)
        ledger_event(out->ledger, EVENT_ERROR, clock_wall_ms(), "events.file: lines are lost: %s",
                     strerror_r(error, reason, sizeof(reason)));
    else
        ledger_event(out->ledger, EVENT_INFO, clock_wall_ms(), "events.file: takes lines again");
}

struct snap_events_out events_out_counts(struct events_out *out)
{
    struct snap_events_out counts = out->past;
    counts.dropped_lines += ledger_happenings(out->ledger)->dropped_ever;
    if (out->now.readers) {
        counts.readers = readers_count(out->now.readers);
        counts.dropped_readers += readers_dropped(out->now.readers);
    }
    if (out->now.sink) {
        struct sink_counts file = sink_count(out->now.sink);
        counts.dropped_lines += file.dropped;
        counts.file_errors += file.errors;
        tell_of_file(out, file.error);
    }
    return counts;
}
