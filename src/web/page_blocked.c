/*
 * Who is refused and why: blocks, the lists of the configuration, refusals by IP, and what calls
 * itself what.
 */
#include <stdio.h>

#include "base/human.h"
#include "web/facts.h"
#include "web/listing.h"
#include "web/page.h"
#include "web/page_list.h"

#define NETS_SHOWN 100

/* Addresses in their own order, as far as a number tells. */
static uint64_t rank_of_key(const struct addr_key *key)
{
    uint64_t rank = key->family;
    for (unsigned i = 0; i < 7; i++)
        rank = rank << 8 | key->bytes[i];
    return rank;
}

static const char *name_of_block(const struct snap *snap, uint32_t row, char out[LISTING_TEXT])
{
    const struct snap_block *block = &snap->blocks[row];
    if (!block->user)
        return addr_key_text(out, &block->key);
    snprintf(out, LISTING_TEXT, "bot %s", block->user);
    return out;
}

static uint64_t value_of_block(const struct snap *snap, uint32_t row, unsigned column)
{
    const struct snap_block *block = &snap->blocks[row];
    /* Bots behind all IPs, among themselves by name. */
    const uint64_t values[] = {block->user ? UINT64_MAX : rank_of_key(&block->key), block->by_hand,
                               (uint64_t)block->until_ms};
    return values[column];
}

static void draw_block(struct page *page, uint32_t row)
{
    const struct snap_block *block = &page->snap->blocks[row];
    struct str *out = page->out;
    char text[ADDR_TEXT_MAX], age[HUMAN_MAX];
    int64_t left = (block->until_ms - page->snap->wall_ms + 999) / 1000;
    html_add(out, "<td>%s</td>", block->by_hand ? "by hand" : "wrong passwords");
    if (snap_block_is_for_good(page->snap, block)) {
        str_add_text(out, "<td>for good</td><td>");
    } else {
        str_add_text(out, "<td>");
        page_time(page, block->until_ms);
        html_add(out, " (another %s)</td><td>", human_age(age, left > 0 ? (uint64_t)left : 0));
    }
    page_form(page, "/api/unblock");
    str_add_text(out, "<input type=\"hidden\"");
    html_attr(out, "name", block->user ? "userId" : "ip");
    html_attr(out, "value", block->user ? block->user : addr_key_text(text, &block->key));
    str_add_text(out, "><input type=\"hidden\" name=\"back\" value=\"/blocked\">"
                      "<button>Unblock</button>");
    page_form_end(page);
    str_add_text(out, "</td>");
}

static const char *const block_columns[][2] = {
    {"blocked", "IP or bot"}, {"why", "Why"}, {"until", "Until"}, {NULL, "Actions"}};
static const struct listing_kind blocks = {.id = "blocks",
                                           .path = "/blocked",
                                           .fixed = "",
                                           .caption = "Blocked addresses and bots",
                                           .columns = block_columns,
                                           .column_count = 4,
                                           .first_key = 2,
                                           .nothing = "nobody is blocked",
                                           .name = name_of_block,
                                           .value = value_of_block,
                                           .draw = draw_block};

static const char *name_of_guess(const struct snap *snap, uint32_t row, char out[LISTING_TEXT])
{
    return addr_key_text(out, &snap->guesses[row].key);
}

static uint64_t value_of_guess(const struct snap *snap, uint32_t row, unsigned column)
{
    const struct snap_guess *guess = &snap->guesses[row];
    const uint64_t values[] = {rank_of_key(&guess->key), guess->wrong, guess->missing,
                               guess->refused, (uint64_t)guess->last_ms};
    return values[column];
}

static void draw_counts(struct page *page, const struct snap_guess *guess)
{
    html_add(page->out, "<td>%llu</td><td>%llu</td><td>%llu</td><td>",
             (unsigned long long)guess->wrong, (unsigned long long)guess->missing,
             (unsigned long long)guess->refused);
    page_time(page, guess->last_ms);
    str_add_text(page->out, "</td>");
}

static void draw_guess(struct page *page, uint32_t row)
{
    draw_counts(page, &page->snap->guesses[row]);
}

static const char *const guess_columns[][2] = {{"ip", "IP"},
                                               {"wrong", "Wrong passwords"},
                                               {"missing", "No password"},
                                               {"refused", "While blocked or denied"},
                                               {"last", "Last"}};
static const struct listing_kind guesses = {.id = "refusals",
                                            .path = "/blocked",
                                            .fixed = "",
                                            .caption = "Refused, by IP, since the start",
                                            .columns = guess_columns,
                                            .column_count = 5,
                                            .first_key = 4,
                                            .nothing = "nobody was refused",
                                            .name = name_of_guess,
                                            .value = value_of_guess,
                                            .draw = draw_guess};

static const char *name_of_client(const struct snap *snap, uint32_t row, char out[LISTING_TEXT])
{
    (void)out;
    return snap->clients.rows[row].name;
}

static uint64_t value_of_client(const struct snap *snap, uint32_t row, unsigned column)
{
    const struct snap_name *client = &snap->clients.rows[row];
    const uint64_t values[] = {0,
                               client->active,
                               client->connections,
                               client->ips,
                               (uint64_t)client->first_seen_ms,
                               (uint64_t)client->last_active_ms};
    return values[column];
}

static void draw_client(struct page *page, uint32_t row)
{
    const struct snap_name *client = &page->snap->clients.rows[row];
    html_add(page->out, "<td>%u</td><td>%llu</td><td>%s%u</td><td>", client->active,
             (unsigned long long)client->connections, client->ips > SNAP_IPS_EXACT ? "about " : "",
             client->ips);
    page_time(page, client->first_seen_ms);
    str_add_text(page->out, "</td><td>");
    page_time(page, client->last_active_ms);
    str_add_text(page->out, "</td>");
}

static const char *const client_columns[][2] = {
    {"client", "Client"}, {"now", "Now"},          {"ever", "Connections ever"},
    {"ips", "IPs"},       {"first", "First seen"}, {"seen", "Last seen"}};
static const struct listing_kind clients = {
    .id = "clients",
    .path = "/blocked",
    .fixed = "",
    .caption = "Clients by what they call themselves (Client-Name, else User-Agent)",
    .columns = client_columns,
    .column_count = 6,
    .first_key = 5,
    .nothing = "nobody was here",
    .name = name_of_client,
    .value = value_of_client,
    .draw = draw_client};

void page_block_times(struct page *page, const char *id)
{
    static const struct {
        const char *time, *label;
    } times[] = {{"1h", "1 hour"},
                 {"24h", "24 hours"},
                 {"168h", "1 week"},
                 {"720h", "30 days"},
                 {"good", "for good"}};
    html_add(page->out, "<label for=\"%s\">How long</label> <select id=\"%s\" name=\"for\">", id,
             id);
    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
        html_add(page->out, "<option value=\"%s\">%s</option>", times[i].time, times[i].label);
    str_add_text(page->out, "</select>");
}

/* `field`: "ip" or "userId", which the form sends, and by which its parts are told apart. */
static void add_form(struct page *page, const char *title, const char *field, const char *label)
{
    struct str *out = page->out;
    char id[20];
    snprintf(id, sizeof(id), "%s-for", field);
    html_add(out, "<section>\n<h2>%s</h2>\n", title);
    page_form(page, "/api/block");
    html_add(out,
             "<input type=\"hidden\" name=\"back\" value=\"/blocked\"><label for=\"%s\">%s</label> "
             "<input id=\"%s\" name=\"%s\" required> ",
             field, label, field, field);
    page_block_times(page, id);
    str_add_text(out, " <button class=\"danger\">Block</button>");
    page_form_end(page);
    str_add_text(out, "\n</section>\n");
}

static void add_forms(struct page *page)
{
    struct str *out = page->out;
    add_form(page, "Block an address", "ip", "IP");
    add_form(page, "Block a bot", "userId", "User-Id");
    str_add_text(out, "<p class=\"dim\">A bot is refused when it connects, from whatever address; "
                      "its requests are not, but without its WebSocket nothing is left to play. "
                      "For good is until somebody unblocks it or lavaproxy "
                      "ends; for ever is <code>limits.deny</code> in the configuration.</p>\n");
}

static void add_nets(struct page *page, const char *label, const struct addr_net *nets,
                     unsigned count)
{
    struct str *out = page->out;
    char text[ADDR_TEXT_MAX];
    html_add(out, "<div><dt>%s</dt><dd>", label);
    for (unsigned i = 0; i < count && i < NETS_SHOWN; i++)
        html_add(out, "%s%s", i == 0 ? "" : ", ", addr_net_text(text, &nets[i]));
    if (count > NETS_SHOWN)
        html_add(out, " and %u more", count - NETS_SHOWN);
    str_add_text(out, count == 0 ? "nobody</dd></div>\n" : "</dd></div>\n");
}

/* What is in no row of the table. */
static void add_others(struct page *page, const struct snap_guess *others)
{
    if (others->wrong + others->missing + others->refused == 0)
        return;
    html_add(page->out,
             "<p>Of others (refused longest ago, or too many at once): %llu wrong, %llu without "
             "password, %llu while blocked or denied</p>\n",
             (unsigned long long)others->wrong, (unsigned long long)others->missing,
             (unsigned long long)others->refused);
}

void page_blocked(struct page *page)
{
    const struct snap *snap = page->snap;
    struct str *out = page->out;
    page_begin(page, "Blocked", "/blocked");
    listing_search(page, &blocks, "Address or client");
    str_add_text(out, "<button>Search</button></form>\n");
    listing_draw(page, &blocks, snap->block_count);
    if (snap->blocks_total > snap->block_count)
        html_add(out, "<p>%u more are blocked</p>\n", snap->blocks_total - snap->block_count);
    add_forms(page);
    str_add_text(out, "<section>\n<h2>Lists of the configuration</h2>\n<dl>\n");
    add_nets(page, "Allowed: never limited or blocked", snap->allow, snap->allow_count);
    add_nets(page, "Denied: always refused", snap->deny, snap->deny_count);
    str_add_text(out, "</dl>\n</section>\n");
    listing_draw(page, &guesses, snap->guess_count);
    add_others(page, &snap->other_guesses);
    listing_draw(page, &clients, snap->clients.count);
    str_add_text(out, "<p class=\"dim\">Names count once the password was right; all else is under "
                      "(none).</p>\n");
    if (snap->clients.others.connections > 0)
        html_add(out, "<p>and %llu connections of clients seen longer ago</p>\n",
                 (unsigned long long)snap->clients.others.connections);
    str_add_text(out, "<p>As a file: <a href=\"/api/blocked\">JSON of blocks and refusals</a> <a "
                      "href=\"/api/clients\">JSON of clients</a></p>\n");
    page_end(page);
}
