/*
 * The chunk decoder: arbitrary bytes give the same content and verdict however they are cut, and
 * what our own encoder makes of any content comes back.
 */
#include "http/framing.h"
#include "fuzz.h"

#define CONTENT_MAX 8000
/* Each byte a chunk of its own is the worst case. */
#define ENCODED_MAX (CONTENT_MAX * 6 + 5)

/* Sizes of pieces, from the input, over and over. */
struct cuts {
    const uint8_t *bytes;
    size_t count;
    size_t at;
};

static size_t next_size(struct cuts *cuts, size_t left)
{
    size_t size = left;

    if (cuts->count > 0)
        size = 1 + cuts->bytes[cuts->at++ % cuts->count];
    return size < left ? size : left;
}

struct walked {
    bool broken;
    bool done;
    size_t used;
    size_t len;
    char content[CONTENT_MAX];
};

static void walk(struct walked *w, const char *bytes, size_t len, struct cuts cuts)
{
    struct framing f = {.kind = FRAMING_CHUNKED};
    /* Each piece ends where the memory ends, so that a look beyond it is seen. */
    char *memory = malloc(len);

    require(memory != NULL);
    memset(w, 0, offsetof(struct walked, content));
    while (w->used < len && !f.done) {
        size_t size = next_size(&cuts, len - w->used);
        char *copy = memory + len - size;
        struct slice payload;
        ptrdiff_t used;

        memcpy(copy, bytes + w->used, size);
        used = framing_walk(&f, copy, size, &payload);
        w->broken = used < 0;
        if (!w->broken) {
            require(used > 0 && (size_t)used <= size && w->len + payload.len <= CONTENT_MAX);
            require(payload.ptr >= copy && payload.ptr + payload.len <= copy + used);
            memcpy(w->content + w->len, payload.ptr, payload.len);
            w->len += payload.len;
            w->used += (size_t)used;
        }
        if (w->broken)
            break;
    }
    w->done = f.done;
    free(memory);
}

static size_t append(char *out, size_t at, const char *bytes, size_t len)
{
    memcpy(out + at, bytes, len);
    return at + len;
}

static size_t encode(char *out, const char *content, size_t len, struct cuts cuts)
{
    size_t at = 0;
    size_t used = 0;

    while (used < len) {
        size_t size = next_size(&cuts, len - used);

        at += framing_chunk_line(out + at, size);
        at = append(out, at, content + used, size);
        at = append(out, at, "\r\n", 2);
        used += size;
    }
    return append(out, at, "0\r\n\r\n", 5);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct walked whole;
    static struct walked part;
    static char encoded[ENCODED_MAX];
    struct cuts cuts = {data, 0, 0};
    const char *bytes;
    size_t len;

    if (size < 4 || size > CONTENT_MAX)
        return 0;
    bytes = (const char *)data + 3;
    len = size - 3;
    walk(&whole, bytes, len, cuts);
    cuts.count = 3;
    walk(&part, bytes, len, cuts);
    require(whole.broken == part.broken && whole.done == part.done && whole.len == part.len);
    require(memcmp(whole.content, part.content, part.len) == 0);
    require(part.broken || whole.used == part.used);

    len = encode(encoded, bytes, size - 3, cuts);
    cuts.at = 1;
    walk(&part, encoded, len, cuts);
    require(part.done && part.used == len && part.len == size - 3);
    require(memcmp(part.content, bytes, part.len) == 0);
    return 0;
}
