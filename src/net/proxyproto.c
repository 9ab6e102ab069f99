/*
 * Reads the PROXY protocol as a receiver: version 1 is one line of text, version 2 a binary header
 * of fixed shape. Anything not exactly as specified is refused, since a header read wrongly would
 * put a false address into the books.
 */
#include "net/proxyproto.h"

#include <string.h>

#define V1_MAX 107 /* with CR LF, from the specification */
#define V2_FIXED 16
#define V2_SIGNATURE_LEN 12

static const char v1_prefix[] = "PROXY ";
static const char v2_signature[] = "\r\n\r\n\0\r\nQUIT\n";

/* Digits without leading zeros, at most 65535. */
static bool read_port(struct slice text, uint16_t *port)
{
    uint64_t value;
    if (text.len == 0 || text.len > 5 || (text.len > 1 && text.ptr[0] == '0') ||
        !slice_to_u64(text, &value) || value > UINT16_MAX)
        return false;
    *port = (uint16_t)value;
    return true;
}

/* Cuts a field that is ended by exactly one space off the front. */
static bool next_field(struct slice *rest, struct slice *field)
{
    size_t end = slice_find(*rest, ' ');
    if (end == 0 || end == rest->len)
        return false;
    *field = (struct slice){rest->ptr, end};
    rest->ptr += end + 1;
    rest->len -= end + 1;
    return true;
}

static bool literal_of(struct slice text, bool v6, struct addr *addr)
{
    bool has_colon = slice_find(text, ':') < text.len;
    return has_colon == v6 && addr_parse(text, addr);
}

/* The line after "PROXY " and without its CR LF. */
static bool read_v1_line(struct slice line, struct addr *client)
{
    struct slice family, source, target, source_port;
    struct addr from, to;
    uint16_t port, to_port;

    if (slice_equal(line, SLICE("UNKNOWN")) || slice_starts(line, SLICE("UNKNOWN ")))
        return true;
    if (!next_field(&line, &family))
        return false;
    bool v6 = slice_equal(family, SLICE("TCP6"));
    if (!v6 && !slice_equal(family, SLICE("TCP4")))
        return false;
    if (!next_field(&line, &source) || !next_field(&line, &target) ||
        !next_field(&line, &source_port))
        return false;
    if (!literal_of(source, v6, &from) || !literal_of(target, v6, &to) ||
        !read_port(source_port, &port) || !read_port(line, &to_port))
        return false;
    *client = from;
    client->port = port;
    return true;
}

static enum proxyproto_result read_v1(const char *bytes, size_t len, size_t *used,
                                      struct addr *client)
{
    size_t room = len < V1_MAX ? len : V1_MAX;
    const char *end = memchr(bytes, '\n', room);
    if (!end)
        return len < V1_MAX ? PROXYPROTO_MORE : PROXYPROTO_BAD;
    size_t total = (size_t)(end - bytes) + 1, skip = sizeof(v1_prefix) - 1;
    if (total < skip + 2 || end[-1] != '\r')
        return PROXYPROTO_BAD;
    if (!read_v1_line((struct slice){bytes + skip, total - skip - 2}, client))
        return PROXYPROTO_BAD;
    *used = total;
    return PROXYPROTO_OK;
}

static uint16_t read_u16(const char *bytes)
{
    return (uint16_t)((uint8_t)bytes[0] << 8 | (uint8_t)bytes[1]);
}

static enum proxyproto_result read_v2(const char *bytes, size_t len, size_t *used,
                                      struct addr *client)
{
    if (len < V2_FIXED)
        return PROXYPROTO_MORE;
    uint8_t version = (uint8_t)bytes[12] >> 4, command = bytes[12] & 0x0f;
    uint8_t family = (uint8_t)bytes[13] >> 4, transport = bytes[13] & 0x0f;
    size_t behind = read_u16(bytes + 14);

    if (version != 2 || command > 1 || family > 3 || transport > 2)
        return PROXYPROTO_BAD;
    if (V2_FIXED + behind > PROXYPROTO_MAX)
        return PROXYPROTO_BAD;
    if (len < V2_FIXED + behind)
        return PROXYPROTO_MORE;

    const char *body = bytes + V2_FIXED;
    if (command == 1 && transport == 1 && family == 1) {
        if (behind < 12)
            return PROXYPROTO_BAD;
        client->family = 4;
        memcpy(client->bytes, body, 4);
        client->port = read_u16(body + 8);
    } else if (command == 1 && transport == 1 && family == 2) {
        if (behind < 36)
            return PROXYPROTO_BAD;
        struct sockaddr_storage sa;
        client->family = 6;
        memcpy(client->bytes, body, 16);
        client->port = read_u16(body + 32);
        /* Through the socket form, which folds mapped addresses. */
        addr_to_sockaddr(client, &sa);
        addr_from_sockaddr(client, (struct sockaddr *)&sa);
    }
    /* LOCAL, UNSPEC, UNIX and datagrams carry no address of a TCP peer: the specification says to
     * take the connection's own. */
    *used = V2_FIXED + behind;
    return PROXYPROTO_OK;
}

static bool begins(const char *bytes, size_t len, const char *prefix, size_t prefix_len)
{
    return memcmp(bytes, prefix, len < prefix_len ? len : prefix_len) == 0;
}

enum proxyproto_result proxyproto_read(const char *bytes, size_t len, size_t *used,
                                       struct addr *client)
{
    *used = 0;
    memset(client, 0, sizeof(*client));
    if (len == 0)
        return PROXYPROTO_MORE;
    if (begins(bytes, len, v2_signature, V2_SIGNATURE_LEN))
        return len < V2_SIGNATURE_LEN ? PROXYPROTO_MORE : read_v2(bytes, len, used, client);
    if (begins(bytes, len, v1_prefix, sizeof(v1_prefix) - 1))
        return len < sizeof(v1_prefix) - 1 ? PROXYPROTO_MORE : read_v1(bytes, len, used, client);
    return PROXYPROTO_BAD;
}

int proxyproto_looks_like(const char *bytes, size_t len)
{
    /* The first five bytes of the signature are two empty lines and a NUL, which no HTTP client
     * sends; fewer could still be empty lines before a request. */
    if (len >= 5 && begins(bytes, len, v2_signature, V2_SIGNATURE_LEN))
        return 1;
    return len >= sizeof(v1_prefix) - 1 && begins(bytes, len, v1_prefix, sizeof(v1_prefix) - 1);
}
