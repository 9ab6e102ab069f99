/*
 * Ending connections: what the key is aimed at, the question, and the command.
 */
#include <stdio.h>

#include "tui/acting.h"
#include "tui/acts.h"
#include "tui/box.h"

#define BLOCK_SECONDS 600.0

/* What the keys of this panel are aimed at now. False: nothing, and the notice says so. */
bool acting_aim(struct app *app, double now)
{
    struct view *view = &app->view;
    struct aim *aim = &view->acting.aim;
    const struct snap_conn *conn = model_selected(&view->model);
    const struct group *group = model_selected_group(&view->model);
    const struct snap_player *player = panel_selected_player(view);
    /* A player has no connection of its own: its bot has. */
    const struct snap_bot *bot =
        player != NULL ? snap_find_bot(view->snap, player->bot) : model_selected_bot(&view->model);
    const struct snap_ip *ip = panel_selected_ip(view);
    enum panel panel = panels_focused(view);
    const struct snap *newest = view_newest(view);
    bool tagged = view->model.tags.count > 0;
    bool meant = player != NULL || (panel == PANEL_CONNECTIONS && !tagged); /* the bot itself */
    int failed;
    if (newest != NULL && panel == PANEL_IPS && ip != NULL) {
        failed = aim_at_ip(aim, newest, ip);
    } else if (newest != NULL && bot != NULL && meant) {
        failed = aim_at_bot(aim, newest, bot);
    } else if (newest == NULL || panel != PANEL_CONNECTIONS) {
        app_notice(app, EVENT_INFO,
                   panel == PANEL_IPS       ? "select an IP first (arrow keys)"
                   : panel == PANEL_PLAYERS ? "select a player first (arrow keys)"
                                            : "select a connection first (1, arrow keys)",
                   now);
        return false;
    } else if (tagged) {
        failed = aim_at_tagged(aim, newest, &view->model.tags);
    } else if (group != NULL) {
        failed = aim_at_group(aim, newest, view->snap, &view->model.groups, group);
    } else if (conn != NULL) {
        failed = aim_at_connection(aim, newest, conn);
    } else {
        app_notice(app, EVENT_INFO,
                   view->model.by == GROUP_BOT ? "select a bot first (arrow keys)"
                                               : "select a connection first (arrow keys)",
                   now);
        return false;
    }
    if (failed < 0)
        app_notice(app, EVENT_ERROR, "out of memory", now);
    else if (aim->id_count == 0 && aim->kind != AIM_IP && aim->kind != AIM_BOT)
        app_notice(app, EVENT_INFO, "it has ended, only the picture of it is left", now);
    else
        return true;
    return false;
}

void act_kill(struct app *app, enum key_command command, double now)
{
    (void)command;
    if (!app_refuses(app, "kill", now) && acting_aim(app, now))
        acting_ask_kill(app, now);
}

void acting_ask_kill(struct app *app, double now)
{
    const struct aim *aim = &app->view.acting.aim;
    if (aim->kind == AIM_BOT && aim->id_count == 0)
        app_notice(app, EVENT_INFO, "the bot has no connection; b blocks its User-Id", now);
    else
        box_open(&app->view, DIALOG_KILL);
}

/* Where the bots are not known: of a whole node the players are. */
static void ask_node(const struct view *view, struct question *question)
{
    const struct aim *aim = &view->acting.aim;
    const struct snap *newest = view_newest(view);
    const struct snap_backend *backend = NULL;
    for (unsigned i = 0; i < newest->backend_count; i++)
        if (aim->kind == AIM_CONNECTION && newest->backends[i].slot == aim->backend)
            backend = &newest->backends[i];
    if (backend == NULL || !backend->stats.known)
        question_line(question, aim->id_count == 1
                                    ? "What it plays may stop until the client reconnects."
                                    : "What they play may stop until the clients reconnect.");
    else if (backend->sockets == 1)
        question_line(question, "%u players (%u playing) may stop until the client reconnects.",
                      backend->stats.players, backend->stats.playing);
    else
        question_line(
            question, "%s has %u players (%u playing) of %u clients; this one's may stop.",
            backend->name, backend->stats.players, backend->stats.playing, backend->sockets);
}

void acting_silence(const struct view *view, struct question *question)
{
    const struct silence *silence = &view->acting.aim.silence;
    char text[SILENCE_TEXT];
    if (silence_text(text, silence)[0] == '\0') {
        ask_node(view, question);
        return;
    }
    question_line(question, "%s", text);
    if (silence_resume_text(text, silence)[0] != '\0')
        question_line(question, "%s", text);
}

void acting_describe(const struct view *view, struct question *question)
{
    const struct aim *aim = &view->acting.aim;
    char text[AIM_TEXT];
    question_line(question, "%s", mask_text(&view->mask, text, sizeof(text), aim->head));
    for (unsigned i = 0; i < aim->line_count; i++) {
        question_line(question, "  %s", mask_text(&view->mask, text, sizeof(text), aim->lines[i]));
        question_spare(question);
    }
    if (aim->line_count > 0 && aim->id_count > aim->line_count) {
        question_line(question, "  and %u more", aim->id_count - aim->line_count);
        question_spare(question);
    }
}

static double block_seconds(const struct aim *aim)
{
    return aim->block_seconds > 0 ? aim->block_seconds : BLOCK_SECONDS;
}

static void ask_block(const struct view *view, struct question *question)
{
    const struct aim *aim = &view->acting.aim;
    char ip[ADDR_TEXT_MAX], text[ACTING_TIME_MAX], user[SNAP_TEXT];
    struct addr_key key = addr_key_of(&aim->ips[0]);
    acting_time_text(text, block_seconds(aim));
    if (aim->user_meant)
        question_answer(question, 'b', "close + block User-Id %s for %s",
                        mask_id(&view->mask, user, sizeof(user), aim->user.text), text);
    else if (aim->ip_count == 1)
        question_answer(question, 'b', "close + block %s for %s (ends %u)",
                        mask_addr_key(&view->mask, ip, &key), text, aim->ip_conns);
    else
        question_answer(question, 'b', "close + block %u IPs for %s (ends %u)", aim->ip_count, text,
                        aim->ip_conns);
}

/* Whether a way to end them is offered: all are, or the one that was asked for. */
static bool offers(const struct aim *aim, enum aim_way way)
{
    if (way == AIM_BLOCK && !aim->user_meant && (aim->ip_count > AIM_IPS_MAX || aim->ip_count == 0))
        return false;
    return aim->way == AIM_ANY || aim->way == way;
}

/* The answers that end connections; AIM_BLOCK also blocks their IPs. */
static void ask_answers(const struct view *view, struct question *question)
{
    const struct aim *aim = &view->acting.aim;
    question_answer(question, 0, "No, keep");
    if (offers(aim, AIM_CLOSE))
        question_answer(question, 'y', "close politely (WS 1001)");
    if (offers(aim, AIM_CUT))
        question_answer(question, 'Y', "cut now");
    if (offers(aim, AIM_BLOCK))
        ask_block(view, question);
}

static void ask(const struct view *view, struct question *question)
{
    const struct aim *aim = &view->acting.aim;
    unsigned alive = aim_alive(aim, view_newest(view)), was = aim->id_count;
    question->title = aim->kind == AIM_BOT ? "Kill bot?"
                      : was == 1           ? "Kill connection?"
                                           : "Kill connections?";
    if (aim->kind == AIM_CONNECTION)
        snprintf(question->brief, sizeof(question->brief), "Kill #%llu?",
                 (unsigned long long)aim->ids[0]);
    else
        snprintf(question->brief, sizeof(question->brief), "Kill %u?", alive);
    acting_describe(view, question);
    if (alive == 0) {
        question_line(question, was == 1 ? "It has ended in the meantime."
                                         : "They have ended in the meantime.");
        question_answer(question, 0, "Close");
        return;
    }
    if (alive < was)
        question_line(question, "%u of them ended in the meantime.", was - alive);
    else if (alive > was)
        question_line(question, "It has %u by now, and all of them end.", alive);
    acting_silence(view, question);
    question_line(question, "The list is held still while this box is open.");
    question_spare(question);
    ask_answers(view, question);
}

static void answered(struct app *app, unsigned answer, double now)
{
    struct acting *acting = &app->view.acting;
    enum aim_way way = acting->aim.way != AIM_ANY ? acting->aim.way : (enum aim_way)answer;
    double seconds = way == AIM_BLOCK ? block_seconds(&acting->aim) : 0;
    enum kill_mode mode = way == AIM_CUT ? KILL_RESET : KILL_CLOSE;
    struct command command = aim_kill(&acting->aim, mode, seconds);
    if (seconds > 0)
        acting_remember(acting);
    app_send_command(app, &command, now);
}

const struct box_ops box_kill = {.ask = ask, .answered = answered};
