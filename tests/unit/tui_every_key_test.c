/* Every key of the table has an effect: each command with what is pressed before it, and what is
 * then on the screen, or sent, that was not before. Who adds a command adds its row here. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tui/app.h"
#include "tui/draw.h"
#include "tui/keys.h"
#include "tui_synthetic.h"

#define SHOWN '\002' /* a frame reaches the terminal */
#define DIFFERS ""   /* the next frame is another one, in its characters or its looks */

static const struct {
    const char *name;
    const char *before; /* keys; SHOWN between them where a question is answered */
    const char *shows;  /* in the next frame and not in the one before; NULL: something sent */
    enum command_type sends;
} effects[] = {
    {"help", "", "Help 1/", 0},
    {"sort", "", "Sort by", 0},
    {"check", "", NULL, COMMAND_CHECK},
    {"kill", "jj", "Kill connection?", 0},
    {"block", "jj", "Block IP?", 0},
    {"undo", "", "nothing to undo", 0},
    {"blocks", "", "Blocked IPs and bots", 0},
    {"drain", "jj", "Drain backend?", 0},
    {"copy", "jj", "select it with the mouse", 0},
    {"copy.row", "jj", "\"clientIp\":\"203.0.113.17\"", 0},
    {"write", "", "write to:", 0},
    {"quit", "", "Quit lavaproxy?", 0},
    {"prompt", "", "kill block unblock", 0},
    {"refresh.slower", "", "LIVE 2s", 0},
    {"refresh.faster", "", "LIVE 0.5s", 0},
    {"row.prev", "jj", "> 1167", 0},
    {"row.next", "jj", "> 1335", 0},
    {"page.up", "jjj", "> 1167", 0},
    {"page.down", "jj", "> ", 0},
    {"half.up", "jjj", "> 1167", 0},
    {"half.down", "jj", "> 1342", 0},
    {"row.first", "jjj", "> 1167", 0},
    {"row.last", "jj", "> ", 0},
    {"columns.left", "lll", "KIND", 0},
    {"columns.right", "", "PATH", 0},
    {"row.none", "jj", "\n  1293 v4 WS", 0},
    {"panel.connections", "", "[1 Conns 50]", 0},
    {"panel.ips", "", "[2 IPs", 0},
    {"panel.backends", "", "[3 Backends", 0},
    {"panel.events", "", "[4 Events", 0},
    {"panel.players", "", "[5 Players", 0},
    {"alerts", "", "Alerts (4)", 0},
    {"panel.next", "", "[IPs by rate", 0},
    {"panel.prev", "", "[Events]", 0},
    {"row.details", "jj", "Connection #1293", 0},
    {"row.tag", "jj", "*1293", 0},
    {"row.untag", "jj ", "\n  1293 v4", 0},
    {"row.follow", "jj", "following #1293", 0},
    {"group", "", "grouped by IP", 0},
    {"group.menu", "", "Group connections by", 0},
    {"sort.reverse", "", "OUT/s ^", 0},
    {"sort.rate", "", "OUT/s ^", 0},
    {"sort.total", "", "TOTALv", 0},
    {"sort.age", "", "AGEv", 0},
    {"sort.ip", "", "IP ^", 0},
    {"sort.backend", "", "BACKEND^", 0},
    {"find", "", "n next  N previous", 0},
    {"find.next", "/moon\r", "> ", 0},
    {"find.prev", "/moon\r", "> ", 0},
    {"filter", "", "filter>", 0},
    {"filter.toggle", "\\client:moon\r", DIFFERS, 0},
    {"pause", "", "PAUSED", 0},
    {"past.back", "", "PAUSED", 0},
    {"past.on", "", "live already", 0},
    {"dialog.answer", "q\002", DIFFERS, 0},
    {"dialog.page", "?\002", DIFFERS, 0},
    {"dialog.keep", "q\002", DIFFERS, 0},
    {"dialog.next", "q\002", DIFFERS, 0},
    {"dialog.prev", "q\002", DIFFERS, 0},
    {"prompt.run", ":quit", "Quit lavaproxy?", 0},
    {"prompt.complete", ":dr", ":drain", 0},
    {"prompt.erase", ":abc", ":ab", 0},
    {"prompt.delete", ":abc\001", ":bc", 0},
    {"prompt.left", ":abc", DIFFERS, 0},
    {"prompt.right", ":abc\001", DIFFERS, 0},
    {"prompt.first", ":abc", DIFFERS, 0},
    {"prompt.last", ":abc\001", DIFFERS, 0},
    {"prompt.clear", ":abc", DIFFERS, 0},
    {"prompt.leave", ":abc", "F10Quit", 0},
    {"mask", "", DIFFERS, 0},
    {"units", "", DIFFERS, 0},
    {"mouse", "", "mouse", 0},
    {"theme", "", DIFFERS, 0},
    {"setup", "", DIFFERS, 0},
    {"redraw", "", NULL, 0}, /* asks whoever draws to begin anew */
    {"interrupt", "", "Quit lavaproxy?", 0},
    {"suspend", "", "Ctrl-Z is ignored", 0},
};
#define EFFECTS (sizeof(effects) / sizeof(effects[0]))

struct stage {
    struct app app;
    struct grid grid;
    struct command last;
    unsigned sent;
    struct str text;
};

static int record_command(void *ctx, const struct command *command)
{
    struct stage *stage = ctx;
    stage->last = *command;
    stage->sent++;
    return 0;
}

static void draw(struct stage *stage)
{
    layout_draw(&stage->grid, &stage->app.view);
    app_frame_shown(&stage->app);
    str_reset(&stage->text);
    grid_dump(&stage->grid, &stage->text);
}

static void open_stage(struct stage *stage, const struct snap *snap)
{
    memset(stage, 0, sizeof(*stage));
    str_growing(&stage->text);
    app_init(&stage->app, record_command, stage);
    assert_int_equal(grid_resize(&stage->grid, 42, 140), 0);
    app_update(&stage->app, snap, 100);
    draw(stage);
}

static void close_stage(struct stage *stage)
{
    app_free(&stage->app);
    grid_free(&stage->grid);
    str_free(&stage->text);
}

/* What is wrong with a key, or NULL. `before` is the frame before it. */
static const char *complaint(const struct stage *stage, size_t effect, const char *before,
                             const struct cell *cells, size_t size)
{
    const char *shows = effects[effect].shows;
    if (strcmp(effects[effect].name, "redraw") == 0)
        return stage->app.redraw ? NULL : "asks for nothing";
    if (shows == NULL)
        return stage->sent == 1 && stage->last.type == effects[effect].sends ? NULL
                                                                             : "sends nothing";
    if (shows[0] == '\0')
        return memcmp(cells, stage->grid.cells, size) != 0 ? NULL : "changes nothing";
    if (strcmp(before, stage->text.ptr) == 0)
        return "changes nothing";
    const char *had = strstr(before, shows), *has = strstr(stage->text.ptr, shows);
    if (has == NULL)
        return "does not show it";
    /* Where only the mark moves, it is to stand elsewhere. */
    return had == NULL || strcmp(had, has) != 0 ? NULL : "showed it before";
}

static void try_key(const struct snap *snap, size_t effect, int key)
{
    static struct stage stage;
    static struct cell cells[42 * 140];
    static char before[40000];
    char name[KEYS_NAME_MAX];
    double now = 100;
    open_stage(&stage, snap);
    for (const char *at = effects[effect].before; *at != '\0'; at++) {
        if (*at != SHOWN)
            app_key(&stage.app, *at, now += 0.1);
        draw(&stage);
    }
    memcpy(cells, stage.grid.cells, sizeof(cells));
    snprintf(before, sizeof(before), "%s", stage.text.ptr);
    stage.sent = 0;
    app_key(&stage.app, key, now + 0.1);
    draw(&stage);
    const char *wrong = complaint(&stage, effect, before, cells, sizeof(cells));
    if (wrong != NULL) {
        print_error("%s", stage.text.ptr);
        fail_msg("%s (%s) %s", effects[effect].name, keys_name(name, key), wrong);
    }
    close_stage(&stage);
}

static void every_key_has_its_effect(void **state)
{
    (void)state;
    struct synthetic how = {.conns = 50, .ips = 20, .backends = 5, .events = 100};
    const struct snap *snap = synthetic_snap(&how);
    for (size_t i = 0; i < keys_count; i++) {
        size_t effect = 0;
        while (effect < EFFECTS && strcmp(effects[effect].name, keys_table[i].name) != 0)
            effect++;
        if (effect == EFFECTS)
            fail_msg("what %s does stands nowhere: add it to this test", keys_table[i].name);
        for (unsigned j = 0; j < KEYS_PER_COMMAND && keys_table[i].keys[j] != KEYS_NONE; j++)
            try_key(snap, effect, keys_table[i].keys[j]);
    }
    snap_put(snap);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_key_has_its_effect)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
