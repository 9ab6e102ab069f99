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
    unsigned count = acting->aim.ip_count;
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
    if (acting->asked_count > 0 && result->blocked > 0) {
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
    if (acting->undo_count == 0 || now > acting->undo_until) {
        app_notice(app, EVENT_INFO, "nothing to undo: only a block, within 5 s", now);
        return;
    }
    for (unsigned i = 0; i < acting->undo_count; i++)
        app_send_command(app, &(struct command){.type = COMMAND_UNBLOCK, .addr = acting->undo[i]},
                         now);
    acting->undo_count = acting->asked_count = 0;
    acting->undoing = true;
}

void act_block(struct app *app, enum key_command command, double now)
{
    struct view *view = &app->view;
    (void)command;
    if (app_refuses(app, "block", now) || !acting_aim(app, now))
        return;
    if (view->acting.aim.ip_count > AIM_IPS_MAX)
        app_notice(app, EVENT_WARN, "these are of more than 8 IPs: block fewer at once", now);
    else if (view->acting.aim.ip_count > 0)
        box_open(view, DIALOG_BLOCK);
}

static void ask(const struct view *view, struct question *question)
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
    question_answer(question, 0, "No, keep");
    if (aim->block_seconds > 0)
        question_answer(question, 'y', "for %s", acting_time_text(ip, aim->block_seconds));
    for (unsigned i = 0; aim->block_seconds <= 0 && i < DURATIONS; i++)
        question_answer(question, durations[i].key, "%s", durations[i].text);
}

static void answered(struct app *app, unsigned answer, double now)
{
    struct acting *acting = &app->view.acting;
    double said = acting->aim.block_seconds;
    acting_remember(acting);
    for (unsigned i = 0; i < acting->aim.ip_count; i++)
        app_send_command(
            app,
            &(struct command){.type = COMMAND_BLOCK,
                              .addr = acting->aim.ips[i],
                              .seconds = said > 0 ? said : durations[answer - 1].seconds},
            now);
}

const struct box_ops box_block = {.ask = ask, .answered = answered};
