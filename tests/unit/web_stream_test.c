/*
 * Streams on the real port: who may go on looking, and how they end.
 */
#include "web_port.h"

#include "web/stream.h"

#define LINES(extra) " HTTP/1.1\r\nHost: localhost\r\n" extra "\r\n"

/* The same port with these words in its web part. */
static const struct config *configure(struct port_fixture *f, const char *words)
{
    struct load_problems problems = {.count = 0};
    struct load_options options = {.demo = false};
    char text[512];
    int len = snprintf(text, sizeof(text),
                       "web: {listen: '127.0.0.1:%u'%s}\nbackends:\n  - {name: a, version: 4, "
                       "address: '127.0.0.1:9', password: x}\n",
                       f->addr.port, words);
    const struct config *config = load_text("test", text, (size_t)len, &options, &problems);
    assert_non_null(config);
    load_problems_free(&problems);
    web_apply(f->web, config);
    return config;
}

static int listen_to(struct port_fixture *f, const char *request)
{
    char text[32768];
    int fd = dial(f, request);
    read_until(f, fd, text, sizeof(text), "retry: 2000\n\n");
    assert_non_null(strstr(text, "HTTP/1.1 200"));
    publish(f, 3);
    web_published(f->web);
    read_until(f, fd, text, sizeof(text), "}\n\n");
    return fd;
}

static void assert_ended(struct port_fixture *f, int fd)
{
    char text[32768];
    read_until(f, fd, text, sizeof(text), NULL);
    close(fd);
    assert_int_equal(f->web->client_count, 0);
    assert_null(f->web->views);
}

/* Whoever looks by a password or a token that counts no more looks no longer. */
static void other_passwords(void **state)
{
    struct port_fixture *f = *state;
    const struct config *config;
    int fd = listen_to(f, "GET /api/stream?view=%2F" LINES(""));
    config = configure(f, "");
    turn(f);
    assert_int_equal(f->web->client_count, 1); /* nothing of it has changed */
    config_unref(config);
    config = configure(f, ", password: s3cret-s3cret, tokens: [a-reader-of-ours]");
    assert_ended(f, fd);
    config_unref(config);
    fd = listen_to(f, "GET /api/stream" LINES("Authorization: Bearer a-reader-of-ours\r\n"));
    config = configure(f, ", password: s3cret-s3cret, tokens: [another-reader]");
    assert_ended(f, fd);
    config_unref(config);
    fd = listen_to(f, "GET /api/stream" LINES("Authorization: Bearer s3cret-s3cret\r\n"));
    config = configure(f, ", password: s3cret-s3crev, tokens: [another-reader]");
    assert_ended(f, fd);
    config_unref(config);
}

/* A session's place in the table may be another's by the next second. */
static void sessions_end(void **state)
{
    struct port_fixture *f = *state;
    char request[512], text[32768];
    const struct config *config = configure(f, ", password: s3cret-s3cret");
    struct login *login = login_new(&f->web->guard.logins, clock_mono());
    snprintf(request, sizeof(request), "GET /api/stream?view=%%2Fhealth" LINES("Cookie: %s=%s\r\n"),
             LOGIN_COOKIE, login->cookie);
    int fd = listen_to(f, request);
    for (unsigned i = 0; i < LOGIN_MAX; i++)
        login_new(&f->web->guard.logins, clock_mono() + 1);
    publish(f, 3);
    web_published(f->web);
    assert_ended(f, fd);

    /* By its time, and while the answer is still on its way. */
    login = login_new(&f->web->guard.logins, clock_mono());
    snprintf(request, sizeof(request), "GET /api/stream?view=%%2F" LINES("Cookie: %s=%s\r\n"),
             LOGIN_COOKIE, login->cookie);
    fd = dial(f, request);
    turn_until(f, f->web->views != NULL);
    login->until = clock_mono();
    publish(f, 3);
    web_published(f->web);
    read_until(f, fd, text, sizeof(text), NULL);
    assert_null(strstr(text, "data:"));
    close(fd);
    assert_null(f->web->views);
    config_unref(config);
}

/* Every way out gives the view back. */
static void ends(void **state)
{
    struct port_fixture *f = *state;
    int fd = listen_to(f, "GET /api/stream?view=%2F" LINES(""));
    close(fd);
    turn_until(f, f->web->client_count == 0);
    assert_null(f->web->views);

    fd = listen_to(f, "GET /api/stream?view=%2Fconnections" LINES(""));
    f->web->clients->timer.repeat = 0.001; /* stuck */
    ev_timer_again(f->loop, &f->web->clients->timer);
    assert_ended(f, fd);

    fd = listen_to(f, "GET /api/stream?view=%2F" LINES(""));
    int second = listen_to(f, "GET /api/stream?view=%2F" LINES(""));
    close(fd);
    turn_until(f, f->web->client_count == 1);
    publish(f, 3);
    web_published(f->web);
    web_free(f->web); /* with an event under way */
    f->web = NULL;
    turn(f);
    close(second);
}

static unsigned count_drawn(const struct port_fixture *f)
{
    unsigned drawn = 0;
    for (const struct client *c = f->web->clients; c; c = c->next)
        drawn += c->state == CLIENT_STREAM && !c->behind;
    return drawn;
}

/* Many different pages do not hold the loop up together: one is drawn in each turn. */
static void takes_turns(void **state)
{
    static const char *const targets[] = {"%2F", "%2Fhealth", "%2Fconnections"};
    struct port_fixture *f = *state;
    char request[100], text[32768];
    int fds[3];
    for (unsigned i = 0; i < 3; i++) {
        snprintf(request, sizeof(request), "GET /api/stream?view=%s" LINES(""), targets[i]);
        fds[i] = dial(f, request);
        read_until(f, fds[i], text, sizeof(text), "retry: 2000\n\n");
    }
    assert_int_equal(count_drawn(f), 0);
    publish(f, 3);
    web_published(f->web);
    assert_int_equal(count_drawn(f), 1);
    turn(f);
    assert_int_equal(count_drawn(f), 2);
    for (unsigned i = 0; i < 3; i++) {
        read_until(f, fds[i], text, sizeof(text), "}\n\n");
        close(fds[i]);
    }
}

/* A page that takes long to draw is drawn seldom. */
static void rests(void **state)
{
    (void)state;
    assert_true(stream_rest(0) <= 0 && stream_rest(0.019) <= 0);
    assert_true(stream_rest(0.04) > 1.9 && stream_rest(0.04) < 2.1);
    assert_true(stream_rest(0.8) >= 10 && stream_rest(100) <= 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rests), PORT_TEST(other_passwords), PORT_TEST(sessions_end),
        PORT_TEST(ends),         PORT_TEST(takes_turns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
