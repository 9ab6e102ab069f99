/*
 * Sessions and players over REST.
 */
#include "sessions_rest.h"

#include <string.h>

#include "base/jsonin.h"
#include "answer.h"
#include "change.h"
#include "inside.h"
#include "pace.h"
#include "player.h"
#include "rest.h"
#include "session.h"

static void answer_player(struct request *rq, const struct player *player)
{
    struct answer answer = {.status = 200, .type = "application/json"};
    struct json j;

    str_reset(&rq->node->json);
    json_begin(&j, &rq->node->json);
    player_json(&j, NULL, player);
    answer.body = str_slice(&rq->node->json);
    if (rest_is(rq, "PATCH"))
        answer.delay = pace_draw(rq->node, &rq->node->options.pace.patch);
    answer_send(rq->peer, &answer);
}

static void list_players(struct request *rq, struct session *session)
{
    struct json j;
    const void *key;
    void *player;
    size_t at = 0;

    str_reset(&rq->node->json);
    json_begin(&j, &rq->node->json);
    json_array(&j, NULL);
    while (map_next(session->players, &at, &key, &player))
        player_json(&j, NULL, player);
    json_array_end(&j);
    answer_json(rq->peer, str_slice(&rq->node->json));
}

static void patch_player(struct request *rq, struct session *session, uint64_t guild)
{
    char memory[8];
    struct str flag;
    struct slice body;
    struct player *player;
    unsigned status;
    const char *wrong;

    str_fixed(&flag, memory, sizeof memory);
    rest_param(rq, "noReplace", &flag);
    if (!jsonin_check(rq->body, &body)) {
        rest_error(rq, 400, "The body is not valid JSON");
        return;
    }
    player = player_get(session, guild, true);
    if (player == NULL) {
        rest_error(rq, 500, "Out of memory");
        return;
    }
    wrong = change_player(player, body, slice_equal(str_slice(&flag), SLICE("true")), &status);
    if (wrong != NULL)
        rest_error(rq, status, wrong);
    else
        answer_player(rq, player);
}

static void one_player(struct request *rq, struct session *session)
{
    uint64_t guild;
    struct player *player;

    if (!slice_to_u64(rq->parts[3], &guild) || guild == 0) {
        rest_error(rq, 400, "The guild id is no number");
        return;
    }
    player = player_get(session, guild, false);
    if (rest_is(rq, "PATCH")) {
        patch_player(rq, session, guild);
    } else if (rest_is(rq, "DELETE")) {
        if (player != NULL)
            player_destroy(player);
        answer_empty(rq->peer, 204);
    } else if (!rest_is(rq, "GET")) {
        rest_error(rq, 405, "Method not allowed");
    } else if (player == NULL) {
        rest_error(rq, 404, "Player not found");
    } else {
        answer_player(rq, player);
    }
}

static void answer_resuming(struct request *rq, const struct session *session)
{
    struct json j;

    str_reset(&rq->node->json);
    json_begin(&j, &rq->node->json);
    json_object(&j, NULL);
    if (rq->node->options.version == 3)
        json_text(&j, "resumingKey", session->resuming ? session->resume_key : NULL);
    else
        json_bool(&j, "resuming", session->resuming);
    json_u64(&j, "timeout", session->timeout);
    json_object_end(&j);
    answer_json(rq->peer, str_slice(&rq->node->json));
}

static void patch_session(struct request *rq, struct session *session)
{
    char key[sizeof session->resume_key];
    struct slice body, value;
    bool resuming = session->resuming;
    int64_t timeout = session->timeout;

    if (!jsonin_check(rq->body, &body) || jsonin_kind(body) != '{') {
        rest_error(rq, 400, "The body is no JSON object");
        return;
    }
    if (jsonin_get(body, "resuming", &value))
        jsonin_bool(value, &resuming);
    if (jsonin_get(body, "timeout", &value) &&
        (!jsonin_i64(value, &timeout) || timeout < 0 || timeout > INT32_MAX)) {
        rest_error(rq, 400, "The timeout is no number of seconds");
        return;
    }
    memcpy(key, session->resume_key, sizeof key);
    if (jsonin_get(body, "resumingKey", &value) && !jsonin_text(value, key, sizeof key))
        *key = '\0';
    session_configure(session, resuming, key, (unsigned)timeout);
    answer_resuming(rq, session);
}

static void stray(struct request *rq)
{
    rq->node->strays++;
    rest_error(rq, 404, "Session not found");
}

void sessions_rest(struct request *rq)
{
    struct session *session = session_find(rq->node, rq->parts[1]);
    bool players = rq->count >= 3 && slice_equal(rq->parts[2], SLICE("players"));

    if (rq->count > 4 || (rq->count >= 3 && !players))
        rest_error(rq, 404, "Not found");
    else if (session == NULL)
        stray(rq);
    else if (rq->count == 4)
        one_player(rq, session);
    else if (rq->count == 3 && rest_is(rq, "GET"))
        list_players(rq, session);
    else if (rq->count == 2 && rest_is(rq, "PATCH"))
        patch_session(rq, session);
    else
        rest_error(rq, 405, "Method not allowed");
}
