/*
 * Rewriting arbitrary accepted heads: what comes out passes the check and http_parser, means the
 * same body, holds nothing of the client's that must not pass, and does not change any more.
 */
#include "http/rewrite.h"
#include "http/route.h"
#include "fuzz.h"

/* Room for the fields we add to the largest head. */
#define OUT_MAX (2 * HEAD_BYTES_MAX)

static bool read_request(struct head *head, struct framing *framing, struct slice bytes)
{
    return head_request(head, bytes.ptr, bytes.len) == HEAD_OK &&
           framing_request(framing, head, bytes.ptr) == 0;
}

static bool read_response(struct head *head, struct framing *framing, struct slice bytes,
                          bool to_head)
{
    return head_response(head, bytes.ptr, bytes.len) == HEAD_OK &&
           framing_response(framing, head, bytes.ptr, to_head) == 0;
}

static void require_same_body(const struct framing *a, const struct framing *b)
{
    require(a->kind == b->kind && a->left == b->left && a->done == b->done);
}

static void run_request(struct slice bytes, unsigned flags)
{
    static struct head head;
    static struct head again;
    static char first[OUT_MAX];
    static char second[OUT_MAX];
    struct framing framing;
    struct framing framing_again;
    struct route route;
    struct str out;
    struct rewrite_request how = {.password = SLICE("secret"),
                                  .peer = SLICE("2001:db8::1"),
                                  .append_forwarded = (flags & 1) != 0,
                                  .framing = &framing};

    if (!read_request(&head, &framing, bytes))
        return;
    route_request(&route, &head, 4);
    how.websocket = route.websocket;
    str_fixed(&out, first, sizeof(first));
    rewrite_request(&out, &head, &how);
    require(!out.cut);
    /* Our own fields may push a head over the limits; the backend has limits of its own. */
    if (out.len > HEAD_BYTES_MAX || head.count > HEAD_HEADERS_MAX - 6)
        return;
    require(read_request(&again, &framing_again, str_slice(&out)) && again.length == out.len);
    require_same_body(&framing, &framing_again);
    require(slice_equal(again.method, head.method) && slice_equal(again.target, head.target));
    require(slice_equal(head_value(&again, HEADER_AUTHORIZATION), how.password));
    require(again.connection_upgrade == how.websocket && !again.connection_names);
    require(again.index[HEADER_SEC_WEBSOCKET_EXTENSIONS] == 0 && again.index[HEADER_TE] == 0);
    require(head.index[HEADER_USER_ID] == 0 || again.index[HEADER_USER_ID] != 0);
    how.append_forwarded = false;
    how.framing = &framing_again;
    if ((flags & 1) == 0) {
        str_fixed(&out, second, sizeof(second));
        rewrite_request(&out, &again, &how);
        require(strcmp(first, second) == 0);
    }
}

static void run_response(struct slice bytes, unsigned flags)
{
    static struct head head;
    static struct head again;
    static char first[OUT_MAX];
    struct framing framing;
    struct framing framing_again;
    struct str out;
    bool to_head = (flags & 2) != 0;
    struct rewrite_response how = {
        .close = (flags & 4) != 0, .client_http10 = (flags & 8) != 0, .framing = &framing};

    if (!read_response(&head, &framing, bytes, to_head))
        return;
    how.websocket = head.status == 101 && head.index[HEADER_UPGRADE] != 0;
    how.interim = head.status < 200 && !how.websocket;
    str_fixed(&out, first, sizeof(first));
    rewrite_response(&out, &head, &how);
    require(!out.cut);
    if (out.len > HEAD_BYTES_MAX || head.count > HEAD_HEADERS_MAX - 3)
        return;
    require(read_response(&again, &framing_again, str_slice(&out), to_head));
    require(again.length == out.len && again.status == head.status);
    if (framing.kind == FRAMING_CHUNKED && how.client_http10)
        require(framing_again.kind == FRAMING_UNTIL_CLOSE && again.connection_close);
    else
        require_same_body(&framing, &framing_again);
    if (framing_again.kind == FRAMING_UNTIL_CLOSE)
        require(again.connection_close && !again.connection_keep_alive);
    require(again.connection_upgrade == how.websocket && !again.connection_names);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    run_request((struct slice){(const char *)data + 1, size - 1}, data[0]);
    run_response((struct slice){(const char *)data + 1, size - 1}, data[0]);
    return 0;
}
