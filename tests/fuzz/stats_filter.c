/*
 * Any bytes as a filter: what is refused says why and where within the text; what is taken gives
 * the same answer each time it is read, and asking it of connections never fails.
 */
#include "stats/filter.h"
#include "fuzz.h"

static const struct snap_backend backends[] = {{.name = "eu-a"}, {.name = "us-b"}};

static bool every_other(void *ctx, uint64_t id)
{
    (void)ctx;
    return id % 2 == 0;
}

/* A connection whose fields follow from a number, and whose name is the text itself. */
static struct snap_conn conn_of(unsigned i, const char *text)
{
    return (struct snap_conn){.id = i,
                              .client = {.family = i % 3 == 0   ? 0
                                                   : i % 3 == 1 ? 4
                                                                : 6,
                                         .bytes = {(uint8_t)(i * 40), 0, 113, (uint8_t)i}},
                              .opened_ms = i % 5 == 0 ? INT64_MAX : (int64_t)i * 1000,
                              .bytes_in = (uint64_t)i * 1000,
                              .bytes_out = UINT64_MAX / (i + 1),
                              .rate_out = (uint64_t)i * 100000,
                              .kind = (uint8_t)(i % 4),
                              .version = (uint8_t)(i % 6),
                              .backend = (uint8_t)(i % 4),
                              .user_id = i % 2 == 0 ? text : "",
                              .client_name = i % 3 == 0 ? text : "",
                              .user_agent = i % 4 == 0 ? "curl/8" : "",
                              .path = ""};
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice text = {(const char *)data, size};
    struct snap snap = {.wall_ms = 5000, .backend_count = 2, .backends = backends};
    struct filter_context context = {every_other, NULL};
    struct filter first, second;
    struct filter_error error = {0};
    char name[64];
    bool good = filter_parse(&first, text, &error);

    if (good != filter_parse(&second, text, NULL))
        abort();
    if (!good) {
        if (error.text[0] == '\0' || error.len == 0 || error.start > 2 * size)
            abort();
        return 0;
    }
    size_t len = size < sizeof(name) - 1 ? size : sizeof(name) - 1;
    memcpy(name, data, len);
    name[len] = '\0';
    for (unsigned i = 0; i < 24; i++) {
        struct snap_conn conn = conn_of(i, name);
        if (filter_match(&first, &snap, &conn, &context) !=
            filter_match(&second, &snap, &conn, &context))
            abort();
        filter_match(&first, &snap, &conn, NULL);
    }
    return 0;
}
