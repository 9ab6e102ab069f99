/*
 * A reload: load, check, open what is new, and only then go over to it, part by part. What cannot
 * be had leaves everything as it was. Also the end of backends that a reload removed, once nothing
 * lives there any more.
 */
#include "inside.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "conf/diff.h"
#include "conf/load.h"
#include "health.h"
#include "ports.h"
#include "service.h"

/* Seconds in a row that a removed backend must be empty: what was under way when it was looked at
 * has shown itself by then. */
#define EMPTY_SECONDS 3

static void tell_workers(struct ctl *ctl)
{
    ctl->applied = proxy_apply(ctl->proxy, ctl->config, ctl->fleet);
    ctl->apply_again = ctl->applied == 0;
}

/* From here on everything follows these; the caller's references go over. */
static void adopt(struct ctl *ctl, const struct config *config, const struct fleet *fleet)
{
    const struct config *old_config = ctl->config;
    const struct fleet *old_fleet = ctl->fleet;
    int64_t now = clock_wall_ms();

    ctl->config = config;
    ctl->fleet = fleet;
    ledger_apply(ctl->ledger, config, fleet, now);
    tell_workers(ctl);
    for (unsigned slot = 0; slot < FLEET_MAX; slot++) {
        if (!fleet_has(fleet, slot)) {
            ctl->drains &= ~(UINT64_C(1) << slot);
            ctl->empty_for[slot] = 0;
            continue;
        }
        ctl->stale &= ~(UINT64_C(1) << slot);
        bool removed = (fleet->removed >> slot & 1) != 0;
        bool drained = (ctl->drains >> slot & 1) != 0;
        proxy_backend_drain(ctl->proxy, slot, removed || drained);
        ledger_drain(ctl->ledger, slot, drained, now);
    }
    health_apply(ctl->health, config, fleet);
    web_apply(ctl->web, config);
    config_unref(old_config);
    fleet_unref(old_fleet);
}

/* A backend that moved to another address is drained if it was before. One that takes over the name
 * of a node that goes on under another one has not moved. */
static void keep_drained(struct ctl *ctl, const struct fleet *fleet)
{
    for (unsigned i = 0; i < fleet->count; i++) {
        unsigned slot = fleet->order[i];
        if (fleet_has(ctl->fleet, slot))
            continue;
        int before = fleet_find(ctl->fleet, fleet->slots[slot].name);
        if (before >= 0 && (fleet->removed >> before & ctl->drains >> before & 1))
            ctl->drains |= UINT64_C(1) << slot;
    }
}

static void tell_problem(struct ctl *ctl, const char *text)
{
    int64_t now = clock_wall_ms();
    ledger_reload_begin(ctl->ledger, false, now);
    ledger_reload_line(ctl->ledger, RELOAD_PROBLEM, text);
    ledger_event(ctl->ledger, EVENT_ERROR, now, "not reloaded, all stays as it is: %s", text);
}

static void tell_problems(struct ctl *ctl, const struct load_problems *problems)
{
    const char *first = NULL;
    int64_t now = clock_wall_ms();

    ledger_reload_begin(ctl->ledger, false, now);
    for (size_t i = 0; i < problems->count; i++) {
        if (problems->list[i].warning)
            continue;
        if (!first)
            first = problems->list[i].text;
        ledger_reload_line(ctl->ledger, RELOAD_PROBLEM, problems->list[i].text);
    }
    ledger_event(ctl->ledger, EVENT_ERROR, now, "not reloaded, all stays as it is: %s",
                 first ? first : "out of memory");
}

/* What waits for a restart is told anew each time, hence compared with what the program started
 * with. */
static void tell_changes(struct ctl *ctl, const struct config *config)
{
    struct diff *diff = malloc(sizeof *diff);
    unsigned changes = 0, restart = 0;
    int64_t now = clock_wall_ms();

    ledger_reload_begin(ctl->ledger, true, now);
    if (!diff)
        return;
    diff_configs(diff, ctl->config, config);
    changes = diff->total;
    for (unsigned i = 0; i < diff->count; i++) {
        if (diff->lines[i].restart)
            changes--;
        else
            ledger_reload_line(ctl->ledger, RELOAD_CHANGE, diff->lines[i].text);
    }
    diff_configs(diff, ctl->options->config, config);
    for (unsigned i = 0; i < diff->count; i++) {
        if (!diff->lines[i].restart)
            continue;
        ledger_reload_line(ctl->ledger, RELOAD_RESTART, diff->lines[i].text);
        restart++;
    }
    free(diff);
    if (restart > 0)
        ledger_event(ctl->ledger, EVENT_WARN, now, "reloaded: %u changed, %u only after a restart",
                     changes, restart);
    else
        ledger_event(ctl->ledger, EVENT_INFO, now, "reloaded: %u changed", changes);
}

/* The new configuration, checked, or NULL once the problems have been told. */
static const struct config *load(struct ctl *ctl)
{
    struct load_problems problems = {0};
    const struct config *config = load_config(ctl->options->load, &problems);

    if (!config)
        tell_problems(ctl, &problems);
    for (size_t i = 0; config && i < problems.count; i++)
        log_warn("reload: %s", problems.list[i].text);
    load_problems_free(&problems);
    if (config && ctl->demo)
        ctl_place_demo(ctl, config);
    return config;
}

/* Goes over to the ports and the outlets of events, or to none of them. */
static int open_new(struct ctl *ctl, const struct config *config, struct err *err)
{
    if (events_out_prepare(ctl->events_out, config, err) < 0)
        return -1;
    if (ports_change(ctl->ports, config, err) < 0) {
        events_out_abandon(ctl->events_out);
        return -1;
    }
    events_out_adopt(ctl->events_out, config);
    return 0;
}

static bool reload(struct ctl *ctl)
{
    struct err err;
    const struct config *config = load(ctl);

    if (!config)
        return false;
    /* Whatever lives on those that are gone goes on; empty ones end shortly. */
    const struct fleet *fleet = fleet_next(ctl->fleet, config, UINT64_MAX, ctl->stale, &err);
    if (!fleet || open_new(ctl, config, &err) < 0) {
        tell_problem(ctl, err.text);
        fleet_unref(fleet);
        config_unref(config);
        return false;
    }
    tell_changes(ctl, config);
    keep_drained(ctl, fleet);
    log_set_level(config->log.level);
    adopt(ctl, config, fleet);
    ctl_enter_ports(ctl);
    ledger_unwarn(ctl->ledger);
    ctl_warn_of_passwords(ctl);
    return true;
}

bool reload_run(struct ctl *ctl)
{
    if (ctl->draining) {
        ledger_event(ctl->ledger, EVENT_WARN, clock_wall_ms(), "not reloaded: the proxy is ending");
        return false;
    }
    service_reloading();
    bool ok = reload(ctl);
    if (ok)
        ctl_tell_ready(ctl);
    else
        service_ready("The new configuration is broken, running on the old one");
    turn_publish(ctl);
    return ok;
}

void reload_second(struct ctl *ctl)
{
    uint64_t keep = 0;
    bool gone = false;

    if (ctl->apply_again)
        tell_workers(ctl);
    for (unsigned slot = 0; slot < FLEET_MAX; slot++) {
        if (!(ctl->fleet->removed >> slot & 1))
            continue;
        ctl->empty_for[slot] =
            ledger_is_empty(ctl->ledger, slot) ? (uint8_t)(ctl->empty_for[slot] + 1) : 0;
        if (ctl->empty_for[slot] < EMPTY_SECONDS) {
            keep |= UINT64_C(1) << slot;
            continue;
        }
        gone = true;
        ctl->stale |= UINT64_C(1) << slot;
        ledger_event(ctl->ledger, EVENT_INFO, clock_wall_ms(),
                     "backend %s is gone: nothing lived there any more",
                     ctl->fleet->slots[slot].name);
    }
    if (!gone)
        return;
    const struct fleet *fleet = fleet_next(ctl->fleet, ctl->config, keep, ctl->stale, NULL);
    /* Without memory it is tried again in a second. */
    if (fleet)
        adopt(ctl, config_ref(ctl->config), fleet);
}
