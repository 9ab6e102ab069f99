/*
 * The only file that knows ncurses. Its output goes to a memory file, from which whole frames are
 * moved to the terminal without blocking: doupdate() straight onto a stalled terminal blocks for as
 * long as the stall lasts, with O_NONBLOCK too. It reads no keys and installs no signal handlers.
 */
#include "tui/display.h"

#include <assert.h>
#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <wchar.h>

#define NCURSES_WIDECHAR 1
#include <curses.h>
#include <term.h>

#include "base/str.h"
#include "tui/depth.h"
#include "tui/ink.h"
#include "tui/termtype.h"

/* More than this unsent at a serial line's driver means that the frame before is still leaving. */
#define OUTQ_MAX 2048

struct display {
    SCREEN *screen;
    FILE *out, *in; /* the memory file, and an empty one: ncurses insists on both */
    int sink;       /* the descriptor of `out` */
    int fd;         /* the terminal; the caller's */
    locale_t locale, locale_before;
    struct grid before; /* what ncurses was told last */
    struct {
        attr_t attrs;
        short pair;
    } looks[THEME_STATES * ROLE_COUNT];
    enum theme_depth depth;
    struct depth_map map;
    struct ink ink;
    struct str pending; /* what has not left yet, from pending_at on */
    size_t pending_at;
    uint64_t bytes;
    char reset[DISPLAY_RESET_MAX];
    size_t reset_len;
    bool ascii;
    bool has_ink; /* its sequences are those that `ink` knows */
    bool modern;  /* it knows the modes below */
    bool mouse;   /* and reports buttons at present */
};

/* Buttons, each as SGR text; and brackets around what is pasted. */
#define MOUSE_ON "\033[?1000h\033[?1006h"
#define MOUSE_OFF "\033[?1006l\033[?1000l"
#define PASTE_ON "\033[?2004h"
#define PASTE_OFF "\033[?2004l"

/* Moves what ncurses wrote since the last time into `pending`. */
static void collect(struct display *display)
{
    off_t made = lseek(display->sink, 0, SEEK_CUR);
    struct str *pending = &display->pending;
    if (made <= 0)
        return;
    size_t before = pending->len;
    lseek(display->sink, 0, SEEK_SET);
    void *raw = mmap(NULL, (size_t)made, PROT_READ, MAP_SHARED, display->sink, 0);
    if (raw != MAP_FAILED) {
        struct slice bytes = {raw, (size_t)made};
        if (display->has_ink)
            ink_translate(&display->ink, &display->map, bytes, pending);
        else
            str_add_slice(pending, bytes);
        munmap(raw, (size_t)made);
    }
    if (raw == MAP_FAILED || pending->cut) {
        str_shorten(pending, before);
        display_repaint(display);
    }
}

/* ncurses takes signals that are at their default; whatever it took is given back. */
static SCREEN *newterm_without_signals(const char *type, FILE *out, FILE *in)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGTSTP, SIGWINCH};
    enum { COUNT = sizeof(signals) / sizeof(signals[0]) };
    struct sigaction before[COUNT];
    for (unsigned i = 0; i < COUNT; i++)
        sigaction(signals[i], NULL, &before[i]);
    SCREEN *screen = newterm(type, out, in);
    for (unsigned i = 0; i < COUNT; i++)
        sigaction(signals[i], &before[i], NULL);
    return screen;
}

static struct depth_facts facts_of(const struct display_options *options, int colors)
{
    return (struct depth_facts){
        .type = options->type, .color_term = options->color_term, .colors = colors};
}

static bool type_known(struct display *display, const char *type, int *colors)
{
    char name[] = "colors";
    int known;
    if (setupterm(type, display->sink, &known) != OK)
        return false;
    *colors = tigetnum(name);
    del_curterm(cur_term);
    return true;
}

/* The screen of a type that goes by the same name but has the colours that are wanted, if any. */
static SCREEN *open_colorful(struct display *display, const struct display_options *options)
{
    char type[TERMTYPE_MAX];
    int colors = 0;
    type_known(display, options->type, &colors);
    struct depth_facts facts = facts_of(options, colors);
    int wanted = depth_wanted(options->color, &facts);
    snprintf(type, sizeof(type), "%.*s-%dcolor", (int)strcspn(options->type, "-+"), options->type,
             wanted);
    /* The numbers of a direct type's colours are the colours themselves. */
    if (colors > DEPTH_COLORS && !type_known(display, type, &colors))
        snprintf(type, sizeof(type), "xterm-256color");
    return wanted == 0 || !type_known(display, type, &colors)
               ? NULL
               : newterm_without_signals(type, display->out, display->in);
}

/* TERM itself, or the first of what stands in for it that is known here. */
static SCREEN *open_screen(struct display *display, const struct display_options *options,
                           char *note, size_t note_size)
{
    char tries[TERMTYPE_TRIES][TERMTYPE_MAX];
    const char *type = options->type;
    unsigned count = termtype_tries(type, tries);
    SCREEN *colorful = open_colorful(display, options);
    if (colorful != NULL)
        return colorful;
    for (unsigned i = 0; i < count; i++) {
        /* Asked first, since newterm() leaks where the type is unknown. */
        int colors;
        if (!type_known(display, tries[i], &colors))
            continue;
        SCREEN *screen = newterm_without_signals(tries[i], display->out, display->in);
        if (screen == NULL)
            continue;
        if (i > 0)
            snprintf(note, note_size, "terminal type %.40s is unknown here, using %s", type,
                     tries[i]);
        return screen;
    }
    return NULL;
}

static bool can(const char *capability)
{
    char name[16];
    snprintf(name, sizeof(name), "%s", capability);
    const char *value = tigetstr(name);
    return value != NULL && value != (const char *)-1;
}

bool display_suits(const char *type)
{
    int known;
    if (setupterm(type, STDOUT_FILENO, &known) != OK)
        return known != 1; /* 1: a printer */
    bool suits = can("cup");
    del_curterm(cur_term);
    return suits;
}

/* Appends a capability without its padding remarks, "$<5>". */
static void add_capability(struct str *out, const char *capability)
{
    char name[16];
    if (!can(capability))
        return;
    snprintf(name, sizeof(name), "%s", capability);
    for (const char *at = tigetstr(name); *at != '\0'; at++) {
        const char *end = at[0] == '$' && at[1] == '<' ? strchr(at, '>') : NULL;
        if (end != NULL)
            at = end;
        else
            str_add_char(out, *at);
    }
}

/* Bytes that ncurses does not know of, behind what it made last. */
void display_send(struct display *display, struct slice bytes)
{
    ssize_t sent = write(display->sink, bytes.ptr, bytes.len);
    (void)sent; /* a memory file: short of memory the mouse stays as it is */
    collect(display);
}

static void build_reset(struct display *display, unsigned rows)
{
    struct str out;
    str_fixed(&out, display->reset, sizeof(display->reset));
    if (display->modern)
        str_add_text(&out, MOUSE_OFF PASTE_OFF);
    add_capability(&out, "sgr0");
    add_capability(&out, "op");
    if (can("rmcup"))
        add_capability(&out, "rmcup");
    else
        str_addf(&out, "\033[%u;1H", rows);
    add_capability(&out, "cnorm");
    str_add_text(&out, "\r\n");
    display->reset_len = out.len;
}

static attr_t attrs_of(unsigned flags)
{
    return (flags & THEME_BOLD ? A_BOLD : 0) | (flags & THEME_DIM ? A_DIM : 0) |
           (flags & THEME_REVERSE ? A_REVERSE : 0) | (flags & THEME_UNDERLINE ? A_UNDERLINE : 0);
}

/* One colour pair for each distinct pair of colours of the theme. */
static void set_theme(struct display *display, const struct theme *theme)
{
    struct theme_looks looks;
    short used = 0;
    theme_resolve(theme, display->depth, &looks);
    depth_map_looks(&display->map, &looks);
    const struct theme_attr *all = &looks.attrs[0][0];
    for (unsigned i = 0; i < THEME_STATES * ROLE_COUNT; i++) {
        short pair = 0;
        for (unsigned j = 0; j < i && pair == 0; j++)
            if (all[j].fg == all[i].fg && all[j].bg == all[i].bg)
                pair = display->looks[j].pair;
        if (display->depth != THEME_MONO && pair == 0 &&
            init_pair((short)(used + 1), (short)all[i].fg, (short)all[i].bg) == OK)
            pair = ++used;
        display->looks[i].attrs = attrs_of(all[i].flags);
        display->looks[i].pair = pair;
    }
    /* Plain text too has a pair, even if its colours are the terminal's own: leaving a colour for
     * it takes five bytes, leaving it for "no colour" eleven. */
    bkgdset(' ' | COLOR_PAIR(display->looks[ROLE_TEXT].pair));
}

static void set_depth(struct display *display, const struct display_options *options)
{
    char name[] = "setaf";
    bool color = has_colors() && start_color() == OK && use_default_colors() == OK;
    struct depth_facts facts = facts_of(options, color ? COLORS : 0);
    facts.can_true = can(name) && strstr(tigetstr(name), "38;5;") != NULL;
    display->depth = depth_choose(options->color, &facts);
    display->has_ink = facts.can_true && COLORS >= DEPTH_COLORS;
}

static bool open_files(struct display *display, struct err *err)
{
    display->sink = memfd_create("screen", MFD_CLOEXEC);
    display->out = display->sink < 0 ? NULL : fdopen(display->sink, "w");
    display->in = fopen("/dev/null", "re");
    if (display->out != NULL && display->in != NULL)
        return true;
    err_set(err, "no memory for the screen: %s", strerror(errno));
    if (display->out == NULL && display->sink >= 0)
        close(display->sink);
    return false;
}

/* The locale of the environment for this thread alone; without UTF-8 in it only ASCII is drawn. */
static void set_locale(struct display *display, const struct display_options *options)
{
    display->locale = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
    if (display->locale != (locale_t)0)
        display->locale_before = uselocale(display->locale);
    /* The font of the Linux console lacks the eighth blocks. */
    display->ascii =
        strcmp(nl_langinfo(CODESET), "UTF-8") != 0 || strcmp(options->type, "linux") == 0;
}

struct display *display_new(int fd, unsigned rows, unsigned cols,
                            const struct display_options *options, char *note, size_t note_size,
                            struct err *err)
{
    struct display *display = calloc(1, sizeof(*display));
    if (display == NULL) {
        err_set(err, "out of memory");
        return NULL;
    }
    display->fd = fd;
    display->sink = -1;
    str_growing(&display->pending);
    ink_start(&display->ink);
    note[0] = '\0';
    set_locale(display, options);
    if (!open_files(display, err))
        goto fail;
    /* The size comes from display_resize. Without the second, types that do not name one of their
     * own (linux, putty) are refused. */
    use_env(FALSE);
    use_tioctl(TRUE);
    display->screen = open_screen(display, options, note, note_size);
    if (display->screen == NULL || !can("cup")) {
        err_set(err, "terminal type \"%.40s\" cannot show a screen", options->type);
        goto fail;
    }
    display->modern = can("kmous");
    build_reset(display, rows);
    if (display->modern)
        display_send(display, slice_of(PASTE_ON));
    set_depth(display, options);
    set_theme(display, options->theme);
    typeahead(-1);
    curs_set(0);
    scrollok(stdscr, FALSE);
    if (display_resize(display, rows, cols) < 0) {
        err_set(err, "out of memory");
        goto fail;
    }
    return display;
fail:
    display_free(display);
    return NULL;
}

void display_free(struct display *display)
{
    if (display == NULL)
        return;
    if (display->screen != NULL) {
        endwin();
        delscreen(display->screen);
    }
    if (display->out != NULL)
        fclose(display->out);
    if (display->in != NULL)
        fclose(display->in);
    if (display->locale != (locale_t)0) {
        uselocale(display->locale_before);
        freelocale(display->locale);
    }
    grid_free(&display->before);
    str_free(&display->pending);
    free(display);
}

void display_theme(struct display *display, const struct theme *theme)
{
    set_theme(display, theme);
    display_repaint(display);
}

bool display_ascii(const struct display *display)
{
    return display->ascii;
}

bool display_ready(const struct display *display)
{
    struct pollfd poll_fd = {.fd = display->fd, .events = POLLOUT};
    int queued = 0;
    if (display->pending_at < display->pending.len)
        return false;
    if (poll(&poll_fd, 1, 0) != 1 || !(poll_fd.revents & POLLOUT))
        return false;
    return ioctl(display->fd, TIOCOUTQ, &queued) < 0 || queued <= OUTQ_MAX;
}

static void put_cell(const struct display *display, unsigned row, unsigned col,
                     const struct cell *cell)
{
    unsigned state = !(cell->role & ROLE_SELECTED) ? THEME_PLAIN : THEME_SELECTED;
    if (cell->role & ROLE_UNFOCUSED)
        state = THEME_UNFOCUSED;
    unsigned look = state * ROLE_COUNT + (cell->role & ROLE_MASK);
    wchar_t text[4] = {(wchar_t)cell->ch, (wchar_t)cell->marks[0], (wchar_t)cell->marks[1], 0};
    cchar_t out;
    /* Where the C library disagrees about a width, ncurses would lose count of the columns. */
    if (wcwidth(text[0]) != cell->width)
        wmemcpy(text, L"?", 2);
    for (unsigned i = 1; i < 3 && text[i] != 0; i++)
        if (wcwidth(text[i]) != 0)
            text[i] = 0;
    if (setcchar(&out, text, display->looks[look].attrs, display->looks[look].pair, NULL) != OK)
        return;
    mvadd_wch((int)row, (int)col, &out);
    if (cell->width == 2 && text[0] == L'?')
        mvadd_wch((int)row, (int)col + 1, &out);
}

void display_draw(struct display *display, const struct grid *grid, unsigned cursor_row)
{
    struct grid *before = &display->before;
    assert(grid->rows == before->rows && grid->cols == before->cols);
    size_t count = (size_t)grid->rows * grid->cols;
    for (size_t i = 0; i < count; i++) {
        const struct cell *cell = &grid->cells[i];
        if (grid_cell_equal(cell, &before->cells[i]))
            continue;
        before->cells[i] = *cell;
        if (cell->width > 0)
            put_cell(display, (unsigned)(i / grid->cols), (unsigned)(i % grid->cols), cell);
    }
    /* Hidden, but screen readers follow it. */
    move((int)cursor_row, 0);
    wnoutrefresh(stdscr);
    doupdate();
    collect(display);
}

enum display_state display_flush(struct display *display)
{
    while (display->pending_at < display->pending.len) {
        ssize_t sent = write(display->fd, display->pending.ptr + display->pending_at,
                             display->pending.len - display->pending_at);
        if (sent > 0) {
            display->pending_at += (size_t)sent;
            display->bytes += (uint64_t)sent;
        } else if (sent < 0 && errno == EINTR) {
            continue;
        } else if (sent < 0 && errno != EAGAIN) {
            return DISPLAY_GONE;
        } else {
            return DISPLAY_PENDING;
        }
    }
    str_reset(&display->pending);
    display->pending_at = 0;
    return DISPLAY_SENT;
}

int display_resize(struct display *display, unsigned rows, unsigned cols)
{
    if (grid_resize(&display->before, rows, cols) < 0 ||
        resize_term((int)display->before.rows, (int)display->before.cols) != OK)
        return -1;
    /* ncurses began with the 24 rows that the type has, and lets no line move beyond them. */
    if (can("csr"))
        display_send(display, slice_of(tiparm(tigetstr("csr"), 0, (int)rows - 1)));
    erase();
    clearok(curscr, TRUE);
    return 0;
}

void display_repaint(struct display *display)
{
    ink_forget(&display->ink);
    grid_erase(&display->before);
    erase();
    clearok(curscr, TRUE);
}

void display_mouse(struct display *display, bool on)
{
    if (!display->modern || on == display->mouse)
        return;
    display->mouse = on;
    display_send(display, slice_of(on ? MOUSE_ON : MOUSE_OFF));
}

void display_again(struct display *display)
{
    char memory[DISPLAY_RESET_MAX];
    struct str out;
    str_reset(&display->pending);
    display->pending_at = 0;
    display_repaint(display); /* first: the bytes below go through the ink */
    str_fixed(&out, memory, sizeof(memory));
    add_capability(&out, "sgr0");
    add_capability(&out, "smcup");
    add_capability(&out, "civis");
    if (display->modern)
        str_add_text(&out, display->mouse ? PASTE_ON MOUSE_ON : PASTE_ON MOUSE_OFF);
    display_send(display, slice_of(memory));
}

void display_leave(struct display *display)
{
    if (display->modern)
        display_send(display, slice_of(MOUSE_OFF PASTE_OFF));
    endwin();
    collect(display);
}

size_t display_reset_text(const struct display *display, char out[DISPLAY_RESET_MAX])
{
    memcpy(out, display->reset, display->reset_len);
    return display->reset_len;
}

uint64_t display_bytes(const struct display *display)
{
    return display->bytes;
}
