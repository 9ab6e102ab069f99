/*
 * One table of commands, one function for each state that awaits an answer. An empty answer always
 * goes back without having done anything.
 */
#include "tui/plain_menu.h"

#include <string.h>

#include "stats/silence.h"
#include "tui/model.h"
#include "tui/plain_bots.h"
#include "tui/plain_play.h"
#include "tui/plain_words.h"

#define BLOCK_SECONDS 600.0

enum item {
    ITEM_SUMMARY = 1,
    ITEM_BUSIEST,
    ITEM_BACKENDS,
    ITEM_CHECK,
    ITEM_KILL,
    ITEM_BLOCK,
    ITEM_RELOAD,
    ITEM_DRAIN,
    ITEM_QUIT,
    ITEM_BOTS,
    ITEM_BOT,
    ITEM_PLAYERS,
    ITEM_COUNT
};

static const struct {
    const char *words;
    const char *refused; /* how --read-only calls it; NULL: it only shows */
} items[ITEM_COUNT] = {
    [ITEM_SUMMARY] = {"summary now", NULL},
    [ITEM_BUSIEST] = {"the busiest connections", NULL},
    [ITEM_BACKENDS] = {"backends", NULL},
    [ITEM_CHECK] = {"check all backends now", "check"},
    [ITEM_KILL] = {"end a connection or a bot", "ending connections"},
    [ITEM_BLOCK] = {"blocked addresses; block or unblock one", NULL},
    [ITEM_RELOAD] = {"load the configuration anew", "reload"},
    [ITEM_DRAIN] = {"drain or undrain a backend", "draining"},
    [ITEM_QUIT] = {"quit", NULL},
    [ITEM_BOTS] = {"bots", NULL},
    [ITEM_BOT] = {"one bot in full", NULL},
    [ITEM_PLAYERS] = {"players, and how long searches and plays take", NULL},
};

static bool is_read_only(const struct menu *menu, const struct snap *snap)
{
    return menu->read_only || (snap != NULL && snap->read_only);
}

void menu_tell(const struct menu *menu, struct str *say)
{
    str_add_text(say, "commands, a number and Enter:\n");
    for (unsigned i = 1; i < ITEM_COUNT; i++)
        if (!menu->read_only || items[i].refused == NULL)
            str_addf(say, "%u %s\n", i, items[i].words);
    str_add_text(say, "? this list\n");
}

/* To the question whose `yes` sends the command. */
static enum menu_wish ask(struct menu *menu, struct command command, struct str *say)
{
    menu->command = command;
    menu->state = MENU_SURE;
    str_add_text(say, "type yes to do it, anything else to leave it\n");
    return MENU_NOTHING;
}

static enum menu_wish await(struct menu *menu, enum menu_state state, const char *question,
                            struct str *say)
{
    menu->state = state;
    str_add_text(say, question);
    return MENU_NOTHING;
}

static enum menu_wish send_now(struct menu *menu, struct command command)
{
    menu->command = command;
    return MENU_SEND;
}

static void tell_busiest(const struct snap *snap, struct str *say)
{
    const struct snap_conn *top[PLAIN_BUSIEST];
    unsigned count = plain_busiest(snap, top);
    if (count == 0)
        str_add_text(say, "no connections\n");
    for (unsigned i = 0; i < count; i++) {
        plain_connection(say, snap, top[i]);
        str_add_char(say, '\n');
    }
    if (count < snap->conn_count)
        str_addf(say, "and %u more\n", snap->conn_count - count);
}

void menu_tell_backends(const struct snap *snap, struct str *say)
{
    for (unsigned i = 0; i < snap->backend_count; i++) {
        plain_backend(say, snap, &snap->backends[i]);
        str_add_char(say, '\n');
    }
}

static void tell_blocked(const struct snap *snap, struct str *say)
{
    if (snap->block_count == 0)
        str_add_text(say, "no address and no bot is blocked\n");
    for (unsigned i = 0; i < snap->block_count; i++) {
        plain_block(say, snap, &snap->blocks[i]);
        str_add_char(say, '\n');
    }
    if (snap->block_count < snap->blocks_total)
        str_addf(say, "and %u more\n", snap->blocks_total - snap->block_count);
}

static enum menu_wish ask_quit(struct menu *menu, const struct snap *snap, struct str *say)
{
    str_addf(say, "quit: the proxy ends for everybody, %u connection%s with it\n", snap->conn_count,
             snap->conn_count == 1 ? "" : "s");
    str_add_text(say, "headless instead ends line mode alone, and the proxy runs on\n");
    return ask(menu, (struct command){.type = COMMAND_QUIT}, say);
}

static enum menu_wish begin(struct menu *menu, const struct snap *snap, uint64_t item,
                            struct str *say)
{
    if (item < ITEM_COUNT && items[item].refused != NULL && is_read_only(menu, snap)) {
        str_addf(say, "read-only: %s refused\n", items[item].refused);
        return MENU_NOTHING;
    }
    switch (item) {
    case ITEM_SUMMARY:
        return MENU_SUMMARY;
    case ITEM_BUSIEST:
        tell_busiest(snap, say);
        return MENU_NOTHING;
    case ITEM_BACKENDS:
        menu_tell_backends(snap, say);
        return MENU_NOTHING;
    case ITEM_CHECK:
        return send_now(menu,
                        (struct command){.type = COMMAND_CHECK, .backend = REPORT_NO_BACKEND});
    case ITEM_KILL:
        return await(menu, MENU_CONNECTION,
                     "which connection? its number as in list 2, or bot and its User-Id, nothing "
                     "to go back\n",
                     say);
    case ITEM_BLOCK:
        tell_blocked(snap, say);
        if (is_read_only(menu, snap))
            return MENU_NOTHING;
        return await(menu, MENU_ADDRESS,
                     "which address to block, or bot and its User-Id? or unblock and either to let "
                     "it in again, nothing to go back\n",
                     say);
    case ITEM_RELOAD:
        return send_now(menu, (struct command){.type = COMMAND_RELOAD});
    case ITEM_DRAIN:
        return await(menu, MENU_BACKEND,
                     "which backend? its name, nothing to go back; one that drains already takes "
                     "sessions again\n",
                     say);
    case ITEM_QUIT:
        return ask_quit(menu, snap, say);
    case ITEM_BOTS:
        plain_bots(say, snap);
        return MENU_NOTHING;
    case ITEM_PLAYERS:
        plain_players(say, snap);
        return MENU_NOTHING;
    case ITEM_BOT:
        return await(menu, MENU_BOT, "which bot? its number as in list 10, nothing to go back\n",
                     say);
    default:
        str_add_text(say, "not a command; ? tells them\n");
        return MENU_NOTHING;
    }
}

/* "; 12 players (9 playing) may fall silent. It can resume for 60 s." */
static void tell_silence(const struct silence *silence, struct str *say)
{
    char text[SILENCE_TEXT];
    if (silence_text(text, silence)[0] == '\0') {
        str_add_text(say, "; its players may stop until the client connects again\n");
        return;
    }
    str_addf(say, ". %s", text);
    str_addf(say, " %s\n", silence_resume_text(text, silence));
}

/* A bot to end, by its User-Id. */
static enum menu_wish end_bot(struct menu *menu, const struct snap *snap, struct slice user_id,
                              struct str *say)
{
    struct command command = {.type = COMMAND_KILL_USER, .user = menu->user.text};
    struct silence silence;
    const struct snap_bot *bot = NULL;
    for (unsigned i = 0; i < snap->bot_count; i++)
        if (slice_equal(user_id, slice_of(snap->bots[i].user_id)))
            bot = &snap->bots[i];
    if (bot == NULL || !user_name_of(&menu->user, user_id)) {
        str_add_text(say, "there is no bot of this User-Id, nothing was done\n");
        return MENU_NOTHING;
    }
    str_add_text(say, "end all WebSockets of ");
    plain_bot(say, snap, bot);
    silence_of_bot(&silence, bot);
    tell_silence(&silence, say);
    return ask(menu, command, say);
}

static enum menu_wish take_told_bot(const struct snap *snap, struct slice line, struct str *say)
{
    uint64_t id;
    const struct snap_bot *bot = slice_to_u64(line, &id) ? snap_find_bot(snap, id) : NULL;
    if (bot == NULL)
        str_add_text(say, "there is no bot of this number\n");
    else
        plain_bot_full(say, snap, bot);
    return MENU_NOTHING;
}

static enum menu_wish take_connection(struct menu *menu, const struct snap *snap, struct slice line,
                                      struct str *say)
{
    uint64_t id;
    struct silence silence;
    struct slice word = SLICE("bot ");
    if (slice_starts_nocase(line, word))
        return end_bot(menu, snap,
                       slice_trim((struct slice){line.ptr + word.len, line.len - word.len}), say);
    if (line.len > 0 && line.ptr[0] == '#')
        line = (struct slice){line.ptr + 1, line.len - 1};
    const struct snap_conn *conn = slice_to_u64(line, &id) ? snap_find_conn(snap, id) : NULL;
    if (conn == NULL) {
        str_add_text(say, "there is no connection of this number, nothing was done\n");
        return MENU_NOTHING;
    }
    str_add_text(say, "end ");
    plain_connection(say, snap, conn);
    silence_of(&silence, snap, &id, 1);
    tell_silence(&silence, say);
    return ask(menu, (struct command){.type = COMMAND_KILL, .id = id}, say);
}

/* A bot to block or unblock, by its User-Id. */
static enum menu_wish take_bot(struct menu *menu, const struct snap *snap, bool block,
                               struct slice user_id, struct str *say)
{
    struct command command = {.type = block ? COMMAND_BLOCK_USER : COMMAND_UNBLOCK_USER,
                              .user = menu->user.text,
                              .seconds = BLOCK_SECONDS};
    struct user_name other;
    unsigned count = 0;
    if (!user_name_of(&menu->user, slice_trim(user_id))) {
        str_add_text(say, "that is not a User-Id, nothing was done\n");
        return MENU_NOTHING;
    }
    if (!block)
        return send_now(menu, command);
    for (unsigned i = 0; i < snap->conn_count; i++)
        count += user_name_of(&other, slice_of(snap->conns[i].user_id)) &&
                 strcmp(other.text, menu->user.text) == 0;
    str_addf(say, "block bot %s for 10 minutes and end its %u connection%s\n", menu->user.text,
             count, count == 1 ? "" : "s");
    return ask(menu, command, say);
}

static enum menu_wish take_address(struct menu *menu, const struct snap *snap, struct slice line,
                                   struct str *say)
{
    struct command command = {.type = COMMAND_BLOCK, .seconds = BLOCK_SECONDS};
    struct slice word = SLICE("unblock "), bot = SLICE("bot ");
    char text[ADDR_TEXT_MAX];
    if (slice_starts_nocase(line, word)) {
        command.type = COMMAND_UNBLOCK;
        line = slice_trim((struct slice){line.ptr + word.len, line.len - word.len});
    }
    if (slice_starts_nocase(line, bot))
        return take_bot(menu, snap, command.type == COMMAND_BLOCK,
                        (struct slice){line.ptr + bot.len, line.len - bot.len}, say);
    if (!addr_parse(line, &command.addr)) {
        str_add_text(say, "that is not an address, nothing was done\n");
        return MENU_NOTHING;
    }
    if (command.type == COMMAND_UNBLOCK)
        return send_now(menu, command);
    struct addr_key key = addr_key_of(&command.addr);
    unsigned count = 0;
    for (unsigned i = 0; i < snap->conn_count; i++) {
        struct addr_key other = addr_key_of(&snap->conns[i].client);
        count += memcmp(&other, &key, sizeof(key)) == 0;
    }
    str_addf(say, "block %s for 10 minutes and end its %u connection%s\n",
             addr_key_text(text, &key), count, count == 1 ? "" : "s");
    return ask(menu, command, say);
}

static enum menu_wish take_backend(struct menu *menu, const struct snap *snap, struct slice line,
                                   struct str *say)
{
    const struct snap_backend *backend = snap_find_backend(snap, line);
    if (backend == NULL) {
        str_add_text(say, "there is no backend of this name, nothing was done\n");
        return MENU_NOTHING;
    }
    struct command command = {.type = COMMAND_UNDRAIN, .backend = backend->slot};
    if (backend->draining)
        return send_now(menu, command);
    command.type = COMMAND_DRAIN;
    str_addf(say, "drain %s: it takes no new sessions, its %u connection%s may stay\n",
             backend->name, backend->connections, backend->connections == 1 ? "" : "s");
    return ask(menu, command, say);
}

static enum menu_wish take_sure(struct menu *menu, struct slice line, struct str *say)
{
    if (menu->command.type == COMMAND_QUIT && slice_equal_nocase(line, SLICE("headless"))) {
        menu->command.type = COMMAND_SCREEN_LEFT;
        return MENU_SEND;
    }
    if (slice_equal_nocase(line, SLICE("yes")))
        return MENU_SEND;
    str_add_text(say, "nothing was done\n");
    return MENU_NOTHING;
}

enum menu_wish menu_line(struct menu *menu, const struct snap *snap, struct slice line,
                         struct str *say)
{
    enum menu_state state = menu->state;
    uint64_t item;
    line = slice_trim(line);
    menu->state = MENU_READY;
    if (state == MENU_READY && slice_equal(line, SLICE("?"))) {
        menu_tell(menu, say);
        return MENU_NOTHING;
    }
    if (line.len == 0) {
        if (state != MENU_READY)
            str_add_text(say, "nothing was done\n");
        return MENU_NOTHING;
    }
    if (snap == NULL) {
        str_add_text(say, "not yet, the proxy is just starting\n");
        return MENU_NOTHING;
    }
    switch (state) {
    case MENU_CONNECTION:
        return take_connection(menu, snap, line, say);
    case MENU_ADDRESS:
        return take_address(menu, snap, line, say);
    case MENU_BOT:
        return take_told_bot(snap, line, say);
    case MENU_BACKEND:
        return take_backend(menu, snap, line, say);
    case MENU_SURE:
        return take_sure(menu, line, say);
    case MENU_READY:
        break;
    }
    return begin(menu, snap, slice_to_u64(line, &item) ? item : 0, say);
}
