/*
 * Addresses by rate: a bar against the busiest one, the rate with its band, 60 s of history.
 */
#include "tui/draw.h"

#include <stdio.h>

void ips_draw(struct grid *g, struct area area, const struct view *view)
{
    const struct snap *snap = view->snap;
    const struct model *model = &view->model;
    char title[64];
    if (area.rows == 0)
        return;
    unsigned rows = area.rows - 1;
    unsigned shown = model->top_ip_count < rows ? model->top_ip_count : rows;
    snprintf(title, sizeof(title), "IPs by rate (%u of %u)", shown, snap->ip_count);
    draw_rule(g, area, title, "bar = share of top, 60 s");
    uint64_t top = 0;
    for (unsigned i = 0; i < shown; i++) {
        const struct snap_ip *ip = &snap->ips[model->top_ips[i]];
        if (ip->rate_in + ip->rate_out > top)
            top = ip->rate_in + ip->rate_out;
    }
    unsigned wide = area.cols >= 100 ? 22 : 17;
    for (unsigned i = 0; i < shown; i++) {
        const struct snap_ip *ip = &snap->ips[model->top_ips[i]];
        unsigned row = area.row + 1 + i, col = area.col + 1;
        uint64_t rate = ip->rate_in + ip->rate_out;
        char text[ADDR_TEXT_MAX];
        grid_text(g, row, col, wide - 1, ROLE_TEXT, addr_key_text(text, &ip->key));
        snprintf(text, sizeof(text), "%uc", ip->active);
        grid_right(g, row, col + wide, 5, ROLE_TEXT, text);
        draw_bar(g, row, col + wide + 6, 18, rate, top);
        draw_rate(g, row, col + wide + 25, snap, rate);
        unsigned used = 1 + wide + 33;
        if (area.cols > used + 8)
            draw_spark_both(g, row, area.col + used, area.cols - used - 1,
                            draw_band_role(snap, rate), ip->history,
                            snap->seq + ip->key.bytes[3] + ip->key.bytes[7]);
    }
}
