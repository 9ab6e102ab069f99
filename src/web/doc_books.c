/*
 * Blocks, refusals and clients as JSON.
 */
#include "web/doc.h"
#include "web/groups.h"

#define SECOND_MS 1000

static void put_block(struct json *j, const struct snap *snap, const struct snap_block *block)
{
    char text[ADDR_TEXT_MAX];
    json_object(j, NULL);
    if (block->user)
        json_text(j, "userId", block->user);
    else
        json_text(j, "ip", addr_key_text(text, &block->key));
    if (snap_block_is_for_good(snap, block)) {
        json_null(j, "until");
        json_null(j, "seconds");
    } else {
        doc_time(j, "until", block->until_ms);
        json_i64(j, "seconds", (block->until_ms - snap->wall_ms) / SECOND_MS);
    }
    json_text(j, "reason", block->by_hand ? "by hand" : "wrong passwords");
    json_object_end(j);
}

static void put_nets(struct json *j, const char *key, const struct addr_net *nets, unsigned count)
{
    char text[ADDR_TEXT_MAX];
    json_array(j, key);
    for (unsigned i = 0; i < count; i++)
        json_text(j, NULL, addr_net_text(text, &nets[i]));
    json_array_end(j);
}

static void put_counts(struct json *j, const struct snap_guess *guess)
{
    json_u64(j, "wrongPasswords", guess->wrong);
    json_u64(j, "missingPasswords", guess->missing);
    json_u64(j, "refused", guess->refused);
    doc_time(j, "last", guess->last_ms);
}

void doc_blocked(struct json *j, const struct snap *snap)
{
    char text[ADDR_TEXT_MAX];
    json_object(j, NULL);
    json_u64(j, "total", snap->blocks_total);
    json_array(j, "blocked");
    for (unsigned i = 0; i < snap->block_count; i++)
        put_block(j, snap, &snap->blocks[i]);
    json_array_end(j);
    put_nets(j, "allow", snap->allow, snap->allow_count);
    put_nets(j, "deny", snap->deny, snap->deny_count);
    json_array(j, "refusals");
    for (unsigned i = 0; i < snap->guess_count; i++) {
        json_object(j, NULL);
        json_text(j, "ip", addr_key_text(text, &snap->guesses[i].key));
        put_counts(j, &snap->guesses[i]);
        json_object_end(j);
    }
    json_array_end(j);
    json_object(j, "otherRefusals");
    put_counts(j, &snap->other_guesses);
    json_object_end(j);
    json_object_end(j);
}

void doc_clients(struct json *j, const struct snap *snap)
{
    json_object(j, NULL);
    json_u64(j, "totalClients", snap->clients.count);
    json_array(j, "clients");
    for (unsigned i = 0; i < snap->clients.count; i++) {
        const struct snap_name *client = &snap->clients.rows[i];
        json_object(j, NULL);
        json_text(j, "client", client->name[0] ? client->name : NULL);
        json_u64(j, "activeConnections", client->active);
        json_u64(j, "connections", client->connections);
        json_u64(j, "ips", client->ips);
        doc_time(j, "firstSeen", client->first_seen_ms);
        doc_time(j, "lastSeen", client->last_active_ms);
        json_object_end(j);
    }
    json_array_end(j);
    json_u64(j, "otherConnections", snap->clients.others.connections);
    json_object_end(j);
}

static void put_usage(struct json *j, const struct snap_name *row)
{
    doc_traffic(j, &(struct doc_traffic){row->bytes_in, row->bytes_out, row->rate_in, row->rate_out,
                                         row->messages, row->rate_messages});
    json_u64(j, "activeConnections", row->active);
    json_u64(j, "connections", row->connections);
    doc_time(j, "lastActive", row->last_active_ms);
}

void doc_group(struct json *j, const struct snap *snap, enum group group)
{
    struct snap_name others = group_others(snap, group);
    json_object(j, NULL);
    json_text(j, "group", group_word(group));
    json_array(j, "usage");
    for (unsigned i = 0; i < group_count(snap, group); i++) {
        struct snap_name row = group_row(snap, group, i);
        json_object(j, NULL);
        json_text(j, "name", row.name[0] ? row.name : NULL);
        put_usage(j, &row);
        json_object_end(j);
    }
    json_array_end(j);
    json_object(j, "others");
    put_usage(j, &others);
    json_object_end(j);
    doc_usage_totals(j, snap);
    json_object_end(j);
}
