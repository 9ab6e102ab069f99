/*
 * Data usage by client, user and backend.
 */
#include "web/groups.h"
#include "web/listing.h"
#include "web/page.h"

enum column { NAME, NOW, EVER, IN, OUT, TOTAL, RATE, LAST, SHARE, COLUMN_COUNT };

static const char *const columns[COLUMN_COUNT][2] = {
    [NAME] = {"name", "Name"}, [NOW] = {"active", "Now"},        [EVER] = {"connections", "Ever"},
    [IN] = {"in", "In"},       [OUT] = {"out", "Out"},           [TOTAL] = {"total", "Total"},
    [RATE] = {"rate", "Rate"}, [LAST] = {"last", "Last active"}, [SHARE] = {NULL, "Share"}};

static void add_cells(struct page *page, const struct snap_name *row)
{
    struct str *out = page->out;
    uint64_t all = page->snap->bytes_in + page->snap->bytes_out;
    uint64_t total = row->bytes_in + row->bytes_out;
    unsigned percent = all == 0 ? 0 : (unsigned)((double)total * 100 / (double)all + 0.5);
    html_add(out, "<td>%u</td><td>%llu</td><td>", row->active,
             (unsigned long long)row->connections);
    page_size(page, row->bytes_in);
    str_add_text(out, "</td><td>");
    page_size(page, row->bytes_out);
    str_add_text(out, "</td><td>");
    page_size(page, total);
    str_add_text(out, "</td><td>");
    page_rate(page, row->rate_in + row->rate_out, row->rate_messages);
    str_add_text(out, "</td><td>");
    page_time(page, row->last_active_ms);
    html_add(out, "</td><td><meter min=\"0\" max=\"100\" value=\"%u\">%u %%</meter> %u %%</td>",
             percent, percent, percent);
}

static uint64_t value_of(const struct snap *snap, enum group group, uint32_t at, unsigned column)
{
    struct snap_name row = group_row(snap, group, at);
    const uint64_t values[COLUMN_COUNT] = {[NOW] = row.active,
                                           [EVER] = row.connections,
                                           [IN] = row.bytes_in,
                                           [OUT] = row.bytes_out,
                                           [TOTAL] = row.bytes_in + row.bytes_out,
                                           [RATE] = row.rate_in + row.rate_out,
                                           [LAST] = (uint64_t)row.last_active_ms};
    return values[column];
}

/* What a listing asks, for each group. */
#define GROUP_ROWS(prefix, group)                                                                  \
    static const char *prefix##_name(const struct snap *snap, uint32_t row,                        \
                                     char out[LISTING_TEXT])                                       \
    {                                                                                              \
        (void)out;                                                                                 \
        return group_row(snap, group, row).name;                                                   \
    }                                                                                              \
    static uint64_t prefix##_value(const struct snap *snap, uint32_t row, unsigned column)         \
    {                                                                                              \
        return value_of(snap, group, row, column);                                                 \
    }                                                                                              \
    static void prefix##_draw(struct page *page, uint32_t at)                                      \
    {                                                                                              \
        struct snap_name row = group_row(page->snap, group, at);                                   \
        add_cells(page, &row);                                                                     \
    }
GROUP_ROWS(client, GROUP_CLIENT)
GROUP_ROWS(user, GROUP_USER)
GROUP_ROWS(backend, GROUP_BACKEND)

#define GROUP_KIND(prefix, parameter, title)                                                       \
    {                                                                                              \
        .id = "groups", .path = "/data-usage", .fixed = (parameter), .caption = (title),           \
        .columns = columns, .column_count = COLUMN_COUNT, .first_key = TOTAL, .paged = true,       \
        .nothing = "nobody yet", .name = prefix##_name, .value = prefix##_value,                   \
        .draw = prefix##_draw                                                                      \
    }
static const struct listing_kind kinds[GROUP_COUNT] = {
    [GROUP_CLIENT] =
        GROUP_KIND(client, "&amp;group=client", "Usage by client (Client-Name, else User-Agent)"),
    [GROUP_USER] = GROUP_KIND(user, "&amp;group=user", "Usage by user id"),
    [GROUP_BACKEND] = GROUP_KIND(backend, "&amp;group=backend", "Usage by backend")};

void page_group_links(struct page *page)
{
    static const char *const labels[GROUP_COUNT] = {"IP", "client", "user", "backend"};
    enum group now = page_group(page);
    str_add_text(page->out, "<p>By");
    for (unsigned i = 0; i < GROUP_COUNT; i++)
        html_add(page->out, " <a href=\"/data-usage?group=%s\"%s>%s</a>", group_word((enum group)i),
                 i == now ? " aria-current=\"true\"" : "", labels[i]);
    str_add_text(page->out, "</p>\n");
}

enum group page_group(const struct page *page)
{
    char word[16];
    enum group group =
        group_of_word(slice_of(page_value(page, SLICE("group"), word, sizeof(word))));
    return group == GROUP_COUNT ? GROUP_IP : group;
}

void page_groups(struct page *page)
{
    enum group group = page_group(page);
    struct snap_name others = group_others(page->snap, group);
    struct str *out = page->out;
    listing_search(page, &kinds[group], "Name");
    html_add(out,
             "<input type=\"hidden\" name=\"group\" value=\"%s\"><button>Search</button></form>\n",
             group_word(group));
    listing_draw(page, &kinds[group], group_count(page->snap, group));
    html_add(out,
             "<section tabindex=\"0\" aria-labelledby=\"rest\">\n<table>\n<caption "
             "id=\"rest\">%s</caption>\n<thead><tr>",
             group == GROUP_BACKEND ? "Refused, or gone to backends that are no more"
                                    : "Others, active longer ago");
    for (unsigned i = NOW; i < COLUMN_COUNT; i++)
        html_add(out, "<th scope=\"col\">%s</th>", columns[i][1]);
    str_add_text(out, "</tr></thead>\n<tbody><tr");
    live_begin(page->live, out, "others");
    add_cells(page, &others);
    live_end(page->live, out);
    html_add(out,
             "</tr></tbody></table>\n</section>\n<p>As a file: <a "
             "href=\"/api/data-usage?group=%s\">JSON</a></p>\n",
             group_word(group));
}
