/*
 * Track blobs, read front to back. Java writes their text as UTF-16 in disguise: characters beyond
 * the first plane are two halves of three bytes each, and NUL takes two.
 */
#include "lavalink/blob.h"

#include <string.h>

#include "base/text.h"
#include "lavalink/base64.h"

#define BLOB_MAX 1536
#define VERSIONED 0x40000000U /* flag: a version follows */
#define LENGTH_MASK 0x3fffffffU

struct blob {
    const uint8_t *at;
    size_t left;
    bool short_of; /* something was not there */
};

static uint64_t number(struct blob *blob, unsigned bytes)
{
    uint64_t value = 0;

    if (blob->left < bytes) {
        blob->short_of = true;
        blob->left = 0;
        return 0;
    }
    for (unsigned i = 0; i < bytes; i++)
        value = value << 8 | blob->at[i];
    blob->at += bytes;
    blob->left -= bytes;
    return value;
}

/* What follows its own length in two bytes. */
static struct slice text(struct blob *blob)
{
    size_t len = (size_t)number(blob, 2);
    struct slice bytes = {(const char *)blob->at, len};

    if (blob->short_of || blob->left < len) {
        blob->short_of = true;
        blob->left = 0;
        return (struct slice){NULL, 0};
    }
    blob->at += len;
    blob->left -= len;
    return bytes;
}

static void skip_optional(struct blob *blob)
{
    if (number(blob, 1) != 0)
        text(blob);
}

/* Half of a character that is written as two, or 0: 0xd800.. the first, 0xdc00.. the second. */
static uint32_t half(struct slice bytes, size_t at)
{
    const unsigned char *b = (const unsigned char *)bytes.ptr + at;

    if (bytes.len - at < 3 || b[0] != 0xed || b[1] < 0xa0 || b[1] > 0xbf || b[2] < 0x80 ||
        b[2] > 0xbf)
        return 0;
    return 0xd000U | (b[1] & 0x3fU) << 6 | (b[2] & 0x3fU);
}

static uint32_t next_character(struct slice bytes, size_t *at)
{
    uint32_t codepoint, high = half(bytes, *at);
    uint32_t low = high >= 0xd800 && high < 0xdc00 ? half(bytes, *at + 3) : 0;

    if (low >= 0xdc00) {
        *at += 6;
        return 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
    }
    if (high != 0) {
        *at += 3;
        return 0xfffd;
    }
    text_decode(bytes, at, &codepoint);
    return codepoint == 0 ? 0xfffd : codepoint;
}

static void copy_text(char *out, size_t size, struct slice bytes)
{
    size_t len = 0;

    for (size_t at = 0; at < bytes.len;) {
        char form[4];
        size_t form_len = text_encode(form, next_character(bytes, &at));

        if (form_len >= size - len)
            break;
        memcpy(out + len, form, form_len);
        len += form_len;
    }
    out[len] = '\0';
}

static bool read_fields(struct op_track *track, struct blob *blob, uint64_t version, bool cut)
{
    struct slice title = text(blob), author = text(blob), source;
    int64_t length = (int64_t)number(blob, 8);
    bool is_stream;

    if (blob->short_of)
        return false;
    text(blob); /* the identifier */
    is_stream = number(blob, 1) != 0 || length == INT64_MAX;
    skip_optional(blob); /* where it comes from */
    for (uint64_t i = 2; i < version; i++) {
        skip_optional(blob); /* its picture */
        skip_optional(blob); /* its ISRC */
    }
    source = text(blob);
    if (blob->short_of && !cut)
        return false;
    copy_text(track->title, sizeof track->title, title);
    copy_text(track->author, sizeof track->author, author);
    copy_text(track->source, sizeof track->source, source);
    track->is_stream = is_stream;
    track->length_ms = is_stream || length < 0 ? 0 : length;
    track->decoded = true;
    return true;
}

bool blob_read(struct op_track *track, struct slice encoded, bool cut)
{
    uint8_t bytes[BLOB_MAX];
    struct blob blob = {.at = bytes};
    uint64_t word, version;
    ptrdiff_t len;

    if (encoded.len > BLOB_MAX / 3 * 4) {
        encoded.len = BLOB_MAX / 3 * 4;
        cut = true;
    }
    if (cut)
        encoded.len -= encoded.len % 4;
    len = base64_decode(bytes, sizeof bytes, encoded);
    if (len < 5)
        return false;
    blob.left = (size_t)len;
    word = number(&blob, 4);
    version = blob.at[0];
    if ((word & VERSIONED) == 0 ||
        (cut ? (word & LENGTH_MASK) < blob.left : (word & LENGTH_MASK) != blob.left))
        return false;
    number(&blob, 1);
    return (version == 2 || version == 3) && read_fields(track, &blob, version, cut);
}
