/*
 * The head check on arbitrary bytes, as a request and as a response: every slice lies inside the
 * head, and the same bytes cut short give the same refusal or ask for more.
 */
#include "http/framing.h"
#include "http/head.h"
#include "fuzz.h"

typedef enum head_result check(struct head *, const char *, size_t);

static bool inside(struct slice slice, const char *bytes, size_t length)
{
    return slice.ptr >= bytes && slice.ptr + slice.len <= bytes + length;
}

static void check_accepted(const struct head *head, const char *bytes, size_t len)
{
    require(head->length <= len && head->length <= HEAD_BYTES_MAX && head->reason == NULL);
    require(memcmp(bytes + head->length - 4, "\r\n\r\n", 4) == 0);
    require(head->count <= HEAD_HEADERS_MAX && !(head->chunked && head->has_length));
    for (unsigned i = 0; i < head->count; i++) {
        const struct header *header = &head->headers[i];

        require(inside(header->name, bytes, head->length) && header->name.len > 0);
        require(inside(header->value, bytes, head->length));
        require(memchr(header->value.ptr, '\0', header->value.len) == NULL);
        require(memchr(header->value.ptr, '\n', header->value.len) == NULL);
        require(header->id == HEADER_OTHER || head->index[header->id] > i);
    }
}

/* A cut copy, so that a look beyond the cut is seen. */
static enum head_result read_cut(check *read, struct head *head, const char *bytes, size_t cut)
{
    char *copy = malloc(cut + 1);
    enum head_result result;

    require(copy != NULL);
    memcpy(copy, bytes, cut);
    result = read(head, copy, cut);
    free(copy);
    return result;
}

static void run(check *read, const char *bytes, size_t len, size_t cut)
{
    static struct head head;
    static struct head part;
    enum head_result result = read(&head, bytes, len);
    enum head_result early;
    struct framing framing;

    if (result == HEAD_OK) {
        check_accepted(&head, bytes, len);
        if (read == head_request) {
            require(inside(head.method, bytes, head.length));
            require(inside(head.target, bytes, head.length));
            require(head.minor == 0 || head.index[HEADER_HOST] != 0);
            framing_request(&framing, &head, bytes);
        } else {
            framing_response(&framing, &head, bytes, false);
        }
        early = read_cut(read, &part, bytes, head.length - 1);
        require(early == HEAD_MORE);
        require(read_cut(read, &part, bytes, head.length) == HEAD_OK);
        require(part.length == head.length && part.count == head.count);
    }
    early = read_cut(read, &part, bytes, cut);
    if (early == HEAD_OK)
        require(result == HEAD_OK && part.length == head.length);
    else if (early != HEAD_MORE)
        require(early == result && part.reason == head.reason);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t cut;

    if (size < 2)
        return 0;
    cut = (size_t)(data[0] << 8 | data[1]) % (size - 1);
    run(head_request, (const char *)data + 2, size - 2, cut);
    run(head_response, (const char *)data + 2, size - 2, cut);
    return 0;
}
