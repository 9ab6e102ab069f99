/*
 * Whole screens against files in tests/unit/golden/. With GOLDEN=write in the environment the files
 * are written anew instead of compared.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tui/app.h"
#include "tui/draw.h"
#include "tui/keys.h"
#include "tui_synthetic.h"

struct shot {
    const char *name;
    unsigned cols, rows;
    bool ascii;
    const char *keys; /* pressed before the picture; see press() */
    struct synthetic how;
};

#define USUAL                                                                                      \
    {                                                                                              \
        .conns = 38, .ips = 17, .backends = 5, .events = 30                                        \
    }

#define LONG                                                                                       \
    {                                                                                              \
        .conns = 38, .ips = 17, .backends = 5, .events = 30, .long_names = true                    \
    }
#define STATES(count)                                                                              \
    {                                                                                              \
        .conns = 38, .ips = 17, .backends = (count), .events = 30, .states = true                  \
    }
#define PORT                                                                                       \
    {                                                                                              \
        .conns = 38, .ips = 17, .backends = 5, .events = 3, .listen = "127.0.0.1:27200",           \
        .read_only = true                                                                          \
    }

#define RICH                                                                                       \
    {                                                                                              \
        .conns = 38, .ips = 17, .backends = 5, .events = 30, .ipv6 = true, .demo = true,           \
        .read_only = true, .connections = 40                                                       \
    }
#define MANY                                                                                       \
    {                                                                                              \
        .conns = 300, .ips = 90, .backends = 64, .events = 200, .ipv6 = true, .connections = 4096  \
    }
#define BLOCKED                                                                                    \
    {                                                                                              \
        .conns = 12, .ips = 5, .backends = 2, .events = 3, .blocked = true                         \
    }
#define BOTS                                                                                       \
    {                                                                                              \
        .conns = 38, .ips = 17, .backends = 5, .events = 30, .bots = 7, .players = 31              \
    }
#define DEMO                                                                                       \
    {                                                                                              \
        .conns = 38, .ips = 17, .backends = 5, .events = 30, .bots = 7, .players = 31,             \
        .demo = true                                                                               \
    }
#define UNSEEN                                                                                     \
    {                                                                                              \
        .conns = 38, .ips = 17, .backends = 5, .events = 30, .unseen = true                        \
    }
#define NOTHING                                                                                    \
    {                                                                                              \
        .quiet_nodes = true                                                                        \
    }

static const struct shot shots[] = {
    {"80x24", 80, 24, true, "jj", USUAL},
    {"140x42", 140, 42, true, "j", USUAL},
    {"140x42-utf8", 140, 42, false, "j", USUAL},
    {"120x40", 120, 40, true, "", USUAL},
    {"60x12", 60, 12, true, "j", USUAL},
    {"40x10", 40, 10, true, "", USUAL},
    {"80x24-warning",
     80,
     24,
     true,
     "",
     {.conns = 3, .ips = 3, .backends = 2, .events = 2, .warnings = 2}},
    {"80x24-empty", 80, 24, true, "", {.conns = 0, .ips = 0, .backends = 1, .events = 0}},
    {"80x24-kill", 80, 24, true, "jjK", USUAL},
    {"80x24-quit", 80, 24, true, "q\t", USUAL},
    {"80x24-sort", 80, 24, true, "s", USUAL},
    {"80x24-setup", 80, 24, true, "Sj", USUAL},
    {"80x24-group", 80, 24, true, "vvv", USUAL},
    {"80x24-grouped", 80, 24, true, "vjj\rjjljj", USUAL},
    {"140x42-grouped", 140, 42, true, "vjjj\rjl", USUAL},
    {"200x60-grouped", 200, 60, true, "vjjjjj\rvG\rvk\r", USUAL},
    {"80x24-bots", 80, 24, true, "j", BOTS},
    {"80x24-demo", 80, 24, true, "", DEMO},
    {"60x12-demo", 60, 12, true, "", DEMO},
    {"80x24-bots-conns", 80, 24, true, "tj", BOTS},
    {"80x24-bots-open", 80, 24, true, "jljj", BOTS},
    {"80x24-kill-bot-conn", 80, 24, true, "jljjjjK", BOTS},
    {"80x24-kill-bot", 80, 24, true, "jjK", BOTS},
    {"80x24-block-bot", 80, 24, true, "jjb", BOTS},
    {"60x12-block-bot", 60, 12, true, "jjPb", BOTS},
    {"40x10-kill-bot", 40, 10, true, "jjK", BOTS},
    {"80x24-bots-filtered", 80, 24, true, "\\bot:nobody\r", BOTS},
    {"80x24-bots-some", 80, 24, true, "\\players>25\r", BOTS},
    {"80x24-bot-conn", 80, 24, true, "jljjj\r", BOTS},
    {"80x24-bot", 80, 24, true, "j\r", BOTS},
    {"80x24-bot-end", 80, 24, true, "jj\r    ", BOTS},
    {"140x42-bot", 140, 42, false, "j\r", BOTS},
    {"60x12-bot", 60, 12, true, "jjP\r", BOTS},
    {"60x12-bots", 60, 12, true, "jl", BOTS},
    {"140x42-bots", 140, 42, true, "jlG", BOTS},
    {"140x42-bots-utf8", 140, 42, false, "jP", BOTS},
    {"200x60-bots", 200, 60, true, "jljjjjjjjl", BOTS},
    {"80x24-players", 80, 24, true, "5jj", BOTS},
    {"140x42-players", 140, 42, true, "5", BOTS},
    {"140x42-players-utf8", 140, 42, false, "5PsG\r", BOTS},
    {"60x12-players", 60, 12, true, "5j", BOTS},
    {"80x24-players-filter", 80, 24, true, "5\\bot:muse & rick", BOTS},
    {"80x24-players-none", 80, 24, true, "5", USUAL},
    {"80x24-player", 80, 24, true, "5jjj\r", BOTS},
    {"60x12-player", 60, 12, true, "5jP\r", BOTS},
    {"80x24-backend-times", 80, 24, true, "3j\r", BOTS},
    {"80x24-players-sort", 80, 24, true, "5s", BOTS},
    {"80x24-players-kill", 80, 24, true, "5jK", BOTS},
    {"80x24-tagged", 80, 24, true, "j  jF\x0c", USUAL},
    {"140x42-masked", 140, 42, true, "jP", USUAL},
    {"80x24-bits", 80, 24, true, "%", USUAL},
    {"80x24-messages", 80, 24, true, "%%", USUAL},
    {"80x24-columns", 80, 24, true, "lllll", USUAL},
    {"80x24-details", 80, 24, true, "j\r", USUAL},
    {"60x24-details", 60, 24, true, "Pj\r", USUAL},
    {"80x24-copy", 80, 24, true, "jjY", USUAL},
    {"60x12-copy-end", 60, 12, true, "jjY ", USUAL},
    {"80x24-write", 80, 24, true, "w", USUAL},
    {"80x24-help", 80, 24, true, "?", USUAL},
    {"40x10-quit", 40, 10, true, "q", USUAL},
    {"50x10-quit", 50, 10, true, "q", USUAL},
    {"80x24-read-only", 80, 24, true, "", PORT},
    {"60x12-warning",
     60,
     12,
     false,
     "",
     {.conns = 3, .ips = 3, .backends = 2, .warnings = 1, .listen = "127.0.0.1:27200"}},
    {"60x12-ips", 60, 12, true, "2jj", USUAL},
    {"60x12-backends", 60, 12, true, "\t\t", LONG},
    {"60x12-events", 60, 12, true, "4\x06", USUAL},
    {"60x24-help", 60, 24, true, "?", USUAL},
    {"60x24-help-end", 60, 24, true, "?\t\t\t\t\t\t\t\t", USUAL},
    {"80x24-help-search", 80, 24, true, "?Block", USUAL},
    {"140x42-help", 140, 42, true, "?", USUAL},
    {"80x24-backends", 80, 24, true, "3", LONG},
    {"140x42-names", 140, 42, true, "", LONG},
    {"60x12-notice", 60, 12, true, ":drain a-name-of-a-backend of several words nobody has\r",
     USUAL},
    {"80x24-prompt", 80, 24, true, ":drain u", USUAL},
    {"40x10-prompt", 40, 10, true, ":drain a-node-with-a-very-long-name-indeed", USUAL},
    {"80x24-filter", 80, 24, true, "\\ip:203.0.113.0/28 & rate>100K", USUAL},
    {"80x24-filter-wrong", 80, 24, true, "\\v:3\r\\ rate>10Q", USUAL},
    {"60x12-filter-wrong", 60, 12, true, "\\v:3 or something that is too long \"to fit", USUAL},
    {"80x24-find", 80, 24, true, "/us-", USUAL},
    {"80x24-paused", 80, 24, true, "p", USUAL},
    {"40x10-paused", 40, 10, true, "p", USUAL},
    {"60x12-kill-tagged", 60, 12, true, "j     K", USUAL},
    {"60x12-block-tagged", 60, 12, true, "j    b", USUAL},
    {"40x8-block", 40, 8, true, "jb", USUAL},
    {"40x3-paused", 40, 3, true, "p", USUAL},
    {"60x12-paused", 60, 12, false, "p", USUAL},
    {"80x24-filter-none", 80, 24, true, "\\no-such-client\r", USUAL},
    {"80x24-states", 80, 24, true, "3", STATES(6)},
    {"80x24-troubles", 80, 24, true, "", STATES(6)},
    {"60x12-states", 60, 12, true, "3", STATES(6)},
    {"40x10-states", 40, 10, true, "", STATES(3)},
    {"140x42-states", 140, 42, true, "", STATES(2)},
    {"200x60-utf8", 200, 60, false, "\tj", RICH},
    {"200x60", 200, 60, true, "", MANY},
    {"100x30-utf8", 100, 30, false, "\t\tjj", RICH},
    {"100x30", 100, 30, true, "", MANY},
    {"79x23", 79, 23, true, "j", RICH},
    {"79x23-ips-utf8", 79, 23, false, "2jjs", RICH},
    {"140x42-ips", 140, 42, false, "2jjj", RICH},
    {"140x42-backends", 140, 42, false, "3j", MANY},
    {"140x42-events", 140, 42, true, "essjj", RICH},
    {"80x24-nothing", 80, 24, false, "", NOTHING},
    {"140x42-nothing", 140, 42, true, "", NOTHING},
    {"140x42-unseen", 140, 42, true, "3\r", UNSEEN},
    {"80x24-alerts", 80, 24, true, "a", RICH},
    {"60x12-alerts", 60, 12, true, "a", RICH},
    {"40x10-demo", 40, 10, true, "", RICH},
    {"80x24-ip", 80, 24, true, "\tj\r", RICH},
    {"60x12-ip", 60, 12, true, "2jj\r", RICH},
    {"140x42-backend", 140, 42, false, "\t\tjj\r", RICH},
    {"60x12-backend", 60, 12, true, "3jjjj\r", RICH},
    {"140x42-tagged", 140, 42, true, "j j j", USUAL},
    {"79x23-blocked", 79, 23, true, "2", BLOCKED},
    {"80x24-blocked-ip", 80, 24, true, "\tj\r", BLOCKED},
    {"80x24-event", 80, 24, true, "ejj\r", RICH},
};

static int ignore_command(void *ctx, const struct command *command)
{
    (void)ctx;
    (void)command;
    return 0;
}

static void draw_shot(const struct shot *shot, struct str *out)
{
    struct app app;
    struct grid grid = {0};
    const struct snap *snap = synthetic_snap(&shot->how);
    app_init(&app, ignore_command, NULL);
    assert_int_equal(grid_resize(&grid, shot->rows, shot->cols), 0);
    grid.ascii = shot->ascii;
    if (shot->how.bots > 0)
        model_group(&app.view.model, GROUP_BOT);
    app_update(&app, snap, 100);
    layout_draw(&grid, &app.view);
    for (const char *key = shot->keys; *key != '\0'; key++) {
        app_key(&app, *key, 100);
        layout_draw(&grid, &app.view);
        app_frame_shown(&app);
    }
    layout_draw(&grid, &app.view);
    grid_dump(&grid, out);
    app_free(&app);
    grid_free(&grid);
    snap_put(snap);
}

static void compare(const struct shot *shot, const char *drawn)
{
    char path[200], golden[40000];
    snprintf(path, sizeof(path), "tests/unit/golden/%s.txt", shot->name);
    const char *mode = getenv("GOLDEN");
    bool write = mode != NULL && strcmp(mode, "write") == 0;
    FILE *file = fopen(path, write ? "w" : "r");
    if (file == NULL)
        fail_msg("cannot open %s; run from the top of the tree", path);
    if (write) {
        fputs(drawn, file);
        fclose(file);
        return;
    }
    golden[fread(golden, 1, sizeof(golden) - 1, file)] = '\0';
    fclose(file);
    if (strcmp(golden, drawn) != 0)
        print_error("%s differs; drawn:\n%s", path, drawn);
    assert_string_equal(drawn, golden);
}

static void screens_are_golden(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(shots) / sizeof(shots[0]); i++) {
        struct str text;
        str_growing(&text);
        draw_shot(&shots[i], &text);
        compare(&shots[i], text.ptr);
        str_free(&text);
    }
}

/* No size, however odd, reaches beyond the grid or fails (run under ASan). */
static void every_size_draws(void **state)
{
    (void)state;
    static const char *const keys[] = {"",      "jK",   "q",    "s",         "?",
                                       "2j",    "3G",   "4 ",   ":check eu", "vjj\rjll F",
                                       "tjllj", "j\rj", "j\r\t"};
    for (unsigned rows = 1; rows <= 60; rows += 1 + rows / 12) {
        for (unsigned cols = 1; cols <= 260; cols += 1 + cols / 10) {
            for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
                struct shot shot = {
                    "any",
                    cols,
                    rows,
                    (rows + cols) % 2 == 0,
                    keys[i],
                    {.conns = 9, .ips = 5, .backends = 5, .events = 9, .warnings = rows % 3}};
                struct str text;
                str_growing(&text);
                draw_shot(&shot, &text);
                assert_non_null(text.ptr);
                str_free(&text);
            }
        }
    }
}

/* The column in which `needle` begins in the row, counted in cells. */
static int column_of(const struct grid *grid, unsigned row, const char *needle)
{
    for (unsigned col = 0; col + strlen(needle) <= grid->cols; col++) {
        unsigned i = 0;
        while (needle[i] != '\0' &&
               grid->cells[row * grid->cols + col + i].ch == (unsigned char)needle[i])
            i++;
        if (needle[i] == '\0')
            return (int)col;
    }
    return -1;
}

/* The panels in sight say what they are, and stand one below the other, at every size. */
static void every_panel_keeps_its_head(void **state)
{
    (void)state;
    static const char *const heads[] = {"CLIENT", "IPs by ", "Backends", "Events"};
    struct synthetic how = {.conns = 40, .ips = 30, .backends = 9, .events = 40, .ipv6 = true};
    for (unsigned rows = 12; rows <= 70; rows += 1 + rows / 20) {
        for (unsigned cols = 60; cols <= 220; cols += 3) {
            const bool small = cols < 80 || rows < 24;
            struct app app;
            struct grid grid = {0};
            how.warnings = rows % 2;
            const struct snap *snap = synthetic_snap(&how);
            app_init(&app, ignore_command, NULL);
            assert_int_equal(grid_resize(&grid, rows, cols), 0);
            app_update(&app, snap, 0);
            for (unsigned i = 0; i < 4; i++) {
                int found = 0, bar = 0;
                app.view.panels.focus = (enum panel)(PANEL_CONNECTIONS + i);
                layout_draw(&grid, &app.view);
                for (unsigned row = 0; row < rows; row++) {
                    found += column_of(&grid, row, heads[i]) >= 0 && row + 2 < rows;
                    bar += row + 1 == rows && column_of(&grid, row, "F1Help") == 0;
                }
                assert_true(found >= 1 && bar == 1);
                assert_true(!small || column_of(&grid, rows - 2, "1 Conns") >= 0);
            }
            app_free(&app);
            grid_free(&grid);
            snap_put(snap);
        }
    }
}

/* A kill draws a picture between two seconds: nothing was moved in between, and nothing shifts. */
static void another_picture_of_a_second_is_the_same(void **state)
{
    (void)state;
    struct synthetic how = {.conns = 40, .ips = 30, .backends = 9, .events = 40};
    for (unsigned pictures = 1; pictures < 8; pictures++) {
        struct str once, again;
        str_growing(&once);
        str_growing(&again);
        draw_shot(&(struct shot){"once", 140, 42, true, "", how}, &once);
        how.pictures = pictures;
        draw_shot(&(struct shot){"again", 140, 42, true, "", how}, &again);
        how.pictures = 0;
        assert_string_equal(once.ptr, again.ptr);
        str_free(&once);
        str_free(&again);
    }
}

static void addresses_are_never_cut(void **state)
{
    (void)state;
    static const struct {
        const char *listen, *full, *port;
    } cases[] = {{"127.0.0.1:27200", " 127.0.0.1:27200 ", " :27200 "},
                 {"[2001:db8:1234:5678:9abc:def0:1234:5678]:6923",
                  " [2001:db8:1234:5678:9abc:def0:1234:5678]:6923 ", " :6923 "},
                 {"10.0.0.1:6923 10.0.0.2:6924 [::1]:6925 10.0.0.4:6926",
                  " 10.0.0.1:6923 10.0.0.2:6924 [::1]:6925 10.0.0.4:6926 ", " :6923 "}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct synthetic how = {
            .conns = 17, .ips = 2, .backends = 2, .listen = cases[i].listen, .read_only = true};
        const struct snap *snap = synthetic_snap(&how);
        for (unsigned cols = 60; cols <= 200; cols++) {
            struct app app;
            struct grid grid = {0};
            app_init(&app, ignore_command, NULL);
            assert_int_equal(grid_resize(&grid, 24, cols), 0);
            app_update(&app, snap, 0);
            layout_draw(&grid, &app.view);
            assert_true(column_of(&grid, 0, cases[i].full) >= 0 ||
                        column_of(&grid, 0, cases[i].port) >= 0);
            assert_true(column_of(&grid, 0, "  up 3d04:12") > 0);
            assert_true(column_of(&grid, 0, "read-only ") > 0);
            assert_true(cols < 130 || column_of(&grid, 0, " web 127.0.0.1:6980 ") > 0 ||
                        column_of(&grid, 0, " web :6980 ") > 0 || column_of(&grid, 0, " web") < 0);
            app_free(&app);
            grid_free(&grid);
        }
        snap_put(snap);
    }
}

static void hostile_text_keeps_columns(void **state)
{
    (void)state;
    static const char *const names[] = {
        "plain",
        "\033]0;title\a",
        "\xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2\xe5",
        "e\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81",
        "\xe2\x80\xaertl\xe2\x80\xac\xe2\x80\x8b\xe2\x80\x8b",
        "\xff\xfe\xc0\x80\xed\xa0\x80",
        "tab\tnewline\nreturn\r\b\b\b",
        "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa7",
        "<script>alert(1)</script> $(reboot) %s%n",
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct app app;
        struct grid grid = {0};
        struct synthetic how = {.conns = 4, .ips = 2, .backends = 2, .client = names[i]};
        const struct snap *snap = synthetic_snap(&how);
        app_init(&app, ignore_command, NULL);
        assert_int_equal(grid_resize(&grid, 24, 80), 0);
        app_update(&app, snap, 0);
        layout_draw(&grid, &app.view);
        int head = column_of(&grid, 2, "BACKEND");
        assert_true(head > 0);
        assert_int_equal(column_of(&grid, 3, "eu-a"), head);
        assert_int_equal(column_of(&grid, 4, "eu-b"), head);
        for (size_t j = 0; j < (size_t)grid.rows * grid.cols; j++)
            assert_true(grid.cells[j].ch >= 0x20 && grid.cells[j].ch != 0x7f);
        app_free(&app);
        grid_free(&grid);
        snap_put(snap);
    }
}

int main(void)
{
    setenv("TZ", "UTC", 1);
    tzset();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(screens_are_golden),
        cmocka_unit_test(every_size_draws),
        cmocka_unit_test(every_panel_keeps_its_head),
        cmocka_unit_test(addresses_are_never_cut),
        cmocka_unit_test(hostile_text_keeps_columns),
        cmocka_unit_test(another_picture_of_a_second_is_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
