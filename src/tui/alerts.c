/*
 * The sentences of alerts.h. Each source adds its own; the list is then put in order by level.
 */
#include "tui/alerts.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/human.h"
#include "conf/config.h"
#include "tui/draw.h"
#include "tui/view.h"

#define NEAR_PART 10 /* a limit is near when less than a tenth of it is free */

static void add(struct alerts *alerts, enum event_level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void add(struct alerts *alerts, enum event_level level, const char *format, ...)
{
    if (alerts->count == ALERTS_MAX)
        return;
    struct alert *alert = &alerts->list[alerts->count++];
    va_list args;
    va_start(args, format);
    vsnprintf(alert->text, sizeof(alert->text), format, args);
    va_end(args);
    alert->level = level;
    alerts->wrong += level != EVENT_INFO;
    alerts->errors |= level == EVENT_ERROR;
}

/* A version all of whose backends are down serves nobody. */
static void add_versions(struct alerts *alerts, const struct snap *snap)
{
    for (unsigned version = 4; version >= 3; version--) {
        unsigned all = 0, up = 0;
        for (unsigned i = 0; i < snap->backend_count; i++) {
            const struct snap_backend *backend = &snap->backends[i];
            if (backend->version != version || backend->removed)
                continue;
            all++;
            up += backend_state_is_up(backend->state) || backend->state == BACKEND_UNKNOWN;
        }
        if (all > 0 && up == 0)
            add(alerts, EVENT_ERROR, "no v%u backend is up: bots of that version get no answer",
                version);
    }
}

static void add_backends(struct alerts *alerts, const struct view *view, unsigned rank)
{
    const struct snap *snap = view->snap;
    for (unsigned i = 0; i < snap->backend_count; i++) {
        const struct snap_backend *backend = &snap->backends[i];
        char clock[CLOCK_ISO_MAX], answer[HUMAN_MAX], reason[MASK_TEXT_MAX];
        unsigned role;
        const char *word = backends_state_word(backend, &role);
        clock_hms(clock, backend->since_ms);
        mask_text(&view->mask, reason, sizeof(reason), backend->reason);
        if (backends_rank(backend) != rank)
            continue;
        if (role == ROLE_STATE_DOWN)
            add(alerts, EVENT_ERROR, "backend %s (v%u) %s since %s: %s", backend->name,
                backend->version, word, clock, reason);
        else if (role == ROLE_STATE_SLOW)
            add(alerts, EVENT_WARN, "backend %s (v%u) SLOW since %s: answers after %s",
                backend->name, backend->version, clock, backends_answer(answer, backend));
        else if (role == ROLE_STATE_DRAIN)
            add(alerts, EVENT_INFO, "backend %s (v%u) drains since %s%s%s", backend->name,
                backend->version, clock, reason[0] != '\0' ? ": " : "", reason);
    }
}

static void add_rates(struct alerts *alerts, const struct view *view)
{
    const struct snap *snap = view->snap;
    char high[HUMAN_MAX], most[HUMAN_MAX];
    unsigned conns = 0, ips = 0;
    uint64_t top = 0, top_ip = 0;
    draw_rate_text(high, view, snap->band_high);
    for (unsigned i = 0; i < snap->conn_count; i++) {
        uint64_t rate = snap->conns[i].rate_out;
        rate = rate > snap->conns[i].rate_in ? rate : snap->conns[i].rate_in;
        conns += rate >= snap->band_high;
        top = rate > top ? rate : top;
    }
    for (unsigned i = 0; i < snap->ip_count; i++) {
        uint64_t rate = snap->ips[i].rate_in + snap->ips[i].rate_out;
        ips += rate >= snap->band_high;
        top_ip = rate > top_ip ? rate : top_ip;
    }
    if (conns > 0)
        add(alerts, EVENT_WARN, "%u connection%s at %s or more, up to %s", conns,
            conns == 1 ? "" : "s", high, draw_rate_text(most, view, top));
    if (ips > 0)
        add(alerts, EVENT_WARN, "%u IP%s at %s or more, up to %s", ips, ips == 1 ? "" : "s", high,
            draw_rate_text(most, view, top_ip));
}

static void add_others(struct alerts *alerts, const struct snap *snap)
{
    uint64_t limit = snap->limit_connections;
    if (limit != CONFIG_NO_LIMIT && snap->conn_count >= limit - limit / NEAR_PART)
        add(alerts, snap->conn_count >= limit ? EVENT_ERROR : EVENT_WARN,
            "%u connections of %llu allowed (limits.connections)", snap->conn_count,
            (unsigned long long)limit);
    if (snap->reload.wall_ms != 0 && !snap->reload.ok)
        add(alerts, EVENT_WARN, "the last reload was refused%s%s",
            snap->reload.problem_count > 0 ? ": " : "",
            snap->reload.problem_count > 0 ? snap->reload.problems[0] : "");
    unsigned bots = 0;
    for (unsigned i = 0; i < snap->block_count; i++)
        bots += snap->blocks[i].user != NULL;
    const char *what = bots == 0 ? "IP" : bots == snap->blocks_total ? "bot" : "IPs and bot";
    if (snap->blocks_total > 0)
        add(alerts, EVENT_INFO, "%u %s%s blocked", snap->blocks_total, what,
            snap->blocks_total == 1 ? " is" : "s are");
}

/* The worst first; what came first stays first. */
static void sort(struct alerts *alerts)
{
    static const unsigned weights[] = {
        [EVENT_ERROR] = 0, [EVENT_WARN] = 1, [EVENT_AUTH] = 1, [EVENT_INFO] = 2};
    for (unsigned i = 1; i < alerts->count; i++) {
        struct alert alert = alerts->list[i];
        unsigned j = i;
        for (; j > 0 && weights[alerts->list[j - 1].level] > weights[alert.level]; j--)
            alerts->list[j] = alerts->list[j - 1];
        alerts->list[j] = alert;
    }
}

void alerts_make(struct alerts *alerts, const struct view *view)
{
    const struct snap *snap = view->snap;
    char masked[MASK_TEXT_MAX];
    alerts->count = alerts->wrong = 0;
    alerts->errors = false;
    add_versions(alerts, snap);
    for (unsigned rank = 0; rank < BACKENDS_RANKS; rank++)
        add_backends(alerts, view, rank);
    for (unsigned i = 0; i < snap->warning_count; i++)
        add(alerts, EVENT_WARN, "%s",
            mask_text(&view->mask, masked, sizeof(masked), snap->warnings[i]));
    add_others(alerts, snap);
    add_rates(alerts, view);
    if (view->slow_link)
        add(alerts, EVENT_WARN, "this terminal takes its time: fewer frames are drawn");
    sort(alerts);
}
