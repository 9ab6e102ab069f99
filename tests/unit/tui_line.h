/* A command line with something to name: nodes, connections, bots. */
#ifndef TESTS_TUI_LINE_H
#define TESTS_TUI_LINE_H

#include <string.h>

#include "tui/acts.h"
#include "tui/command_line.h"
#include "tui_desk.h"

static const struct snap_backend nodes[] = {
    {.name = "eu-1", .url = "", .slot = 3},
    {.name = "eu-2", .url = "", .slot = 9},
    {.name = "us-west.a", .url = "", .slot = 4},
    {.name = "eu-1", .url = "", .slot = 5, .removed = true},
};
#define TEXTS .user_id = "", .client_name = "", .user_agent = "", .path = ""
static const struct snap_conn conns[] = {
    {TEXTS, .id = 7, .bot = 1, .client = {.family = 4, .bytes = {203, 0, 113, 5}}},
    {TEXTS, .id = 8, .bot = 1, .client = {.family = 4, .bytes = {203, 0, 113, 5}}},
};
static const struct snap_ip ips[] = {{.key = {.family = 4, .bytes = {203, 0, 113, 5}}}};
static const struct snap_block blocks[] = {{.key = {.family = 4, .bytes = {198, 51, 100, 1}}}};
static const struct snap_trouble no_trouble;
#define BOT(number, called, user)                                                                  \
    {                                                                                              \
        .id = (number), .name = (called), .user_id = (user), .client_name = "", .library = "",     \
        .session = "", .trouble = &no_trouble                                                      \
    }
static const struct snap_bot bots[] = {
    BOT(1, "Groove Station", "729461053382164501"),
    BOT(2, "groovy", "902817364519203847"),
    BOT(3, "twin", "11"),
    BOT(4, "twin", "22"),
    BOT(5, "a name that is longer than what one word of the command line may be long", "33"),
};
static const struct snap nodes_snap = {.backends = nodes,
                                       .backend_count = 4,
                                       .bots = bots,
                                       .bot_count = 5,
                                       .conns = conns,
                                       .conn_count = 2,
                                       .ips = ips,
                                       .ip_count = 1,
                                       .blocks = blocks,
                                       .block_count = 1};

/* An app whose command line holds this text. */
static inline void type(struct app *app, struct desk *desk, const char *text)
{
    app_init(app, record_command, desk);
    app->view.snap = &nodes_snap;
    act_prompt(app, CMD_PROMPT, 0);
    for (; *text != '\0'; text++)
        prompt_type(&app->view.prompt, *text);
}

#endif
