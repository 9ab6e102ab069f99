/*
 * What a bot does, by its timers and the events it hears of.
 */
#include "bot.h"

#include <stdlib.h>
#include <string.h>

#include "track.h"

static void on_search(struct ev_loop *loop, ev_timer *timer, int events);
static void on_playlist(struct ev_loop *loop, ev_timer *timer, int events);
static void on_change(struct ev_loop *loop, ev_timer *timer, int events);

double bot_around(struct bot *bot, double seconds)
{
    return seconds * (0.75 + (double)(track_random(&bot->random) >> 11) / 0x1p53 / 2);
}

uint64_t bot_guild(const struct bot *bot, unsigned index)
{
    return 817327181659111000ULL + (uint64_t)bot->profile->source * 1000 + index;
}

void bot_headers(const struct bot *bot, struct str *out)
{
    char host[ADDR_TEXT_MAX];

    str_addf(out, "Host: %s\r\nAuthorization: %s\r\nUser-Agent: %s\r\n",
             addr_text(host, &bot->proxy, true),
             bot->profile->wrong_password ? "letmein" : bot->password, bot->profile->user_agent);
}

void bot_want(struct bot *bot, enum bot_job_kind kind, unsigned guild)
{
    /* A bot that cannot get its requests through does not pile them up. */
    if (bot->job_count == BOT_JOBS_MAX || *bot->session == '\0')
        return;
    bot->jobs[bot->job_count++] = (struct bot_job){kind, guild};
    bot_rest_next(bot);
}

static void again(struct bot *bot, ev_timer *timer, double every)
{
    if (every <= 0)
        return;
    ev_timer_stop(bot->loop, timer);
    ev_timer_set(timer, bot_around(bot, every), 0.);
    ev_timer_start(bot->loop, timer);
}

void bot_ready(struct bot *bot)
{
    bot_want(bot, BOT_INFO, 0);
    if (bot->profile->resumes)
        bot_want(bot, BOT_RESUMING, 0);
    for (unsigned i = 0; i < bot->profile->players; i++)
        bot_want(bot, BOT_FIND, i);
    again(bot, &bot->search, bot->profile->search_every);
    again(bot, &bot->playlist, bot->profile->playlist_every);
    again(bot, &bot->change, bot->profile->change_every);
}

static void on_search(struct ev_loop *loop, ev_timer *timer, int events)
{
    struct bot *bot = timer->data;

    (void)loop;
    (void)events;
    bot_want(bot, BOT_SEARCH, 0);
    again(bot, timer, bot->profile->search_every);
}

static void on_playlist(struct ev_loop *loop, ev_timer *timer, int events)
{
    struct bot *bot = timer->data;

    (void)loop;
    (void)events;
    bot_want(bot, BOT_PLAYLIST, 0);
    again(bot, timer, bot->profile->playlist_every);
}

static void on_change(struct ev_loop *loop, ev_timer *timer, int events)
{
    struct bot *bot = timer->data;
    unsigned guild = bot->next_guild++ % bot->profile->players;

    (void)loop;
    (void)events;
    if (bot->paused[guild]) {
        bot_want(bot, BOT_RESUME, guild);
        bot->paused[guild] = false;
    } else {
        switch (track_random(&bot->random) % 4) {
        case 0:
            bot_want(bot, BOT_PAUSE, guild);
            bot->paused[guild] = true;
            break;
        case 1:
            bot_want(bot, BOT_SEEK, guild);
            break;
        default:
            bot_want(bot, BOT_FIND, guild);
        }
    }
    again(bot, timer, bot->profile->change_every);
}

struct bot *bot_new(struct ev_loop *loop, const struct bot_profile *profile,
                    const struct addr *proxy, const char *password, uint64_t seed)
{
    struct bot *bot = calloc(1, sizeof *bot);

    if (bot == NULL)
        return NULL;
    bot->loop = loop;
    bot->profile = profile;
    bot->proxy = *proxy;
    bot->password = password;
    bot->random = seed;
    /* Several addresses of the loopback network, so that several visitors show. */
    if (proxy->family == 4 && proxy->bytes[0] == 127)
        bot->source = (struct addr){.family = 4, .bytes = {127, 0, 0, (uint8_t)profile->source}};
    str_growing(&bot->message);
    str_growing(&bot->body);
    str_growing(&bot->encoded);
    ev_init(&bot->search, on_search);
    ev_init(&bot->playlist, on_playlist);
    ev_init(&bot->change, on_change);
    bot->search.data = bot->playlist.data = bot->change.data = bot;
    bot_ws_init(bot);
    bot_rest_init(bot);
    bot_ws_connect(bot, bot_around(bot, 1.5) - 1);
    return bot;
}

void bot_free(struct bot *bot)
{
    if (bot == NULL)
        return;
    ev_timer_stop(bot->loop, &bot->search);
    ev_timer_stop(bot->loop, &bot->playlist);
    ev_timer_stop(bot->loop, &bot->change);
    ev_timer_stop(bot->loop, &bot->connect);
    ev_timer_stop(bot->loop, &bot->ping);
    ev_timer_stop(bot->loop, &bot->idle);
    client_free(&bot->ws);
    client_free(&bot->rest);
    str_free(&bot->message);
    str_free(&bot->body);
    str_free(&bot->encoded);
    free(bot);
}
