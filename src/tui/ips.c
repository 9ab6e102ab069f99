/*
 * Addresses by rate: a bar against the busiest one, the rate with its band, 60 s of history.
 */
#include "tui/draw.h"

#include <stdio.h>

#define BAR_COLS 18
#define WORDS 78 /* from here on figures have their unit in full */
#define WIDE 100

/* Where the columns of a row are, counted from the area's left edge. */
struct places {
    unsigned ip_cols, conns, conns_cols, bar, rate, spark;
};

static struct places place(unsigned cols)
{
    struct places p = {.ip_cols = cols >= WIDE ? 22 : 17};
    p.conns = 1 + p.ip_cols;
    p.conns_cols = cols >= WORDS ? 10 : 5;
    p.bar = p.conns + p.conns_cols + 1;
    p.rate = p.bar + BAR_COLS + 1;
    p.spark = p.rate + 8;
    return p;
}

static void draw_heads(struct grid *g, struct area area, const struct view *view, unsigned shown)
{
    struct places p = place(area.cols);
    char title[64];
    snprintf(title, sizeof(title), "Top IPs (%u of %u seen)", shown, view->snap->ip_count);
    unsigned from = draw_rule(g, area, view, PANEL_IPS, title);
    draw_rule_head(g, area.row, &from, area.col + p.rate - 3, "share of top");
    draw_rule_head(g, area.row, &from, area.col + p.rate + 7, "in+out/s");
    if (area.cols > p.spark + 8)
        draw_rule_head(g, area.row, &from, area.col + p.spark + 6, "60 s");
}

static void draw_ip(struct grid *g, struct area area, const struct view *view,
                    const struct snap_ip *ip, uint64_t top)
{
    struct places p = place(area.cols);
    uint64_t rate = ip->rate_in + ip->rate_out;
    char text[ADDR_TEXT_MAX];
    grid_text(g, area.row, area.col + 1, p.ip_cols - 1, ROLE_TEXT, addr_key_text(text, &ip->key));
    draw_conns(g, area.row, area.col + p.conns, p.conns_cols, ip->active);
    draw_bar(g, area.row, area.col + p.bar, BAR_COLS, rate, top);
    draw_rate(g, area.row, area.col + p.rate, view->snap, rate);
    if (area.cols > p.spark + 8)
        draw_spark_both(g, area.row, area.col + p.spark, area.cols - p.spark - 1,
                        draw_band_role(view->snap, rate), ip->history,
                        view->snap->seq + ip->key.bytes[3] + ip->key.bytes[7]);
}

void ips_draw(struct grid *g, struct area area, struct view *view)
{
    struct ip_list *list = &view->panels.ips;
    unsigned shown, first = draw_window(area, view, PANEL_IPS, &list->rows, &shown);
    uint64_t top = 0;
    draw_heads(g, area, view, shown);
    for (unsigned i = 0; i < list->rows.count; i++) {
        const struct snap_ip *ip = ip_list_row(list, i);
        if (ip->rate_in + ip->rate_out > top)
            top = ip->rate_in + ip->rate_out;
    }
    for (unsigned i = 0; i < shown; i++) {
        const struct snap_ip *ip = ip_list_row(list, first + i);
        struct area row = {area.row + 1 + i, area.col, 1, area.cols};
        draw_ip(g, row, view, ip, top);
        grid_target(g, row, TARGET_IP, panels_ip_id(&ip->key));
        if (list->rows.picked && list->rows.at == first + i)
            draw_picked(g, row, view, PANEL_IPS);
    }
}
