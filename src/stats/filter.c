/*
 * Compiled filters at work: a few comparisons for each connection, once a second for all of them.
 * Cheap terms are not sorted forward; a term that fails ends the question.
 */
#include "stats/filter.h"

#include <string.h>

#include "base/str.h"
#include "stats/filter_fields.h"
#include "stats/roster.h"

static bool has(const char *text, struct slice part)
{
    return slice_search_nocase(slice_of(text), part) != SLICE_NOWHERE;
}

/* A field of text: an empty part asks for an empty field. */
static bool holds(const char *text, struct slice part)
{
    return part.len == 0 ? text[0] == '\0' : has(text, part);
}

static const char *backend_of(const struct snap *snap, const struct snap_conn *conn)
{
    return conn->backend < snap->backend_count ? snap->backends[conn->backend].name : "";
}

/* The client column shows one of two names, or that there is none; all of them count. */
static bool client_holds(const struct snap_conn *conn, struct slice part)
{
    bool unknown = conn->client_name[0] == '\0' && conn->user_agent[0] == '\0';
    if (unknown)
        return part.len == 0 || has("(none)", part);
    return part.len > 0 && (has(conn->client_name, part) || has(conn->user_agent, part));
}

/* A bot by its name, its user id, or its number as a whole; an empty part asks for none. */
static bool bot_holds(const struct snap *snap, const struct snap_conn *conn, struct slice part)
{
    const struct snap_bot *bot = snap_find_bot(snap, conn->bot);
    uint64_t id;
    if (bot == NULL || part.len == 0)
        return bot == NULL && part.len == 0;
    return has(bot->name, part) || has(bot->user_id, part) ||
           (slice_to_u64(part, &id) && id == bot->id);
}

static unsigned players_of(const struct snap *snap, const struct snap_conn *conn)
{
    const struct snap_bot *bot = snap_find_bot(snap, conn->bot);
    return bot == NULL ? 0 : bot->players;
}

bool filter_shows(const struct snap *snap, const struct snap_conn *conn, struct slice text)
{
    char figure[24], addr[ADDR_TEXT_MAX];
    struct str id;
    str_fixed(&id, figure, sizeof(figure));
    str_add_u64(&id, conn->id);
    if (client_holds(conn, text) || has(conn->user_id, text) || has(backend_of(snap, conn), text))
        return true;
    if (has(addr_text(addr, &conn->client, false), text) || has(figure, text))
        return true;
    return (conn->version == 3 && has("v3", text)) || (conn->version == 4 && has("v4", text));
}

static bool compare(const struct filter_node *node, uint64_t value)
{
    unsigned sign = value < node->number    ? FILTER_LESS
                    : value == node->number ? FILTER_EQUAL
                                            : FILTER_GREATER;
    return (node->signs & sign) != 0;
}

static bool ip_matches(const struct filter_node *node, struct slice text,
                       const struct snap_conn *conn)
{
    char addr[ADDR_TEXT_MAX];
    if (node->net.base.family != 0)
        return addr_net_has(&node->net, &conn->client);
    return slice_starts_nocase(slice_of(addr_text(addr, &conn->client, false)), text);
}

static unsigned version_choice(const struct snap_conn *conn)
{
    return conn->version == 3 ? FILTER_V3 : conn->version == 4 ? FILTER_V4 : 0;
}

static unsigned kind_choice(const struct snap_conn *conn)
{
    switch (conn->kind) {
    case CONN_REST:
        return FILTER_REST;
    case CONN_WEBSOCKET:
        return FILTER_WEBSOCKET;
    default:
        return FILTER_NEW;
    }
}

static unsigned tag_choice(const struct snap_conn *conn, const struct filter_context *context)
{
    bool tagged =
        context != NULL && context->tagged != NULL && context->tagged(context->ctx, conn->id);
    return tagged ? FILTER_TAGGED : FILTER_UNTAGGED;
}

static uint64_t age_ms(const struct snap *snap, const struct snap_conn *conn)
{
    return snap->wall_ms > conn->opened_ms ? (uint64_t)(snap->wall_ms - conn->opened_ms) : 0;
}

/* Whom an expression is asked about. */
struct asked {
    const struct snap *snap;
    const struct snap_conn *conn;
    const struct snap_player *player; /* NULL: about the connection alone, */
    const struct snap_ip *ip;         /* or not NULL: about this address */
    const struct filter_context *context;
};

static bool word_matches(const struct asked *asked, struct slice word)
{
    char addr[ADDR_TEXT_MAX];
    if (asked->ip != NULL)
        return has(addr_key_text(addr, &asked->ip->key), word);
    return filter_shows(asked->snap, asked->conn, word) ||
           (asked->player != NULL && roster_player_shows(asked->player, word));
}

static bool term_matches(const struct filter *filter, const struct filter_node *node,
                         const struct asked *asked)
{
    const struct snap *snap = asked->snap;
    const struct snap_conn *conn = asked->conn;
    struct slice text = {filter->text + node->text_start, node->text_len};
    switch ((enum filter_what)node->what) {
    case FILTER_WORD:
        return word_matches(asked, text);
    case FILTER_IP:
        return ip_matches(node, text, conn);
    case FILTER_CLIENT:
        return client_holds(conn, text);
    case FILTER_USER:
        return holds(conn->user_id, text);
    case FILTER_BACKEND:
        return holds(backend_of(snap, conn), text);
    case FILTER_BOT:
        return bot_holds(snap, conn, text);
    case FILTER_PLAYERS:
        return compare(node, players_of(snap, conn));
    case FILTER_VERSION:
        return (node->choices & version_choice(conn)) != 0;
    case FILTER_KIND:
        return (node->choices & kind_choice(conn)) != 0;
    case FILTER_TAG:
        return (node->choices & tag_choice(conn, asked->context)) != 0;
    case FILTER_ID:
        return compare(node, conn->id);
    case FILTER_RATE:
        return compare(node, conn->rate_in + conn->rate_out);
    case FILTER_IN:
        return compare(node, conn->rate_in);
    case FILTER_OUT:
        return compare(node, conn->rate_out);
    case FILTER_TOTAL:
        return compare(node, conn->bytes_in + conn->bytes_out);
    case FILTER_AGE:
        return compare(node, age_ms(snap, conn));
    case FILTER_ALL:
    case FILTER_ANY:
        break;
    }
    return false;
}

/* No deeper than the parentheses are, which is FILTER_DEPTH_MAX. */
static bool node_matches(const struct filter *filter, unsigned at, const struct asked *asked)
{
    const struct filter_node *node = &filter->nodes[at];
    if (node->what > FILTER_ANY)
        return term_matches(filter, node, asked) != node->negated;
    bool decisive = node->what == FILTER_ANY;
    for (unsigned i = node->child; i != FILTER_NONE; i = filter->nodes[i].next)
        if (node_matches(filter, i, asked) == decisive)
            return decisive != node->negated;
    return decisive == node->negated;
}

bool filter_match(const struct filter *filter, const struct snap *snap,
                  const struct snap_conn *conn, const struct filter_context *context)
{
    struct asked asked = {.snap = snap, .conn = conn, .context = context};
    return filter->root == FILTER_NONE || node_matches(filter, filter->root, &asked);
}

bool filter_match_player(const struct filter *filter, const struct snap *snap,
                         const struct snap_player *player)
{
    static const struct snap_bot nobody = {
        .user_id = "", .client_name = "", .library = "", .versions = 0};
    const struct snap_bot *bot = snap_find_bot(snap, player->bot);
    if (filter->root == FILTER_NONE)
        return true;
    struct snap_conn conn = snap_bot_conn(snap, bot != NULL ? bot : &nobody);
    conn.backend = player->backend;
    conn.version = player->version;
    conn.opened_ms = player->since_ms;
    struct asked asked = {.snap = snap, .conn = &conn, .player = player};
    return node_matches(filter, filter->root, &asked);
}

bool filter_match_ip(const struct filter *filter, const struct snap *snap, const struct snap_ip *ip)
{
    struct snap_conn conn = {.client = {.family = ip->key.family},
                             .opened_ms = snap->wall_ms,
                             .bytes_in = ip->bytes_in,
                             .bytes_out = ip->bytes_out,
                             .rate_in = ip->rate_in,
                             .rate_out = ip->rate_out,
                             .backend = REPORT_NO_BACKEND,
                             .user_id = "",
                             .client_name = "",
                             .user_agent = "",
                             .path = ""};
    struct asked asked = {.snap = snap, .conn = &conn, .ip = ip};
    memcpy(conn.client.bytes, ip->key.bytes, sizeof(conn.client.bytes));
    return filter->root == FILTER_NONE || node_matches(filter, filter->root, &asked);
}
