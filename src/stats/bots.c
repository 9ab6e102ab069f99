/*
 * The book of bots: who is one, what it is called, when it comes and goes. Which connection is
 * whose is bots_join.c's.
 */
#include "bots.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "books.h"
#include "bots_join.h"

int bot_book_init(struct bot_book *book)
{
    book->by_key = map_new(sizeof(struct bot_key));
    book->by_session = map_new(sizeof(struct note_key));
    book->by_ip = map_new(sizeof(struct addr_key));
    return book->by_key && book->by_session && book->by_ip ? 0 : -1;
}

static void bot_free(struct bot *bot)
{
    meter_clear(&bot->meter);
    flows_free(bot->flows);
    free(bot->trouble);
    free(bot);
}

void bot_book_free(struct bot_book *book)
{
    for (unsigned i = 0; i < book->count; i++) {
        struct bot *bot = book->bots[i];
        for (struct bot_session *at = bot->sessions, *next; at; at = next) {
            next = at->next;
            free(at);
        }
        for (struct bot_ip *at = bot->ips, *next; at; at = next) {
            next = at->next;
            free(at);
        }
        bot_free(bot);
    }
    free(book->bots);
    map_free(book->by_key);
    map_free(book->by_session);
    map_free(book->by_ip);
}

const char *bot_name(const struct bot *bot)
{
    if (bot->client_name[0])
        return bot->client_name;
    return bot->user_id[0] ? bot->user_id : bot->key.text;
}

struct happening_bot bot_happening(const struct bot *bot, char id[BOT_ID_TEXT])
{
    snprintf(id, BOT_ID_TEXT, "%llu", (unsigned long long)bot->id);
    return (struct happening_bot){.id = id, .name = bot_name(bot), .user_id = bot->user_id};
}

static bool is_one_of(char ch, const char *marks)
{
    return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9') ||
           strchr(marks, ch);
}

/* NAME/VERSION at the front of what a library says of itself, and nothing else: many bots put their
 * own names there, or an address. */
static size_t library_len(const char *text)
{
    size_t at = 0;
    while (text[at] && is_one_of(text[at], "._-@"))
        at++;
    if (at == 0 || text[at] != '/')
        return 0;
    size_t version = ++at;
    if (text[at] == 'v')
        at++;
    if (text[at] < '0' || text[at] > '9')
        return 0;
    while (text[at] && is_one_of(text[at], "._-+"))
        at++;
    bool ends = text[at] == '\0' || text[at] == ' ' || text[at] == '(' || text[at] == ';';
    return ends && at > version ? at : 0;
}

/* The texts of the newest handshake; one that it does not give stays. */
static void name_bot(struct bot *bot, const char *user_id, const char *client_name,
                     const char *user_agent)
{
    const char *library = library_len(client_name) > 0 ? client_name : user_agent;
    size_t len = library_len(library);

    if (user_id[0])
        snprintf(bot->user_id, SNAP_TEXT, "%s", user_id);
    if (client_name[0])
        snprintf(bot->client_name, SNAP_TEXT, "%s", client_name);
    if (len > 0) {
        memcpy(bot->library, library, len);
        bot->library[len] = '\0';
    }
}

static void leave_gone(struct bot_book *book, struct bot *bot)
{
    *(bot->prev_gone ? &bot->prev_gone->next_gone : &book->gone_first) = bot->next_gone;
    *(bot->next_gone ? &bot->next_gone->prev_gone : &book->gone_last) = bot->prev_gone;
    bot->prev_gone = bot->next_gone = NULL;
    bot->gone_ms = 0;
}

static void enter_gone(struct bot_book *book, struct bot *bot, uint32_t second, int64_t wall_ms)
{
    bot->prev_gone = book->gone_last;
    bot->next_gone = NULL;
    *(book->gone_last ? &book->gone_last->next_gone : &book->gone_first) = bot;
    book->gone_last = bot;
    bot->gone_ms = wall_ms;
    bot->gone_second = second;
}

/* Who is refused again and again stays in the book as long as it tries, and is gone all the time.
 */
static void is_trying(struct bot_book *book, struct bot *bot, uint32_t second)
{
    int64_t since_ms = bot->gone_ms;
    leave_gone(book, bot);
    enter_gone(book, bot, second, since_ms);
}

static unsigned index_of(const struct bot_book *book, const struct bot *bot)
{
    unsigned low = 0, high = book->count;
    while (low < high) {
        unsigned middle = low + (high - low) / 2;
        if (book->bots[middle]->id < bot->id)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void forget(struct ledger *ledger, struct bot *bot)
{
    struct bot_book *book = &ledger->bots;
    unsigned at = index_of(book, bot);

    players_bot_leaves(ledger, bot);
    bots_part(ledger, bot);
    leave_gone(book, bot);
    map_take(book->by_key, &bot->key);
    book->count--;
    memmove(book->bots + at, book->bots + at + 1, (book->count - at) * sizeof(struct bot *));
    bot_free(bot);
}

static int make_room(struct ledger *ledger)
{
    struct bot_book *book = &ledger->bots;
    if (book->count >= BOTS_MAX) {
        if (!book->gone_first)
            return -1;
        forget(ledger, book->gone_first);
    }
    if (book->count < book->room)
        return 0;
    unsigned room = book->room ? book->room * 2 : 64;
    struct bot **bots = realloc(book->bots, room * sizeof(struct bot *));
    if (!bots)
        return -1;
    book->bots = bots;
    book->room = room;
    return 0;
}

static struct bot *make(struct ledger *ledger, const struct bot_key *key, int64_t wall_ms)
{
    struct bot_book *book = &ledger->bots;
    if (make_room(ledger) < 0)
        return NULL;
    struct bot *bot = calloc(1, sizeof(*bot));
    if (!bot)
        return NULL;
    bot->key = *key;
    if (map_put(book->by_key, key, bot) < 0) {
        free(bot);
        return NULL;
    }
    bot->id = ++book->last_id;
    bot->first_ms = bot->last_active_ms = wall_ms;
    bot->resume_timeout = -1;
    bot->resuming = -1;
    meter_init(&bot->meter, ledger->second);
    book->bots[book->count++] = bot;
    enter_gone(book, bot, ledger->second, wall_ms);
    return bot;
}

struct bot *bots_get(struct ledger *ledger, const struct addr *client, const char *user_id,
                     const char *client_name, const char *user_agent, int64_t at_us,
                     int64_t wall_ms)
{
    char ip[ADDR_TEXT_MAX];
    struct bot_key key = {.by = BOT_BY_USER};
    struct addr_key from = addr_key_of(client);
    const char *text = user_id;

    if (!text[0]) {
        key.by = BOT_BY_CLIENT;
        text = client_name;
    }
    if (!text[0]) {
        key.by = BOT_BY_IP;
        text = addr_key_text(ip, &from);
    }
    memcpy(key.text, text, strlen(text));
    struct bot *bot = map_get(ledger->bots.by_key, &key);
    if (!bot)
        bot = make(ledger, &key, wall_ms);
    if (!bot)
        return NULL;
    if (at_us >= bot->named_us) {
        bot->named_us = at_us;
        name_bot(bot, user_id, client_name, user_agent);
    }
    if (bot->sockets == 0)
        is_trying(&ledger->bots, bot, ledger->second);
    return bot;
}

void bots_socket_opens(struct ledger *ledger, struct bot *bot, const struct row *row, bool resumed,
                       int64_t wall_ms)
{
    char id[BOT_ID_TEXT], ip[ADDR_TEXT_MAX];

    if (bot->sockets++ > 0)
        return;
    leave_gone(&ledger->bots, bot);
    struct happening_bot who = bot_happening(bot, id);
    happenings_bot_connected(&ledger->happenings, wall_ms, &who,
                             backend_books_name(ledger, row->backend), resumed);
    if (bot->told)
        return;
    bot->told = true;
    bool named = bot->client_name[0] && bot->user_id[0];
    ledger_event(ledger, EVENT_INFO, wall_ms, "bot %s%s%s%s is here from %s", bot_name(bot),
                 named ? " (user " : "", named ? bot->user_id : "", named ? ")" : "",
                 addr_text(ip, &row->client, false));
}

void bots_socket_ends(struct ledger *ledger, struct bot *bot, int64_t wall_ms)
{
    char id[BOT_ID_TEXT];

    if (--bot->sockets > 0)
        return;
    enter_gone(&ledger->bots, bot, ledger->second, wall_ms);
    struct happening_bot who = bot_happening(bot, id);
    happenings_bot_gone(&ledger->happenings, wall_ms, &who);
}

void bots_forget_slot(struct bot_book *book, unsigned slot)
{
    for (unsigned i = 0; i < book->count; i++)
        book->bots[i]->backends &= ~(UINT64_C(1) << slot);
}

void bots_tick(struct ledger *ledger)
{
    struct bot_book *book = &ledger->bots;
    for (unsigned i = 0; i < book->count; i++) {
        struct bot *bot = book->bots[i];
        meter_tick(&bot->meter, ledger->second);
        bots_forget_ips(ledger, bot);
    }
}

void bots_due(struct ledger *ledger, int64_t wall_ms)
{
    struct bot_book *book = &ledger->bots;
    while (book->gone_first && ledger->second - book->gone_first->gone_second >= BOTS_GONE_SECONDS)
        forget(ledger, book->gone_first);
    /* A reconnect is no departure: it is told only of who does not come back. */
    for (struct bot *bot = book->gone_first; bot; bot = bot->next_gone) {
        if (ledger->second - bot->gone_second < BOTS_LINE_SECONDS)
            break;
        if (bot->told)
            ledger_event(ledger, EVENT_INFO, wall_ms, "bot %s is gone: no socket for %u s",
                         bot_name(bot), BOTS_LINE_SECONDS);
        bot->told = false;
    }
}
