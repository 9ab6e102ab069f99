/*
 * The WebSocket of a bot: handshake, frames, reconnecting.
 */
#include <string.h>

#include "base/jsonin.h"
#include "bot.h"
#include "track.h"

#define BACKOFF_MAX 30.0
#define MESSAGE_MAX 1048576

static void on_connect(struct ev_loop *loop, ev_timer *timer, int events);
static void on_ping(struct ev_loop *loop, ev_timer *timer, int events);
static void on_input(void *ctx);
static void on_closed(void *ctx);

void bot_ws_init(struct bot *bot)
{
    client_init(&bot->ws, bot->loop, bot, on_input, on_closed);
    ev_init(&bot->connect, on_connect);
    ev_init(&bot->ping, on_ping);
    bot->connect.data = bot->ping.data = bot;
}

void bot_ws_connect(struct bot *bot, double delay)
{
    ev_timer_stop(bot->loop, &bot->connect);
    ev_timer_set(&bot->connect, delay, 0.);
    ev_timer_start(bot->loop, &bot->connect);
}

/* Tries again: at a fixed pace, or 1, 2, 4... seconds after the failures so far. */
static void try_again(struct bot *bot)
{
    double delay = 1;

    for (unsigned i = 0; i < bot->failures && delay < BACKOFF_MAX; i++)
        delay *= 2;
    if (delay > BACKOFF_MAX)
        delay = BACKOFF_MAX;
    if (bot->profile->retry_every > 0)
        delay = bot->profile->retry_every;
    bot->failures++;
    bot_ws_connect(bot, bot_around(bot, delay));
}

static void on_closed(void *ctx)
{
    struct bot *bot = ctx;

    bot->upgraded = false;
    ev_timer_stop(bot->loop, &bot->ping);
    ev_timer_stop(bot->loop, &bot->search);
    ev_timer_stop(bot->loop, &bot->playlist);
    ev_timer_stop(bot->loop, &bot->change);
    try_again(bot);
}

static void give_up(struct bot *bot)
{
    client_close(&bot->ws);
    on_closed(bot);
}

static void on_connect(struct ev_loop *loop, ev_timer *timer, int events)
{
    struct bot *bot = timer->data;
    uint64_t random[2] = {track_random(&bot->random), track_random(&bot->random)};
    char key[WS_KEY_SIZE], memory[2048];
    struct str head;

    (void)loop;
    (void)events;
    if (client_dial(&bot->ws, &bot->proxy, &bot->source) < 0) {
        try_again(bot);
        return;
    }
    ws_key(key, (const uint8_t *)random);
    str_fixed(&head, memory, sizeof memory);
    str_addf(&head, "GET %s HTTP/1.1\r\n", bot->profile->ws_path);
    bot_headers(bot, &head);
    str_addf(&head,
             "User-Id: %s\r\nClient-Name: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
             "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\n"
             "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n",
             bot->profile->user_id, bot->profile->client_name, key);
    if (*bot->session != '\0' && bot->profile->version == 4)
        str_addf(&head, "Session-Id: %s\r\n", bot->session);
    str_add_text(&head, "\r\n");
    client_send(&bot->ws, str_slice(&head));
}

static void send_frame(struct bot *bot, enum ws_opcode opcode, struct slice payload)
{
    uint64_t random = track_random(&bot->random);
    struct ws_header header = {
        .opcode = opcode, .fin = true, .masked = true, .length = payload.len};
    uint8_t bytes[WS_HEADER_MAX];
    struct str frame;

    memcpy(header.mask, &random, sizeof header.mask);
    str_growing(&frame);
    str_add(&frame, (const char *)bytes, ws_encode(bytes, &header));
    str_add_slice(&frame, payload);
    if (!frame.cut) {
        ws_mask(frame.ptr + header.size, payload.len, header.mask, 0);
        client_send(&bot->ws, str_slice(&frame));
    }
    str_free(&frame);
}

void bot_ws_text(struct bot *bot, struct slice text)
{
    if (bot->upgraded)
        send_frame(bot, WS_TEXT, text);
}

static void on_ping(struct ev_loop *loop, ev_timer *timer, int events)
{
    (void)loop;
    (void)events;
    send_frame(timer->data, WS_PING, SLICE(""));
}

/* The index of the guild a message is about, or BOT_PLAYERS_MAX. */
static unsigned guild_of(const struct bot *bot, struct slice message)
{
    struct slice value;
    int64_t guild;

    if (!jsonin_get(message, "guildId", &value) || !jsonin_i64(value, &guild))
        return BOT_PLAYERS_MAX;
    for (unsigned i = 0; i < bot->profile->players; i++)
        if (bot_guild(bot, i) == (uint64_t)guild)
            return i;
    return BOT_PLAYERS_MAX;
}

/* Whether a track is over that the bot did not end itself, or goes no further. */
static bool wants_next(struct slice message)
{
    char word[32];
    struct slice value;

    if (jsonin_get(message, "type", &value) && slice_equal(value, SLICE("\"TrackStuckEvent\"")))
        return true;
    return jsonin_get(message, "reason", &value) && jsonin_text(value, word, sizeof word) &&
           (strcasecmp(word, "finished") == 0 || strcasecmp(word, "loadFailed") == 0 ||
            strcasecmp(word, "LOAD_FAILED") == 0);
}

static void take_message(struct bot *bot, struct slice text)
{
    struct slice message, value;
    char word[32];
    bool resumed = false;
    unsigned guild;

    if (!jsonin_check(text, &message) || !jsonin_get(message, "op", &value) ||
        !jsonin_text(value, word, sizeof word))
        return;
    if (strcmp(word, "ready") == 0) {
        if (jsonin_get(message, "sessionId", &value))
            jsonin_text(value, bot->session, sizeof bot->session);
        if (jsonin_get(message, "resumed", &value))
            jsonin_bool(value, &resumed);
        bot->failures = 0;
        bot->job_count = bot->busy ? 1 : 0;
        bot_ready(bot);
        return;
    }
    guild = guild_of(bot, message);
    if (guild < BOT_PLAYERS_MAX && wants_next(message))
        bot_want(bot, BOT_FIND, guild);
}

/* Takes one whole frame off the input; false when there is none yet, or no more. */
static bool take_frame(struct bot *bot)
{
    struct ws_header header;
    struct slice payload;
    enum ws_result result = ws_decode(&header, bot->ws.in.ptr, bot->ws.in.len);

    if (result == WS_MORE)
        return false;
    if (result == WS_BAD || header.length > MESSAGE_MAX) {
        give_up(bot);
        return false;
    }
    if (bot->ws.in.len - header.size < header.length)
        return false;
    payload = (struct slice){bot->ws.in.ptr + header.size, (size_t)header.length};
    if (header.opcode == WS_PING)
        send_frame(bot, WS_PONG, payload);
    if (header.opcode == WS_CLOSE) {
        give_up(bot);
        return false;
    }
    if (header.opcode == WS_TEXT && header.fin)
        take_message(bot, payload);
    client_used(&bot->ws, header.size + (size_t)header.length);
    return true;
}

static void on_input(void *ctx)
{
    struct bot *bot = ctx;

    if (!bot->upgraded) {
        enum head_result result = head_response(&bot->head, bot->ws.in.ptr, bot->ws.in.len);
        if (result == HEAD_MORE)
            return;
        if (result != HEAD_OK || bot->head.status != 101) {
            give_up(bot);
            return;
        }
        bot->upgraded = true;
        client_used(&bot->ws, bot->head.length);
        if (bot->profile->ping_every > 0) {
            ev_timer_set(&bot->ping, bot->profile->ping_every, bot->profile->ping_every);
            ev_timer_start(bot->loop, &bot->ping);
        }
    }
    while (take_frame(bot))
        ;
}
