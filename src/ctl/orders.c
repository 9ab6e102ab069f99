/*
 * What people ask for through screen and web: each command becomes calls into proxy, health or
 * control, and its answer is given when the outcome is known. What was asked by hand makes one line
 * in the event list, whether it was done or not.
 */
#include "inside.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"

void orders_answer(const struct asker *asker, struct command_result result, const char *format, ...)
{
    va_list args;
    if (!asker->answer)
        return;
    va_start(args, format);
    vsnprintf(result.text, sizeof(result.text), format, args);
    va_end(args);
    asker->answer(asker->ctx, &result);
}

void orders_tell(struct ctl *ctl, const struct asker *asker, struct command_result result,
                 const char *format, ...)
{
    enum event_level level = result.code == COMMAND_DONE ? EVENT_WARN : EVENT_INFO;
    va_list args;
    va_start(args, format);
    vsnprintf(result.text, sizeof(result.text), format, args);
    va_end(args);
    ledger_event(ctl->ledger, level, clock_wall_ms(), "%s", result.text);
    if (asker->answer)
        asker->answer(asker->ctx, &result);
}

static struct command_result outcome(enum command_code code)
{
    return (struct command_result){.code = code};
}

/* What a check by hand has found. */
static void tell_check(struct ctl *ctl, unsigned slot)
{
    int64_t now = clock_wall_ms();
    unsigned up = 0, count = 0;

    if (slot != REPORT_NO_BACKEND) {
        if (fleet_has(ctl->fleet, slot))
            ledger_event(ctl->ledger, EVENT_INFO, now, "checked by hand: backend %s is %s",
                         ctl->fleet->slots[slot].name,
                         backend_state_text(ledger_state(ctl->ledger, slot)));
        return;
    }
    for (unsigned i = 0; i < ctl->fleet->count; i++) {
        count++;
        up += backend_state_is_up(ledger_state(ctl->ledger, ctl->fleet->order[i]));
    }
    ledger_event(ctl->ledger, EVENT_INFO, now, "checked by hand: %u of %u backends up", up, count);
}

static void on_checked(void *ctx)
{
    struct ctl *ctl = ctx;
    ctl->check.waits = false;
    if (!ctl->check.quiet)
        tell_check(ctl, ctl->check.backend);
    /* So that whoever asked finds the outcome in the newest snapshot. */
    turn_publish(ctl);
    orders_answer(&ctl->check.asker, outcome(COMMAND_DONE), "checked");
}

static void order_check(struct ctl *ctl, const struct command *command, const struct asker *asker)
{
    unsigned slot = command->backend;

    if (slot != REPORT_NO_BACKEND && !fleet_has(ctl->fleet, slot)) {
        orders_answer(asker, outcome(COMMAND_NOT_FOUND), "there is no such backend");
        return;
    }
    if (!ctl->check.waits) {
        ctl->check = (struct order_check){
            .waits = true, .quiet = command->quiet, .backend = slot, .asker = *asker};
        if (health_check(ctl->health, slot, on_checked, ctl))
            return;
        ctl->check.waits = false;
    }
    static const char why[] = "not checked: a check is under way, or ran less than 2 s ago";
    if (command->quiet)
        orders_answer(asker, outcome(COMMAND_REFUSED), "%s", why);
    else
        orders_tell(ctl, asker, outcome(COMMAND_REFUSED), "%s", why);
}

static void order_drain(struct ctl *ctl, const struct command *command, const struct asker *asker)
{
    unsigned slot = command->backend;
    uint64_t bit = UINT64_C(1) << slot % FLEET_MAX;
    bool drain = command->type == COMMAND_DRAIN;

    if (!fleet_has(ctl->fleet, slot)) {
        orders_answer(asker, outcome(COMMAND_NOT_FOUND), "there is no such backend");
        return;
    }
    const char *name = ctl->fleet->slots[slot].name;
    if ((ctl->fleet->removed & bit) && !drain) {
        orders_tell(ctl, asker, outcome(COMMAND_REFUSED),
                    "%s stays drained: it is not in the configuration any more", name);
        return;
    }
    bool changes = ((ctl->drains & bit) != 0) != drain;
    ctl->drains = drain ? ctl->drains | bit : ctl->drains & ~bit;
    proxy_backend_drain(ctl->proxy, slot, drain || (ctl->fleet->removed & bit));
    ledger_drain(ctl->ledger, slot, drain, clock_wall_ms());
    if (!changes)
        ledger_event(ctl->ledger, EVENT_INFO, clock_wall_ms(),
                     drain ? "backend %s drains already" : "backend %s is not draining", name);
    /* So that whoever asked finds the outcome in the newest snapshot. */
    turn_publish(ctl);
    orders_answer(asker, outcome(COMMAND_DONE),
                  drain ? "%s takes no new sessions" : "%s takes sessions again", name);
}

/* Answered once every worker follows the new configuration, so that whoever asked may rely on it.
 */
static void order_reload(struct ctl *ctl, const struct asker *asker)
{
    struct order *reload = malloc(sizeof(*reload));
    if (!reload) {
        orders_answer(asker, outcome(COMMAND_REFUSED), "out of memory");
        return;
    }
    if (!reload_run(ctl)) {
        free(reload);
        if (ctl->draining)
            orders_answer(asker, outcome(COMMAND_REFUSED), "the proxy is ending");
        else
            orders_answer(asker, outcome(COMMAND_FAILED), "not reloaded, the event list says why");
        return;
    }
    if (ctl->apply_again) {
        free(reload);
        orders_answer(asker, outcome(COMMAND_REFUSED),
                      "out of memory: not every worker follows yet");
        return;
    }
    *reload = (struct order){.next = ctl->reloads,
                             .token = ctl->applied,
                             .owed = proxy_workers(ctl->proxy),
                             .asker = *asker};
    ctl->reloads = reload;
}

void orders_applied(struct ctl *ctl, const struct proxy_applied *applied)
{
    for (struct order **at = &ctl->reloads; *at;) {
        struct order *reload = *at;
        if (reload->token != applied->number || --reload->owed > 0) {
            at = &reload->next;
            continue;
        }
        *at = reload->next;
        orders_answer(&reload->asker, outcome(COMMAND_DONE), "reloaded");
        free(reload);
    }
}

void orders_take(void *ctx, const struct command *command, command_answer *to, void *to_ctx)
{
    struct ctl *ctl = ctx;
    const struct asker asker = {.answer = to, .ctx = to_ctx};

    switch (command->type) {
    case COMMAND_KILL:
    case COMMAND_KILL_IP:
    case COMMAND_BLOCK:
    case COMMAND_KILL_USER:
    case COMMAND_BLOCK_USER:
        orders_kill(ctl, command, &asker);
        return;
    case COMMAND_UNBLOCK:
    case COMMAND_UNBLOCK_USER:
        orders_unblock(ctl, command, &asker);
        return;
    case COMMAND_CHECK:
        order_check(ctl, command, &asker);
        return;
    case COMMAND_DRAIN:
    case COMMAND_UNDRAIN:
        order_drain(ctl, command, &asker);
        return;
    case COMMAND_RELOAD:
        order_reload(ctl, &asker);
        return;
    case COMMAND_QUIT:
        ctl_leave(ctl, "quit");
        break;
    case COMMAND_SCREEN_GONE:
        ctl_screen_gone(ctl, false);
        break;
    case COMMAND_SCREEN_LEFT:
        ctl_screen_gone(ctl, true);
        break;
    }
    orders_answer(&asker, outcome(COMMAND_DONE), "done");
}

void orders_refuse(struct ctl *ctl)
{
    orders_refuse_kills(ctl);
    while (ctl->reloads) {
        struct order *reload = ctl->reloads;
        ctl->reloads = reload->next;
        orders_answer(&reload->asker, outcome(COMMAND_REFUSED), "the proxy is ending");
        free(reload);
    }
    if (ctl->check.waits)
        orders_answer(&ctl->check.asker, outcome(COMMAND_REFUSED), "the proxy is ending");
    ctl->check.waits = false;
}
