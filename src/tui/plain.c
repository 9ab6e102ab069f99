/*
 * One loop: look for a newer snapshot, say what is new in it, pass on what the reader takes, take
 * lines that were typed. A question that has not left yet cannot be answered: what was typed ahead
 * of it is dropped.
 */
#include "tui/plain.h"

#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "tui/plain_io.h"
#include "tui/plain_lines.h"
#include "tui/plain_menu.h"
#include "tui/plain_words.h"

#define LOOK_SECONDS 0.1
#define LEAVE_MS 100         /* for the last words */
#define TOLD_MS 3000         /* an event and the answer that says the same */
#define TYPED_MAX 256        /* longer lines are no command */
#define AHEAD_MAX 65536      /* dropped at most before a question */
#define FIRST_SECONDS 2.0    /* until the first summary, at most: backends want checking */
#define OWED_MAX 16          /* answers awaited; more commands may stay where they are */
#define BACKGROUND_SECONDS 1 /* between two tries to read where that is refused */

struct plain {
    struct plain_links links;
    struct plain_end in, out;
    struct lines lines;
    struct menu menu;
    enum command_type sent; /* the last command that wants an answer */
    char answered[sizeof(((struct command_result *)0)->text)]; /* its event is still to come */
    const struct snap *snap;
    struct plain_before before;
    uint64_t last_event;
    unsigned warnings;
    double summary_at, read_at; /* not before */
    bool asking;                /* a question is on its way out */
    size_t ahead;               /* bytes that came before it could leave */
    bool gone, read_ended;
    bool left; /* by the person, who lets the proxy run on */
    char typed[TYPED_MAX];
    size_t typed_len; /* TYPED_MAX: too long */
};

static void say(struct plain *plain, const char *text)
{
    lines_add(&plain->lines, slice_of(text));
}

static bool is_ascii(const struct config *config)
{
    locale_t locale = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
    bool utf8 = locale != (locale_t)0 && strcmp(nl_langinfo_l(CODESET, locale), "UTF-8") == 0;
    if (locale != (locale_t)0)
        freelocale(locale);
    return config->tui.ascii || !utf8;
}

/* --- what is said ------------------------------------------------------------------------- */

static void greet(struct plain *plain)
{
    const struct snap *snap = plain->snap;
    double seconds = plain->links.config->tui.summary;
    char memory[4000];
    struct str text;
    str_fixed(&text, memory, sizeof(memory));
    str_addf(&text, "lavaproxy %s, line mode%s%s\n", LAVAPROXY_VERSION,
             plain->links.why[0] != '\0' ? ": " : "", plain->links.why);
    str_addf(&text, "listens on %s%s%s%s\n", snap->listen, snap->web[0] != '\0' ? ", web on " : "",
             snap->web, snap->demo ? "; DEMO" : "");
    if (seconds > 0)
        str_addf(&text, "a summary every %g second%s\n", seconds, seconds == 1 ? "" : "s");
    menu_tell(&plain->menu, &text);
    say(plain, memory);
}

static void tell_events(struct plain *plain)
{
    const struct snap *snap = plain->snap;
    for (unsigned i = 0; i < snap->event_count; i++) {
        char line[PLAIN_LINE];
        struct str text;
        const struct snap_event *event = &snap->events[i];
        if (event->seq <= plain->last_event)
            continue;
        /* More came in one second than a snapshot holds. */
        if (plain->last_event > 0)
            plain->lines.left_out += (unsigned)(event->seq - plain->last_event - 1);
        plain->last_event = event->seq;
        /* The answer to a command of ours, which was told as such. */
        if (strcmp(event->text, plain->answered) == 0) {
            plain->answered[0] = '\0';
            continue;
        }
        str_fixed(&text, line, sizeof(line));
        plain_event(&text, event);
        say(plain, line);
    }
    for (unsigned i = 0; i < snap->warning_count && snap->warning_count != plain->warnings; i++) {
        char line[PLAIN_LINE];
        struct str text;
        str_fixed(&text, line, sizeof(line));
        str_addf(&text, "standing warning: %s", snap->warnings[i]);
        say(plain, line);
    }
    plain->warnings = snap->warning_count;
}

static void tell_summary(struct plain *plain)
{
    char line[PLAIN_LINE];
    struct str text;
    str_fixed(&text, line, sizeof(line));
    plain_summary(&text, &plain->before, plain->snap);
    plain->before = plain_before_of(plain->snap);
    say(plain, line);
}

static void take_snapshot(struct plain *plain, double now)
{
    const struct snap *fresh = snap_get(plain->links.hub), *old = plain->snap;
    double seconds = plain->links.config->tui.summary;
    bool behind = lines_waiting(&plain->lines).len > 0;
    if (fresh == NULL || (old != NULL && fresh->seq == old->seq)) {
        snap_put(fresh);
    } else {
        plain->snap = fresh;
        if (old == NULL)
            greet(plain);
        tell_events(plain);
        snap_put(old);
    }
    if (plain->snap == NULL || seconds <= 0 || now < plain->summary_at)
        return;
    plain->summary_at = now + seconds;
    /* Nobody wants to hear later how things were. */
    if (behind && plain->before.known)
        plain->lines.left_out++;
    else
        tell_summary(plain);
}

/* Whether the event list has just said the same. */
static bool was_told(const struct snap *snap, const char *text)
{
    for (unsigned i = snap != NULL ? snap->event_count : 0; i-- > 0;) {
        if (snap->wall_ms - snap->events[i].wall_ms > TOLD_MS)
            return false;
        if (strcmp(snap->events[i].text, text) == 0)
            return true;
    }
    return false;
}

/* The outcome of a command; of a check, the backends as they now are. */
static void take_answer(struct plain *plain, double now)
{
    struct command_result result;
    char memory[8000];
    struct str text;
    eventfd_t count;
    eventfd_read(plain->links.wake, &count);
    if (!post_take(plain->links.post, &result))
        return;
    str_fixed(&text, memory, sizeof(memory));
    take_snapshot(plain, now);
    if (!was_told(plain->snap, result.text)) {
        memcpy(plain->answered, result.text, sizeof(plain->answered));
        str_addf(&text, "%s%s\n", result.code == COMMAND_DONE ? "" : "not done: ", result.text);
    }
    if (plain->sent == COMMAND_CHECK && result.code == COMMAND_DONE && plain->snap != NULL)
        menu_tell_backends(plain->snap, &text);
    say(plain, memory);
}

/* --- what is typed ------------------------------------------------------------------------ */

static void send_command(struct plain *plain, struct str *text)
{
    const struct command *command = &plain->menu.command;
    plain->sent = command->type;
    plain->left = command->type == COMMAND_SCREEN_LEFT;
    if (plain->left)
        return;
    if (plain->links.send(plain->links.send_ctx, command) < 0)
        str_add_text(text, "not sent: out of memory\n");
    else if (command->type == COMMAND_QUIT)
        str_add_text(text, "ending as soon as the open connections are done; 9 and yes once more: "
                           "at once\n");
}

static void take_line(struct plain *plain, struct slice line)
{
    char memory[12000];
    struct str text;
    str_fixed(&text, memory, sizeof(memory));
    switch (menu_line(&plain->menu, plain->snap, line, &text)) {
    case MENU_SUMMARY:
        tell_summary(plain);
        break;
    case MENU_SEND:
        send_command(plain, &text);
        break;
    case MENU_NOTHING:
        break;
    }
    say(plain, memory);
    plain->asking = plain->menu.state == MENU_SURE;
}

/* Bytes that were typed; the rest of them goes by once a question was asked. */
static void take_bytes(struct plain *plain, const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (plain->asking) {
            plain->ahead = len - i;
            return;
        }
        if (bytes[i] != '\n' && bytes[i] != '\r') {
            if (plain->typed_len < TYPED_MAX)
                plain->typed[plain->typed_len++] = bytes[i];
            continue;
        }
        bool fits = plain->typed_len < TYPED_MAX;
        if (!fits)
            say(plain, "not a command; ? tells them");
        else if (bytes[i] == '\n' || plain->typed_len > 0)
            take_line(plain, (struct slice){plain->typed, plain->typed_len});
        plain->typed_len = 0;
    }
}

static void end_reading(struct plain *plain)
{
    plain->read_ended = true;
    plain->menu.state = MENU_READY;
    say(plain, "standard input has ended: no more commands");
}

/* One read; false when there was nothing. */
static bool read_some(struct plain *plain, double now, bool drop, size_t *got)
{
    char bytes[512];
    ssize_t len = plain_end_read(&plain->in, bytes, sizeof(bytes));
    if (len > 0) {
        *got += (size_t)len;
        if (!drop)
            take_bytes(plain, bytes, (size_t)len);
        return true;
    }
    if (len < 0 && (errno == EAGAIN || errno == EINTR))
        return false;
    /* A shell's background job may not read; it may be brought back to the foreground. */
    if (len < 0 && errno == EIO && tcgetpgrp(plain->in.fd) > 0) {
        plain->read_at = now + BACKGROUND_SECONDS;
        return false;
    }
    end_reading(plain);
    return false;
}

/* A question is about to leave; whatever was typed before is no answer. */
static void drop_ahead(struct plain *plain, double now)
{
    size_t dropped = plain->ahead;
    while (dropped < AHEAD_MAX && !plain->read_ended && read_some(plain, now, true, &dropped))
        continue;
    plain->ahead = 0;
    plain->typed_len = 0;
    if (dropped > 0)
        say(plain, "what was typed ahead of the question does not count");
}

/* --- the loop ----------------------------------------------------------------------------- */

static void flush(struct plain *plain)
{
    struct slice waiting = lines_waiting(&plain->lines);
    while (waiting.len > 0) {
        ssize_t sent = plain_end_write(&plain->out, waiting.ptr, waiting.len);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0 && errno == EAGAIN)
            return;
        if (sent < 0 && errno != ENOSPC && errno != EDQUOT) {
            plain->gone = true;
            return;
        }
        /* A full disk takes nothing, and it is not the reader's end. */
        lines_sent(&plain->lines, sent < 0 ? waiting.len : (size_t)sent);
        waiting = lines_waiting(&plain->lines);
    }
}

static void wait_for_news(struct plain *plain, double now)
{
    bool listens = !plain->read_ended && !plain->asking && now >= plain->read_at &&
                   post_owed(plain->links.post) < OWED_MAX;
    bool waiting = lines_waiting(&plain->lines).len > 0;
    struct pollfd fds[3] = {{.fd = plain->out.fd, .events = waiting ? POLLOUT : 0},
                            {.fd = plain->links.wake, .events = POLLIN},
                            {.fd = listens ? plain->in.fd : -1, .events = POLLIN}};
    if (poll(fds, 3, (int)(LOOK_SECONDS * 1000)) <= 0)
        return;
    size_t got = 0;
    now = clock_mono();
    if (fds[0].revents & (POLLERR | POLLHUP | POLLNVAL))
        plain->gone = true;
    if (fds[1].revents != 0)
        take_answer(plain, now);
    if (fds[2].revents != 0)
        read_some(plain, now, false, &got);
}

struct plain *plain_new(const struct plain_links *links)
{
    struct plain *plain = calloc(1, sizeof(*plain));
    if (plain == NULL)
        return NULL;
    plain->links = *links;
    plain->in.fd = plain->out.fd = -1;
    lines_init(&plain->lines, is_ascii(links->config));
    plain->summary_at =
        clock_mono() +
        (links->config->tui.summary < FIRST_SECONDS ? links->config->tui.summary : FIRST_SECONDS);
    plain->menu.read_only = links->config->tui.read_only;
    if (plain_end_open(&plain->in, STDIN_FILENO, false) &&
        plain_end_open(&plain->out, STDOUT_FILENO, true))
        return plain;
    plain_free(plain);
    return NULL;
}

void plain_free(struct plain *plain)
{
    if (plain == NULL)
        return;
    plain_end_close(&plain->in);
    plain_end_close(&plain->out);
    snap_put(plain->snap);
    free(plain);
}

enum plain_outcome plain_run(struct plain *plain, const atomic_bool *stop)
{
    while (!atomic_load(stop) && !plain->gone && !plain->left) {
        double now = clock_mono();
        take_snapshot(plain, now);
        if (plain->asking)
            drop_ahead(plain, now);
        flush(plain);
        if (lines_waiting(&plain->lines).len == 0)
            plain->asking = false;
        if (!plain->gone)
            wait_for_news(plain, now);
    }
    if (plain->gone)
        return PLAIN_GONE;
    struct pollfd poll_fd = {.fd = plain->out.fd, .events = POLLOUT};
    say(plain, plain->left ? "line mode ends, the proxy runs on" : "lavaproxy leaves");
    flush(plain);
    if (lines_waiting(&plain->lines).len > 0 && !plain->gone && poll(&poll_fd, 1, LEAVE_MS) == 1)
        flush(plain);
    return plain->left ? PLAIN_LEFT : PLAIN_STOPPED;
}
