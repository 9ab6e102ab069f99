/*
 * What people do to backends and to the configuration through the web port.
 */
#include "web_port.h"

/* A snapshot of two backends and a reload, all on one allocation. */
static void publish_backends(struct port_fixture *f, bool ok)
{
    static const char *const problems[] = {"line 1 is odd"};
    static uint64_t seq = 1000;
    struct snap *snap = snap_alloc(2 * sizeof(struct snap_backend) + 64);
    assert_non_null(snap);
    struct snap_backend *backends = snap_take(snap, 2 * sizeof(*backends));
    memset(backends, 0, 2 * sizeof(*backends));
    for (unsigned i = 0; i < 2; i++)
        backends[i] = (struct snap_backend){.name = i ? "node.b_2" : "a",
                                            .url = "127.0.0.1:1",
                                            .slot = 7 + i,
                                            .version = 4,
                                            .reason = ""};
    snap->seq = ++seq;
    snap->wall_ms = snap->started_ms = clock_wall_ms();
    snap->backends = backends;
    snap->backend_count = 2;
    snap->reload = (struct snap_reload){
        .wall_ms = snap->wall_ms, .ok = ok, .problem_count = !ok, .problems = problems};
    snap->listen = snap->web = "";
    snap_publish(f->hub, snap);
}

static void backend_actions(void **state)
{
    struct port_fixture *f = *state;
    static const struct {
        const char *request;
        enum command_type type;
        unsigned slot;
        enum command_code code;
        const char *status, *body;
    } rows[] = {
        {"POST /api/backends/a/drain" HERE, COMMAND_DRAIN, 7, COMMAND_DONE, "HTTP/1.1 200 ",
         "{\"name\":\"a\","},
        {"POST /api/backends/node.b_2/undrain" HERE, COMMAND_UNDRAIN, 8, COMMAND_DONE,
         "HTTP/1.1 200 ", "{\"name\":\"node.b_2\","},
        {"POST /api/backends/node%2eb_2/check" HERE, COMMAND_CHECK, 8, COMMAND_DONE,
         "HTTP/1.1 200 ", "{\"name\":\"node.b_2\","},
        {"POST /api/backends/a/check" HERE, COMMAND_CHECK, 7, COMMAND_REFUSED, "HTTP/1.1 409 ",
         "\"message\":\"not so fast\""},
        {"POST /api/backends/a/drain" HERE, COMMAND_DRAIN, 7, COMMAND_NOT_FOUND, "HTTP/1.1 404 ",
         "\"message\":\"There is no such backend.\""},
    };
    char text[8192];
    publish_backends(f, true);
    int fd = dial(f, NULL);
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_true(send(fd, rows[i].request, strlen(rows[i].request), MSG_NOSIGNAL) > 0);
        turn_until(f, f->commands == i + 1);
        assert_int_equal(f->last.type, rows[i].type);
        assert_int_equal(f->last.backend, rows[i].slot);
        struct command_result result = {.code = rows[i].code, .text = "not so fast"};
        f->answer(f->answer_ctx, &result);
        read_until(f, fd, text, sizeof(text), rows[i].body);
        assert_int_equal(strncmp(text, rows[i].status, strlen(rows[i].status)), 0);
    }
    unsigned before = f->commands;
    close(fd);
    static const char *const strangers[] = {"b", "A", "a%00", "%61%62", "a+"};
    for (unsigned i = 0; i < sizeof(strangers) / sizeof(strangers[0]); i++) {
        char request[128];
        snprintf(request, sizeof(request), "POST /api/backends/%s/drain" HERE, strangers[i]);
        fd = dial(f, request);
        read_until(f, fd, text, sizeof(text), "There is no such backend.");
        assert_non_null(strstr(text, "HTTP/1.1 404"));
        close(fd);
    }
    assert_int_equal(f->commands, before);
}

static void reloads(void **state)
{
    struct port_fixture *f = *state;
    static const struct {
        enum command_code code;
        bool ok; /* of the newest snapshot */
        const char *status, *body;
    } rows[] = {
        {COMMAND_DONE, true, "HTTP/1.1 200 ", "\"ok\":true,\"changes\":[],"},
        {COMMAND_FAILED, false, "HTTP/1.1 409 ", "\"problems\":[\"line 1 is odd\"]"},
        {COMMAND_REFUSED, false, "HTTP/1.1 409 ", "\"message\":\"the proxy is ending\""},
        {COMMAND_REFUSED, true, "HTTP/1.1 409 ", "\"message\":\"the proxy is ending\""},
    };
    const char *request = "POST /api/reload" HERE;
    char text[8192];
    int fd = dial(f, NULL);
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_true(send(fd, request, strlen(request), MSG_NOSIGNAL) > 0);
        turn_until(f, f->commands == i + 1);
        assert_int_equal(f->last.type, COMMAND_RELOAD);
        publish_backends(f, rows[i].ok);
        struct command_result result = {.code = rows[i].code, .text = "the proxy is ending"};
        f->answer(f->answer_ctx, &result);
        read_until(f, fd, text, sizeof(text), rows[i].body);
        assert_int_equal(strncmp(text, rows[i].status, strlen(rows[i].status)), 0);
    }
    close(fd);
}

/* What is asked behind a reload meets the new configuration, on old connections too. */
static void follows_a_reload(void **state)
{
    struct port_fixture *f = *state;
    struct load_problems problems = {.count = 0};
    struct load_options options = {.demo = false};
    const char *wrong = "GET /api/version" HERE;
    char text[4096];
    snprintf(text, sizeof(text),
             "web: {listen: '127.0.0.1:%u', password: new-password}\nbackends:\n  - {name: a, "
             "version: 4, address: '127.0.0.1:9', password: x}\n",
             f->addr.port);
    const struct config *fresh = load_text("test", text, strlen(text), &options, &problems);
    assert_non_null(fresh);
    load_problems_free(&problems);
    int fd = dial(f, wrong);
    read_until(f, fd, text, sizeof(text), "\"lavaproxy\"");
    web_apply(f->web, fresh);
    config_unref(fresh);
    assert_true(send(fd, wrong, strlen(wrong), MSG_NOSIGNAL) > 0);
    read_until(f, fd, text, sizeof(text), "\r\n\r\n{");
    assert_int_equal(strncmp(text, "HTTP/1.1 401 ", 13), 0);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PORT_TEST(backend_actions),
        PORT_TEST(reloads),
        PORT_TEST(follows_a_reload),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
