/*
 * The thread: waits for keys, snapshots and answers; draws; writes without ever waiting for the
 * terminal. A frame is drawn only when the one before has left, so a stall ends with one frame of
 * the present, not with a backlog.
 */
#include "tui/tui.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "tui/app.h"
#include "tui/display.h"
#include "tui/draw.h"
#include "tui/input.h"
#include "tui/keys.h"
#include "tui/link.h"
#include "tui/mouse.h"
#include "tui/plain.h"
#include "tui/post.h"
#include "tui/look.h"
#include "tui/tty.h"

#define LOOK_SECONDS 0.1    /* how often a new snapshot is looked for */
#define STOP_MS 200         /* what tui_stop waits for the thread */
#define LEAVE_MS 100        /* what the thread waits for the terminal to take its farewell */
#define EMPTY_READS_MAX 100 /* readable, yet nothing to read: the terminal is gone */
#define ERRORS_MAX 4096     /* kept of standard error for afterwards */
#define RESIZE_SECONDS 0.1  /* a window being dragged is drawn no oftener */

struct tui {
    pthread_t thread;
    sem_t started;
    bool ok;
    struct err *err; /* tui_start's, until `started` */
    atomic_bool stop, resized, continued;
    int fd, wake, errors; /* terminal; eventfd; standard error's pipe or -1 */
    const struct config *config;
    struct snap_hub *hub;
    struct command_desk *desk;
    struct post *post;
    bool plain;     /* line mode in place of the screen */
    bool no_cursor; /* because the terminal cannot show one */

    /* The thread's own. */
    struct app app;
    struct display *display;
    struct grid grid;
    struct input input;
    const struct snap *snap;
    struct link link;
    double taken_at, key_at, resized_at;
    unsigned empty_reads;
    bool dirty, gone;
    bool away;             /* the terminal is the shell's at present: neither read nor written */
    char said[ERRORS_MAX]; /* on standard error */
    size_t said_len;
};

static int send_command(void *ctx, const struct command *command)
{
    struct tui *tui = ctx;
    bool wants_answer = command->type != COMMAND_QUIT && command->type != COMMAND_SCREEN_GONE;
    if (!wants_answer)
        return command_send(tui->desk, command, NULL, NULL);
    post_ref(tui->post);
    if (command_send(tui->desk, command, post_answer, tui->post) == 0)
        return 0;
    post_unref(tui->post);
    return -1;
}

static void take_key(struct tui *tui, int key, double now)
{
    if (key == KEYS_NONE)
        return;
    if (key == KEYS_MOUSE)
        mouse_act(&tui->app, &tui->grid, &tui->input.mouse, now);
    else
        app_key(&tui->app, key, now);
    tui->dirty = true;
}

static void read_keys(struct tui *tui, double now)
{
    char bytes[256];
    ssize_t got = read(tui->fd, bytes, sizeof(bytes));
    if (got < 0 && errno == EIO && !tty_is_ours(tui->fd)) {
        tui->away = true;
        return;
    }
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) {
        tui->gone = true;
        return;
    }
    if (got < 0) {
        tui->gone = ++tui->empty_reads >= EMPTY_READS_MAX;
        return;
    }
    tui->empty_reads = 0;
    tui->key_at = now;
    for (ssize_t i = 0; i < got; i++)
        take_key(tui, input_byte(&tui->input, (unsigned char)bytes[i]), now);
}

static void read_errors(struct tui *tui, double now)
{
    char bytes[512];
    ssize_t got = read(tui->errors, bytes, sizeof(bytes) - 1);
    if (got <= 0)
        return;
    size_t room = sizeof(tui->said) - tui->said_len;
    size_t kept = (size_t)got < room ? (size_t)got : room;
    memcpy(tui->said + tui->said_len, bytes, kept);
    tui->said_len += kept;
    bytes[got] = '\0';
    bytes[strcspn(bytes, "\r\n")] = '\0';
    app_notice(&tui->app, EVENT_WARN, bytes, now);
    tui->dirty = true;
}

/* Whether the frame before has left shows how fast the link is. */
static void frame_is_due(struct tui *tui)
{
    struct view *view = &tui->app.view;
    if (tui->away)
        return;
    bool left = display_flush(tui->display) == DISPLAY_SENT && display_ready(tui->display);
    if (!left)
        snap_hub_count_frame(tui->hub, false);
    link_due(&tui->link, left, view->refresh);
    view->slow_link = tui->grid.coarse = link_is_slow(&tui->link);
}

static void take_snapshot(struct tui *tui, double now)
{
    const struct snap *old = tui->snap, *fresh = snap_get(tui->hub);
    /* A little early rather than a whole snapshot late. */
    double interval = link_interval(&tui->link, tui->app.view.refresh);
    bool due = old == NULL || now - tui->taken_at >= interval - 2.5 * LOOK_SECONDS;
    if (fresh != NULL)
        app_record(&tui->app, fresh);
    /* One between two seconds, since something begins or was done, leaves the beat alone. */
    bool between = fresh != NULL && old != NULL && fresh->second == old->second && interval <= 1;
    bool takes = fresh != NULL && (due || between) && (old == NULL || fresh->seq != old->seq);
    if (takes) {
        tui->snap = fresh;
        tui->taken_at = between ? tui->taken_at : now;
        frame_is_due(tui);
    }
    if (app_update(&tui->app, tui->snap, now))
        tui->dirty = true;
    snap_put(takes ? old : fresh);
}

static void take_answer(struct tui *tui, double now)
{
    struct command_result result;
    eventfd_t count;
    eventfd_read(tui->wake, &count);
    if (!post_take(tui->post, &result))
        return;
    acting_answered(&tui->app, &result, now);
    tui->dirty = true;
}

static void take_size(struct tui *tui)
{
    unsigned rows, cols;
    tty_size(tui->fd, &rows, &cols);
    /* Told twice of one size, some do that: the frame on the screen is good. */
    if (rows == tui->grid.rows && cols == tui->grid.cols)
        return;
    if (grid_resize(&tui->grid, rows, cols) < 0 ||
        display_resize(tui->display, tui->grid.rows, tui->grid.cols) < 0)
        tui->gone = true;
}

static void draw(struct tui *tui, double now)
{
    if (atomic_exchange(&tui->resized, false) || tui->app.redraw) {
        tui->resized_at = now;
        take_size(tui);
        if (tui->gone)
            return;
    }
    tui->grid.ascii = tui->app.view.ascii || display_ascii(tui->display);
    if (tui->app.view.look.changed)
        display_theme(tui->display, &tui->app.view.look.theme);
    tui->app.view.look.changed = false;
    if (tui->app.redraw)
        display_repaint(tui->display);
    tui->app.redraw = false;
    display_mouse(tui->display, tui->app.view.mouse);
    copying_send(&tui->app.view.copying, tui->display);
    layout_draw(&tui->grid, &tui->app.view);
    display_draw(tui->display, &tui->grid, tui->app.view.cursor_row);
    snap_hub_count_frame(tui->hub, true);
    tui->dirty = false;
}

/* After a stop, or when the shell has put us into the foreground again. */
static void look_for_terminal(struct tui *tui)
{
    bool continued = atomic_exchange(&tui->continued, false);
    if (!continued && !tui->away)
        return;
    tui->away = !tty_is_ours(tui->fd);
    if (tui->away)
        return;
    tty_again();
    display_again(tui->display);
    atomic_store(&tui->resized, true);
    tui->resized_at = -RESIZE_SECONDS;
    tui->input = (struct input){0};
}

/* Sends what waits, and draws anew when there is reason to and the terminal can take it. */
static void show(struct tui *tui, double now)
{
    if (tui->away)
        return;
    enum display_state state = display_flush(tui->display);
    if (state == DISPLAY_SENT)
        app_frame_shown(&tui->app);
    bool resized = atomic_load(&tui->resized);
    bool early = resized && now - tui->resized_at < RESIZE_SECONDS;
    if ((tui->dirty || resized) && !early && state == DISPLAY_SENT && display_ready(tui->display)) {
        draw(tui, now);
        state = display_flush(tui->display);
        if (state == DISPLAY_SENT)
            app_frame_shown(&tui->app);
    }
    if (state == DISPLAY_GONE)
        tui->gone = true;
}

static void wait_for_news(struct tui *tui)
{
    bool pending = !tui->away && display_flush(tui->display) == DISPLAY_PENDING;
    short events = tui->away ? 0 : (short)(pending ? POLLIN | POLLOUT : POLLIN);
    struct pollfd fds[3] = {{.fd = tui->fd, .events = events},
                            {.fd = tui->wake, .events = POLLIN},
                            {.fd = tui->errors, .events = POLLIN}};
    double patience = input_patience(&tui->input);
    double seconds = patience > 0 && patience < LOOK_SECONDS ? patience : LOOK_SECONDS;
    if (poll(fds, 3, (int)(seconds * 1000)) < 0)
        return;
    double now = clock_mono();
    if (fds[0].revents & (POLLIN | POLLHUP | POLLERR | POLLNVAL))
        read_keys(tui, now);
    if (fds[1].revents != 0)
        take_answer(tui, now);
    if (fds[2].revents & POLLIN)
        read_errors(tui, now);
    patience = input_patience(&tui->input);
    if (patience > 0 && now - tui->key_at >= patience)
        take_key(tui, input_timeout(&tui->input), now);
}

/* Gives the terminal back as far as it lets us within LEAVE_MS. */
static void leave(struct tui *tui)
{
    struct pollfd poll_fd = {.fd = tui->fd, .events = POLLOUT};
    if (tui->away || !tty_is_ours(tui->fd)) { /* the news of a stop may still be on its way */
        tty_restore(0);
        return;
    }
    enum display_state state = display_flush(tui->display);
    if (state == DISPLAY_PENDING && poll(&poll_fd, 1, LEAVE_MS) == 1)
        state = display_flush(tui->display);
    if (state == DISPLAY_SENT) {
        display_leave(tui->display);
        state = display_flush(tui->display);
    }
    tty_restore(state != DISPLAY_SENT);
}

static bool begin(struct tui *tui)
{
    const struct config *config = tui->config;
    struct display_options options = {.type = tty_type(),
                                      .color_term = getenv("COLORTERM"),
                                      .theme = &tui->app.view.look.theme,
                                      .color = config->tui.color};
    char note[VIEW_LINE], problem[VIEW_LINE], reset[DISPLAY_RESET_MAX];
    unsigned rows, cols;
    tty_size(tui->fd, &rows, &cols);
    if (grid_resize(&tui->grid, rows, cols) < 0) {
        err_set(tui->err, "out of memory");
        return false;
    }
    look_load(&tui->app.view.look, config->tui.theme, problem, sizeof(problem));
    tui->display = display_new(tui->fd, tui->grid.rows, tui->grid.cols, &options, note,
                               sizeof(note), tui->err);
    if (tui->display == NULL)
        return false;
    if (tty_take(tui->fd, reset, display_reset_text(tui->display, reset), tui->err) < 0)
        return false;
    if (problem[0] != '\0')
        app_notice(&tui->app, EVENT_WARN, problem, clock_mono());
    if (note[0] != '\0')
        app_notice(&tui->app, EVENT_WARN, note, clock_mono());
    app_configure(&tui->app, config, clock_mono());
    copying_begin(&tui->app.view.copying, config->tui.clipboard == CONFIG_CLIPBOARD_AUTO,
                  tty_type());
    tui->away = !tty_is_ours(tui->fd);
    tui->resized_at = -RESIZE_SECONDS;
    tui->dirty = true;
    return true;
}

/* Whoever stops the screen knows, and may be about to free the desk. */
static void tell_gone(struct tui *tui)
{
    bool left = tui->app.headless;
    if ((tui->gone || left) && !atomic_load(&tui->stop))
        command_send(tui->desk,
                     &(struct command){.type = left ? COMMAND_SCREEN_LEFT : COMMAND_SCREEN_GONE},
                     NULL, NULL);
}

/* The thread in line mode. */
static void *run_plain(void *ctx)
{
    struct tui *tui = ctx;
    const struct plain_links links = {
        .config = tui->config,
        .why = tui->no_cursor ? "this terminal cannot show a screen" : "",
        .hub = tui->hub,
        .post = tui->post,
        .wake = tui->wake,
        .send = send_command,
        .send_ctx = tui,
    };
    struct plain *plain = plain_new(&links);
    tui->ok = plain != NULL;
    if (plain == NULL)
        err_set(tui->err, "cannot start line mode: out of memory or descriptors");
    sem_post(&tui->started);
    enum plain_outcome end = plain != NULL ? plain_run(plain, &tui->stop) : PLAIN_STOPPED;
    tui->gone = end == PLAIN_GONE;
    tui->app.headless = end == PLAIN_LEFT;
    plain_free(plain);
    app_free(&tui->app);
    tell_gone(tui);
    return NULL;
}

static void *run(void *ctx)
{
    struct tui *tui = ctx;
    tui->ok = begin(tui);
    bool ok = tui->ok;
    sem_post(&tui->started);
    while (ok && !atomic_load(&tui->stop) && !tui->gone && !tui->app.headless) {
        double now = clock_mono();
        look_for_terminal(tui);
        take_snapshot(tui, now);
        show(tui, now);
        if (!tui->gone)
            wait_for_news(tui);
    }
    if (ok)
        leave(tui);
    display_free(tui->display);
    grid_free(&tui->grid);
    app_free(&tui->app);
    snap_put(tui->snap);
    if (ok)
        tell_gone(tui);
    return NULL;
}

/* What does not need the thread to be gone. */
static void release(struct tui *tui)
{
    tty_errors_end();
    if (tui->post != NULL)
        post_close(tui->post);
    post_unref(tui->post);
    if (tui->errors >= 0)
        close(tui->errors);
    if (tui->wake >= 0)
        close(tui->wake);
    if (tui->fd >= 0)
        close(tui->fd);
    config_unref(tui->config);
    sem_destroy(&tui->started);
    free(tui);
}

/* All signals stay with the control loop, but for those that a thread brings upon itself. */
static int start_thread(struct tui *tui)
{
    sigset_t all, before;
    sigfillset(&all);
    sigdelset(&all, SIGSEGV);
    sigdelset(&all, SIGBUS);
    sigdelset(&all, SIGFPE);
    sigdelset(&all, SIGILL);
    sigdelset(&all, SIGABRT);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = pthread_create(&tui->thread, NULL, tui->plain ? run_plain : run, tui);
    if (failed == 0)
        pthread_setname_np(tui->thread, "screen");
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return failed == 0 ? 0 : -1;
}

struct tui *tui_start(const struct config *config, struct snap_hub *hub, struct command_desk *desk,
                      struct err *err)
{
    struct tui *tui = calloc(1, sizeof(*tui));
    if (tui == NULL) {
        err_set(err, "out of memory");
        return NULL;
    }
    app_init(&tui->app, send_command, tui);
    tui->app.view.refresh = config->tui.refresh;
    tui->app.view.read_only = config->tui.read_only;
    tui->config = config_ref(config);
    tui->hub = hub;
    tui->desk = desk;
    tui->err = err;
    tui->errors = -1;
    sem_init(&tui->started, 0, 0);
    tui->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    tui->post = post_new(tui->wake);
    tui->no_cursor = !config->tui.plain && !display_suits(tty_type());
    tui->plain = config->tui.plain || tui->no_cursor;
    tui->fd = tui->plain ? -1 : tty_open(err);
    if (tui->fd < 0 && !tui->plain)
        goto fail;
    if (tui->wake < 0 || tui->post == NULL) {
        err_set(err, "cannot start the screen: out of descriptors or memory");
        goto fail;
    }
    tui->errors = tui->plain ? -1 : tty_errors_begin();
    if (start_thread(tui) < 0) {
        err_set(err, "cannot start the screen's thread");
        goto fail;
    }
    while (sem_wait(&tui->started) < 0)
        continue;
    if (!tui->ok) {
        pthread_join(tui->thread, NULL);
        goto fail;
    }
    return tui;
fail:
    release(tui);
    return NULL;
}

void tui_resized(struct tui *tui)
{
    atomic_store(&tui->resized, true);
    eventfd_write(tui->wake, 1);
}

void tui_continued(struct tui *tui)
{
    atomic_store(&tui->continued, true);
    eventfd_write(tui->wake, 1);
}

bool tui_stop(struct tui *tui)
{
    if (tui == NULL)
        return true;
    struct timespec until;
    atomic_store(&tui->stop, true);
    eventfd_write(tui->wake, 1);
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += STOP_MS * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    if (pthread_timedjoin_np(tui->thread, NULL, &until) != 0) {
        /* The thread keeps its memory until it has ended. */
        tty_restore(1);
        tty_errors_end();
        return false;
    }
    tty_errors_end();
    ssize_t told = tui->said_len > 0 ? write(STDERR_FILENO, tui->said, tui->said_len) : 0;
    (void)told;
    release(tui);
    return true;
}
