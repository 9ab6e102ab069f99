/* Ending and blocking bots: whom the keys meet, by which command, and how it is taken back. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "tui/app.h"
#include "tui/draw.h"
#include "tui_synthetic.h"

struct stage {
    struct app app;
    struct grid grid;
    const struct snap *snap;
    struct command last;
    char user[SNAP_TEXT];
    uint64_t ids[64];
    unsigned sent;
};

static int record_command(void *ctx, const struct command *command)
{
    struct stage *stage = ctx;
    stage->last = *command;
    stage->user[0] = '\0';
    if (command->user != NULL)
        snprintf(stage->user, sizeof(stage->user), "%s", command->user);
    for (unsigned i = 0; command->ids != NULL && i < command->id_count && i < 64; i++)
        stage->ids[i] = command->ids[i];
    stage->sent++;
    return 0;
}

static void begin(struct stage *stage)
{
    static const struct synthetic how = {
        .conns = 38, .ips = 17, .backends = 5, .bots = 7, .players = 31};
    memset(stage, 0, sizeof(*stage));
    stage->snap = synthetic_snap(&how);
    app_init(&stage->app, record_command, stage);
    model_group(&stage->app.view.model, GROUP_BOT);
    assert_int_equal(grid_resize(&stage->grid, 30, 100), 0);
    app_update(&stage->app, stage->snap, 100);
}

static void end(struct stage *stage)
{
    app_free(&stage->app);
    grid_free(&stage->grid);
    snap_put(stage->snap);
}

static void press(struct stage *stage, const char *keys)
{
    for (; *keys != '\0'; keys++) {
        layout_draw(&stage->grid, &stage->app.view);
        app_frame_shown(&stage->app);
        app_key(&stage->app, *keys, 100);
    }
}

static const struct {
    const char *keys;
    unsigned sent;
    enum command_type type;
    enum kill_mode mode;
    unsigned seconds;
    const char *user;
    unsigned ids;
    const char *notice; /* its beginning */
} typed[] = {
    {"jKy", 1, COMMAND_KILL_USER, KILL_CLOSE, 0, "1043556677889900112", 6, ""},
    {"jKY", 1, COMMAND_KILL_USER, KILL_RESET, 0, "1043556677889900112", 6, ""},
    {"jKb", 1, COMMAND_KILL_USER, KILL_CLOSE, 600, "1043556677889900112", 6, ""},
    {"jK\r", 0, 0, 0, 0, "", 0, ""},
    {"jKn", 0, 0, 0, 0, "", 0, ""},
    {"jb1", 1, COMMAND_BLOCK_USER, 0, 60, "1043556677889900112", 6, ""},
    {"jb4", 1, COMMAND_BLOCK_USER, 0, 86400, "1043556677889900112", 6, ""},
    {"jb\r", 0, 0, 0, 0, "", 0, ""},
    {"jbi", 0, 0, 0, 0, "", 0, ""},
    {"jbi2", 6, COMMAND_BLOCK, 0, 600, "", 0, ""},
    /* One without a User-Id: its connections and IPs are all there is. */
    {"jjjjKy", 1, COMMAND_KILL, KILL_CLOSE, 0, "", 6, ""},
    {"jjjjKb", 1, COMMAND_KILL, KILL_CLOSE, 600, "", 6, ""},
    {"jjjjb2", 6, COMMAND_BLOCK, 0, 600, "", 0, ""},
    /* One that is gone: its User-Id can be blocked. */
    {"jjjjjjjK", 0, 0, 0, 0, "", 0, "the bot has no connection; b blocks its User-Id"},
    {"jjjjjjjb1", 1, COMMAND_BLOCK_USER, 0, 60, "1043556677889900118", 0, ""},
    /* What is of no bot is a group like others. */
    {"GKy", 1, COMMAND_KILL, KILL_CLOSE, 0, "", 2, ""},
    /* From its box, and from the command line. */
    {"jj\rKy", 1, COMMAND_KILL_USER, KILL_CLOSE, 0, "1043556677889900113", 6, ""},
    {"j jj\rKy", 1, COMMAND_KILL_USER, KILL_CLOSE, 0, "1043556677889900114", 6, ""},
    {"j jj\rb3", 1, COMMAND_BLOCK_USER, 0, 3600, "1043556677889900114", 6, ""},
    {":kill 1043556677889900113 reset\ry", 0, 0, 0, 0, "", 0, ""},
    {":kill 1043556677889900113 reset\rY", 1, COMMAND_KILL_USER, KILL_RESET, 0,
     "1043556677889900113", 6, ""},
    {":kill hydra\ry", 1, COMMAND_KILL, KILL_CLOSE, 0, "", 6, ""},
    {":kill hydra block 20m\rb", 1, COMMAND_KILL, KILL_CLOSE, 1200, "", 6, ""},
    {":block 1043556677889900113 20m\ry", 1, COMMAND_BLOCK_USER, 0, 1200, "1043556677889900113", 6,
     ""},
    {":block nobody\r", 0, 0, 0, 0, "", 0, "nobody is no IP address and no bot"},
};

static void keys_meet_the_bot(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(typed) / sizeof(typed[0]); i++) {
        struct stage stage;
        begin(&stage);
        press(&stage, typed[i].keys);
        if (stage.sent != typed[i].sent)
            print_error("%s\n", typed[i].keys);
        assert_int_equal(stage.sent, typed[i].sent);
        if (stage.sent > 0) {
            assert_int_equal(stage.last.type, typed[i].type);
            assert_int_equal(stage.last.mode, typed[i].mode);
            assert_true(stage.last.seconds == typed[i].seconds);
            assert_string_equal(stage.user, typed[i].user);
            assert_int_equal(stage.last.id_count, typed[i].ids);
            for (unsigned j = 0; j < stage.last.id_count; j++)
                assert_non_null(snap_find_conn(stage.snap, stage.ids[j]));
        }
        assert_int_equal(strncmp(stage.app.view.notice, typed[i].notice, strlen(typed[i].notice)),
                         0);
        end(&stage);
    }
}

static void a_block_is_taken_back(void **state)
{
    (void)state;
    struct stage stage;
    struct command_result result = {.code = COMMAND_DONE, .blocked = 1, .text = "blocked"};
    begin(&stage);
    press(&stage, "jb2");
    acting_answered(&stage.app, &result, 100);
    press(&stage, "u");
    assert_int_equal(stage.sent, 2);
    assert_int_equal(stage.last.type, COMMAND_UNBLOCK_USER);
    assert_string_equal(stage.user, "1043556677889900112");
    press(&stage, "u");
    assert_int_equal(stage.sent, 2);
    /* After that of an IP, the bot's is no longer to be had. */
    press(&stage, "jb2");
    acting_answered(&stage.app, &result, 100);
    press(&stage, "GGgbi2");
    acting_answered(&stage.app, &result, 100);
    unsigned before = stage.sent;
    press(&stage, "u");
    assert_true(stage.sent > before);
    assert_int_equal(stage.last.type, COMMAND_UNBLOCK);
    end(&stage);
}

static void read_only_refuses(void **state)
{
    (void)state;
    static const char *const keys[] = {"jKy", "jb1", "j\rKy", "j\rb1"};
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        struct stage stage;
        begin(&stage);
        stage.app.view.read_only = true;
        press(&stage, keys[i]);
        assert_int_equal(stage.sent, 0);
        end(&stage);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_meet_the_bot),
        cmocka_unit_test(a_block_is_taken_back),
        cmocka_unit_test(read_only_refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
