/*
 * A copy of one connection, its texts and its history.
 */
#include "tui/details.h"

#include <stdio.h>
#include <string.h>

#include "tui/model.h"

static const char *keep(char out[DETAILS_TEXT], const char *text)
{
    snprintf(out, DETAILS_TEXT, "%s", text);
    return out;
}

void details_open(struct details *d, const struct snap *snap, const struct snap_conn *conn)
{
    d->conn = *conn;
    d->history = *conn->history;
    d->conn.history = &d->history;
    d->conn.user_id = keep(d->user_id, conn->user_id);
    d->conn.client_name = keep(d->client_name, conn->client_name);
    d->conn.user_agent = keep(d->user_agent, conn->user_agent);
    d->conn.path = keep(d->path, conn->path);
    d->slot = conn->backend < snap->backend_count ? snap->backends[conn->backend].slot
                                                  : REPORT_NO_BACKEND;
    d->ended = false;
}

void details_close(struct details *d)
{
    d->conn.id = 0;
}

void details_update(struct details *d, const struct snap *snap)
{
    if (d->conn.id == 0)
        return;
    const struct snap_conn *conn = snap_find_conn(snap, d->conn.id);
    if (conn != NULL) {
        details_open(d, snap, conn);
    } else if (!d->ended) {
        d->ended = true;
        d->ended_ms = snap->wall_ms;
    }
}

uint32_t details_peak(const uint32_t values[SERIES_SECONDS])
{
    uint32_t peak = 0;
    for (unsigned i = 0; i < SERIES_SECONDS; i++)
        peak = values[i] > peak ? values[i] : peak;
    return peak;
}

const struct snap_backend *details_backend(const struct details *d, const struct snap *snap)
{
    for (unsigned i = 0; i < snap->backend_count; i++)
        if (snap->backends[i].slot == d->slot)
            return &snap->backends[i];
    return NULL;
}

struct details_ip details_ip(const struct details *d, const struct snap *snap)
{
    struct addr_key key = addr_key_of(&d->conn.client);
    for (unsigned i = 0; i < snap->ip_count; i++)
        if (memcmp(&snap->ips[i].key, &key, sizeof(key)) == 0)
            return (struct details_ip){snap->ips[i].active,
                                       snap->ips[i].rate_in + snap->ips[i].rate_out};
    return (struct details_ip){0, 0};
}
