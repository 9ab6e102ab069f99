/*
 * Message framing. The length of a body comes from our own checked head, and http_parser has to
 * read the same out of the same bytes. The chunk decoder is ours, because the packaged http_parser
 * takes junk for CRLF behind a chunk and LF inside an extension.
 */
#include "http/framing.h"

#include <assert.h>
#include <http_parser.h>
#include <string.h>

#define CHUNK_DIGITS_MAX 15
#define CHUNK_LINE_MAX 4096
#define TRAILERS_MAX 8192

enum chunk_state {
    CHUNK_SIZE, /* digits of a size line */
    CHUNK_EXTENSION,
    CHUNK_SIZE_LF,
    CHUNK_DATA,
    CHUNK_DATA_CR,
    CHUNK_DATA_LF,
    CHUNK_TRAILER, /* at the start of a trailer line or of the last, empty line */
    CHUNK_TRAILER_REST,
    CHUNK_TRAILER_LF,
    CHUNK_LAST_LF,
    CHUNK_BROKEN,
};

/* Stops http_parser behind the head, so that it tells where it saw the end. */
static int at_headers_complete(http_parser *parser)
{
    bool *complete = parser->data;

    *complete = true;
    return 2;
}

/* Shows http_parser what frames the message: the start line and the headers that have a say. The
 * other headers have been through the strict check, cannot change where the body ends, and would be
 * most of the work. */
static bool show_framing(http_parser *parser, const http_parser_settings *settings,
                         const struct head *head, const char *bytes)
{
    const char *line_end = memchr(bytes, '\n', head->length);
    size_t len = (size_t)(line_end + 1 - bytes);

    if (len == 2) { /* the empty line that may stand before a request */
        line_end = memchr(line_end + 1, '\n', head->length - len);
        len = (size_t)(line_end + 1 - bytes);
    }
    if (http_parser_execute(parser, settings, bytes, len) != len)
        return false;
    for (unsigned i = 0; i < head->count; i++) {
        const struct header *header = &head->headers[i];

        if (header->id != HEADER_CONTENT_LENGTH && header->id != HEADER_TRANSFER_ENCODING &&
            header->id != HEADER_CONNECTION && header->id != HEADER_UPGRADE)
            continue;
        len = (size_t)(header->value.ptr + header->value.len - header->name.ptr);
        if (http_parser_execute(parser, settings, header->name.ptr, len) != len ||
            http_parser_execute(parser, settings, "\r\n", 2) != 2)
            return false;
    }
    return http_parser_execute(parser, settings, bytes + head->length - 2, 2) == 2;
}

/* Whether http_parser reads the framing as we did. */
static bool agreed(const struct head *head, const char *bytes, enum http_parser_type type)
{
    static const http_parser_settings settings = {.on_headers_complete = at_headers_complete};
    bool complete = false;
    http_parser parser;

    http_parser_init(&parser, type);
    parser.data = &complete;
    if (!show_framing(&parser, &settings, head, bytes) || HTTP_PARSER_ERRNO(&parser) != HPE_OK ||
        !complete)
        return false;
    if (parser.http_major != 1 || parser.http_minor != head->minor)
        return false;
    if (((parser.flags & F_CHUNKED) != 0) != head->chunked ||
        ((parser.flags & F_CONTENTLENGTH) != 0) != head->has_length)
        return false;
    if (head->has_length && parser.content_length != head->content_length)
        return false;
    if (type == HTTP_RESPONSE)
        return parser.status_code == head->status;
    return slice_equal(slice_of(http_method_str((enum http_method)parser.method)), head->method);
}

static void begin(struct framing *f, const struct head *head, enum framing_kind otherwise)
{
    memset(f, 0, sizeof(*f));
    f->kind = head->chunked ? FRAMING_CHUNKED : head->has_length ? FRAMING_LENGTH : otherwise;
    if (f->kind == FRAMING_LENGTH)
        f->left = head->content_length;
    f->done = f->kind == FRAMING_NONE || (f->kind == FRAMING_LENGTH && f->left == 0);
}

int framing_request(struct framing *f, const struct head *head, const char *bytes)
{
    begin(f, head, FRAMING_NONE);
    return agreed(head, bytes, HTTP_REQUEST) ? 0 : -1;
}

int framing_response(struct framing *f, const struct head *head, const char *bytes, bool to_head)
{
    begin(f, head, FRAMING_UNTIL_CLOSE);
    if (to_head || head->status < 200 || head->status == 204 || head->status == 304)
        *f = (struct framing){.kind = FRAMING_NONE, .done = true};
    return agreed(head, bytes, HTTP_RESPONSE) ? 0 : -1;
}

static int hex_digit(char byte)
{
    if (byte >= '0' && byte <= '9')
        return byte - '0';
    if ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'f')
        return (byte | 0x20) - 'a' + 10;
    return -1;
}

static bool is_visible(char byte)
{
    return byte > ' ' && byte < 0x7f;
}

/* In a trailer line; its content is dropped, so only its end has to be beyond doubt. */
static bool is_trailer_text(char byte)
{
    return (unsigned char)byte >= ' ' ? byte != 0x7f : byte == '\t';
}

static unsigned step_size(struct framing *f, char byte)
{
    int digit = hex_digit(byte);

    if (digit >= 0) {
        if (f->line == CHUNK_DIGITS_MAX)
            return CHUNK_BROKEN;
        f->left = f->left * 16 + (unsigned)digit;
        f->line++;
        return CHUNK_SIZE;
    }
    if (f->line == 0)
        return CHUNK_BROKEN;
    f->line++;
    if (byte == ';')
        return CHUNK_EXTENSION;
    return byte == '\r' ? CHUNK_SIZE_LF : CHUNK_BROKEN;
}

static unsigned step_line_end(struct framing *f, char byte)
{
    f->line = 0;
    if (byte != '\n')
        return CHUNK_BROKEN;
    return f->left > 0 ? CHUNK_DATA : CHUNK_TRAILER;
}

static unsigned step_trailer(struct framing *f, char byte)
{
    if (++f->line > TRAILERS_MAX)
        return CHUNK_BROKEN;
    switch (f->state) {
    case CHUNK_TRAILER:
        if (byte == '\r')
            return CHUNK_LAST_LF;
        return is_visible(byte) && byte != ':' ? CHUNK_TRAILER_REST : CHUNK_BROKEN;
    case CHUNK_TRAILER_REST:
        if (byte == '\r')
            return CHUNK_TRAILER_LF;
        return is_trailer_text(byte) ? CHUNK_TRAILER_REST : CHUNK_BROKEN;
    case CHUNK_TRAILER_LF:
        return byte == '\n' ? CHUNK_TRAILER : CHUNK_BROKEN;
    default:
        f->done = byte == '\n';
        return f->done ? CHUNK_LAST_LF : CHUNK_BROKEN;
    }
}

/* One byte of anything but chunk data. */
static unsigned step(struct framing *f, char byte)
{
    switch (f->state) {
    case CHUNK_SIZE:
        return step_size(f, byte);
    case CHUNK_EXTENSION:
        if (++f->line > CHUNK_LINE_MAX)
            return CHUNK_BROKEN;
        if (byte == '\r')
            return CHUNK_SIZE_LF;
        return is_visible(byte) ? CHUNK_EXTENSION : CHUNK_BROKEN;
    case CHUNK_SIZE_LF:
        return step_line_end(f, byte);
    case CHUNK_DATA_CR:
        return byte == '\r' ? CHUNK_DATA_LF : CHUNK_BROKEN;
    case CHUNK_DATA_LF:
        return byte == '\n' ? CHUNK_SIZE : CHUNK_BROKEN;
    case CHUNK_BROKEN:
        return CHUNK_BROKEN;
    default:
        return step_trailer(f, byte);
    }
}

/* Hands out what is left of the body or chunk, as far as it is there. */
static size_t take_left(struct framing *f, const char *bytes, size_t len, struct slice *payload)
{
    size_t take = f->left < len ? (size_t)f->left : len;

    *payload = (struct slice){bytes, take};
    f->left -= take;
    return take;
}

static ptrdiff_t walk_chunks(struct framing *f, const char *bytes, size_t len,
                             struct slice *payload)
{
    size_t at = 0;

    while (at < len && !f->done) {
        if (f->state == CHUNK_DATA) {
            at += take_left(f, bytes + at, len - at, payload);
            if (f->left == 0)
                f->state = CHUNK_DATA_CR;
            break;
        }
        f->state = step(f, bytes[at++]);
        if (f->state == CHUNK_BROKEN)
            return -1;
    }
    return (ptrdiff_t)at;
}

ptrdiff_t framing_walk(struct framing *f, const char *bytes, size_t len, struct slice *payload)
{
    size_t used;

    *payload = (struct slice){bytes, 0};
    if (f->done)
        return 0;
    switch (f->kind) {
    case FRAMING_LENGTH:
        used = take_left(f, bytes, len, payload);
        f->done = f->left == 0;
        return (ptrdiff_t)used;
    case FRAMING_CHUNKED:
        return walk_chunks(f, bytes, len, payload);
    case FRAMING_UNTIL_CLOSE:
        *payload = (struct slice){bytes, len};
        return (ptrdiff_t)len;
    case FRAMING_NONE:
        break;
    }
    assert(f->kind != FRAMING_NONE); /* such a body is done from the start */
    return -1;
}

size_t framing_chunk_line(char out[FRAMING_CHUNK_MAX], size_t size)
{
    static const char digits[] = "0123456789abcdef";
    size_t count = 1;

    for (size_t rest = size >> 4; rest > 0; rest >>= 4)
        count++;
    for (size_t i = count; i-- > 0; size >>= 4)
        out[i] = digits[size & 15];
    out[count] = '\r';
    out[count + 1] = '\n';
    return count + 2;
}
