/*
 * Connections ended, and IPs and bots blocked by hand. What is blocked is blocked first, so that
 * nobody comes back in between; the workers then end what is open, and when the last of them has
 * looked, one line says what was done, to whoever asked and in the event list.
 */
#include "inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/human.h"

/* An order on its way through the workers. */
struct killing {
    struct killing *next;
    uint64_t token;
    enum command_type type;
    enum kill_mode mode;
    uint64_t id;       /* of one connection */
    unsigned id_count; /* of a list; 0: one */
    double seconds;    /* > 0: IPs were to be blocked */
    unsigned key_count, blocked, allowed, no_room;
    struct user_name user; /* the bot it is about, or "" */
    struct asker asker;
    struct addr_key keys[]; /* the IPs all of whose connections end */
};

/* Blocks and ends, as against ending and perhaps blocking. */
static bool is_block(enum command_type type)
{
    return type == COMMAND_BLOCK || type == COMMAND_BLOCK_USER;
}

static void age_text(char out[HUMAN_MAX], double seconds)
{
    if (seconds >= BLOCK_FOR_GOOD)
        snprintf(out, HUMAN_MAX, "good");
    else
        human_age(out, (uint64_t)seconds);
}

/* Of an IP, or of a bot: then `key` is NULL. */
static void tell_block(struct ctl *ctl, const struct killing *kill, const struct addr_key *key)
{
    char ip[ADDR_TEXT_MAX];
    const struct happening_block block = {.ip = key ? addr_key_text(ip, key) : NULL,
                                          .user_id = key ? NULL : kill->user.text,
                                          .seconds = kill->seconds,
                                          .by_hand = true};
    happenings_block(ledger_happenings(ctl->ledger), clock_wall_ms(), &block);
}

/* Blocks an IP and takes it on, unless it is there already. */
static void block_key(struct ctl *ctl, struct killing *kill, const struct addr *addr)
{
    struct addr_key key = addr_key_of(addr);

    for (unsigned i = 0; i < kill->key_count; i++)
        if (memcmp(&kill->keys[i], &key, sizeof(key)) == 0)
            return;
    switch (proxy_block(ctl->proxy, addr, kill->seconds)) {
    case PROXY_BLOCKED:
        kill->blocked++;
        kill->keys[kill->key_count++] = key;
        tell_block(ctl, kill, &key);
        break;
    case PROXY_BLOCK_ALLOWED:
        kill->allowed++;
        break;
    case PROXY_BLOCK_NO_ROOM:
        kill->no_room++;
        break;
    }
}

static void block_user(struct ctl *ctl, struct killing *kill)
{
    bool blocked = proxy_block_user(ctl->proxy, &kill->user, kill->seconds) == PROXY_BLOCKED;

    if (blocked)
        tell_block(ctl, kill, NULL);
    kill->blocked += blocked;
    kill->no_room += !blocked;
}

/* What came of the blocks, to be put behind what came of the kill: "; 2 IPs blocked for 10m". */
static void block_clause(char *out, size_t size, const struct killing *kill)
{
    char ip[ADDR_TEXT_MAX], age[HUMAN_MAX];
    int len = 0;

    out[0] = '\0';
    if (is_block(kill->type) || kill->seconds <= 0)
        return;
    age_text(age, kill->seconds);
    if (kill->user.text[0]) {
        if (kill->blocked > 0)
            snprintf(out, size, "; it is blocked for %s", age);
        else
            snprintf(out, size, "; it is not blocked: no room for more");
        return;
    }
    if (kill->blocked == 1)
        len = snprintf(out, size, "; %s blocked for %s", addr_key_text(ip, &kill->keys[0]), age);
    else if (kill->blocked > 1)
        len = snprintf(out, size, "; %u IPs blocked for %s", kill->blocked, age);
    if (kill->allowed > 0)
        len += snprintf(out + len, size - (size_t)len, "; %u IP%s not blocked: on the allow list",
                        kill->allowed, kill->allowed == 1 ? "" : "s");
    if (kill->no_room > 0)
        snprintf(out + len, size - (size_t)len, "; %u IP%s not blocked: no room for more",
                 kill->no_room, kill->no_room == 1 ? "" : "s");
}

/* The line for a kill of one connection, of a list, of an IP, or of a bot. */
static void tell_kill(struct ctl *ctl, const struct killing *kill, unsigned ended)
{
    const char *done = kill->mode == KILL_CLOSE ? "closed" : "killed";
    struct command_result result = {
        .ended = ended, .asked = kill->id_count, .blocked = kill->blocked};
    char block[96], ip[ADDR_TEXT_MAX];

    if (kill->type == COMMAND_KILL && kill->id_count == 0)
        result.asked = 1;
    result.code = ended > 0 || kill->blocked > 0 ? COMMAND_DONE : COMMAND_NOT_FOUND;
    block_clause(block, sizeof(block), kill);
    if (kill->user.text[0])
        orders_tell(ctl, &kill->asker, result, "%u connection%s of bot %s %s by hand%s", ended,
                    ended == 1 ? "" : "s", kill->user.text, done, block);
    else if (kill->type == COMMAND_KILL_IP)
        orders_tell(ctl, &kill->asker, result, "%u connection%s of %s %s by hand%s", ended,
                    ended == 1 ? "" : "s", addr_key_text(ip, &kill->keys[0]), done, block);
    else if (kill->id_count > 0 || kill->blocked > 0)
        orders_tell(ctl, &kill->asker, result, "%u connection%s %s by hand, %u asked for%s", ended,
                    ended == 1 ? "" : "s", done, result.asked, block);
    else if (ended > 0)
        orders_tell(ctl, &kill->asker, result, "#%llu %s by hand%s", (unsigned long long)kill->id,
                    done, block);
    else
        orders_tell(ctl, &kill->asker, result, "#%llu not %s: there is no such connection%s",
                    (unsigned long long)kill->id, done, block);
}

/* For other programs, who hear of blocks when they begin. */
static void tell_happening(struct ctl *ctl, const struct killing *kill, unsigned ended)
{
    char ip[ADDR_TEXT_MAX];
    const struct happening_kill happening = {
        .connection = kill->id_count == 0 ? kill->id : 0,
        .ip = kill->type == COMMAND_KILL_IP || kill->type == COMMAND_BLOCK
                  ? addr_key_text(ip, &kill->keys[0])
                  : NULL,
        .user_id = kill->user.text[0] ? kill->user.text : NULL,
        .ended = ended,
        .blocked = kill->blocked,
        .polite = kill->mode == KILL_CLOSE,
    };
    if (ended > 0)
        happenings_kill(ledger_happenings(ctl->ledger), clock_wall_ms(), &happening);
}

static void tell(struct ctl *ctl, const struct killing *kill, unsigned ended)
{
    char ip[ADDR_TEXT_MAX], age[HUMAN_MAX];
    struct command_result result = {.ended = ended, .blocked = 1};

    if (!is_block(kill->type)) {
        tell_kill(ctl, kill, ended);
        return;
    }
    age_text(age, kill->seconds);
    bool bot = kill->type == COMMAND_BLOCK_USER;
    orders_tell(ctl, &kill->asker, result, "%s%s blocked by hand for %s, %u connection%s ended",
                bot ? "bot " : "", bot ? kill->user.text : addr_key_text(ip, &kill->keys[0]), age,
                ended, ended == 1 ? "" : "s");
}

void orders_killed(struct ctl *ctl, const struct proxy_killed *killed)
{
    struct killing **at = &ctl->kills;

    while (*at && (*at)->token != killed->token)
        at = &(*at)->next;
    struct killing *kill = *at;
    if (!kill)
        return;
    *at = kill->next;
    tell(ctl, kill, killed->ended);
    tell_happening(ctl, kill, killed->ended);
    free(kill);
}

/* Blocks whom the order blocks; false: whoever asked was told that this was all of it and cannot be
 * done. */
static bool begin(struct ctl *ctl, struct killing *kill, const struct command *command,
                  const struct proxy_kill *order)
{
    char ip[ADDR_TEXT_MAX];
    struct addr_key key = addr_key_of(&command->addr);
    struct command_result refused = {.code = COMMAND_REFUSED};
    struct addr addr;

    if (kill->seconds > 0 && kill->user.text[0]) {
        block_user(ctl, kill);
    } else if (kill->seconds > 0 && kill->type == COMMAND_KILL) {
        for (size_t i = 0; i < order->id_count; i++)
            if (ledger_client(ctl->ledger, order->ids[i], &addr))
                block_key(ctl, kill, &addr);
    } else if (kill->seconds > 0) {
        block_key(ctl, kill, &command->addr);
    }
    if (kill->type == COMMAND_KILL_IP) {
        kill->keys[0] = key;
        kill->key_count = 1;
    }
    if (kill->blocked > 0)
        return true;
    if (kill->type == COMMAND_BLOCK_USER)
        orders_tell(ctl, &kill->asker, refused,
                    "bot %s not blocked: there is no room for more blocks", kill->user.text);
    else if (kill->type == COMMAND_BLOCK)
        orders_tell(ctl, &kill->asker, refused, "%s not blocked: %s", addr_key_text(ip, &key),
                    kill->allowed ? "it is on the allow list" : "there is no room for more blocks");
    return !is_block(kill->type);
}

/* What is wrong with an order before anything is done, or NULL; `user` is set where it names a bot.
 */
static const char *check(const struct command *command, struct user_name *user)
{
    enum command_type type = command->type;

    *user = (struct user_name){""};
    if (is_block(type) && !(command->seconds > 0))
        return "no time to block for";
    if (type == COMMAND_KILL_USER || type == COMMAND_BLOCK_USER)
        return command->user && user_name_of(user, slice_of(command->user)) ? NULL : "no User-Id";
    return type == COMMAND_KILL || command->addr.family != 0 ? NULL : "no address";
}

void orders_kill(struct ctl *ctl, const struct command *command, const struct asker *asker)
{
    const struct command_result refused = {.code = COMMAND_REFUSED};
    bool one = command->type == COMMAND_KILL && !command->ids;
    struct proxy_kill order = {
        .ids = one ? &command->id : command->ids,
        .id_count = one            ? 1
                    : command->ids ? command->id_count
                                   : 0,
        .mode = command->mode,
        .reason = is_block(command->type) ? CLOSE_BLOCKED : CLOSE_KILLED,
    };
    struct user_name user;
    const char *wrong = check(command, &user);

    if (wrong) {
        orders_answer(asker, refused, "%s", wrong);
        return;
    }
    struct killing *kill = calloc(1, sizeof(*kill) + (order.id_count + 1) * sizeof(kill->keys[0]));
    if (!kill) {
        orders_tell(ctl, asker, refused, "out of memory, nothing was ended");
        return;
    }
    kill->token = ++ctl->last_token;
    kill->type = command->type;
    kill->mode = command->mode;
    kill->id = command->type == COMMAND_KILL ? command->id : 0;
    kill->id_count = command->ids ? command->id_count : 0;
    kill->seconds = command->seconds;
    kill->user = user;
    kill->asker = *asker;
    if (!begin(ctl, kill, command, &order)) {
        free(kill);
        return;
    }
    if (kill->blocked > 0)
        turn_publish(ctl); /* whoever asked finds it in the newest snapshot */
    order.keys = kill->keys;
    order.key_count = kill->key_count;
    order.user = &kill->user;
    if (proxy_kill(ctl->proxy, &order, kill->token) < 0) {
        orders_tell(ctl, asker, refused, "out of memory, nothing was ended");
        free(kill);
        return;
    }
    kill->next = ctl->kills;
    ctl->kills = kill;
}

static void unblock_user(struct ctl *ctl, const struct command *command, const struct asker *asker)
{
    struct user_name user;
    struct command_result result = {.code = COMMAND_DONE};

    if (!command->user || !user_name_of(&user, slice_of(command->user))) {
        result.code = COMMAND_REFUSED;
        orders_answer(asker, result, "no User-Id");
    } else if (proxy_unblock_user(ctl->proxy, &user)) {
        turn_publish(ctl);
        happenings_unblock(ledger_happenings(ctl->ledger), clock_wall_ms(), NULL, user.text);
        orders_tell(ctl, asker, result, "bot %s unblocked by hand", user.text);
    } else {
        result.code = COMMAND_NOT_FOUND;
        orders_tell(ctl, asker, result, "bot %s not unblocked: it was not blocked", user.text);
    }
}

void orders_unblock(struct ctl *ctl, const struct command *command, const struct asker *asker)
{
    char ip[ADDR_TEXT_MAX];
    struct addr_key key = addr_key_of(&command->addr);
    struct command_result result = {.code = COMMAND_DONE};

    if (command->type == COMMAND_UNBLOCK_USER) {
        unblock_user(ctl, command, asker);
        return;
    }
    addr_key_text(ip, &key);
    if (proxy_unblock(ctl->proxy, &command->addr)) {
        turn_publish(ctl);
        happenings_unblock(ledger_happenings(ctl->ledger), clock_wall_ms(), ip, NULL);
        orders_tell(ctl, asker, result, "%s unblocked by hand", ip);
        return;
    }
    result.code = COMMAND_NOT_FOUND;
    orders_tell(ctl, asker, result, "%s not unblocked: it was not blocked", ip);
}

void orders_refuse_kills(struct ctl *ctl)
{
    struct command_result result = {.code = COMMAND_REFUSED};

    while (ctl->kills) {
        struct killing *kill = ctl->kills;
        ctl->kills = kill->next;
        orders_answer(&kill->asker, result, "the proxy is ending");
        free(kill);
    }
}
