/*
 * Kill, block and unblock: what the query asks for, and the words for what came of it.
 */
#include <stdlib.h>

#include "base/human.h"
#include "web/ask.h"
#include "web/client.h"
#include "web/doc.h"
#include "web/query.h"
#include "web/serve.h"

#define BLOCK_SECONDS_MAX 31536000.0
#define DURATION_MAX_BYTES 32
#define MODE_MAX_BYTES 8
#define BAD_TIME "The time is not one, such as 90s, 10m, 12h or good, or more than a year."

/* A time of the request, if it is there; false: it is there and no good. */
static bool read_seconds(const struct client *c, struct slice name, double *seconds)
{
    char memory[DURATION_MAX_BYTES];
    struct str text;
    struct err err;
    str_fixed(&text, memory, sizeof(memory));
    enum query_result found = serve_value(c, name, &text);
    if (found == QUERY_ABSENT)
        return true;
    if (found == QUERY_FOUND && slice_equal(str_slice(&text), SLICE("good"))) {
        *seconds = BLOCK_FOR_GOOD;
        return true;
    }
    return found == QUERY_FOUND && human_parse_duration(str_slice(&text), seconds, &err) >= 0 &&
           *seconds > 0 && *seconds <= BLOCK_SECONDS_MAX;
}

static bool read_ip(const struct client *c, struct addr *addr)
{
    char memory[ADDR_TEXT_MAX];
    struct str text;
    str_fixed(&text, memory, sizeof(memory));
    return serve_value(c, SLICE("ip"), &text) == QUERY_FOUND && addr_parse(str_slice(&text), addr);
}

/* Likewise, into the client and its command; false: there is none, or it is no good. */
static bool read_user(struct client *c)
{
    char memory[SNAP_TEXT];
    struct str text;
    str_fixed(&text, memory, sizeof(memory));
    c->command.user = c->user.text;
    return serve_value(c, SLICE("userId"), &text) == QUERY_FOUND &&
           user_name_of(&c->user, slice_trim(str_slice(&text)));
}

/* How to end connections, and whether to block; NULL when it is good, else what is wrong with it.
 */
static const char *read_how(struct client *c)
{
    char memory[MODE_MAX_BYTES];
    struct str text;
    str_fixed(&text, memory, sizeof(memory));
    enum query_result found = serve_value(c, SLICE("mode"), &text);
    if (found == QUERY_FOUND && slice_equal(str_slice(&text), SLICE("close")))
        c->command.mode = KILL_CLOSE;
    else if (found == QUERY_BAD ||
             (found == QUERY_FOUND && !slice_equal(str_slice(&text), SLICE("reset"))))
        return "The mode is close or reset.";
    return read_seconds(c, SLICE("block"), &c->command.seconds) ? NULL : BAD_TIME;
}

void ask_kill(struct client *c)
{
    c->command = (struct command){.type = COMMAND_KILL, .id = c->call.id};
    const char *wrong = read_how(c);
    if (wrong)
        serve_error(c, 400, wrong);
    else
        ask_control(c);
}

/* The ids of a list with commas between; 0: it is none. `ids` has room for one id each two
 * characters. */
static unsigned read_ids(struct slice text, uint64_t *ids)
{
    unsigned count = 0;
    while (count < COMMAND_IDS_MAX) {
        size_t end = slice_find(text, ',');
        if (!slice_to_u64((struct slice){text.ptr, end}, &ids[count++]))
            return 0;
        if (end == text.len)
            return count;
        text = (struct slice){text.ptr + end + 1, text.len - end - 1};
    }
    return 0;
}

static void kill_list(struct client *c, struct slice text)
{
    uint64_t *ids = malloc((text.len / 2 + 1) * sizeof(*ids));
    if (!ids) {
        serve_error(c, 503, "Out of memory.");
        return;
    }
    c->command.id_count = read_ids(text, ids);
    c->command.ids = ids;
    if (c->command.id_count > 0)
        ask_control(c);
    else
        serve_error(c, 400, "ids=LIST are ids with commas between.");
    c->command.ids = NULL; /* the desk has a copy */
    free(ids);
}

void ask_kill_many(struct client *c)
{
    struct str ids;
    str_growing(&ids);
    enum query_result list = serve_value(c, SLICE("ids"), &ids);
    c->command = (struct command){.type = COMMAND_KILL};
    const char *wrong = read_how(c);
    bool ip = read_ip(c, &c->command.addr), bot = read_user(c);
    if (!wrong && (list == QUERY_FOUND || bot) == ip)
        wrong = "The query needs either ids=LIST, userId=ID or both, or ip=ADDRESS.";
    if (ip || bot)
        c->command.type = ip ? COMMAND_KILL_IP : COMMAND_KILL_USER;
    if (wrong)
        serve_error(c, 400, wrong);
    else if (list == QUERY_FOUND)
        kill_list(c, str_slice(&ids));
    else
        ask_control(c);
    str_free(&ids);
}

void ask_block(struct client *c)
{
    bool block = c->call.what == API_BLOCK && slice_equal(c->inbox->head.method, SLICE("POST"));
    c->command = (struct command){.type = block ? COMMAND_BLOCK : COMMAND_UNBLOCK,
                                  .seconds = c->web->config->limits.block};
    bool ip = read_ip(c, &c->command.addr), bot = read_user(c);
    if (bot)
        c->command.type = block ? COMMAND_BLOCK_USER : COMMAND_UNBLOCK_USER;
    if (ip == bot)
        serve_error(c, 400, "The query needs either ip=ADDRESS or userId=ID.");
    else if (!read_seconds(c, SLICE("for"), &c->command.seconds))
        serve_error(c, 400, BAD_TIME);
    else
        ask_control(c);
}

static void write_kill(struct json *j, const struct client *c)
{
    const struct command_result *outcome = &c->outcome;
    if (c->call.what == API_KILL) {
        char text[24];
        struct str id;
        str_fixed(&id, text, sizeof(text));
        str_add_u64(&id, c->command.id);
        json_text(j, "id", text);
        json_bool(j, "killed", true);
        if (c->command.seconds <= 0)
            return;
    } else if (c->command.id_count > 0) {
        json_u64(j, "asked", outcome->asked);
    }
    json_u64(j, "ended", outcome->ended);
    json_u64(j, "blocked", outcome->blocked);
    json_text(j, "message", outcome->text);
}

bool ask_write_done(struct json *j, const struct client *c)
{
    char text[ADDR_TEXT_MAX];
    enum command_type type = c->command.type;
    struct addr_key key = addr_key_of(&c->command.addr);
    bool kill = type == COMMAND_KILL || type == COMMAND_KILL_IP || type == COMMAND_KILL_USER;
    bool bot = type == COMMAND_BLOCK_USER || type == COMMAND_UNBLOCK_USER;
    bool block = type == COMMAND_BLOCK || type == COMMAND_BLOCK_USER;
    if (!kill && !bot && !block && type != COMMAND_UNBLOCK)
        return false;
    json_object(j, NULL);
    if (kill) {
        write_kill(j, c);
    } else {
        json_text(j, bot ? "userId" : "ip", bot ? c->user.text : addr_key_text(text, &key));
        json_bool(j, "blocked", block);
        if (block && c->command.seconds < BLOCK_FOR_GOOD)
            json_real(j, "seconds", c->command.seconds);
        else if (block)
            json_null(j, "seconds");
    }
    json_object_end(j);
    return true;
}
