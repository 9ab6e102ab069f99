/*
 * Addresses in the chosen order: a bar against the busiest one, the rate with its band, totals and
 * 60 s of history as far as there is room.
 */
#include "tui/draw.h"

#include <stdio.h>
#include <string.h>

#include "base/human.h"

#define WORDS 96 /* from here on figures have their unit in full */
#define WIDE 118
#define SPARK_MIN 8
#define SPARK_ALONE 30

/* Where the columns of a row are, counted from the area's left edge; 0: not there. */
struct places {
    unsigned ip_cols, conns, conns_cols, bar, bar_cols, rate, in, out, total, ever, last, spark,
        spark_cols;
};

/* The place behind `*col` for so many columns, if they fit before `end`. */
static unsigned add(unsigned *col, unsigned end, unsigned cols)
{
    unsigned at = *col;
    if (at + cols > end)
        return 0;
    *col += cols + 1;
    return at;
}

/* A longer bar moves all that is behind it. */
static void widen_bar(struct places *p, unsigned more)
{
    unsigned *const behind[] = {&p->rate, &p->in,   &p->out,  &p->total,
                                &p->ever, &p->last, &p->spark};
    p->bar_cols += more;
    for (size_t i = 0; i < sizeof(behind) / sizeof(behind[0]); i++)
        *behind[i] += *behind[i] > 0 ? more : 0;
}

static struct places place(unsigned cols)
{
    struct places p = {.ip_cols = cols >= 90 ? 24 : cols >= 66 ? 17 : 15};
    bool wide = cols >= WIDE;
    unsigned col = 1 + p.ip_cols + 1, end = cols - 1;
    p.conns_cols = cols >= WORDS ? 9 : 4;
    p.bar_cols = wide ? 26 : 18;
    p.conns = add(&col, end, p.conns_cols);
    p.bar = add(&col, end, p.bar_cols);
    p.rate = add(&col, end, 7);
    p.in = wide ? add(&col, end - SPARK_MIN - 1, 5) : 0;
    p.out = wide ? add(&col, end - SPARK_MIN - 1, 5) : 0;
    p.total = add(&col, end - SPARK_MIN * 2, 5);
    p.ever = wide ? add(&col, end - SPARK_MIN - 1, 6) : 0;
    p.last = wide ? add(&col, end - SPARK_MIN - 1, 5) : 0;
    unsigned most = wide ? SPARK_ALONE : DRAW_BOTH_COLS, rest = end > col ? end - col : 0;
    p.spark_cols = rest < most ? rest : most;
    p.spark = p.spark_cols >= SPARK_MIN ? col : 0;
    if (rest > most) /* bars take what is left */
        widen_bar(&p, rest - most);
    return p;
}

static void draw_heads(struct grid *g, struct area area, const struct view *view, unsigned shown)
{
    const struct ip_list *list = &view->panels.ips;
    struct places p = place(area.cols);
    unsigned row = area.row, col = area.col;
    char title[64];
    if (shown < list->rows.count)
        snprintf(title, sizeof(title), "IPs by %s (%u of %u)", ip_sort_name(list->key), shown,
                 list->rows.count);
    else
        snprintf(title, sizeof(title), "IPs by %s", ip_sort_name(list->key));
    unsigned from = draw_rule(g, area, view, PANEL_IPS, title);
    draw_rule_head(g, row, &from, col + p.bar + p.bar_cols - 1, "share of top");
    draw_rule_head(g, row, &from, col + p.rate + 6,
                   view->units == UNITS_MESSAGES ? "msgs/s" : "in+out");
    if (p.in > 0)
        draw_rule_head(g, row, &from, col + p.in + 5, "in");
    if (p.out > 0)
        draw_rule_head(g, row, &from, col + p.out + 5, "out");
    if (p.total > 0)
        draw_rule_head(g, row, &from, col + p.total + 5, "total");
    if (p.ever > 0)
        draw_rule_head(g, row, &from, col + p.ever + 6, "ever");
    if (p.last > 0)
        draw_rule_head(g, row, &from, col + p.last + 5, "last");
    if (p.spark > 0)
        draw_rule_head(g, row, &from, col + p.spark + p.spark_cols, "60 s");
}

/* What only wide panels show. */
static void draw_more(struct grid *g, struct area area, const struct view *view,
                      const struct snap_ip *ip, const struct places *p)
{
    char text[HUMAN_MAX];
    int64_t idle = (view->snap->wall_ms - ip->last_active_ms) / 1000;
    unsigned row = area.row, col = area.col;
    grid_right(g, row, col + p->in, 5, ROLE_TEXT, draw_size(g, text, draw_unit(view, ip->rate_in)));
    grid_right(g, row, col + p->out, 5, ROLE_TEXT,
               draw_size(g, text, draw_unit(view, ip->rate_out)));
    snprintf(text, sizeof(text), "%llu", (unsigned long long)ip->connections);
    grid_right(g, row, col + p->ever, 6, ROLE_DIM, text);
    if (ip->last_active_ms > 0)
        grid_right(g, row, col + p->last, 5, ROLE_DIM,
                   human_age(text, idle < 0 ? 0 : (uint64_t)idle));
}

/* Of a long one the end says more than the middle: "2001:...:1234:5678". */
static void draw_address(struct grid *g, struct area area, unsigned role, const char *text)
{
    const unsigned head = 5;
    size_t len = strlen(text), rest = area.cols - head - (g->ascii ? 3 : 1);
    if (len <= area.cols) {
        grid_text(g, area.row, area.col, area.cols, role, text);
        return;
    }
    if (strcmp(text + len - 5, "::/64") == 0) /* all of them are */
        len -= 5;
    rest = rest < len ? rest : len;
    if (len <= area.cols)
        grid_textf(g, area.row, area.col, area.cols, role, "%.*s", (int)len, text);
    else
        grid_textf(g, area.row, area.col, area.cols, role, "%.*s%s%.*s", (int)head, text,
                   g->ascii ? "..." : "\xe2\x80\xa6", (int)rest, text + len - rest);
}

/* Who is blocked and has nothing left that moves says so in the place of its bar. */
static void draw_share(struct grid *g, struct area area, unsigned role, const struct view *view,
                       const struct snap_ip *ip)
{
    const struct snap *snap = view->snap;
    uint64_t rate = ip->rate_in + ip->rate_out;
    char age[HUMAN_MAX];
    draw_bar(g, area.row, area.col, area.cols, role, rate, view->panels.ips.top_rate);
    for (unsigned i = 0; rate == 0 && i < snap->block_count; i++) {
        int64_t left = (snap->blocks[i].until_ms - snap->wall_ms) / 1000;
        if (memcmp(&snap->blocks[i].key, &ip->key, sizeof(ip->key)) != 0)
            continue;
        if (snap_block_is_for_good(snap, &snap->blocks[i]))
            grid_textf(g, area.row, area.col + 1, area.cols - 2, ROLE_STATE_DOWN,
                       "blocked for good");
        else
            grid_textf(g, area.row, area.col + 1, area.cols - 2, ROLE_STATE_DOWN,
                       "blocked, %s left", human_age(age, left < 0 ? 0 : (uint64_t)left));
        return;
    }
}

static void draw_ip(struct grid *g, struct area area, const struct view *view,
                    const struct snap_ip *ip)
{
    struct places p = place(area.cols);
    uint64_t rate = ip->rate_in + ip->rate_out;
    unsigned role = draw_band_role(view->snap, rate), row = area.row, col = area.col;
    char text[ADDR_TEXT_MAX], figure[HUMAN_MAX];
    draw_address(g, (struct area){row, col + 1, 1, p.ip_cols},
                 ip->active > 0 ? ROLE_TEXT : ROLE_DIM, mask_addr_key(&view->mask, text, &ip->key));
    draw_conns(g, row, col + p.conns, p.conns_cols, ip->active);
    draw_share(g, (struct area){row, col + p.bar, 1, p.bar_cols}, role, view, ip);
    draw_rate(g, row, col + p.rate, view, rate, ip->rate_messages);
    if (p.total > 0)
        grid_right(g, row, col + p.total, 5, ROLE_TEXT,
                   draw_size(g, figure, ip->bytes_in + ip->bytes_out));
    if (p.in > 0)
        draw_more(g, area, view, ip, &p);
    if (p.spark > 0)
        draw_spark_both(g, row, col + p.spark, p.spark_cols, role, ip->history,
                        view->snap->second + ip->key.bytes[3] + ip->key.bytes[7]);
}

void ips_draw(struct grid *g, struct area area, struct view *view)
{
    struct ip_list *list = &view->panels.ips;
    unsigned shown, first = draw_window(area, view, PANEL_IPS, &list->rows, &shown);
    draw_heads(g, area, view, shown);
    for (unsigned i = 0; i < shown; i++) {
        const struct snap_ip *ip = ip_list_row(list, first + i);
        struct area row = {area.row + 1 + i, area.col, 1, area.cols};
        draw_ip(g, row, view, ip);
        grid_target(g, row, TARGET_IP, panels_ip_id(&ip->key));
        if (list->rows.picked && list->rows.at == first + i)
            draw_picked(g, row, view, PANEL_IPS);
    }
    if (list->rows.count == 0)
        grid_text(g, area.row + 1, area.col + 1, area.cols - 1, ROLE_DIM, "nobody so far");
}
