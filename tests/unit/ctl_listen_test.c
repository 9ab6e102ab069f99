/*
 * Sets of listening sockets: what a configuration opens, what passed sockets are for, what stays
 * across a change, and that a change that fails changes nothing.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf/load.h"
#include "ctl/listen.h"
#include "net/sock.h"

static const struct service_sockets nothing;
static const struct addr loopback = {.family = 4, .bytes = {127, 0, 0, 1}};

static const struct config *configure(const char *proxy, const char *web)
{
    struct load_problems problems = {.count = 0};
    struct load_options options = {.demo = false};
    char text[512];
    int len = snprintf(text, sizeof(text),
                       "proxy: {listen: [%s]}\nweb: {listen: %s}\nbackends:\n  - {name: a, "
                       "version: 4, address: '127.0.0.1:9', password: x}\n",
                       proxy, web);
    const struct config *config = load_text("test", text, (size_t)len, &options, &problems);
    for (size_t i = 0; i < problems.count; i++)
        print_message("%s\n", problems.list[i].text);
    assert_non_null(config);
    load_problems_free(&problems);
    return config;
}

static uint16_t port_of(int fd)
{
    struct sockaddr_in sin = {.sin_family = AF_INET};
    socklen_t len = sizeof(sin);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&sin, &len), 0);
    return ntohs(sin.sin_port);
}

/* Ports that nobody has, `count` of them. */
static void free_ports(unsigned *ports, unsigned count)
{
    int fds[8];
    struct err err;
    assert_true(count <= 8);
    for (unsigned i = 0; i < count; i++) {
        fds[i] = sock_listen(&loopback, &err);
        assert_true(fds[i] >= 0);
        ports[i] = port_of(fds[i]);
    }
    for (unsigned i = 0; i < count; i++)
        sock_close(fds[i]);
}

static char *at(char *out, const char *host, unsigned port)
{
    snprintf(out, 64, "'%s:%u'", host, port);
    return out;
}

static struct listeners *must_open(const struct config *config,
                                   const struct service_sockets *passed)
{
    struct err err = {""};
    struct listeners *set = listeners_open(config, passed, &err);
    if (!set)
        fail_msg("%s", err.text);
    return set;
}

static struct listeners *must_go_on(const struct listeners *old, const struct listeners *leaving,
                                    const struct config *config)
{
    struct err err = {""};
    struct listeners *set = listeners_next(old, leaving, config, &err);
    if (!set)
        fail_msg("%s", err.text);
    return set;
}

static void end(struct listeners *set, const struct config *config)
{
    listeners_close(set);
    free(set);
    config_unref(config);
    assert_int_equal(sock_count(), 0);
}

static void opens_what_is_configured(void **state)
{
    unsigned ports[3];
    char both[160], one[64], two[64], web[64];
    (void)state;
    free_ports(ports, 3);
    snprintf(both, sizeof(both), "%s, %s", at(one, "127.0.0.1", ports[0]),
             at(two, "127.0.0.2", ports[1]));
    const struct config *config = configure(both, at(web, "127.0.0.1", ports[2]));
    struct listeners *set = must_open(config, &nothing);
    assert_int_equal(set->count, 2);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(port_of(set->proxy[i].fd), ports[i]);
        assert_false(set->proxy[i].inherited);
    }
    assert_int_equal(port_of(set->web.fd), ports[2]);
    char text[100], expected[100];
    snprintf(expected, sizeof(expected), "127.0.0.1:%u 127.0.0.2:%u", ports[0], ports[1]);
    listeners_text(set, text, sizeof(text));
    assert_string_equal(text, expected);
    end(set, config);

    config = configure(one, "off");
    set = must_open(config, &nothing);
    assert_int_equal(set->web.fd, -1);
    end(set, config);
}

static void a_taken_port_opens_nothing(void **state)
{
    unsigned ports[1];
    char one[64], web[64], expected[160];
    struct err err;
    (void)state;
    free_ports(ports, 1);
    int taken = sock_listen(&loopback, &err);
    const struct config *config =
        configure(at(one, "127.0.0.1", ports[0]), at(web, "127.0.0.1", port_of(taken)));
    assert_null(listeners_open(config, &nothing, &err));
    snprintf(expected, sizeof(expected), "cannot listen on 127.0.0.1:%u: Address already in use",
             port_of(taken));
    assert_string_equal(err.text, expected);
    assert_int_equal(sock_count(), 1);

    /* The same for a change: nothing has happened. */
    char other[64];
    const struct config *good = configure(one, "off");
    struct listeners *set = must_open(good, &nothing), leaving = LISTENERS_NONE;
    config_unref(config);
    config = configure(at(other, "127.0.0.3", ports[0]), web);
    assert_null(listeners_next(set, &leaving, config, &err));
    assert_string_equal(err.text, expected);
    assert_int_equal(sock_count(), 2);
    sock_close(taken);
    config_unref(good);
    end(set, config);
}

static void what_stays_keeps_its_socket(void **state)
{
    unsigned ports[3];
    char one[64], two[64], three[64], both[160];
    struct listeners leaving = LISTENERS_NONE;
    int fds[LISTENERS_MAX];
    (void)state;
    free_ports(ports, 3);
    snprintf(both, sizeof(both), "%s, %s", at(one, "127.0.0.1", ports[0]),
             at(two, "127.0.0.1", ports[1]));
    const struct config *config = configure(both, at(three, "127.0.0.1", ports[2]));
    struct listeners *old = must_open(config, &nothing);
    int kept = old->proxy[1].fd, gone = old->proxy[0].fd, web = old->web.fd;
    config_unref(config);

    /* One port goes, and the web port becomes a proxy port. */
    snprintf(both, sizeof(both), "%s, %s", two, three);
    config = configure(both, "off");
    struct listeners *now = must_go_on(old, &leaving, config);
    assert_int_equal(now->count, 2);
    assert_int_equal(now->proxy[0].fd, kept);
    assert_int_equal(now->proxy[1].fd, web);
    assert_int_equal(now->web.fd, -1);
    assert_true(listeners_leave(&leaving, old, now));
    assert_int_equal(leaving.count, 1);
    assert_int_equal(listeners_fds(now, &leaving, fds), 3);
    assert_int_equal(fds[2], gone);
    assert_int_equal(listeners_fds(now, NULL, fds), 2);

    /* Back again before it is closed: the address is taken by our own hidden socket. */
    const struct config *back = configure(one, "off");
    struct listeners *again = must_go_on(now, &leaving, back);
    assert_int_not_equal(again->proxy[0].fd, gone);
    assert_true(listeners_leave(&leaving, now, again));
    assert_int_equal(leaving.count, 3);
    listeners_close(&leaving);
    assert_int_equal(leaving.count, 0);

    /* Nothing changes. */
    now = must_go_on(again, &leaving, back);
    assert_false(listeners_leave(&leaving, again, now));
    config_unref(config);
    end(now, back);
}

/* The same port of an address that holds the other: both ways, and nobody is lost. */
static void an_overlapping_address_takes_over(void **state)
{
    static const char *const hosts[] = {"127.0.0.1", "0.0.0.0", "127.0.0.1"};
    unsigned ports[1];
    char text[64];
    struct addr peer, to = loopback;
    (void)state;
    free_ports(ports, 1);
    to.port = (uint16_t)ports[0];
    const struct config *config = configure(at(text, hosts[0], ports[0]), "off");
    struct listeners *set = must_open(config, &nothing), leaving = LISTENERS_NONE;
    for (unsigned i = 1; i < 3; i++) {
        int early = sock_dial(&to), far;
        struct pollfd waiting = {.fd = set->proxy[0].fd, .events = POLLIN};
        assert_int_equal(poll(&waiting, 1, 5000), 1);
        config_unref(config);
        config = configure(at(text, hosts[i], ports[0]), "off");
        struct listeners *now = must_go_on(set, &leaving, config);
        assert_true(listeners_leave(&leaving, set, now));
        set = now;
        int late = sock_dial(&to);
        waiting.fd = set->proxy[0].fd;
        assert_int_equal(poll(&waiting, 1, 5000), 1);
        far = sock_accept(leaving.proxy[0].fd, &peer);
        assert_true(far >= 0);
        sock_close(far);
        far = sock_accept(set->proxy[0].fd, &peer);
        assert_true(far >= 0);
        sock_close(far);
        sock_close(early);
        sock_close(late);
        listeners_close(&leaving);
    }
    end(set, config);
}

/* A socket as a service manager would pass it. */
static struct service_socket passed_socket(char *name, uint16_t *port)
{
    struct sockaddr_in sin = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&sin, sizeof(sin)), 0);
    assert_int_equal(listen(fd, 8), 0);
    if (port)
        *port = port_of(fd);
    return (struct service_socket){.fd = fd, .name = name};
}

static void passed_sockets_are_what_their_names_say(void **state)
{
    unsigned ports[2];
    char one[64], web[64];
    (void)state;
    free_ports(ports, 2);
    const struct config *config =
        configure(at(one, "127.0.0.1", ports[0]), at(web, "127.0.0.1", ports[1]));
    struct service_socket list[] = {passed_socket("web", NULL), passed_socket("proxy", NULL),
                                    passed_socket("unknown", NULL)};
    const struct service_sockets passed = {.list = list, .count = 3};
    struct listeners *set = must_open(config, &passed);
    assert_int_equal(set->web.fd, list[0].fd);
    assert_int_equal(set->count, 2);
    assert_int_equal(set->proxy[0].fd, list[1].fd);
    assert_int_equal(set->proxy[1].fd, list[2].fd);

    /* They stay, whatever a reload says. */
    const struct config *other = configure(web, "off");
    struct listeners leaving = LISTENERS_NONE, *now = must_go_on(set, &leaving, other);
    assert_int_equal(now->count, 2);
    assert_int_equal(now->web.fd, list[0].fd);
    assert_false(listeners_leave(&leaving, set, now));

    /* A drain leaves them alone. */
    listeners_refuse(now);
    struct addr to = loopback;
    to.port = port_of(list[1].fd);
    int fd = sock_dial(&to);
    struct pollfd waiting = {.fd = list[1].fd, .events = POLLIN};
    assert_int_equal(poll(&waiting, 1, 5000), 1);
    sock_close(fd);
    config_unref(other);
    end(now, config);
}

static void without_names_the_address_decides(void **state)
{
    unsigned ports[1];
    char one[64], web[64];
    uint16_t port;
    (void)state;
    free_ports(ports, 1);
    struct service_socket list[] = {passed_socket("lavaproxy.socket", &port)};
    const struct service_sockets passed = {.list = list, .count = 1};
    const struct config *config =
        configure(at(one, "127.0.0.1", ports[0]), at(web, "127.0.0.1", port));
    struct listeners *set = must_open(config, &passed);
    assert_int_equal(set->web.fd, list[0].fd);
    assert_true(set->web.inherited);
    assert_int_equal(set->count, 1); /* proxy.listen, opened here */
    assert_false(set->proxy[0].inherited);
    end(set, config);
}

static void passed_sockets_that_cannot_serve(void **state)
{
    unsigned ports[1];
    char one[64];
    struct err err;
    (void)state;
    free_ports(ports, 1);
    const struct config *config = configure(at(one, "127.0.0.1", ports[0]), "off");
    struct service_socket two[] = {passed_socket("web", NULL), passed_socket("web", NULL)};
    assert_null(listeners_open(config, &(struct service_sockets){.list = two, .count = 2}, &err));
    assert_non_null(strstr(err.text, "two sockets for the web port"));
    assert_int_equal(sock_count(), 0);

    struct service_socket mute[] = {passed_socket("proxy", NULL), {.name = "proxy"}};
    mute[1].fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_null(listeners_open(config, &(struct service_sockets){.list = mute, .count = 2}, &err));
    assert_non_null(strstr(err.text, "'proxy'"));
    assert_non_null(strstr(err.text, "it does not listen"));
    assert_int_equal(sock_count(), 0);
    close(mute[1].fd);
    config_unref(config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(opens_what_is_configured),
        cmocka_unit_test(a_taken_port_opens_nothing),
        cmocka_unit_test(what_stays_keeps_its_socket),
        cmocka_unit_test(an_overlapping_address_takes_over),
        cmocka_unit_test(passed_sockets_are_what_their_names_say),
        cmocka_unit_test(without_names_the_address_decides),
        cmocka_unit_test(passed_sockets_that_cannot_serve),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
