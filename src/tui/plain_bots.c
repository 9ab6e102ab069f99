/*
 * What the table and the box of bots show, said in words.
 */
#include "tui/plain_bots.h"

#include "base/human.h"
#include "tui/plain_play.h"
#include "tui/plain_words.h"

static void add_counted(struct str *out, uint64_t count, const char *what)
{
    str_addf(out, "%llu %s%s", (unsigned long long)count, what, count == 1 ? "" : "s");
}

static void add_backends(struct str *out, const struct snap *snap, const struct snap_bot *bot)
{
    unsigned said = 0;
    for (unsigned i = 0; i < snap->backend_count && i < 64; i++)
        if (bot->backends >> i & 1)
            str_addf(out, "%s%s", said++ == 0 ? ", backend " : " and ", snap->backends[i].name);
}

void plain_bot(struct str *out, const struct snap *snap, const struct snap_bot *bot)
{
    char figure[HUMAN_MAX];
    str_addf(out, "bot %llu: %s", (unsigned long long)bot->id, bot->name);
    if (bot->user_id[0] != '\0')
        str_addf(out, ", user %s", bot->user_id);
    if (bot->gone_ms == 0) {
        str_add_text(out, ", here, ");
    } else {
        str_add_text(out, ", gone for ");
        plain_age(out, (snap->wall_ms - bot->gone_ms) / 1000);
        str_add_text(out, ", ");
    }
    str_addf(out, "%u of ", bot->playing);
    add_counted(out, bot->players, "player");
    str_add_text(out, " playing, ");
    add_counted(out, bot->sockets, "WebSocket");
    add_backends(out, snap, bot);
    str_addf(out, ", out %s per second", human_size_long(figure, bot->rate_out));
    str_addf(out, ", in %s per second", human_size_long(figure, bot->rate_in));
    str_addf(out, ", %s in all, ", human_size_long(figure, bot->bytes_in + bot->bytes_out));
    add_counted(out, snap_bot_errors(bot), "error");
}

static void say_origin(struct str *out, const struct snap *snap, const struct snap_bot *bot)
{
    char text[ADDR_TEXT_MAX];
    str_addf(out, "library %s, from ", bot->library[0] != '\0' ? bot->library : "not known");
    for (unsigned i = 0; i < bot->ip_count; i++)
        str_addf(out, "%s%s", i > 0 ? " and " : "", addr_key_text(text, &bot->ips[i]));
    if (bot->ips_total > bot->ip_count)
        str_addf(out, " and %u more addresses", bot->ips_total - bot->ip_count);
    if (bot->connected_ms != 0) {
        str_add_text(out, ", connected for ");
        plain_age(out, (snap->wall_ms - bot->connected_ms) / 1000);
    }
    str_add_text(out, "\nsession ");
    str_add_text(out, bot->session[0] != '\0' ? bot->session : "none");
    str_add_text(out, bot->resuming == 1   ? ", can resume"
                      : bot->resuming == 0 ? ", cannot resume"
                                           : ", whether it can resume is not known");
    if (bot->resuming == 1 && bot->resume_timeout >= 0)
        str_addf(out, " for %.0f seconds", bot->resume_timeout);
    str_add_text(out, ", ");
    add_counted(out, bot->reconnects, "reconnect");
    str_addf(out, ", %llu resumed\n", (unsigned long long)bot->resumed);
}

static void say_trouble(struct str *out, const struct snap_bot *bot)
{
    const struct snap_trouble *trouble = bot->trouble;
    uint64_t exceptions = 0;
    for (unsigned i = 0; i < SEVERITY_COUNT; i++)
        exceptions += trouble->exceptions[i];
    add_counted(out, bot->requests, "request");
    str_addf(out, ", %llu answered 4xx, %llu 5xx; ", (unsigned long long)bot->answers[4],
             (unsigned long long)bot->answers[5]);
    add_counted(out, exceptions, "exception");
    str_addf(out, ", %u stuck, %u failed loads, %u voice connections closed\n", trouble->stuck,
             trouble->load_failures, trouble->voice_closed);
    for (unsigned i = 0; i < DIAG_COUNT; i++)
        if (trouble->diagnoses[i] > 0)
            str_addf(out, "it %s, %u times\n", diagnosis_text((enum diagnosis)i),
                     trouble->diagnoses[i]);
    for (unsigned i = 0; i < trouble->line_count; i++)
        str_addf(out, "%s: %s\n", trouble_kind_text((enum trouble_kind)trouble->lines[i].kind),
                 trouble->lines[i].text);
}

static void say_players(struct str *out, const struct snap *snap, const struct snap_bot *bot)
{
    unsigned shown = bot->players < PLAIN_BOT_PLAYERS ? bot->players : PLAIN_BOT_PLAYERS;
    for (unsigned i = 0; i < shown && bot->first_player + i < snap->player_count; i++) {
        plain_player(out, snap, &snap->players[bot->first_player + i], false);
        str_add_char(out, '\n');
    }
    if (shown < bot->players)
        str_addf(out, "and %u more players\n", bot->players - shown);
}

void plain_bot_full(struct str *out, const struct snap *snap, const struct snap_bot *bot)
{
    plain_bot(out, snap, bot);
    str_add_char(out, '\n');
    say_origin(out, snap, bot);
    plain_times(out, "", bot->flows);
    say_trouble(out, bot);
    say_players(out, snap, bot);
}

static bool before(const struct snap_bot *a, const struct snap_bot *b)
{
    uint64_t x = a->rate_in + a->rate_out, y = b->rate_in + b->rate_out;
    return a->playing != b->playing ? a->playing > b->playing : x > y;
}

void plain_bots(struct str *out, const struct snap *snap)
{
    const struct snap_bot *top[PLAIN_BOTS];
    unsigned count = 0;
    for (unsigned i = 0; i < snap->bot_count; i++) {
        const struct snap_bot *bot = &snap->bots[i];
        unsigned at = count < PLAIN_BOTS ? count++ : PLAIN_BOTS;
        if (at == PLAIN_BOTS && !before(bot, top[--at]))
            continue;
        for (; at > 0 && before(bot, top[at - 1]); at--)
            top[at] = top[at - 1];
        top[at] = bot;
    }
    if (count == 0)
        str_add_text(out, "no bots\n");
    for (unsigned i = 0; i < count; i++) {
        plain_bot(out, snap, top[i]);
        str_add_char(out, '\n');
    }
    if (count < snap->bot_count)
        str_addf(out, "and %u more\n", snap->bot_count - count);
}
