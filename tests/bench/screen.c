/*
 * What the screen costs: bytes to the terminal and CPU time per frame, from synthetic snapshots
 * (10 000 connections of which 1 000 are busy) into a pseudo-terminal of its own. Linked with the
 * screen's room and those below it. With a file name, the last size's bytes are also written there,
 * and the last screen as text to FILE.txt, for comparison with a terminal emulator.
 *
 * usage: screen [FILE]      exit status 1 when a bar is broken
 */
#include <fcntl.h>
#include <malloc.h>
#include <pty.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "tui/app.h"
#include "tui/display.h"
#include "tui/draw.h"
#include "tui/view.h"
#include "../unit/tui_synthetic.h"

#define FRAMES 60
#define CONNECTIONS 10000
#define BUSY 1000
#define BOTS 1000 /* whose the connections are, with this many players each at most: */
#define PLAYERS 40
#define PLAYING 200 /* the same, where the players have the screen: 10 100 in all */

struct bar {
    unsigned cols, rows, busy_bytes, whole_bytes;
};

static const struct bar bars[] = {
    {80, 24, 1200, 12000}, {200, 60, 3500, 24000}, {140, 42, 2500, 12000}};
#define CPU_BAR_MS 3.0
#define CLOCK_BAR 40
#define MEMORY_BAR_MB 16.0 /* of the screen itself: without the snapshots of others */

struct stage {
    int master, slave;
    FILE *copy;
    struct display *display;
    struct grid grid;
    struct app app;
};

static int no_command(void *ctx, const struct command *command)
{
    (void)ctx;
    (void)command;
    return 0;
}

static double cpu_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static void drain(struct stage *stage)
{
    char bytes[65536];
    ssize_t got;
    while ((got = read(stage->master, bytes, sizeof(bytes))) > 0)
        if (stage->copy != NULL)
            fwrite(bytes, 1, (size_t)got, stage->copy);
}

static void open_stage(struct stage *stage, const struct bar *bar, const char *copy)
{
    struct termios raw;
    struct err err;
    char note[VIEW_LINE];
    struct winsize size = {.ws_row = (unsigned short)bar->rows,
                           .ws_col = (unsigned short)bar->cols};
    memset(stage, 0, sizeof(*stage));
    app_init(&stage->app, no_command, NULL);
    const char *theme = getenv("THEME"); /* to measure another one, or true colours */
    char problem[VIEW_LINE];
    if (!look_load(&stage->app.view.look, theme == NULL ? "dark" : theme, problem,
                   sizeof(problem))) {
        fprintf(stderr, "%s\n", problem);
        exit(1);
    }
    struct display_options options = {.type = "xterm-256color",
                                      .color_term = getenv("COLORTERM"),
                                      .theme = &stage->app.view.look.theme,
                                      .color = CONFIG_COLOR_ALWAYS};
    if (openpty(&stage->master, &stage->slave, NULL, NULL, &size) < 0)
        abort();
    tcgetattr(stage->slave, &raw);
    cfmakeraw(&raw);
    tcsetattr(stage->slave, TCSANOW, &raw);
    fcntl(stage->master, F_SETFL, O_NONBLOCK);
    fcntl(stage->slave, F_SETFL, O_NONBLOCK);
    stage->copy = copy == NULL ? NULL : fopen(copy, "w");
    stage->display =
        display_new(stage->slave, bar->rows, bar->cols, &options, note, sizeof(note), &err);
    if (stage->display == NULL || grid_resize(&stage->grid, bar->rows, bar->cols) < 0) {
        fprintf(stderr, "cannot open a screen: %s\n", err.text);
        exit(1);
    }
    stage->grid.ascii = display_ascii(stage->display);
}

/* One frame as the thread makes it; returns its bytes. */
static unsigned frame(struct stage *stage, const struct snap *snap, double now, double *ms)
{
    uint64_t before = display_bytes(stage->display);
    double start = cpu_ms();
    app_update(&stage->app, snap, now);
    layout_draw(&stage->grid, &stage->app.view);
    display_draw(stage->display, &stage->grid, stage->app.view.cursor_row);
    while (display_flush(stage->display) == DISPLAY_PENDING)
        drain(stage);
    *ms = cpu_ms() - start;
    drain(stage);
    return (unsigned)(display_bytes(stage->display) - before);
}

static void close_stage(struct stage *stage, const char *copy)
{
    char path[300];
    struct str text;
    if (stage->copy != NULL) {
        str_growing(&text);
        grid_dump(&stage->grid, &text);
        snprintf(path, sizeof(path), "%s.txt", copy);
        FILE *file = fopen(path, "w");
        if (file != NULL) {
            fputs(text.ptr, file);
            fclose(file);
        }
        str_free(&text);
        fclose(stage->copy);
    }
    app_free(&stage->app);
    grid_free(&stage->grid);
    display_free(stage->display);
    close(stage->master);
    close(stage->slave);
}

/* What the list shows. */
enum list { LIST_CONNECTIONS, LIST_BOTS, LIST_UNFOLDED, LIST_PLAYERS, LIST_COUNT };
static const char *const list_names[LIST_COUNT] = {"connections", "bots", "unfolded", "players"};

/* One figure beside its bar. */
static bool row(const char *what, const struct bar *bar, enum list list, double value, double most,
                const char *unit, const char *more)
{
    bool ok = value <= most;
    printf("%-11s %-33s %3ux%-3u %9.2f %-3s bar %-7g %-4s %s\n", list_names[list], what, bar->cols,
           bar->rows, value, unit, most, ok ? "ok" : "MISS", more);
    return ok;
}

static size_t memory(void)
{
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

static bool measure(const struct bar *bar, enum list list, const char *copy)
{
    struct synthetic how = {
        .conns = CONNECTIONS, .ips = 200, .backends = 5, .events = 100, .busy = BUSY};
    struct stage stage;
    char worst_text[40];
    size_t before = memory();
    if (list != LIST_CONNECTIONS) {
        how.bots = BOTS;
        how.players = list == LIST_PLAYERS ? PLAYING : PLAYERS;
    }
    open_stage(&stage, bar, copy);
    model_group(&stage.app.view.model, list == LIST_CONNECTIONS ? GROUP_NONE : GROUP_BOT);
    if (list == LIST_PLAYERS)
        panels_show(&stage.app.view, PANEL_PLAYERS);
    const struct snap *snap = synthetic_snap(&how);
    double ms, total_ms = 0, worst_ms = 0;
    unsigned first = frame(&stage, snap, 0, &ms), total = 0, worst = 0;
    if (list == LIST_UNFOLDED) {
        model_open_all(&stage.app.view.model, true);
        first = frame(&stage, snap, 0, &ms);
    }
    unsigned same = frame(&stage, snap, 0.5, &ms);
    struct snap later = *snap; /* nothing but the clock moves */
    later.wall_ms += 1000;
    unsigned clock = frame(&stage, &later, 0.6, &ms);
    for (unsigned i = 1; i <= FRAMES; i++) {
        how.second = how.heard = i; /* positions move, although no node tells anything */
        const struct snap *next = synthetic_snap(&how);
        unsigned bytes = frame(&stage, next, i, &ms);
        snap_put(snap);
        snap = next;
        total += bytes;
        total_ms += ms;
        worst = bytes > worst ? bytes : worst;
        worst_ms = ms > worst_ms ? ms : worst_ms;
    }
    snap_put(snap);
    double held = (double)(memory() - before) / 1e6;
    close_stage(&stage, copy);
    snprintf(worst_text, sizeof(worst_text), "worst %u", worst);
    bool ok = row("bytes of a busy refresh", bar, list, (double)total / FRAMES, bar->busy_bytes,
                  "B", worst_text);
    snprintf(worst_text, sizeof(worst_text), "worst %.2f", worst_ms);
    ok &= row("CPU of a frame", bar, list, total_ms / FRAMES, CPU_BAR_MS, "ms", worst_text);
    ok &= row("bytes where nothing changed", bar, list, same, 0, "B", "");
    /* With the clock positions move, too. */
    ok &= row("bytes where only the clock moved", bar, list, clock,
              list == LIST_PLAYERS ? bar->busy_bytes : CLOCK_BAR, "B", "");
    ok &= row("bytes of a whole frame", bar, list, first, bar->whole_bytes, "B", "");
    ok &= row("memory of the screen", bar, list, held, MEMORY_BAR_MB, "MB", "");
    return ok;
}

int main(int argc, char **argv)
{
    bool good = true;
    setenv("LC_ALL", "C.UTF-8", 1);
    for (size_t i = 0; i < sizeof(bars) / sizeof(bars[0]); i++) {
        bool last = i + 1 == sizeof(bars) / sizeof(bars[0]);
        for (enum list list = LIST_CONNECTIONS; list < LIST_COUNT; list++)
            good &= measure(&bars[i], list, last && argc > 1 && list == LIST_BOTS ? argv[1] : NULL);
    }
    return good ? 0 : 1;
}
