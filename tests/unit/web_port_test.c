/*
 * The web port with its real loop, desk and hub: commands whose asker is gone, crowds, stuck
 * readers, timeouts, a full host.
 */
#include "web_port.h"

#include <sys/resource.h>

/* Closes with a TCP reset. */
static void reset(int fd)
{
    struct linger now = {.l_onoff = 1, .l_linger = 0};
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now)), 0);
    close(fd);
}

static void kill_outcomes(void **state)
{
    struct port_fixture *f = *state;
    static const struct {
        enum command_code code;
        const char *status, *body;
    } rows[] = {
        {COMMAND_DONE, "HTTP/1.1 200 OK\r\n", "{\"id\":\"77\",\"killed\":true}"},
        {COMMAND_NOT_FOUND, "HTTP/1.1 404 Not Found\r\n", "\"message\":\"There is no such"},
        {COMMAND_REFUSED, "HTTP/1.1 409 ", "not while it is raining"},
    };
    char text[4096];
    int fd = dial(f, NULL); /* one connection for all */
    for (unsigned i = 0; i < 3; i++) {
        const char *request =
            i == 0 ? "DELETE /api/connections/77" HERE : "POST /api/connections/77/kill" HERE;
        assert_true(send(fd, request, strlen(request), MSG_NOSIGNAL) > 0);
        turn_until(f, f->commands == i + 1);
        assert_int_equal(f->last.type, COMMAND_KILL);
        assert_int_equal(f->last.id, 77);
        struct command_result result = {.code = rows[i].code, .text = "not while it is raining"};
        f->answer(f->answer_ctx, &result);
        read_until(f, fd, text, sizeof(text), rows[i].body);
        assert_int_equal(strncmp(text, rows[i].status, strlen(rows[i].status)), 0);
    }
    close(fd);
}

static void asker_is_gone(void **state)
{
    struct port_fixture *f = *state;
    struct command_result result = {.code = COMMAND_DONE};
    int fd = dial(f, "DELETE /api/connections/1" HERE);
    turn_until(f, f->commands == 1);
    client_end(f->web->clients);
    close(fd);
    f->answer(f->answer_ctx, &result);
    turn(f);
    assert_int_equal(f->web->client_count, 0);

    /* Closed by its own side while we wait: noticed when the answer is written. */
    fd = dial(f, "DELETE /api/connections/2" HERE);
    turn_until(f, f->commands == 2);
    reset(fd);
    f->answer(f->answer_ctx, &result);
    turn_until(f, f->web->client_count == 0);

    /* Answered, and the port is closed before the loop turns; and the other way round. */
    int first = dial(f, "DELETE /api/connections/3" HERE);
    turn_until(f, f->commands == 3);
    command_answer *answer = f->answer;
    void *ctx = f->answer_ctx;
    int second = dial(f, "DELETE /api/connections/4" HERE);
    turn_until(f, f->commands == 4);
    answer(ctx, &result);
    web_free(f->web);
    f->web = NULL;
    f->answer(f->answer_ctx, &result);
    turn(f);
    close(first);
    close(second);
}

static void pipelined(void **state)
{
    struct port_fixture *f = *state;
    char text[16384];
    int fd = dial(f, "GET /livez" HERE "HEAD /api/version" HERE "GET /nothing" HERE
                     "GET /api/version HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    read_until(f, fd, text, sizeof(text), NULL);
    unsigned answers = 0;
    for (const char *at = text; (at = strstr(at, "HTTP/1.1 ")); at++)
        answers++;
    assert_int_equal(answers, 4);
    assert_non_null(strstr(text, "\r\n\r\nok\nHTTP/1.1 200"));
    assert_non_null(strstr(text, "HTTP/1.1 404"));
    assert_non_null(strstr(text, "Connection: close\r\n\r\n{\"version\":"));
    close(fd);
}

/* Many requests at once have one turn each, like everybody else's. */
static void one_request_a_turn(void **state)
{
    struct port_fixture *f = *state;
    char memory[4096], text[65536], *at = text;
    struct str requests;
    str_fixed(&requests, memory, sizeof(memory));
    for (unsigned i = 0; i < 50; i++)
        str_add_text(&requests, "GET /livez" HERE);
    assert_false(requests.cut);
    int fd = dial(f, memory);
    unsigned answers = 0, most = 0;
    double end = clock_mono() + PATIENCE;
    while (answers < 50) {
        assert_true(clock_mono() < end);
        ev_run(f->loop, EVRUN_NOWAIT);
        ssize_t got = recv(fd, at, (size_t)(text + sizeof(text) - 1 - at), 0);
        unsigned now = 0;
        if (got <= 0)
            continue;
        at[got] = '\0';
        for (const char *one = at; (one = strstr(one, "HTTP/1.1 200")); one++)
            now++;
        at += got;
        answers += now;
        most = now > most ? now : most;
    }
    assert_true(most <= 2);
    close(fd);
}

/* Where nothing matches behind the end of a piece, there is no chunk of nothing. */
static void filtered_csv(void **state)
{
    struct port_fixture *f = *state;
    static char text[131072];
    unsigned pieces[3] = {0};
    publish(f, 1000);
    for (unsigned last = 300; last < 500; last++) {
        char request[256];
        snprintf(request, sizeof(request),
                 "GET /api/connections?format=csv&q=id%%3C%u" HERE "GET /livez" HERE, last);
        int fd = dial(f, request);
        read_until(f, fd, text, sizeof(text), "ok\n");
        assert_non_null(strstr(text, "Content-Type: text/csv; charset=utf-8; header=present\r\n"));
        assert_non_null(strstr(text, "\r\n0\r\n\r\nHTTP/1.1 200 OK"));
        assert_null(strstr(text, "\r\n0\r\n\r\n0\r\n"));
        pieces[strlen(text) < FEED_PIECE ? 0 : 1]++;
        close(fd);
    }
    assert_true(pieces[0] > 0 && pieces[1] > 0);
}

static void crowd(void **state)
{
    struct port_fixture *f = *state;
    static int fds[PORT_CLIENTS_MAX];
    char text[4096];
    for (unsigned i = 0; i < PORT_CLIENTS_MAX; i++) {
        fds[i] = dial(f, NULL);
        turn_until(f, f->web->client_count == i + 1);
    }
    int extra = dial(f, NULL);
    read_until(f, extra, text, sizeof(text), NULL);
    assert_non_null(strstr(text, "HTTP/1.1 503"));
    assert_int_equal(f->web->client_count, PORT_CLIENTS_MAX);
    close(extra);
    for (unsigned i = 0; i < PORT_CLIENTS_MAX; i++)
        close(fds[i]);
    turn_until(f, f->web->client_count == 0);
}

static void stuck_readers(void **state)
{
    struct port_fixture *f = *state;
    int fds[PORT_SNAPS_MAX];
    char text[4096];
    const unsigned rows = 3000;

    for (unsigned i = 0; i < PORT_SNAPS_MAX; i++) {
        publish(f, rows);
        fds[i] = dial(f, "GET /api/connections" HERE);
        turn_until(f, f->web->client_count == i + 1 && f->web->clients->feed &&
                          f->web->clients->sent > 0);
    }
    for (const struct client *c = f->web->clients; c; c = c->next)
        assert_true(c->out.cap < 4 * FEED_PIECE);
    /* On the snapshot that is held anyway one more costs nothing; on a ninth one it would. */
    int more = dial(f, "GET /api/connections" HERE);
    read_until(f, more, text, sizeof(text), "HTTP/1.1 200");
    close(more);
    publish(f, 1);
    more = dial(f, "GET /api/connections" HERE);
    read_until(f, more, text, sizeof(text), "\r\n\r\n{");
    assert_non_null(strstr(text, "HTTP/1.1 503"));
    close(more);

    /* The reader wakes up and gets everything, though its snapshot is old by now. */
    size_t len = 0;
    char tail[8] = "";
    double end = clock_mono() + PATIENCE;
    while (memcmp(tail, "\r\n0\r\n\r\n", 7) != 0) {
        static char block[262144];
        assert_true(clock_mono() < end);
        ev_run(f->loop, EVRUN_NOWAIT);
        ssize_t got = recv(fds[0], block, sizeof(block), 0);
        if (got < 0)
            continue;
        assert_true(got > 0);
        len += (size_t)got;
        if (got >= 7)
            memcpy(tail, block + got - 7, 7);
    }
    assert_true(len > rows * SERIES_SECONDS * 70);
    for (unsigned i = 0; i < PORT_SNAPS_MAX; i++)
        reset(fds[i]);
    turn_until(f, f->web->client_count == 0);
    for (unsigned i = 0; i < PORT_SNAPS_MAX; i++)
        assert_null(f->web->held[i].snap);
}

static void expire(struct port_fixture *f)
{
    assert_non_null(f->web->clients);
    f->web->clients->timer.repeat = 0.001;
    ev_timer_again(f->loop, &f->web->clients->timer);
}

static void timeouts(void **state)
{
    struct port_fixture *f = *state;
    char text[4096];
    int fd = dial(f, NULL);
    turn_until(f, f->web->client_count == 1);
    assert_true(f->web->clients->timer.repeat > 29 && f->web->clients->timer.repeat < 31);
    expire(f);
    assert_int_equal(read_until(f, fd, text, sizeof(text), NULL), 0); /* idle: without a word */
    close(fd);

    fd = dial(f, "GET / HTTP/1.1\r\nHost: loc");
    turn_until(f, f->web->client_count == 1 && f->web->clients->inbox);
    double first = f->web->clients->timer.repeat;
    assert_true(first > 9 && first < 11);
    expire(f);
    read_until(f, fd, text, sizeof(text), NULL);
    assert_non_null(strstr(text, "HTTP/1.1 408"));
    close(fd);
    turn_until(f, f->web->client_count == 0);

    publish(f, 3000);
    fd = dial(f, "GET /api/connections" HERE);
    turn_until(f, f->web->client_count == 1 && f->web->clients->sent > 0);
    expire(f);
    turn_until(f, f->web->client_count == 0);
    close(fd);
}

static void full_host(void **state)
{
    struct port_fixture *f = *state;
    struct rlimit old;
    struct rlimit low;
    char text[4096];
    int fd = dial(f, "GET /livez" HERE);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
    low = old;
    low.rlim_cur = (rlim_t)fd + 1;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
    turn_until(f, !ev_is_active(&f->web->accept));
    assert_true(ev_is_active(&f->web->pause));
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
    read_until(f, fd, text, sizeof(text), "ok\n");
    assert_true(ev_is_active(&f->web->accept));
    close(fd);
}

static void checks(void **state)
{
    struct port_fixture *f = *state;
    struct command_result result = {.code = COMMAND_DONE};
    const char *again = "GET /api/backend-health" HERE;
    char text[8192];
    publish(f, 0);
    int first = dial(f, "GET /api/backend-health" HERE);
    turn_until(f, f->commands == 1);
    assert_int_equal(f->last.type, COMMAND_CHECK);
    assert_int_equal(f->last.backend, REPORT_NO_BACKEND);
    int second = dial(f, "POST /api/backend-health" HERE);
    turn_until(f, f->web->client_count == 2 && f->web->clients->state == CLIENT_WAIT);
    f->answer(f->answer_ctx, &result);
    read_until(f, first, text, sizeof(text), "{\"v3\":null,\"v4\":null}");
    read_until(f, second, text, sizeof(text), "{\"v3\":null,\"v4\":null}");
    assert_true(send(first, again, strlen(again), MSG_NOSIGNAL) > 0);
    read_until(f, first, text, sizeof(text), "{\"v3\":null,\"v4\":null}");
    turn(f);
    assert_int_equal(f->commands, 1); /* three asked within two seconds, one check */
    /* By the clock that nobody sets. */
    assert_true(f->web->check_at <= clock_mono() && f->web->check_at > clock_mono() - PATIENCE);

    /* The two seconds are over; refused by control, which has just checked by itself. */
    f->web->check_at -= PORT_CHECK_EVERY;
    assert_true(send(first, again, strlen(again), MSG_NOSIGNAL) > 0);
    turn_until(f, f->commands == 2);
    result.code = COMMAND_REFUSED;
    f->answer(f->answer_ctx, &result);
    read_until(f, first, text, sizeof(text), "{\"v3\":null,\"v4\":null}");
    close(second);

    /* The port is closed before the answer comes. */
    f->web->check_at -= PORT_CHECK_EVERY;
    assert_true(send(first, again, strlen(again), MSG_NOSIGNAL) > 0);
    turn_until(f, f->commands == 3);
    web_free(f->web);
    f->web = NULL;
    f->answer(f->answer_ctx, &result);
    close(first);
}

static void before_the_first_snapshot(void **state)
{
    struct port_fixture *f = *state;
    static const char *const paths[] = {"/api/connections", "/api/data-usage", "/api/health",
                                        "/readyz"};
    char text[4096];
    char request[256];
    for (size_t i = 0; i < 4; i++) {
        snprintf(request, sizeof(request),
                 "GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", paths[i]);
        int fd = dial(f, request);
        read_until(f, fd, text, sizeof(text), NULL);
        assert_non_null(strstr(text, "HTTP/1.1 503"));
        close(fd);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PORT_TEST(kill_outcomes),
        PORT_TEST(asker_is_gone),
        PORT_TEST(pipelined),
        PORT_TEST(one_request_a_turn),
        PORT_TEST(filtered_csv),
        PORT_TEST(crowd),
        PORT_TEST(stuck_readers),
        PORT_TEST(timeouts),
        PORT_TEST(full_host),
        PORT_TEST(checks),
        PORT_TEST(before_the_first_snapshot),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
