/*
 * Who they are: names and habits as published client libraries have them.
 */
#include "bots.h"

#include "bot.h"

static const struct bot_profile profiles[BOTS_COUNT] = {
    {.client_name = "shoukaku/4.3.0 (https://github.com/shipgirlproject/Shoukaku)",
     .user_agent = "node",
     .user_id = "417893562913849345",
     .version = 4,
     .ws_path = "/v4/websocket",
     .source = 2,
     .players = 4,
     .change_every = 25,
     .search_every = 40,
     .resumes = true},
    {.client_name = "Groove Station",
     .user_agent = "lavalink-client/2.11.0",
     .user_id = "729461053382164501",
     .version = 4,
     .ws_path = "/v4/websocket",
     .source = 3,
     .players = 7,
     .change_every = 12,
     .ping_every = 30,
     .timeout_in_ms = true,
     .resumes = true},
    {.client_name = "Riffy/1.0.12",
     .user_agent = "node",
     .user_id = "861273940518273641",
     .version = 4,
     .ws_path = "/v4/websocket",
     .source = 4,
     .search_every = 6},
    {.client_name = "Moonlink/4.2.2 (https://moonlink.js.org)",
     .user_agent = "Moonlink/4.2.2",
     .user_id = "556102938475610293",
     .version = 4,
     .ws_path = "/v4/websocket",
     .source = 5},
    {.client_name = "erela.js",
     .user_agent = "undici",
     .user_id = "390127465829104756",
     .version = 3,
     .ws_path = "/",
     .source = 6,
     .players = 3,
     .change_every = 30,
     .bare_paths = true,
     .ws_ops = true},
    {.client_name = "shoukaku/3.4.2",
     .user_agent = "node-fetch/1.0 (+https://github.com/bitinn/node-fetch)",
     .user_id = "278365019283746501",
     .version = 3,
     .ws_path = "/v3/websocket",
     .source = 7,
     .players = 2,
     .search_every = 50,
     .change_every = 45},
    {.client_name = "Poru/5.2.0",
     .user_agent = "undici",
     .user_id = "943018275640192837",
     .version = 4,
     .ws_path = "/v4/websocket",
     .source = 8,
     .players = 1,
     .playlist_every = 20},
    {.client_name = "kazagumo/3.2.1",
     .user_agent = "node",
     .user_id = "618203947561029384",
     .version = 4,
     .ws_path = "/v4/websocket",
     .source = 9},
    {.client_name = "Lavacord/3.0.0",
     .user_agent = "node",
     .user_id = "185920374651928374",
     .version = 3,
     .ws_path = "/",
     .source = 10,
     .bare_paths = true,
     .ws_ops = true},
    {.client_name = "Aqualink/2.4",
     .user_agent = "Aqualink/2.4 (https://github.com/ToddyTheNoobDud/AquaLink)",
     .user_id = "902817364519203847",
     .version = 4,
     .ws_path = "/v4/websocket",
     .source = 11,
     .players = 5,
     .change_every = 18},
    {.client_name = "Magmastream",
     .user_agent = "node",
     .user_id = "112233445566778899",
     .version = 4,
     .ws_path = "/v4/websocket",
     .source = 12,
     .retry_every = 15,
     .wrong_password = true},
    {.client_name = "rainlink/1.2.6 (https://github.com/RainyXeon/Rainlink)",
     .user_agent = "rainlink/1.2.6",
     .user_id = "730192846501928374",
     .version = 4,
     .ws_path = "/v4/websocket",
     .source = 13,
     .search_every = 15,
     .players = 2},
    {.client_name = "lavaclient/5.0.0",
     .user_agent = "node",
     .user_id = "440192837465019283",
     .version = 4,
     .ws_path = "/v4/websocket",
     /* Two bots of one host share an address. */
     .source = 9,
     .search_every = 30},
};

int bots_start(struct bot *bots[BOTS_COUNT], struct ev_loop *loop, const struct addr *proxy,
               const char *password, uint64_t seed)
{
    for (unsigned i = 0; i < BOTS_COUNT; i++)
        bots[i] = NULL;
    for (unsigned i = 0; i < BOTS_COUNT; i++) {
        bots[i] = bot_new(loop, &profiles[i], proxy, password, seed + i);
        if (bots[i] == NULL) {
            bots_free(bots);
            return -1;
        }
    }
    return 0;
}

void bots_free(struct bot *bots[BOTS_COUNT])
{
    for (unsigned i = 0; i < BOTS_COUNT; i++) {
        bot_free(bots[i]);
        bots[i] = NULL;
    }
}
