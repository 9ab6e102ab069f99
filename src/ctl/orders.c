/*
 * What people ask for through screen and web: each command becomes calls into proxy, health or
 * control, and its answer is given when the outcome is known.
 */
#include "inside.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/human.h"

__attribute__((format(printf, 4, 5))) static void
answer(command_answer *to, void *ctx, enum command_code code, const char *format, ...)
{
    struct command_result result = {.code = code};
    va_list args;
    if (!to)
        return;
    va_start(args, format);
    vsnprintf(result.text, sizeof(result.text), format, args);
    va_end(args);
    to(ctx, &result);
}

static void order_kill(struct ctl *ctl, uint64_t id, command_answer *to, void *to_ctx)
{
    struct order *kill = malloc(sizeof(*kill));
    if (!kill) {
        answer(to, to_ctx, COMMAND_REFUSED, "out of memory");
        return;
    }
    *kill = (struct order){
        .next = ctl->kills, .token = ++ctl->last_token, .id = id, .answer = to, .ctx = to_ctx};
    ctl->kills = kill;
    proxy_kill(ctl->proxy, id, kill->token);
}

void orders_killed(struct ctl *ctl, const struct proxy_killed *killed)
{
    unsigned long long id = killed->id;
    struct order **at = &ctl->kills;

    if (killed->found)
        ledger_event(ctl->ledger, EVENT_WARN, clock_wall_ms(), "#%llu killed by hand", id);
    while (*at && (*at)->token != killed->token)
        at = &(*at)->next;
    struct order *kill = *at;
    if (!kill)
        return;
    *at = kill->next;
    if (killed->found)
        answer(kill->answer, kill->ctx, COMMAND_DONE, "connection #%llu was ended", id);
    else
        answer(kill->answer, kill->ctx, COMMAND_NOT_FOUND, "there is no connection #%llu", id);
    free(kill);
}

static void order_block(struct ctl *ctl, const struct command *command, command_answer *to,
                        void *to_ctx)
{
    char ip[ADDR_TEXT_MAX], age[HUMAN_MAX];
    struct addr_key key = addr_key_of(&command->addr);

    addr_key_text(ip, &key);
    if (!(command->seconds > 0) || command->addr.family == 0) {
        answer(to, to_ctx, COMMAND_REFUSED, "no address or no time to block for");
        return;
    }
    if (!proxy_block(ctl->proxy, &command->addr, command->seconds)) {
        answer(to, to_ctx, COMMAND_REFUSED, "%s is on the allow list", ip);
        return;
    }
    double seconds = command->seconds < 1e15 ? command->seconds : 1e15;
    human_age(age, (uint64_t)seconds);
    ledger_event(ctl->ledger, EVENT_WARN, clock_wall_ms(), "%s blocked by hand for %s", ip, age);
    answer(to, to_ctx, COMMAND_DONE, "%s is blocked for %s", ip, age);
}

static void order_unblock(struct ctl *ctl, const struct command *command, command_answer *to,
                          void *to_ctx)
{
    char ip[ADDR_TEXT_MAX];
    struct addr_key key = addr_key_of(&command->addr);

    addr_key_text(ip, &key);
    if (!proxy_unblock(ctl->proxy, &command->addr)) {
        answer(to, to_ctx, COMMAND_NOT_FOUND, "%s was not blocked", ip);
        return;
    }
    ledger_event(ctl->ledger, EVENT_WARN, clock_wall_ms(), "%s unblocked by hand", ip);
    answer(to, to_ctx, COMMAND_DONE, "%s is not blocked any more", ip);
}

static void on_checked(void *ctx)
{
    struct ctl *ctl = ctx;
    ctl->check_waits = false;
    /* So that whoever asked finds the outcome in the newest snapshot. */
    turn_publish(ctl);
    answer(ctl->check.answer, ctl->check.ctx, COMMAND_DONE, "checked");
}

static void order_check(struct ctl *ctl, unsigned backend, command_answer *to, void *to_ctx)
{
    if (backend != REPORT_NO_BACKEND && !fleet_has(ctl->fleet, backend)) {
        answer(to, to_ctx, COMMAND_NOT_FOUND, "there is no such backend");
        return;
    }
    if (!ctl->check_waits) {
        ctl->check = (struct order){.answer = to, .ctx = to_ctx};
        ctl->check_waits = true;
        if (health_check(ctl->health, backend, on_checked, ctl))
            return;
        ctl->check_waits = false;
    }
    answer(to, to_ctx, COMMAND_REFUSED, "a check is under way, or ran less than 2 s ago");
}

static void order_drain(struct ctl *ctl, const struct command *command, command_answer *to,
                        void *to_ctx)
{
    unsigned slot = command->backend;
    bool drain = command->type == COMMAND_DRAIN;

    if (!fleet_has(ctl->fleet, slot)) {
        answer(to, to_ctx, COMMAND_NOT_FOUND, "there is no such backend");
        return;
    }
    const char *name = ctl->fleet->slots[slot].name;
    if ((ctl->fleet->removed >> slot & 1) && !drain) {
        answer(to, to_ctx, COMMAND_REFUSED, "%s is not in the configuration any more", name);
        return;
    }
    ctl->drains &= ~(UINT64_C(1) << slot);
    ctl->drains |= (uint64_t)drain << slot;
    proxy_backend_drain(ctl->proxy, slot, drain || (ctl->fleet->removed >> slot & 1));
    ledger_drain(ctl->ledger, slot, drain, clock_wall_ms());
    /* So that whoever asked finds the outcome in the newest snapshot. */
    turn_publish(ctl);
    answer(to, to_ctx, COMMAND_DONE, drain ? "%s takes no new sessions" : "%s takes sessions again",
           name);
}

/* Answered once every worker follows the new configuration, so that whoever asked may rely on it.
 */
static void order_reload(struct ctl *ctl, command_answer *to, void *to_ctx)
{
    struct order *reload = malloc(sizeof(*reload));
    if (!reload) {
        answer(to, to_ctx, COMMAND_REFUSED, "out of memory");
        return;
    }
    if (!reload_run(ctl)) {
        free(reload);
        if (ctl->draining)
            answer(to, to_ctx, COMMAND_REFUSED, "the proxy is ending");
        else
            answer(to, to_ctx, COMMAND_FAILED, "not reloaded, the event list says why");
        return;
    }
    if (ctl->apply_again) {
        free(reload);
        answer(to, to_ctx, COMMAND_REFUSED, "out of memory: not every worker follows yet");
        return;
    }
    *reload = (struct order){.next = ctl->reloads,
                             .token = ctl->applied,
                             .id = proxy_workers(ctl->proxy),
                             .answer = to,
                             .ctx = to_ctx};
    ctl->reloads = reload;
}

void orders_applied(struct ctl *ctl, const struct proxy_applied *applied)
{
    for (struct order **at = &ctl->reloads; *at;) {
        struct order *reload = *at;
        if (reload->token != applied->number || --reload->id > 0) {
            at = &reload->next;
            continue;
        }
        *at = reload->next;
        answer(reload->answer, reload->ctx, COMMAND_DONE, "reloaded");
        free(reload);
    }
}

void orders_take(void *ctx, const struct command *command, command_answer *to, void *to_ctx)
{
    struct ctl *ctl = ctx;

    switch (command->type) {
    case COMMAND_KILL:
        order_kill(ctl, command->id, to, to_ctx);
        return;
    case COMMAND_BLOCK:
        order_block(ctl, command, to, to_ctx);
        return;
    case COMMAND_UNBLOCK:
        order_unblock(ctl, command, to, to_ctx);
        return;
    case COMMAND_CHECK:
        order_check(ctl, command->backend, to, to_ctx);
        return;
    case COMMAND_DRAIN:
    case COMMAND_UNDRAIN:
        order_drain(ctl, command, to, to_ctx);
        return;
    case COMMAND_RELOAD:
        order_reload(ctl, to, to_ctx);
        return;
    case COMMAND_QUIT:
        ctl_leave(ctl, "quit");
        break;
    case COMMAND_SCREEN_GONE:
        ctl_screen_gone(ctl);
        break;
    }
    answer(to, to_ctx, COMMAND_DONE, "done");
}

static void refuse_list(struct order *list)
{
    while (list) {
        struct order *order = list;
        list = order->next;
        answer(order->answer, order->ctx, COMMAND_REFUSED, "the proxy is ending");
        free(order);
    }
}

void orders_refuse(struct ctl *ctl)
{
    refuse_list(ctl->kills);
    refuse_list(ctl->reloads);
    ctl->kills = ctl->reloads = NULL;
    if (ctl->check_waits)
        answer(ctl->check.answer, ctl->check.ctx, COMMAND_REFUSED, "the proxy is ending");
    ctl->check_waits = false;
}
