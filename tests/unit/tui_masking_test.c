/* Nothing that is masked shows on any screen: panels, boxes, questions, notices, hints. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/app.h"
#include "tui/box.h"
#include "tui/draw.h"
#include "tui/keys.h"
#include "tui_synthetic.h"

static int ignore_command(void *ctx, const struct command *command)
{
    (void)ctx;
    (void)command;
    return 0;
}

/* Everywhere that other people's addresses can be: 203.0.113.x, and ids 10435566778899001xx and
 * 8100112200334455xx. */
static const struct snap *snapshot(void)
{
    static struct snap_block blocks[2];
    struct synthetic how = {.conns = 9,
                            .ips = 5,
                            .backends = 3,
                            .events = 9,
                            .listen = "203.0.113.250:6923",
                            .bots = 4,
                            .players = 9};
    struct snap *snap = (struct snap *)(uintptr_t)synthetic_snap(&how);
    struct snap_event *events = (struct snap_event *)(uintptr_t)snap->events;
    struct snap_backend *backends = (struct snap_backend *)(uintptr_t)snap->backends;
    for (unsigned i = 0; i < snap->event_count; i++)
        snprintf(events[i].text, sizeof(events[i].text),
                 "#%u open 203.0.113.%u:4%u of 10435566778899001%02u", i, i + 1, i, i);
    backends[1].url = "203.0.113.77:2333";
    backends[1].state = BACKEND_OFFLINE;
    backends[1].reason = "203.0.113.77:2333 refused it";
    blocks[0].key = snap->ips[1].key;
    blocks[0].until_ms = snap->wall_ms + 60000;
    blocks[1].user = "1043556677889900177";
    blocks[1].until_ms = blocks[0].until_ms;
    snap->blocks = blocks;
    snap->block_count = snap->blocks_total = 2;
    static const char *const warnings[] = {"203.0.113.250:6980 is open to everybody"};
    snap->warnings = warnings;
    snap->warning_count = 1;
    return snap;
}

static void nothing_shows(void **state)
{
    (void)state;
    static const char *const keys[] = {
        "",       "j",       "jK",        "jb",    "L",       "L\r",   "Lj\r",    "j\r",   "2j\r",
        "2jK",    "2jb",     "3j\r",      "3jd",   "4j\r",    "4jj",   "a",       "e",     "q",
        "tj\rj",  "tj\rjl",  "tjjj\rj",   "j jjK", "tj\rj K", "jF",    "jb\ty",   "lll",   "jy",
        ":kill ", ":block ", ":unblock ", "j\rf",  "2j\rf",   "2ssss", "jw",      "2jw",   "\\ip:",
        "/",      "p",       "?",         "jbY",   "jKY",     "3jjd",  "5",       "5jj\r", "5jK",
        "5jb",    "5jy",     "5jY",       "5jw",   "5j\rf",   "5sj\r", "5\\bot:",
    };
    static const struct {
        unsigned rows, cols;
    } sizes[] = {{24, 80}, {42, 140}, {60, 200}, {12, 60}, {9, 40}};
    const struct snap *snap = snapshot();
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        for (size_t j = 0; j < sizeof(sizes) / sizeof(sizes[0]); j++) {
            struct app app;
            struct grid grid = {0};
            struct str text;
            app_init(&app, ignore_command, NULL);
            app.view.mask.on = true;
            assert_int_equal(grid_resize(&grid, sizes[j].rows, sizes[j].cols), 0);
            grid.ascii = true;
            app_update(&app, snap, 100);
            layout_draw(&grid, &app.view);
            for (const char *key = keys[i]; *key != '\0'; key++) {
                app_key(&app, *key, 100);
                layout_draw(&grid, &app.view);
                app_frame_shown(&app);
            }
            str_growing(&text);
            grid_dump(&grid, &text);
            /* What the operator types is his own. */
            if (strstr(text.ptr, "203.0.113.") != NULL || strstr(text.ptr, "1043556677") != NULL ||
                strstr(text.ptr, "8100112200") != NULL)
                fail_msg("\"%s\" at %ux%u:\n%s", keys[i], sizes[j].cols, sizes[j].rows, text.ptr);
            str_free(&text);
            app_free(&app);
            grid_free(&grid);
        }
    }
    snap_put(snap);
}

static void one_key_masks(void **state)
{
    (void)state;
    struct app app;
    struct grid grid = {0};
    const struct snap *snap = snapshot();
    app_init(&app, ignore_command, NULL);
    assert_int_equal(grid_resize(&grid, 24, 80), 0);
    app_update(&app, snap, 100);
    for (unsigned on = 0; on < 3; on++) {
        struct str text;
        layout_draw(&grid, &app.view);
        str_growing(&text);
        grid_dump(&grid, &text);
        assert_int_equal(strstr(text.ptr, "203.0.113.") == NULL, on == 1);
        assert_int_equal(strstr(text.ptr, " masked ") != NULL, on == 1);
        str_free(&text);
        app_key(&app, 'P', 100);
    }
    app_free(&app);
    grid_free(&grid);
    snap_put(snap);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_shows),
        cmocka_unit_test(one_key_masks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
