/*
 * Blocking IPs for a time, and taking it back.
 */
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "tui/acting.h"
#include "tui/acts.h"
#include "tui/box.h"

static const struct {
    char key;
    double seconds;
    const char *text;
} durations[] = {{'1', 60, "for 1 minute"},
                 {'2', 600, "for 10 minutes"},
                 {'3', 3600, "for 1 hour"},
                 {'4', 86400, "for 24 hours"}};
#define DURATIONS (sizeof(durations) / sizeof(durations[0]))

char *acting_time_text(char out[ACTING_TIME_MAX], double seconds)
{
    unsigned whole = (unsigned)(seconds + 0.5);
    if (whole % 3600 == 0)
        snprintf(out, ACTING_TIME_MAX, "%u h", whole / 3600);
    else if (whole % 60 == 0)
        snprintf(out, ACTING_TIME_MAX, "%u min", whole / 60);
    else
        snprintf(out, ACTING_TIME_MAX, "%u s", whole);
    return out;
}

void acting_remember(struct acting *acting)
{
    unsigned count = acting->aim.user_meant ? 0 : acting->aim.ip_count;
    acting->asked_user = (struct user_name){""};
    if (acting->aim.user_meant)
        acting->asked_user = acting->aim.user;
    acting->undo_user = (struct user_name){""};
    acting->asked_count = count <= AIM_IPS_MAX ? count : 0;
    memcpy(acting->asked, acting->aim.ips, acting->asked_count * sizeof(acting->asked[0]));
    acting->undo_count = 0;
}

void acting_answered(struct app *app, const struct command_result *result, double now)
{
    struct acting *acting = &app->view.acting;
    char memory[VIEW_LINE];
    struct str text;
    str_fixed(&text, memory, sizeof(memory));
    str_add_text(&text, result->text);
    bool asked = acting->asked_count > 0 || acting->asked_user.text[0] != '\0';
    if (asked && result->blocked > 0) {
        acting->undo_user = acting->asked_user;
        memcpy(acting->undo, acting->asked, sizeof(acting->undo));
        acting->undo_count = acting->asked_count;
        acting->undo_until = now + ACTING_UNDO_SECONDS;
        str_reset(&text);
        str_addf(&text, "u undoes the block, not what was closed; %s", result->text);
    } else if (acting->undoing && result->code == COMMAND_DONE) {
        str_add_text(&text, "; what was closed stays closed");
    }
    acting->undoing = false;
    char masked[VIEW_LINE];
    app_notice(app, result->code == COMMAND_DONE ? EVENT_INFO : EVENT_WARN,
               mask_text(&app->view.mask, masked, sizeof(masked), memory), now);
}

void act_undo(struct app *app, enum key_command command, double now)
{
    struct acting *acting = &app->view.acting;
    (void)command;
    if (app_refuses(app, "undo", now))
        return;
    bool user = acting->undo_user.text[0] != '\0';
    if ((acting->undo_count == 0 && !user) || now > acting->undo_until) {
        app_notice(app, EVENT_INFO, "nothing to undo: only a block, within 5 s", now);
        return;
    }
    for (unsigned i = 0; i < acting->undo_count; i++)
        app_send_command(app, &(struct command){.type = COMMAND_UNBLOCK, .addr = acting->undo[i]},
                         now);
    if (user)
        app_send_command(
            app, &(struct command){.type = COMMAND_UNBLOCK_USER, .user = acting->undo_user.text},
            now);
    acting->undo_count = acting->asked_count = 0;
    acting->undo_user = acting->asked_user = (struct user_name){""};
    acting->undoing = true;
}

void act_block(struct app *app, enum key_command command, double now)
{
    (void)command;
    if (!app_refuses(app, "block", now) && acting_aim(app, now))
        acting_ask_block(app, now);
}

void acting_ask_block(struct app *app, double now)
{
    const struct aim *aim = &app->view.acting.aim;
    if (!aim->user_meant && aim->ip_count > AIM_IPS_MAX)
        app_notice(app, EVENT_WARN, "these are of more than 8 IPs: block fewer at once", now);
    else if (aim->user_meant || aim->ip_count > 0)
        box_open(&app->view, DIALOG_BLOCK);
    else
        app_notice(app, EVENT_INFO, "it has no connection, and no User-Id to block", now);
}

/* What is refused from then on, and what of it is open. */
static void ask_user(const struct view *view, struct question *question)
{
    const struct aim *aim = &view->acting.aim;
    char id[SNAP_TEXT];
    unsigned count = aim_alive(aim, view_newest(view));
    mask_id(&view->mask, id, sizeof(id), aim->user.text);
    question->title = "Block bot?";
    snprintf(question->brief, sizeof(question->brief), "Block User-Id %s?", id);
    question_line(question, "User-Id %s, whatever address it comes from:", id);
    question_line(question, "new WebSockets are refused (403) for the time chosen;");
    question_spare(question);
    if (count == 0)
        question_line(question, "nothing is open at present.");
    else
        question_line(question, "%u open connection%s cut.", count, count == 1 ? " is" : "s are");
    if (count > 0)
        acting_silence(view, question);
    question_line(question, "The list is held still while this box is open.");
    question_spare(question);
}

static void ask_ips(const struct view *view, struct question *question)
{
    const struct aim *aim = &view->acting.aim;
    char ip[ADDR_TEXT_MAX], time[ACTING_TIME_MAX] = "1m 10m 1h 24h";
    unsigned count = aim->ip_conns;
    struct addr_key key = addr_key_of(&aim->ips[0]);
    mask_addr_key(&view->mask, ip, &key);
    question->title = "Block IP?";
    if (aim->block_seconds > 0)
        acting_time_text(time, aim->block_seconds);
    if (aim->ip_count == 1)
        snprintf(question->brief, sizeof(question->brief), "Block %s %s?", ip, time);
    else
        snprintf(question->brief, sizeof(question->brief), "Block %u IPs %s?", aim->ip_count, time);
    for (unsigned i = 0; i < aim->ip_count; i++) {
        key = addr_key_of(&aim->ips[i]);
        if (i < AIM_LINES || aim->ip_count == AIM_LINES + 1)
            question_line(question, "%s", mask_addr_key(&view->mask, ip, &key));
    }
    if (aim->ip_count > AIM_LINES + 1)
        question_line(question, "and %u more IPs", aim->ip_count - AIM_LINES);
    question_line(question, "New connections are refused (403) for the time chosen;");
    question_spare(question);
    if (count == 0)
        question_line(question, "none is open at present.");
    else
        question_line(question, "%u open connection%s cut, what %s may stop.", count,
                      count == 1 ? " is" : "s are", count == 1 ? "it plays" : "they play");
    question_line(question, "The list is held still while this box is open.");
    question_spare(question);
}

/* An IP for the answer behind the durations, where one is to be had. */
static bool offers_ip(const struct aim *aim)
{
    return aim->user_meant && aim->block_seconds <= 0 && aim->ip_count > 0 &&
           aim->ip_count <= AIM_IPS_MAX;
}

static void ask(const struct view *view, struct question *question)
{
    const struct aim *aim = &view->acting.aim;
    char text[ADDR_TEXT_MAX];
    if (aim->user_meant)
        ask_user(view, question);
    else
        ask_ips(view, question);
    question_answer(question, 0, "No, keep");
    if (aim->block_seconds > 0)
        question_answer(question, 'y', "for %s", acting_time_text(text, aim->block_seconds));
    for (unsigned i = 0; aim->block_seconds <= 0 && i < DURATIONS; i++)
        question_answer(question, durations[i].key, "%s", durations[i].text);
    struct addr_key key = addr_key_of(&aim->ips[0]);
    if (offers_ip(aim) && aim->ip_count == 1)
        question_answer(question, 'i', "rather its IP, %s...",
                        mask_addr_key(&view->mask, text, &key));
    else if (offers_ip(aim))
        question_answer(question, 'i', "rather its %u IPs...", aim->ip_count);
}

static void answered(struct app *app, unsigned answer, double now)
{
    struct acting *acting = &app->view.acting;
    const struct aim *aim = &acting->aim;
    if (answer > DURATIONS) {
        acting->aim.user_meant = false;
        box_open(&app->view, DIALOG_BLOCK);
        return;
    }
    double seconds = aim->block_seconds > 0 ? aim->block_seconds : durations[answer - 1].seconds;
    acting_remember(acting);
    if (aim->user_meant) {
        app_send_command(app,
                         &(struct command){.type = COMMAND_BLOCK_USER,
                                           .user = aim->user.text,
                                           .ids = aim->ids,
                                           .id_count = aim->id_count,
                                           .seconds = seconds},
                         now);
        return;
    }
    for (unsigned i = 0; i < aim->ip_count; i++)
        app_send_command(
            app, &(struct command){.type = COMMAND_BLOCK, .addr = aim->ips[i], .seconds = seconds},
            now);
}

const struct box_ops box_block = {.ask = ask, .answered = answered};
