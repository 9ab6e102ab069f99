/*
 * lavanode: a scripted Lavalink node as a program, for tests and the benchmark.
 */
#include <ev.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/human.h"
#include "demo/node.h"
#include "net/sock.h"

enum { EXIT_GOOD = 0, EXIT_RUN = 1, EXIT_USAGE = 2 };

static const char usage[] =
    "usage: lavanode [--version 3|4] [--listen 127.0.0.1:0] [--password youshallnotpass]\n"
    "                [--stats-interval 60] [--player-update 5] [--idle 60] [--seed N]\n"
    "                [--search-time 0] [--patch-time 0] [--voice-time 0] [--start-time 0]\n"
    "                [--fail MODE] [--needs-channel] [--quiet]\n"
    "Prints `listening ADDRESS` once it is ready; SIGTERM or SIGINT ends it.\n"
    "MODE: silent close reset garbage lengths smuggle chunk cut extra unasked101 interim\n"
    "bighead refusews. Times are seconds, or take ms s m h.\n";

struct settings {
    struct node_options node;
    bool quiet;
};

static bool parse_listen(struct slice text, struct addr *addr)
{
    struct slice host;
    uint16_t port = 0;
    bool any_port = text.len > 2 && text.ptr[text.len - 2] == ':' && text.ptr[text.len - 1] == '0';

    /* Port 0, the kernel's choice, is no port to addr_split. */
    if (any_port) {
        host = (struct slice){text.ptr, text.len - 2};
        if (host.len > 2 && host.ptr[0] == '[' && host.ptr[host.len - 1] == ']')
            host = (struct slice){host.ptr + 1, host.len - 2};
    } else if (!addr_split(text, &host, &port)) {
        return false;
    }
    if (!addr_parse(host, addr))
        return false;
    addr->port = port;
    return true;
}

/* How long searches and so on take: exactly that. */
static bool parse_span(struct node_pace *pace, const char *name, struct slice value)
{
    const struct {
        const char *name;
        struct node_span *span;
    } spans[] = {{"--search-time", &pace->search},
                 {"--patch-time", &pace->patch},
                 {"--voice-time", &pace->voice},
                 {"--start-time", &pace->start}};
    struct err err;
    double seconds;

    for (unsigned i = 0; i < sizeof spans / sizeof *spans; i++) {
        if (strcmp(name, spans[i].name) != 0)
            continue;
        if (human_parse_duration(value, &seconds, &err) < 0 || seconds < 0)
            return false;
        *spans[i].span = (struct node_span){seconds, seconds};
        return true;
    }
    return false;
}

static bool parse_option(struct settings *to, const char *name, struct slice value)
{
    struct err err;
    uint64_t number;

    if (strcmp(name, "--version") == 0) {
        to->node.version = slice_equal(value, SLICE("3")) ? 3 : 4;
        return to->node.version == 3 || slice_equal(value, SLICE("4"));
    }
    if (strcmp(name, "--listen") == 0)
        return parse_listen(value, &to->node.listen);
    if (strcmp(name, "--password") == 0) {
        to->node.password = value.ptr;
        return true;
    }
    if (strcmp(name, "--stats-interval") == 0)
        return human_parse_duration(value, &to->node.stats_interval, &err) == 0 &&
               to->node.stats_interval > 0;
    if (strcmp(name, "--player-update") == 0)
        return human_parse_duration(value, &to->node.player_update, &err) == 0 &&
               to->node.player_update > 0;
    if (strcmp(name, "--idle") == 0)
        return human_parse_duration(value, &to->node.idle, &err) == 0;
    if (strcmp(name, "--seed") == 0) {
        if (!slice_to_u64(value, &number))
            return false;
        to->node.seed = number;
        return true;
    }
    if (parse_span(&to->node.pace, name, value))
        return true;
    return strcmp(name, "--fail") == 0 && node_fail_parse(value, &to->node.fail);
}

/* 0 to go on, or an exit status. */
static int parse_arguments(struct settings *to, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            fputs(usage, stdout);
            exit(EXIT_GOOD);
        }
        if (strcmp(argv[i], "--quiet") == 0) {
            to->quiet = true;
            continue;
        }
        if (strcmp(argv[i], "--needs-channel") == 0) {
            to->node.needs_channel = true;
            continue;
        }
        if (i + 1 == argc || !parse_option(to, argv[i], slice_of(argv[i + 1]))) {
            fprintf(stderr, "lavanode: %s: unknown, or its value is wrong\n%s", argv[i], usage);
            return EXIT_USAGE;
        }
        i++;
    }
    return 0;
}

static void on_signal(struct ev_loop *loop, ev_signal *signal, int events)
{
    (void)signal;
    (void)events;
    ev_break(loop, EVBREAK_ALL);
}

static void say_ready(const struct settings *settings, const struct node *node)
{
    struct addr addr = settings->node.listen;
    char text[ADDR_TEXT_MAX];

    addr.port = node_port(node);
    printf("listening %s\n", addr_text(text, &addr, true));
    fflush(stdout);
    if (!settings->quiet)
        fprintf(stderr, "lavanode: Lavalink v%u, SIGTERM ends it\n", settings->node.version);
}

int main(int argc, char **argv)
{
    struct settings settings = {.quiet = false};
    struct err err = {.text = ""};
    struct ev_loop *loop;
    struct node *node;
    ev_signal term, interrupt;
    int status;

    node_defaults(&settings.node);
    status = parse_arguments(&settings, argc, argv);
    if (status != 0)
        return status;
    signal(SIGPIPE, SIG_IGN);
    sock_raise_limit();
    loop = ev_default_loop(0);
    node = loop != NULL ? node_new(loop, &settings.node, &err) : NULL;
    if (node == NULL) {
        fprintf(stderr, "lavanode: %s\n", loop != NULL ? err.text : "no event loop");
        return EXIT_RUN;
    }
    ev_signal_init(&term, on_signal, SIGTERM);
    ev_signal_init(&interrupt, on_signal, SIGINT);
    ev_signal_start(loop, &term);
    ev_signal_start(loop, &interrupt);
    say_ready(&settings, node);
    ev_run(loop, 0);
    node_free(node);
    ev_loop_destroy(loop);
    return EXIT_GOOD;
}
