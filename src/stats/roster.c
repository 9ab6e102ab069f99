/*
 * Orders of bots and players. One table of columns for each: a figure, or a text whose first bytes
 * are the figure. What settles a tie are the ids, in whose order the snapshot has the rows.
 */
#include "stats/roster.h"

#include <assert.h>
#include <string.h>

#include "base/str.h"

#define TIE_BYTES 8 /* in front of the text in the rest of a place: the bot's id */

/* --- columns --- */

enum column_kind { NUMBER, RISING, TEXT, USER }; /* RISING: a number, the smallest first */

struct column {
    const char *word;
    enum column_kind kind;
};

static const struct column bot_columns[ROSTER_BOT_COUNT] = {
    [ROSTER_BOT_ID] = {"id", RISING},
    [ROSTER_BOT_NAME] = {"name", TEXT},
    [ROSTER_BOT_USER] = {"user", USER},
    [ROSTER_BOT_LIBRARY] = {"library", TEXT},
    [ROSTER_BOT_STATE] = {"state", NUMBER},
    [ROSTER_BOT_SOCKETS] = {"sockets", NUMBER},
    [ROSTER_BOT_PLAYERS] = {"players", NUMBER},
    [ROSTER_BOT_PLAYING] = {"playing", NUMBER},
    [ROSTER_BOT_IN] = {"in", NUMBER},
    [ROSTER_BOT_OUT] = {"out", NUMBER},
    [ROSTER_BOT_RATE] = {"rate", NUMBER},
    [ROSTER_BOT_TOTAL] = {"total", NUMBER},
    [ROSTER_BOT_MESSAGES] = {"messages", NUMBER},
    [ROSTER_BOT_REQUESTS] = {"requests", NUMBER},
    [ROSTER_BOT_ERRORS] = {"errors", NUMBER},
    [ROSTER_BOT_SEARCH] = {"search", NUMBER},
    [ROSTER_BOT_PLAY] = {"play", NUMBER},
    [ROSTER_BOT_AGE] = {"age", NUMBER},
};

static const struct column player_columns[ROSTER_PLAYER_COUNT] = {
    [ROSTER_PLAYER_BOT] = {"bot", RISING},         [ROSTER_PLAYER_GUILD] = {"guild", RISING},
    [ROSTER_PLAYER_BACKEND] = {"backend", TEXT},   [ROSTER_PLAYER_TITLE] = {"title", TEXT},
    [ROSTER_PLAYER_AUTHOR] = {"author", TEXT},     [ROSTER_PLAYER_SOURCE] = {"source", TEXT},
    [ROSTER_PLAYER_LENGTH] = {"length", NUMBER},   [ROSTER_PLAYER_POSITION] = {"position", NUMBER},
    [ROSTER_PLAYER_PLAYING] = {"playing", NUMBER}, [ROSTER_PLAYER_VOLUME] = {"volume", NUMBER},
    [ROSTER_PLAYER_PING] = {"ping", NUMBER},       [ROSTER_PLAYER_AGE] = {"age", NUMBER},
    [ROSTER_PLAYER_UPDATED] = {"updated", NUMBER},
};

static const struct column *columns_of(enum roster roster)
{
    return roster == ROSTER_BOTS ? bot_columns : player_columns;
}

unsigned roster_columns(enum roster roster)
{
    return roster == ROSTER_BOTS ? (unsigned)ROSTER_BOT_COUNT : (unsigned)ROSTER_PLAYER_COUNT;
}

const char *roster_word(enum roster roster, unsigned key)
{
    assert(key < roster_columns(roster));
    return columns_of(roster)[key].word;
}

bool roster_descends(enum roster roster, unsigned key)
{
    assert(key < roster_columns(roster));
    return columns_of(roster)[key].kind == NUMBER;
}

unsigned roster_rows(const struct snap *snap, enum roster roster)
{
    return roster == ROSTER_BOTS ? snap->bot_count : snap->player_count;
}

/* --- values --- */

static uint64_t micros(float seconds)
{
    return seconds > 0 ? (uint64_t)((double)seconds * 1e6) : 0;
}

/* Longer ago is larger; what never was is nothing. */
static uint64_t age(int64_t since_ms)
{
    return since_ms > 0 ? UINT64_MAX - (uint64_t)since_ms : 0;
}

static uint64_t bot_value(const struct snap_bot *bot, enum roster_bot_key key)
{
    switch (key) {
    case ROSTER_BOT_STATE:
        return bot->gone_ms == 0 ? UINT64_MAX : (uint64_t)bot->gone_ms;
    case ROSTER_BOT_SOCKETS:
        return bot->sockets;
    case ROSTER_BOT_PLAYERS:
        return bot->players;
    case ROSTER_BOT_PLAYING:
        return bot->playing;
    case ROSTER_BOT_IN:
        return bot->rate_in;
    case ROSTER_BOT_OUT:
        return bot->rate_out;
    case ROSTER_BOT_RATE:
        return bot->rate_in + bot->rate_out;
    case ROSTER_BOT_TOTAL:
        return bot->bytes_in + bot->bytes_out;
    case ROSTER_BOT_MESSAGES:
        return bot->messages;
    case ROSTER_BOT_REQUESTS:
        return bot->requests;
    case ROSTER_BOT_ERRORS:
        return snap_bot_errors(bot);
    case ROSTER_BOT_SEARCH:
        return micros(bot->flows[FLOW_SEARCH].p95);
    case ROSTER_BOT_PLAY:
        return micros(bot->flows[FLOW_PLAY].p95);
    case ROSTER_BOT_AGE:
        return age(bot->connected_ms);
    default:
        return bot->id;
    }
}

/* What is not known is below everything. */
static uint64_t known(int64_t figure)
{
    return figure < 0 ? 0 : (uint64_t)figure + 1;
}

static uint64_t player_value(const struct snap *snap, const struct snap_player *player,
                             enum roster_player_key key)
{
    switch (key) {
    case ROSTER_PLAYER_GUILD:
        return player->guild;
    case ROSTER_PLAYER_LENGTH:
        return player->track ? (uint64_t)player->track->length_ms : 0;
    case ROSTER_PLAYER_POSITION:
        return known(snap_player_position(player, snap->wall_ms));
    case ROSTER_PLAYER_PLAYING:
        return snap_player_is_playing(player) ? 2 : player->has_track;
    case ROSTER_PLAYER_VOLUME:
        return known(player->volume);
    case ROSTER_PLAYER_PING:
        return known(player->ping);
    case ROSTER_PLAYER_AGE:
        return age(player->since_ms);
    case ROSTER_PLAYER_UPDATED:
        return (uint64_t)player->updated_ms;
    default:
        return player->bot;
    }
}

static const char *bot_text(const struct snap_bot *bot, enum roster_bot_key key)
{
    return key == ROSTER_BOT_NAME   ? bot->name
           : key == ROSTER_BOT_USER ? bot->user_id
                                    : bot->library;
}

static const char *backend_name(const struct snap *snap, const struct snap_player *player)
{
    return player->backend < snap->backend_count ? snap->backends[player->backend].name : "";
}

static const char *player_text(const struct snap *snap, const struct snap_player *player,
                               enum roster_player_key key)
{
    const struct snap_track *track = player->track;
    if (key == ROSTER_PLAYER_BACKEND)
        return backend_name(snap, player);
    if (track == NULL)
        return "";
    return key == ROSTER_PLAYER_TITLE    ? track->title
           : key == ROSTER_PLAYER_AUTHOR ? track->author
                                         : track->source;
}

static enum column_kind kind_of(const struct roster_order *order)
{
    return columns_of(order->roster)[order->key].kind;
}

/* The column of connections whose texts compare likewise. */
static enum sort_key text_key(const struct roster_order *order)
{
    return kind_of(order) == USER ? SORT_USER : SORT_CLIENT;
}

/* What a column of texts holds; NULL for figures. */
static const char *text_of(const struct roster_order *order, uint32_t index)
{
    if (kind_of(order) != TEXT && kind_of(order) != USER)
        return NULL;
    return order->roster == ROSTER_BOTS
               ? bot_text(&order->snap->bots[index], (enum roster_bot_key)order->key)
               : player_text(order->snap, &order->snap->players[index],
                             (enum roster_player_key)order->key);
}

static uint64_t value_of(const struct roster_order *order, uint32_t index)
{
    const char *text = text_of(order, index);
    if (text != NULL)
        return sort_text_value(text_key(order), text);
    return order->roster == ROSTER_BOTS
               ? bot_value(&order->snap->bots[index], (enum roster_bot_key)order->key)
               : player_value(order->snap, &order->snap->players[index],
                              (enum roster_player_key)order->key);
}

/* --- order --- */

struct rank roster_rank(const struct roster_order *order, uint32_t index)
{
    return (struct rank){value_of(order, index), index};
}

/* Two values; of equal ones the texts, where there are any. */
static int compare(const struct roster_order *order, uint64_t a, uint64_t b, const char *a_text,
                   const char *b_text)
{
    int found = (a > b) - (a < b);
    if (found == 0 && a_text != NULL)
        found = sort_compare_texts(text_key(order), a_text, b_text);
    return order->descending ? -found : found;
}

int roster_compare(const void *left, const void *right, void *ctx)
{
    const struct rank *a = left, *b = right;
    const struct roster_order *order = ctx;
    int found =
        compare(order, a->value, b->value, text_of(order, a->index), text_of(order, b->index));
    return found != 0 ? found : (a->index > b->index) - (a->index < b->index);
}

/* What the snapshot's own order goes by: of a bot its id, of a player its bot's, then its guild. */
static void tie_of(const struct roster_order *order, uint32_t index, uint64_t tie[2])
{
    bool bots = order->roster == ROSTER_BOTS;
    tie[0] = bots ? 0 : order->snap->players[index].bot;
    tie[1] = bots ? order->snap->bots[index].id : order->snap->players[index].guild;
}

void roster_place(const struct roster_order *order, uint32_t index, struct sort_place *place)
{
    const char *text = text_of(order, index);
    uint64_t tie[2];
    tie_of(order, index, tie);
    *place =
        (struct sort_place){.value = value_of(order, index), .id = tie[1], .rest_len = TIE_BYTES};
    for (unsigned i = 0; i < TIE_BYTES; i++)
        place->rest[i] = (char)(tie[0] >> 8 * (TIE_BYTES - 1 - i));
    if (text != NULL) {
        size_t len = strnlen(text, sizeof(place->rest) - 1 - TIE_BYTES);
        memcpy(place->rest + TIE_BYTES, text, len);
        place->rest_len += len;
    }
}

int roster_compare_place(const struct roster_order *order, struct rank rank,
                         const struct sort_place *place)
{
    uint64_t tie[2], bot = 0;
    int found = compare(order, rank.value, place->value, text_of(order, rank.index),
                        place->rest + TIE_BYTES);
    if (found != 0)
        return found;
    for (unsigned i = 0; i < TIE_BYTES; i++)
        bot = bot << 8 | (unsigned char)place->rest[i];
    tie_of(order, rank.index, tie);
    if (tie[0] != bot)
        return tie[0] < bot ? -1 : 1;
    return (tie[1] > place->id) - (tie[1] < place->id);
}

/* --- search --- */

static bool has(const char *text, struct slice part)
{
    return slice_search_nocase(slice_of(text), part) != SLICE_NOWHERE;
}

static bool bot_shows(const struct snap *snap, const struct snap_bot *bot, struct slice part)
{
    char addr[ADDR_TEXT_MAX];
    if (has(bot->name, part) || has(bot->user_id, part) || has(bot->client_name, part) ||
        has(bot->library, part))
        return true;
    for (unsigned i = 0; i < bot->ip_count; i++)
        if (has(addr_key_text(addr, &bot->ips[i]), part))
            return true;
    for (unsigned i = 0; i < snap->backend_count && i < FLEET_MAX; i++)
        if ((bot->backends >> i & 1) != 0 && has(snap->backends[i].name, part))
            return true;
    return false;
}

/* The guild only where the text could be in one: numbers are written for that. */
bool roster_player_shows(const struct snap_player *player, struct slice part)
{
    char memory[24];
    struct str guild;
    const struct snap_track *track = player->track;
    if (track != NULL && (has(track->title, part) || has(track->author, part)))
        return true;
    for (size_t i = 0; i < part.len; i++)
        if (part.ptr[i] < '0' || part.ptr[i] > '9')
            return false;
    str_fixed(&guild, memory, sizeof(memory));
    str_add_u64(&guild, player->guild);
    return has(memory, part);
}

bool roster_wants(const struct roster_search *search, const struct snap *snap, enum roster roster,
                  uint32_t index)
{
    struct slice part = slice_of(search->text);
    if (roster == ROSTER_BOTS) {
        const struct snap_bot *bot = &snap->bots[index];
        return (search->backends == 0 || (search->backends & bot->backends) != 0) &&
               (part.len == 0 || bot_shows(snap, bot, part));
    }
    const struct snap_player *player = &snap->players[index];
    if (search->bot != 0 && search->bot != player->bot)
        return false;
    if (search->backends != 0 &&
        (player->backend >= FLEET_MAX || (search->backends >> player->backend & 1) == 0))
        return false;
    return part.len == 0 || roster_player_shows(player, part);
}

bool roster_conn_players(const struct snap *snap, const struct snap_conn *conn, uint32_t *players,
                         uint32_t *playing)
{
    const struct snap_bot *bot = conn->bot != 0 ? snap_find_bot(snap, conn->bot) : NULL;
    *players = *playing = 0;
    if (conn->kind != CONN_WEBSOCKET || bot == NULL || conn->backend >= FLEET_MAX)
        return false;
    /* Even of a bot whose sockets are all here some may wait elsewhere for their session's return.
     */
    for (unsigned i = 0; i < bot->players; i++) {
        const struct snap_player *player = &snap->players[bot->first_player + i];
        *players += player->backend == conn->backend;
        *playing += player->backend == conn->backend && snap_player_is_playing(player);
    }
    return true;
}
