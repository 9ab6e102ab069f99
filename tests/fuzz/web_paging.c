/*
 * Any bytes as a target with parameters of a page, cursor included: what is refused says why; what
 * is taken gives rows in order, each once, and a cursor behind the last of them that is taken
 * again.
 */
#include "web/paging.h"
#include "fuzz.h"

#define ROWS 12

static void fill(struct snap_conn conns[ROWS], struct snap_ip ips[ROWS])
{
    static const char *const texts[] = {"", "7", "1234567890", "same-beginning-a",
                                        "same-beginning-b"};
    static const struct snap_history history;
    for (unsigned i = 0; i < ROWS; i++) {
        conns[i] = (struct snap_conn){
            .id = i + 1,
            .client = {.family = i % 2 == 0 ? 4 : 6, .bytes = {[15] = (uint8_t)(i % 3)}},
            .rate_out = i % 4,
            .backend = 0xff,
            .history = &history,
            .user_id = texts[i % 5],
            .client_name = texts[(i + 1) % 5],
            .user_agent = "",
            .path = texts[(i + 2) % 5]};
        ips[i] = (struct snap_ip){.key = {4, {(uint8_t)i}}, .active = i % 3, .history = &history};
    }
}

static void read_pages(const struct snap *snap, struct paging *paging)
{
    bool seen[ROWS] = {false};
    for (unsigned pages = 0; pages <= ROWS; pages++) {
        struct paging_rows rows;
        char target[600], wrong[PAGING_WRONG_MAX];
        struct str text;
        uint32_t row;
        if (paging_begin(&rows, paging, snap, NULL) < 0)
            abort();
        while (paging_next(&rows, &row)) {
            if (row >= ROWS || seen[row])
                abort();
            seen[row] = true;
        }
        str_fixed(&text, target, sizeof(target));
        str_addf(&text, "?sort=%s&order=%s&limit=%u&cursor=", paging_word(paging),
                 paging->descending ? "desc" : "asc", paging->limit);
        bool more = paging_cursor(&rows, &text);
        paging_free(&rows);
        if (!more)
            return;
        if (text.cut || !paging_read(paging, paging->list, str_slice(&text), wrong))
            abort();
    }
    abort(); /* more pages than rows */
}

static void fill_roster(struct snap_bot bots[ROWS], struct snap_player players[ROWS])
{
    static const struct snap_trouble trouble;
    static const struct snap_track tracks[2] = {
        {.length_ms = 1000, .title = "same-beginning-a", .author = "b", .source = "s"},
        {.title = "same-beginning-b", .author = "a", .source = ""}};
    for (unsigned i = 0; i < ROWS; i++) {
        bots[i] = (struct snap_bot){.id = i + 1,
                                    .name = i % 2 == 0 ? "same-beginning-a" : "same-beginning-b",
                                    .user_id = i % 3 == 0 ? "" : "1234567890",
                                    .client_name = "",
                                    .library = i % 4 == 0 ? "x" : "",
                                    .gone_ms = i % 3,
                                    .trouble = &trouble};
        players[i] = (struct snap_player){.guild = 7 + i % 3,
                                          .bot = i / 3 + 1,
                                          .track = i % 3 == 0 ? NULL : &tracks[i % 2],
                                          .position_ms = (int)(i % 4) - 1,
                                          .backend = REPORT_NO_BACKEND};
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct snap_conn conns[ROWS];
    struct snap_ip ips[ROWS];
    struct snap_bot bots[ROWS];
    struct snap_player players[ROWS];
    struct snap snap = {.conns = conns,
                        .ips = ips,
                        .bots = bots,
                        .players = players,
                        .conn_count = ROWS,
                        .ip_count = ROWS,
                        .bot_count = ROWS,
                        .player_count = ROWS};
    struct slice target = {(const char *)data, size};
    fill(conns, ips);
    fill_roster(bots, players);
    for (unsigned i = 0; i <= PAGING_PLAYERS; i++) {
        struct paging paging;
        char wrong[PAGING_WRONG_MAX] = "";
        if (paging_read(&paging, (enum paging_list)i, target, wrong))
            read_pages(&snap, &paging);
        else if (wrong[0] == '\0')
            abort();
    }
    return 0;
}
