/*
 * Taking aim: ids, addresses and words out of a snapshot.
 */
#include "tui/aim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void aim_free(struct aim *aim)
{
    free(aim->ids);
    *aim = (struct aim){0};
}

static void begin(struct aim *aim, enum aim_kind kind)
{
    uint64_t *ids = aim->ids;
    size_t capacity = aim->capacity;
    *aim = (struct aim){.kind = kind, .ids = ids, .capacity = capacity};
    aim->backend = REPORT_NO_BACKEND;
}

static int room_for(struct aim *aim, unsigned count)
{
    if (count <= aim->capacity)
        return 0;
    uint64_t *ids = realloc(aim->ids, count * sizeof(*ids));
    if (ids == NULL) {
        begin(aim, AIM_NOTHING);
        return -1;
    }
    aim->ids = ids;
    aim->capacity = count;
    return 0;
}

static bool same_ip(const struct addr *a, const struct addr *b)
{
    struct addr_key x = addr_key_of(a), y = addr_key_of(b);
    return memcmp(&x, &y, sizeof(x)) == 0;
}

static void add_ip(struct aim *aim, const struct addr *addr)
{
    if (aim->ip_count > AIM_IPS_MAX)
        return;
    for (unsigned i = 0; i < aim->ip_count; i++)
        if (same_ip(&aim->ips[i], addr))
            return;
    if (aim->ip_count < AIM_IPS_MAX)
        aim->ips[aim->ip_count] = *addr;
    aim->ip_count++;
}

/* All ids and addresses are there: counts what the addresses have open in all, and who falls
 * silent. */
static void finish(struct aim *aim, const struct snap *snap)
{
    silence_of(&aim->silence, snap, aim->ids, aim->id_count);
    unsigned listed = aim->ip_count <= AIM_IPS_MAX ? aim->ip_count : 0;
    for (unsigned i = 0; i < snap->conn_count && listed > 0; i++)
        for (unsigned j = 0; j < listed; j++)
            aim->ip_conns += same_ip(&aim->ips[j], &snap->conns[i].client);
}

static void describe(char out[AIM_TEXT], const struct snap *snap, const struct snap_conn *conn)
{
    char addr[ADDR_TEXT_MAX];
    bool routed = conn->backend < snap->backend_count;
    /* The name last, since it is the client's own and may be long. */
    snprintf(out, AIM_TEXT, "#%llu  %s%s%s  %.50s", (unsigned long long)conn->id,
             addr_text(addr, &conn->client, false), routed ? "  ->  " : "",
             routed ? snap->backends[conn->backend].name : "", sort_client(conn));
}

static void add_conn(struct aim *aim, const struct snap *snap, const struct snap_conn *conn)
{
    aim->ids[aim->id_count++] = conn->id;
    add_ip(aim, &conn->client);
    if (aim->line_count < AIM_LINES && aim->kind != AIM_CONNECTION)
        describe(aim->lines[aim->line_count++], snap, conn);
}

int aim_at_connection(struct aim *aim, const struct snap *newest, const struct snap_conn *conn)
{
    begin(aim, AIM_CONNECTION);
    conn = snap_find_conn(newest, conn->id);
    if (conn == NULL)
        return 0;
    if (room_for(aim, 1) < 0)
        return -1;
    add_conn(aim, newest, conn);
    describe(aim->head, newest, conn);
    if (conn->backend < newest->backend_count)
        aim->backend = newest->backends[conn->backend].slot;
    finish(aim, newest);
    return 0;
}

int aim_at_tagged(struct aim *aim, const struct snap *newest, const struct tags *tags)
{
    begin(aim, AIM_TAGGED);
    if (room_for(aim, tags->count) < 0)
        return -1;
    for (unsigned i = 0; i < tags->count; i++) {
        const struct snap_conn *conn = snap_find_conn(newest, tags->ids[i]);
        if (conn != NULL)
            add_conn(aim, newest, conn);
    }
    snprintf(aim->head, sizeof(aim->head), "%u tagged connection%s", aim->id_count,
             aim->id_count == 1 ? "" : "s");
    finish(aim, newest);
    return 0;
}

int aim_at_group(struct aim *aim, const struct snap *newest, const struct snap *shown,
                 const struct groups *groups, const struct group *group)
{
    begin(aim, AIM_GROUP);
    if (room_for(aim, group->count) < 0)
        return -1;
    for (uint32_t i = 0; i < group->count; i++) {
        uint64_t id = shown->conns[groups->rows[group->from + i]].id;
        const struct snap_conn *conn = snap_find_conn(newest, id);
        if (conn != NULL)
            add_conn(aim, newest, conn);
    }
    snprintf(aim->head, sizeof(aim->head), "%u connection%s of this group", aim->id_count,
             aim->id_count == 1 ? "" : "s");
    finish(aim, newest);
    return 0;
}

static bool key_matches(const struct addr *addr, const struct addr_key *key)
{
    struct addr_key own = addr_key_of(addr);
    return memcmp(&own, key, sizeof(own)) == 0;
}

int aim_at_ip(struct aim *aim, const struct snap *newest, const struct snap_ip *ip)
{
    char text[ADDR_TEXT_MAX];
    unsigned count = 0;
    begin(aim, AIM_IP);
    for (unsigned i = 0; i < newest->conn_count; i++)
        count += key_matches(&newest->conns[i].client, &ip->key);
    if (room_for(aim, count) < 0)
        return -1;
    for (unsigned i = 0; i < newest->conn_count; i++)
        if (key_matches(&newest->conns[i].client, &ip->key))
            add_conn(aim, newest, &newest->conns[i]);
    aim->ips[0] = (struct addr){.family = ip->key.family};
    memcpy(aim->ips[0].bytes, ip->key.bytes, sizeof(aim->ips[0].bytes));
    aim->ip_count = 1;
    aim->ip_conns = count;
    silence_of(&aim->silence, newest, aim->ids, aim->id_count);
    snprintf(aim->head, sizeof(aim->head), "%u connection%s of %s", count, count == 1 ? "" : "s",
             addr_key_text(text, &ip->key));
    return 0;
}

int aim_at_bot(struct aim *aim, const struct snap *newest, const struct snap_bot *bot)
{
    unsigned count = 0;
    begin(aim, AIM_BOT);
    for (unsigned i = 0; i < newest->conn_count; i++)
        count += newest->conns[i].bot == bot->id;
    if (room_for(aim, count) < 0)
        return -1;
    aim->bot = bot->id;
    user_name_of(&aim->user, slice_of(bot->user_id));
    aim->user_meant = aim->user.text[0] != '\0';
    for (unsigned i = 0; i < newest->conn_count; i++)
        if (newest->conns[i].bot == bot->id)
            add_conn(aim, newest, &newest->conns[i]);
    snprintf(aim->head, sizeof(aim->head), "%u connection%s of bot %.60s", count,
             count == 1 ? "" : "s", bot->name);
    finish(aim, newest);
    bot = snap_find_bot(newest, bot->id);
    if (bot != NULL)
        silence_of_bot(&aim->silence, bot);
    return 0;
}

unsigned aim_alive(const struct aim *aim, const struct snap *snap)
{
    unsigned alive = 0;
    if (aim->kind == AIM_IP) {
        for (unsigned i = 0; i < snap->conn_count; i++)
            alive += same_ip(&aim->ips[0], &snap->conns[i].client);
        return alive;
    }
    for (unsigned i = 0; aim->kind == AIM_BOT && i < snap->conn_count; i++)
        alive += snap->conns[i].bot == aim->bot;
    for (unsigned i = 0; aim->kind != AIM_BOT && i < aim->id_count; i++)
        alive += snap_find_conn(snap, aim->ids[i]) != NULL;
    return alive;
}

struct command aim_kill(const struct aim *aim, enum kill_mode mode, double seconds)
{
    struct command command = {.type = COMMAND_KILL, .mode = mode, .seconds = seconds};
    if (aim->kind == AIM_IP) {
        command.type = COMMAND_KILL_IP;
        command.addr = aim->ips[0];
    } else if (aim->kind == AIM_CONNECTION && aim->id_count > 0) {
        command.id = aim->ids[0];
    } else {
        if (aim->kind == AIM_BOT && aim->user.text[0] != '\0' &&
            (aim->user_meant || seconds <= 0)) {
            command.type = COMMAND_KILL_USER;
            command.user = aim->user.text;
        }
        command.ids = aim->ids;
        command.id_count = aim->id_count;
    }
    return command;
}
