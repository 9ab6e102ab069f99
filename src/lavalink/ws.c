/*
 * WebSocket frame headers, masking and the handshake's accept value.
 */
#include "lavalink/ws.h"

#include <assert.h>
#include <string.h>

#include "lavalink/base64.h"
#include "sha1.h"

#define FIN 0x80U
#define RESERVED 0x70U
#define MASKED 0x80U
#define LENGTH_16 126U
#define LENGTH_64 127U

static bool is_control(unsigned opcode)
{
    return opcode >= WS_CLOSE;
}

static bool is_known(unsigned opcode)
{
    return opcode <= WS_BINARY || (opcode >= WS_CLOSE && opcode <= WS_PONG);
}

/* Reads the extended length that the 7-bit one announces; 0 where it is not the shortest form. */
static uint64_t long_length(const uint8_t *at, unsigned bytes)
{
    uint64_t length = 0;

    for (unsigned i = 0; i < bytes; i++)
        length = length << 8 | at[i];
    if (length < LENGTH_16 || (bytes == 8 && length <= UINT16_MAX) || length >> 63 != 0)
        return 0;
    return length;
}

enum ws_result ws_decode(struct ws_header *header, const void *bytes, size_t len)
{
    const uint8_t *at = bytes;
    unsigned opcode, extra, size;

    if (len < 1)
        return WS_MORE;
    opcode = at[0] & 0x0fU;
    if ((at[0] & RESERVED) != 0 || !is_known(opcode) || (is_control(opcode) && (at[0] & FIN) == 0))
        return WS_BAD;
    if (len < 2)
        return WS_MORE;
    header->length = at[1] & 0x7fU;
    if (is_control(opcode) && header->length > WS_CONTROL_MAX)
        return WS_BAD;
    extra = header->length == LENGTH_64 ? 8 : header->length == LENGTH_16 ? 2 : 0;
    header->masked = (at[1] & MASKED) != 0;
    size = 2 + extra + (header->masked ? 4 : 0);
    if (len < 2 + extra)
        return WS_MORE;
    if (extra > 0) {
        header->length = long_length(at + 2, extra);
        if (header->length == 0)
            return WS_BAD;
    }
    if (len < size)
        return WS_MORE;
    header->opcode = (enum ws_opcode)opcode;
    header->fin = (at[0] & FIN) != 0;
    header->size = (uint8_t)size;
    memset(header->mask, 0, sizeof header->mask);
    if (header->masked)
        memcpy(header->mask, at + 2 + extra, sizeof header->mask);
    return WS_OK;
}

size_t ws_encode(uint8_t out[WS_HEADER_MAX], struct ws_header *header)
{
    unsigned extra = header->length > UINT16_MAX ? 8 : header->length >= LENGTH_16 ? 2 : 0;
    unsigned brief = extra == 8 ? LENGTH_64 : extra == 2 ? LENGTH_16 : (unsigned)header->length;

    assert(is_known(header->opcode) && header->length >> 63 == 0);
    assert(!is_control(header->opcode) || (header->fin && header->length <= WS_CONTROL_MAX));
    out[0] = (uint8_t)((header->fin ? FIN : 0) | header->opcode);
    out[1] = (uint8_t)((header->masked ? MASKED : 0) | brief);
    for (unsigned i = 0; i < extra; i++)
        out[2 + i] = (uint8_t)(header->length >> (8 * (extra - 1 - i)));
    header->size = (uint8_t)(2 + extra);
    if (header->masked) {
        memcpy(out + header->size, header->mask, sizeof header->mask);
        header->size = (uint8_t)(header->size + sizeof header->mask);
    }
    return header->size;
}

void ws_mask(void *bytes, size_t len, const uint8_t mask[4], uint64_t offset)
{
    uint8_t *at = bytes;
    uint8_t turned[8];
    uint64_t wide;

    for (unsigned i = 0; i < sizeof turned; i++)
        turned[i] = mask[(offset + i) % 4];
    memcpy(&wide, turned, sizeof wide);
    while (len >= sizeof wide) {
        uint64_t word;
        memcpy(&word, at, sizeof word);
        word ^= wide;
        memcpy(at, &word, sizeof word);
        at += sizeof word;
        len -= sizeof word;
    }
    for (size_t i = 0; i < len; i++)
        at[i] ^= turned[i];
}

void ws_key(char out[WS_KEY_SIZE], const uint8_t random[16])
{
    base64_encode(out, random, 16);
}

bool ws_key_valid(struct slice key)
{
    uint8_t bytes[18];

    return base64_decode(bytes, sizeof bytes, key) == 16;
}

void ws_accept(char out[WS_ACCEPT_SIZE], struct slice key)
{
    static const char fixed[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    struct sha1 sha;
    uint8_t digest[SHA1_SIZE];

    sha1_begin(&sha);
    sha1_add(&sha, key.ptr, key.len);
    sha1_add(&sha, fixed, sizeof fixed - 1);
    sha1_end(&sha, digest);
    base64_encode(out, digest, sizeof digest);
}
