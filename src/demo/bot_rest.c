/*
 * The REST connection of a bot: one request at a time, closed after a while without any, as Node's
 * fetch does.
 */
#include <inttypes.h>
#include <string.h>

#include "base/jsonin.h"
#include "bot.h"
#include "track.h"

#define IDLE_CLOSE 4.0
#define BODY_KEPT 65536

static void on_input(void *ctx);
static void on_closed(void *ctx);
static void on_idle(struct ev_loop *loop, ev_timer *timer, int events);

static const char *const words[] = {"lofi+hip+hop",      "rain+sounds",     "synthwave+mix",
                                    "daft+punk",         "drum+and+bass",   "piano+covers",
                                    "summer+hits+2026",  "%E5%A4%9C+drive", "old+town+road",
                                    "caf%C3%A9+del+mar", "phonk",           "study+music"};

void bot_rest_init(struct bot *bot)
{
    client_init(&bot->rest, bot->loop, bot, on_input, on_closed);
    ev_init(&bot->idle, on_idle);
    bot->idle.data = bot;
}

/* "/v4", or nothing for libraries that never learnt of versions. */
static const char *prefix(const struct bot *bot)
{
    if (bot->profile->bare_paths)
        return "";
    return bot->profile->version == 3 ? "/v3" : "/v4";
}

static void add_head(const struct bot *bot, struct str *out, struct slice body)
{
    bot_headers(bot, out);
    str_add_text(out, "Connection: keep-alive\r\nAccept: application/json\r\n");
    if (body.len > 0)
        str_addf(out, "Content-Type: application/json\r\nContent-Length: %zu\r\n", body.len);
    str_add_text(out, "\r\n");
    str_add_slice(out, body);
}

static void ask_tracks(struct bot *bot, struct str *out, bool playlist)
{
    uint64_t dice = track_random(&bot->random);
    const char *word = words[dice % (sizeof words / sizeof *words)];

    if (playlist)
        str_addf(out,
                 "GET %s/loadtracks?identifier=https%%3A%%2F%%2Fwww.youtube.com%%2Fplaylist%%3F"
                 "list%%3DPL%08x HTTP/1.1\r\n",
                 prefix(bot), (unsigned)(dice >> 40));
    else
        str_addf(out, "GET %s/loadtracks?identifier=ytsearch%%3A%s HTTP/1.1\r\n", prefix(bot),
                 word);
    add_head(bot, out, SLICE(""));
}

static void ask_patch(struct bot *bot, struct str *out, const char *where, struct slice body)
{
    str_addf(out, "PATCH /v%u/sessions/%s%s HTTP/1.1\r\n", bot->profile->version, bot->session,
             where);
    add_head(bot, out, body);
}

static void play_body(const struct bot *bot, struct str *body)
{
    const char *voice = "\"voice\":{\"token\":\"demo\",\"endpoint\":\"demo.invalid\","
                        "\"sessionId\":\"demo\"}";

    if (bot->profile->version == 3)
        str_addf(body, "{\"encodedTrack\":\"%s\",%s}", bot->encoded.ptr, voice);
    else
        str_addf(body, "{\"track\":{\"encoded\":\"%s\"},%s}", bot->encoded.ptr, voice);
}

/* What a player is told over REST. */
static void ask_player(struct bot *bot, struct str *out, const struct bot_job *job)
{
    char where[64], memory[4096];
    struct str path, body;

    str_fixed(&path, where, sizeof where);
    str_fixed(&body, memory, sizeof memory);
    str_addf(&path, "/players/%" PRIu64 "%s", bot_guild(bot, job->guild),
             job->kind == BOT_PLAY ? "?noReplace=false" : "");
    switch (job->kind) {
    case BOT_PLAY:
        play_body(bot, &body);
        break;
    case BOT_SEEK:
        str_addf(&body, "{\"position\":%u}", (unsigned)(track_random(&bot->random) % 60000));
        break;
    default:
        str_addf(&body, "{\"paused\":%s}", job->kind == BOT_PAUSE ? "true" : "false");
    }
    ask_patch(bot, out, where, str_slice(&body));
}

/* The same through the WebSocket, where it needs no answer. */
static void tell_player(struct bot *bot, const struct bot_job *job)
{
    char memory[4096];
    struct str text;
    uint64_t guild = bot_guild(bot, job->guild);

    str_fixed(&text, memory, sizeof memory);
    switch (job->kind) {
    case BOT_PLAY:
        str_addf(&text,
                 "{\"op\":\"voiceUpdate\",\"guildId\":\"%" PRIu64 "\",\"sessionId\":\"demo\","
                 "\"event\":{\"token\":\"demo\",\"endpoint\":\"demo.invalid\"}}",
                 guild);
        bot_ws_text(bot, str_slice(&text));
        str_reset(&text);
        str_addf(&text, "{\"op\":\"play\",\"guildId\":\"%" PRIu64 "\",\"track\":\"%s\"}", guild,
                 bot->encoded.ptr);
        break;
    case BOT_SEEK:
        str_addf(&text, "{\"op\":\"seek\",\"guildId\":\"%" PRIu64 "\",\"position\":%u}", guild,
                 (unsigned)(track_random(&bot->random) % 60000));
        break;
    default:
        str_addf(&text, "{\"op\":\"pause\",\"guildId\":\"%" PRIu64 "\",\"pause\":%s}", guild,
                 job->kind == BOT_PAUSE ? "true" : "false");
    }
    bot_ws_text(bot, str_slice(&text));
}

static bool is_for_player(const struct bot_job *job)
{
    return job->kind >= BOT_PLAY;
}

static void write_request(struct bot *bot, struct str *out, const struct bot_job *job)
{
    switch (job->kind) {
    case BOT_INFO:
        str_addf(out, "GET %s HTTP/1.1\r\n",
                 bot->profile->bare_paths     ? "/version"
                 : bot->profile->version == 3 ? "/v3/info"
                                              : "/v4/info");
        add_head(bot, out, SLICE(""));
        break;
    case BOT_RESUMING:
        ask_patch(bot, out, "",
                  bot->profile->version == 3    ? SLICE("{\"resumingKey\":\"demo\",\"timeout\":60}")
                  : bot->profile->timeout_in_ms ? SLICE("{\"resuming\":true,\"timeout\":60000}")
                                                : SLICE("{\"resuming\":true,\"timeout\":60}"));
        break;
    case BOT_SEARCH:
    case BOT_FIND:
    case BOT_PLAYLIST:
        ask_tracks(bot, out, job->kind == BOT_PLAYLIST);
        break;
    default:
        ask_player(bot, out, job);
    }
}

static void drop_job(struct bot *bot)
{
    bot->job_count--;
    memmove(bot->jobs, bot->jobs + 1, bot->job_count * sizeof *bot->jobs);
}

void bot_rest_next(struct bot *bot)
{
    struct str request;

    while (!bot->busy && bot->job_count > 0 && bot->profile->ws_ops &&
           is_for_player(&bot->jobs[0])) {
        tell_player(bot, &bot->jobs[0]);
        drop_job(bot);
    }
    if (bot->busy || bot->job_count == 0)
        return;
    ev_timer_stop(bot->loop, &bot->idle);
    if (!client_is_open(&bot->rest) && client_dial(&bot->rest, &bot->proxy, &bot->source) < 0) {
        bot->job_count = 0;
        return;
    }
    str_growing(&request);
    write_request(bot, &request, &bot->jobs[0]);
    bot->busy = true;
    bot->in_body = false;
    client_send(&bot->rest, str_slice(&request));
    str_free(&request);
}

static void on_closed(void *ctx)
{
    struct bot *bot = ctx;

    /* What was wanted is lost; the timers will want something again. */
    bot->busy = false;
    bot->job_count = 0;
    ev_timer_stop(bot->loop, &bot->idle);
}

static void on_idle(struct ev_loop *loop, ev_timer *timer, int events)
{
    struct bot *bot = timer->data;

    (void)loop;
    (void)events;
    client_close(&bot->rest);
}

/* The first blob in the answer's beginning; a search is small enough to be there whole. */
static bool find_encoded(struct bot *bot)
{
    static const char mark[] = "\"encoded\":\"";
    const char *start, *end;

    if (bot->body.len == 0)
        return false;
    start = memmem(bot->body.ptr, bot->body.len, mark, sizeof mark - 1);
    if (start == NULL)
        return false;
    start += sizeof mark - 1;
    end = memchr(start, '"', bot->body.len - (size_t)(start - bot->body.ptr));
    if (end == NULL || end - start > 3000)
        return false;
    str_reset(&bot->encoded);
    str_add(&bot->encoded, start, (size_t)(end - start));
    return !bot->encoded.cut;
}

/* A whole answer is there. */
static void finish_job(struct bot *bot)
{
    struct bot_job job = bot->jobs[0];

    bot->busy = false;
    drop_job(bot);
    if (job.kind == BOT_FIND && bot->status == 200 && find_encoded(bot)) {
        /* It comes next, before another search finds another track. */
        if (bot->job_count == BOT_JOBS_MAX)
            bot->job_count--;
        memmove(bot->jobs + 1, bot->jobs, bot->job_count * sizeof *bot->jobs);
        bot->jobs[0] = (struct bot_job){BOT_PLAY, job.guild};
        bot->job_count++;
    }
    str_free(&bot->body);
    if (bot->head.connection_close)
        client_close(&bot->rest);
    bot_rest_next(bot);
    if (bot->busy || !client_is_open(&bot->rest))
        return;
    ev_timer_stop(bot->loop, &bot->idle);
    ev_timer_set(&bot->idle, IDLE_CLOSE, 0.);
    ev_timer_start(bot->loop, &bot->idle);
}

/* Walks the body; true when it is complete. */
static bool take_body(struct bot *bot)
{
    size_t used = 0;

    while (!bot->framing.done && used < bot->rest.in.len) {
        struct slice payload;
        ptrdiff_t took =
            framing_walk(&bot->framing, bot->rest.in.ptr + used, bot->rest.in.len - used, &payload);
        if (took <= 0)
            break;
        used += (size_t)took;
        if (bot->body.len + payload.len <= BODY_KEPT)
            str_add_slice(&bot->body, payload);
    }
    client_used(&bot->rest, used);
    return bot->framing.done;
}

static void on_input(void *ctx)
{
    struct bot *bot = ctx;

    while (bot->busy && client_is_open(&bot->rest)) {
        if (!bot->in_body) {
            enum head_result result = head_response(&bot->head, bot->rest.in.ptr, bot->rest.in.len);
            if (result == HEAD_MORE)
                return;
            if (result != HEAD_OK ||
                framing_response(&bot->framing, &bot->head, bot->rest.in.ptr, false) < 0) {
                client_close(&bot->rest);
                on_closed(bot);
                return;
            }
            bot->status = bot->head.status;
            client_used(&bot->rest, bot->head.length);
            if (bot->status < 200)
                continue;
            bot->in_body = true;
            str_reset(&bot->body);
        }
        if (!take_body(bot))
            return;
        finish_job(bot);
    }
}
