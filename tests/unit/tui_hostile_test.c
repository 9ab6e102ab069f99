/* Ten thousand hostile strings in every field, cleaned as at the entrance or not at all, all the
 * way to the bytes for the terminal: nothing but printable text and the sequences of our own, and
 * every column where it belongs. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/mman.h>
#include <unistd.h>

#include "base/text.h"
#include "tui/app.h"
#include "tui/display.h"
#include "tui/draw.h"
#include "tui_synthetic.h"

#define STRINGS 10000
#define PLAYERS 2000
#define RAW_MAX 120

/* Pieces that have made trouble somewhere; between them come random bytes. */
static const char *const pieces[] = {
    "\033[31m",
    "\033]0;owned\a",
    "\033]52;c;S1k=\a",
    "\033[2J\033[H",
    "\033P+q\033\\",
    "\23331m",
    "\302\23331m",
    "\xc2\x85",
    "\x07",
    "\b\b\b",
    "\t",
    "\r",
    "\n",
    "\x0e",
    "\x0f",
    "\x7f",
    "\xe2\x80\xae",
    "\xe2\x80\xac",
    "\xe2\x81\xa6",
    "\xe2\x81\xa9",
    "\xd8\x9c", /* bidi */
    "\xe2\x80\x8b",
    "\xe2\x80\x8d",
    "\xef\xbb\xbf",
    "\xe2\x81\xa0",
    "\xc2\xad", /* zero width */
    "\xe2\x80\xa8",
    "\xe2\x80\xa9",
    "\xf3\xa0\x81\x81",
    "\xee\x80\x80",
    "\xf4\x8f\xbf\xbf",
    "\xcc\x81\xcc\x82\xcc\x83\xcc\x84\xcc\x85\xcc\x86",
    "e\xcc\x81",
    "\xe0\xb8\x81\xe0\xb8\xb4",
    "\xe6\xbc\xa2\xe5\xad\x97",
    "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x92\xbb",
    "\xf0\x9f\x87\xa9",
    "\xe2\x9d\xa4\xef\xb8\x8f",
    "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d",
    "\xef\xbc\xa1",
    "\xe3\x80\x80",
    "\xc0\xaf",
    "\xed\xa0\x80",
    "\xf8\x88\x80\x80\x80",
    "\xff\xfe",
    "\xe6\xbc",
    "\xf0\x9f",
    "<script>",
    "%s%n",
    "$(x)",
    "../..",
    "\\x1b[m",
    "&amp;",
    "\"'`",
    "normal/1.0",
    "   ",
};
#define PIECES (sizeof(pieces) / sizeof(pieces[0]))

static void make_raw(char raw[RAW_MAX], unsigned number)
{
    unsigned len = 0, count = 1 + synthetic_noise(number) % 9;
    for (unsigned i = 0; i < count; i++) {
        uint32_t noise = synthetic_noise(number * 31u + i + 7);
        if (noise % 4 == 0) {
            for (unsigned j = 0; j < 1 + noise % 5 && len < RAW_MAX - 1; j++) {
                char byte = (char)(synthetic_noise(noise + j) % 255 + 1);
                raw[len++] = byte;
            }
            continue;
        }
        const char *piece = pieces[(noise / 4) % PIECES];
        for (; *piece != '\0' && len < RAW_MAX - 1; piece++)
            raw[len++] = *piece;
    }
    raw[len] = '\0';
}

static const char *hostile(struct snap *snap, unsigned number, bool cleaned)
{
    char raw[RAW_MAX], text[200];
    make_raw(raw, number);
    text_display(text, sizeof(text), slice_of(raw), TEXT_COLUMNS_MAX);
    return synthetic_text(snap, cleaned ? text : raw);
}

/* Each string as a title and as an author; all at one bot that is not known. */
static void hostile_players(struct snap *snap, struct snap *texts, bool cleaned)
{
    struct snap_player *players = snap_take(texts, PLAYERS * sizeof(*players));
    struct snap_track *tracks = snap_take(texts, PLAYERS * sizeof(*tracks));
    if (players == NULL || tracks == NULL) {
        fail_msg("no room for the players");
        return;
    }
    for (unsigned i = 0; i < PLAYERS; i++) {
        tracks[i] = (struct snap_track){.length_ms = 200000,
                                        .title = hostile(texts, i + 600000, cleaned),
                                        .author = hostile(texts, i + 700000, cleaned),
                                        .source = hostile(texts, i + 800000, cleaned)};
        players[i] = (struct snap_player){.guild = i + 1,
                                          .bot = 7,
                                          .track = &tracks[i],
                                          .has_track = true,
                                          .paused = true,
                                          .position_ms = 83000};
    }
    snap->players = players;
    snap->player_count = PLAYERS;
}

/* `*texts_out` is what the strings live in, to be put after the snapshot. */
static const struct snap *hostile_snap(bool cleaned, const struct snap **texts_out)
{
    struct synthetic how = {.conns = STRINGS, .ips = 50, .backends = 5, .events = 100};
    struct snap *snap = (struct snap *)(uintptr_t)synthetic_snap(&how);
    struct snap_conn *conns = (struct snap_conn *)(uintptr_t)snap->conns;
    struct snap_backend *backends = (struct snap_backend *)(uintptr_t)snap->backends;
    struct snap_event *events = (struct snap_event *)(uintptr_t)snap->events;
    struct snap *texts = snap_alloc((size_t)STRINGS * 4 * 300 + (size_t)PLAYERS * 1500);
    assert_non_null(texts);
    for (unsigned i = 0; i < STRINGS; i++) {
        conns[i].client_name = hostile(texts, i, cleaned);
        conns[i].user_agent = hostile(texts, i + 100000, cleaned);
        conns[i].user_id = hostile(texts, i + 200000, cleaned);
        conns[i].path = hostile(texts, i + 300000, cleaned);
        conns[i].backend = (uint8_t)(i % 5);
    }
    for (unsigned i = 0; i < 5; i++) {
        backends[i].state = BACKEND_OFFLINE;
        backends[i].reason = hostile(texts, i + 400000, cleaned);
    }
    for (unsigned i = 0; i < 100; i++)
        snprintf(events[i].text, sizeof(events[i].text), "#%u open %s", i,
                 hostile(texts, i + 500000, cleaned));
    hostile_players(snap, texts, cleaned);
    *texts_out = texts;
    return snap;
}

/* What may reach a terminal of type xterm-256color. */
static void check_bytes(const char *bytes, size_t len)
{
    struct slice text = {bytes, len};
    size_t at = 0;
    uint32_t ch;
    while (at < len) {
        size_t start = at;
        if (bytes[at] == '\033' && at + 1 < len && bytes[at + 1] == '[') {
            for (at += 2; at < len && (bytes[at] == '?' || bytes[at] == ';' ||
                                       (bytes[at] >= '0' && bytes[at] <= '9'));)
                at++;
            if (at == len || strchr("ABCDEFGHJKLMPXdfmr@bhlt`", bytes[at]) == NULL)
                fail_msg("sequence %.20s", bytes + start);
            at++;
        } else if (bytes[at] == '\033') {
            if (at + 1 == len || strchr("(78=>M", bytes[at + 1]) == NULL)
                fail_msg("escape %.20s", bytes + start);
            at += bytes[at + 1] == '(' ? 3 : 2;
        } else if (strchr("\r\n\b\t", bytes[at]) != NULL) {
            at++;
        } else {
            text_decode(text, &at, &ch);
            bool malformed = ch == 0xfffd && memcmp(bytes + start, "\xef\xbf\xbd", 3) != 0;
            bool bidi = ch == 0x61c || ch == 0x200e || ch == 0x200f ||
                        (ch >= 0x202a && ch <= 0x202e) || (ch >= 0x2066 && ch <= 0x2069);
            if (malformed || bidi || ch < 0x20 || (ch >= 0x7f && ch < 0xa0) || text_width(ch) < 0 ||
                (ch >= 0x200b && ch <= 0x200d) || ch == 0x2028 || ch == 0x2029 || ch == 0xfeff ||
                (ch >= 0xe000 && ch <= 0xf8ff) || ch >= 0xe0000)
                fail_msg("character U+%04X", ch);
        }
    }
}

/* Every row is as wide as the screen. */
static void check_widths(const struct grid *grid)
{
    for (unsigned row = 0; row < grid->rows; row++) {
        unsigned columns = 0;
        for (unsigned i = 0; i < grid->cols; i++)
            columns += grid->cells[(size_t)row * grid->cols + i].width;
        assert_int_equal(columns, grid->cols);
    }
}

/* The colon of every player's position stands below the others. */
static void check_positions(const struct grid *grid)
{
    unsigned rows = 0, first = 0;
    for (unsigned i = 0; i < grid->target_count; i++) {
        const struct target *target = &grid->targets[i];
        const struct cell *row = &grid->cells[(size_t)target->area.row * grid->cols];
        unsigned col = first;
        if (target->kind != TARGET_PLAYER)
            continue;
        for (; rows == 0 && col + 6 < grid->cols; col++)
            if (row[col].ch == '1' && row[col + 1].ch == ':' && row[col + 2].ch == '2' &&
                row[col + 3].ch == '3' && row[col + 4].ch == '/' && row[col + 5].ch == '3')
                first = col;
        assert_true(row[first].ch == '1' && row[first + 4].ch == '/');
        rows++;
    }
    assert_true(rows > 0);
}

/* The column of the first backend's name is that of every row. */
static void check_columns(const struct grid *grid, const struct snap *snap)
{
    unsigned head = 0, col = 0, rows = 0;
    for (; head < grid->rows; head++) {
        const struct cell *row = &grid->cells[(size_t)head * grid->cols];
        for (col = 0; col + 7 < grid->cols; col++)
            if (row[col].ch == 'B' && row[col + 1].ch == 'A' && row[col + 6].ch == 'D')
                break;
        if (col + 7 < grid->cols)
            break;
    }
    assert_true(head < grid->rows);
    for (unsigned i = 0; i < grid->target_count; i++) {
        const struct target *target = &grid->targets[i];
        if (target->kind != TARGET_CONNECTION)
            continue;
        const struct cell *cell = &grid->cells[(size_t)target->area.row * grid->cols + col];
        const struct snap_conn *conn = &snap->conns[(target->value - 1041) / 7];
        const char *name = snap->backends[conn->backend].name;
        for (unsigned j = 0; name[j] != '\0'; j++)
            assert_int_equal(cell[j].ch, name[j]);
        assert_int_equal(cell[-1].ch, ' ');
        rows++;
    }
    assert_true(rows > 0);
    check_widths(grid);
}

static void check_file(int fd)
{
    static char bytes[1 << 20];
    off_t len = lseek(fd, 0, SEEK_CUR);
    assert_in_range(len, 1, sizeof(bytes));
    assert_int_equal(pread(fd, bytes, (size_t)len, 0), len);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    check_bytes(bytes, (size_t)len);
}

static int no_command(void *ctx, const struct command *command)
{
    (void)ctx;
    (void)command;
    return 0;
}

static void draw_all(bool cleaned, bool ascii)
{
    char note[VIEW_LINE];
    struct err err;
    struct app app;
    struct grid grid = {0};
    int fd = memfd_create("terminal", 0);
    const struct snap *texts, *snap = hostile_snap(cleaned, &texts);
    app_init(&app, no_command, NULL);
    assert_true(look_load(&app.view.look, "dark", note, sizeof(note)));
    struct display_options options = {
        .type = "xterm-256color", .theme = &app.view.look.theme, .color = CONFIG_COLOR_ALWAYS};
    struct display *display = display_new(fd, 60, 200, &options, note, sizeof(note), &err);
    assert_non_null(display);
    assert_int_equal(grid_resize(&grid, 60, 200), 0);
    grid.ascii = ascii;
    app_update(&app, snap, 0);
    unsigned drawn = 0;
    app_key(&app, 'g', 0);
    while (drawn < STRINGS) {
        layout_draw(&grid, &app.view);
        check_columns(&grid, snap);
        display_draw(display, &grid, 0);
        assert_int_equal(display_flush(display), DISPLAY_SENT);
        check_file(fd);
        drawn += app.view.page;
        app_key(&app, KEYS_PAGE_DOWN, 0);
    }
    app_key(&app, '5', 0);
    for (drawn = 0; drawn < PLAYERS; drawn += app.view.page) {
        layout_draw(&grid, &app.view);
        check_positions(&grid);
        check_widths(&grid);
        app_key(&app, '\r', 0);
        layout_draw(&grid, &app.view);
        check_widths(&grid);
        display_draw(display, &grid, 0);
        assert_int_equal(display_flush(display), DISPLAY_SENT);
        check_file(fd);
        if (app.view.dialog.kind != DIALOG_NONE) /* no row was picked at first */
            app_key(&app, KEYS_ESCAPE, 0);
        app_key(&app, KEYS_PAGE_DOWN, 0);
    }
    display_free(display);
    app_free(&app);
    grid_free(&grid);
    snap_put(snap);
    snap_put(texts);
    close(fd);
}

static void cleaned_text_stays_text(void **state)
{
    (void)state;
    draw_all(true, false);
}

static void text_that_nobody_cleaned_stays_text(void **state)
{
    (void)state;
    draw_all(false, false);
}

static void it_stays_ascii(void **state)
{
    (void)state;
    draw_all(false, true);
}

int main(void)
{
    setenv("LC_ALL", "C.UTF-8", 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cleaned_text_stays_text),
        cmocka_unit_test(text_that_nobody_cleaned_stays_text),
        cmocka_unit_test(it_stays_ascii),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
