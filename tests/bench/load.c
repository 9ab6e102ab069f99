/*
 * The benchmark's load: one thread, one epoll, one kind of work a run. Prints one line of JSON.
 *
 *   load rest  PORT CONNS SECONDS [PATH]  keep-alive GETs, one at a time on each connection
 *   load close PORT CONNS SECONDS [PATH]  a new connection for each GET
 *   load rate  PORT CONNS SECONDS RPS     GETs due at fixed times; latency counts from then
 *   load echo  PORT CONNS SECONDS         WebSocket frames of 200 B, the next when the last came
 *   load read  PORT CONNS SECONDS QUERY   WebSocket that only reads (push=5,300 or bulk=...)
 *   load idle  PORT CONNS 0               WebSockets that do nothing until standard input ends
 *   load burst PORT COUNT 0               COUNT short connections, 32 at a time
 *
 * read and idle say "ready" once all sockets stand.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define LATENCIES_MAX 4000000
#define FRAME 200

enum mode { REST, CLOSE, RATE, ECHO, READ, IDLE, BURST };
static const char *const mode_names[] = {"rest", "close", "rate", "echo", "read", "idle", "burst"};

struct peer {
    int fd;
    bool open; /* WebSocket: the 101 has come */
    bool busy;
    double due;   /* when the request under way was due */
    size_t got;   /* bytes of the answer so far */
    size_t total; /* bytes the answer has; 0 while its head is incomplete */
    char head[1024];
    size_t head_len;
};

struct load {
    enum mode mode;
    int poll;
    struct sockaddr_in to;
    struct peer *peers;
    int count;
    char request[512];
    size_t request_len;
    char frame[FRAME + 8];
    uint64_t done, errors, bytes;
    int64_t to_start; /* connections still to be made (BURST) */
    int open;
    float *latencies;
    size_t latency_count;
    double interval, next_due;
};

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static void peer_connect(struct load *load, struct peer *peer)
{
    int one = 1;
    peer->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (peer->fd < 0)
        fail("socket");
    /* A blocking connect on loopback is over at once and keeps the work of both sides in step. */
    if (connect(peer->fd, (const struct sockaddr *)&load->to, sizeof load->to) != 0)
        fail("connect");
    setsockopt(peer->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    fcntl(peer->fd, F_SETFL, O_NONBLOCK);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = peer};
    if (epoll_ctl(load->poll, EPOLL_CTL_ADD, peer->fd, &event) != 0)
        fail("epoll_ctl");
    peer->open = false;
    peer->got = peer->total = peer->head_len = 0;
}

static void peer_send(struct load *load, struct peer *peer, const char *bytes, size_t len)
{
    if (send(peer->fd, bytes, len, MSG_NOSIGNAL) != (ssize_t)len)
        load->errors++;
}

static void peer_ask(struct load *load, struct peer *peer, double due)
{
    peer->busy = true;
    peer->due = due;
    peer->got = peer->total = peer->head_len = 0;
    peer_send(load, peer, load->request, load->request_len);
}

static void latency(struct load *load, double seconds)
{
    if (load->latency_count < LATENCIES_MAX)
        load->latencies[load->latency_count++] = (float)seconds;
}

static void peer_again(struct load *load, struct peer *peer)
{
    double t = now();
    load->done++;
    latency(load, t - peer->due);
    peer->busy = false;
    if (load->mode == REST) {
        peer_ask(load, peer, t);
    } else if (load->mode == CLOSE || load->mode == BURST) {
        close(peer->fd);
        load->open--;
        if (load->mode == BURST && load->to_start-- <= 0)
            return;
        load->open++;
        peer_connect(load, peer);
        peer_ask(load, peer, now());
    }
}

/* Bytes of a REST answer: the head tells how long it is. */
static void on_answer(struct load *load, struct peer *peer, const char *bytes, size_t len)
{
    if (peer->total == 0) {
        size_t room = sizeof peer->head - 1 - peer->head_len;
        size_t part = len < room ? len : room;
        memcpy(peer->head + peer->head_len, bytes, part);
        peer->head_len += part;
        peer->head[peer->head_len] = '\0';
        const char *end = strstr(peer->head, "\r\n\r\n");
        const char *length = strcasestr(peer->head, "content-length:");
        if (end != NULL && length != NULL)
            peer->total = (size_t)(end + 4 - peer->head) + strtoul(length + 15, NULL, 10);
        if (end != NULL && memcmp(peer->head, "HTTP/1.1 200", 12) != 0)
            load->errors++;
    }
    peer->got += len;
    if (peer->total != 0 && peer->got >= peer->total)
        peer_again(load, peer);
}

/* Bytes of a WebSocket: first the 101, then frames. */
static void on_frames(struct load *load, struct peer *peer, const char *bytes, size_t len)
{
    if (!peer->open) {
        const char *end = memmem(bytes, len, "\r\n\r\n", 4);
        if (end == NULL || memcmp(bytes, "HTTP/1.1 101", 12) != 0) {
            load->errors++;
            return;
        }
        peer->open = true;
        load->open++;
        len -= (size_t)(end + 4 - bytes);
        if (load->mode == ECHO) {
            peer->due = now();
            peer_send(load, peer, load->frame, sizeof load->frame);
            return;
        }
    }
    peer->got += len;
    /* What the node sends of itself first (ready, stats) is not in step with frames of 200 B: count
     * whole echoes. */
    while (load->mode == ECHO && peer->got >= FRAME + 4) {
        peer->got -= FRAME + 4;
        double t = now();
        load->done++;
        latency(load, t - peer->due);
        peer->due = t;
        peer_send(load, peer, load->frame, sizeof load->frame);
    }
}

static void on_event(struct load *load, struct peer *peer)
{
    static char buffer[262144];
    ssize_t got = recv(peer->fd, buffer, sizeof buffer, 0);
    if (got < 0 && errno == EAGAIN)
        return;
    if (got <= 0) {
        load->errors++;
        epoll_ctl(load->poll, EPOLL_CTL_DEL, peer->fd, NULL);
        return;
    }
    load->bytes += (uint64_t)got;
    if (load->mode == ECHO || load->mode == READ || load->mode == IDLE)
        on_frames(load, peer, buffer, (size_t)got);
    else
        on_answer(load, peer, buffer, (size_t)got);
}

/* RATE: sends what is due on idle connections; what finds none is late and its latency says so. */
static void send_due(struct load *load, double t)
{
    for (int i = 0; i < load->count && load->next_due <= t; i++) {
        if (load->peers[i].busy)
            continue;
        peer_ask(load, &load->peers[i], load->next_due);
        load->next_due += load->interval;
    }
}

static void prepare(struct load *load, const char *path, const char *query)
{
    bool websocket = load->mode == ECHO || load->mode == READ || load->mode == IDLE;
    int len;
    if (websocket)
        len =
            snprintf(load->request, sizeof load->request,
                     "GET /v4/websocket%s HTTP/1.1\r\nHost: bench\r\nAuthorization: bench\r\n"
                     "User-Id: 123456789012345678\r\nClient-Name: bench/1\r\nUpgrade: websocket\r\n"
                     "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                     "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
                     query);
    else
        len = snprintf(load->request, sizeof load->request,
                       "GET %s HTTP/1.1\r\nHost: bench\r\n"
                       "Authorization: bench\r\nUser-Agent: bench/1\r\nAccept: */*\r\n%s\r\n",
                       path,
                       load->mode == CLOSE || load->mode == BURST ? "Connection: close\r\n" : "");
    load->request_len = (size_t)len;
    /* A masked binary frame of 200 B; a mask of zeros leaves the payload as it is. */
    load->frame[0] = (char)0x82;
    load->frame[1] = (char)(0x80 | 126);
    load->frame[2] = 0;
    load->frame[3] = (char)FRAME;
    memset(load->frame + 4, 0, 4);
    memset(load->frame + 8, 'x', FRAME);
}

static void start(struct load *load)
{
    for (int i = 0; i < load->count; i++) {
        struct peer *peer = &load->peers[i];
        peer_connect(load, peer);
        if (load->mode == RATE)
            continue;
        peer_ask(load, peer, now());
        if (load->mode == CLOSE || load->mode == BURST)
            load->open++;
        /* Handshakes are taken in as they are made: thousands at once would be a test of the accept
         * queue. */
        if (load->mode == ECHO || load->mode == READ || load->mode == IDLE) {
            struct epoll_event event;
            while (!peer->open && load->errors == 0 && epoll_wait(load->poll, &event, 1, 5000) == 1)
                on_event(load, event.data.ptr);
        }
    }
}

static int by_size(const void *a, const void *b)
{
    float x = *(const float *)a;
    float y = *(const float *)b;
    return (x > y) - (x < y);
}

static double quantile(const struct load *load, double q)
{
    if (load->latency_count == 0)
        return 0;
    return 1e6 * (double)load->latencies[(size_t)(q * (double)(load->latency_count - 1))];
}

static void run(struct load *load, double seconds)
{
    struct epoll_event events[256];
    double end = now() + seconds;
    for (;;) {
        double t = now();
        if (load->mode == BURST ? load->open == 0 : t >= end)
            return;
        int wait = 100;
        if (load->mode == RATE) {
            send_due(load, t);
            double left = (load->next_due - now()) * 1000.0;
            wait = left <= 0 ? 0 : (int)left;
        }
        int ready = epoll_wait(load->poll, events, 256, wait);
        for (int i = 0; i < ready; i++)
            on_event(load, events[i].data.ptr);
    }
}

int main(int argc, char **argv)
{
    static struct load load;
    struct rlimit limit;
    if (argc < 5) {
        fprintf(stderr, "usage: load MODE PORT CONNS SECONDS [RPS, QUERY or PATH]\n");
        return 2;
    }
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    while (load.mode < BURST && strcmp(mode_names[load.mode], argv[1]) != 0)
        load.mode++;
    load.to.sin_family = AF_INET;
    load.to.sin_port = htons((uint16_t)strtoul(argv[2], NULL, 10));
    load.to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    load.count = (int)strtol(argv[3], NULL, 10);
    if (load.mode == BURST) {
        load.to_start = load.count - 32;
        load.count = 32;
    }
    double seconds = strtod(argv[4], NULL);
    const char *extra = argc > 5 ? argv[5] : "";
    bool has_path = *extra != '\0' && (load.mode == REST || load.mode == CLOSE);
    const char *path = has_path ? extra : "/v4/loadtracks?identifier=bench:2048";
    char query[128];
    snprintf(query, sizeof query, "%s%s", load.mode == ECHO || *extra != '\0' ? "?" : "",
             load.mode == ECHO ? "echo" : extra);
    if (load.mode == RATE)
        load.interval = 1.0 / strtod(extra, NULL);
    load.poll = epoll_create1(EPOLL_CLOEXEC);
    load.peers = calloc((size_t)load.count, sizeof *load.peers);
    load.latencies = malloc(LATENCIES_MAX * sizeof *load.latencies);
    if (load.peers == NULL || load.latencies == NULL || load.poll < 0)
        fail("start");
    prepare(&load, path, query);
    start(&load);
    if (load.mode == IDLE || load.mode == READ) {
        printf("ready\n");
        fflush(stdout);
    }
    load.next_due = now();
    if (load.mode == IDLE)
        while (getchar() != EOF)
            ;
    else
        run(&load, seconds);
    qsort(load.latencies, load.latency_count, sizeof *load.latencies, by_size);
    printf(
        "{\"done\": %llu, \"errors\": %llu, \"bytes\": %llu, \"p50_us\": %.1f, \"p99_us\": %.1f}\n",
        (unsigned long long)load.done, (unsigned long long)load.errors,
        (unsigned long long)load.bytes, quantile(&load, 0.5), quantile(&load, 0.99));
    free(load.peers);
    free(load.latencies);
    return 0;
}
