/*
 * Passwords of requests. Every candidate form is compared in full, so that the time does not tell
 * which of them came close.
 */
#include "http/auth.h"

#include <string.h>

#include "base/hash.h"

/* Longer credentials cannot be right; the bound keeps the decoded form on the stack. */
#define BASIC_BYTES_MAX 1024

static bool same(struct slice given, struct slice password)
{
    /* An empty password is no password: it must not open the door to an empty header. */
    return hash_equal_secret(given.ptr, given.len, password.ptr, password.len) && password.len > 0;
}

static struct slice behind(struct slice value, size_t scheme)
{
    return slice_trim((struct slice){value.ptr + scheme, value.len - scheme});
}

/* The value as it stands, and what is behind "Bearer ". */
static bool fits(struct slice value, struct slice password)
{
    bool right = same(value, password);

    if (slice_starts_nocase(value, SLICE("Bearer ")))
        right |= same(behind(value, 7), password);
    return right;
}

enum auth_result auth_check(const struct head *head, struct slice password)
{
    struct slice value = head_value(head, HEADER_AUTHORIZATION);

    if (value.ptr == NULL)
        return AUTH_MISSING;
    return fits(value, password) ? AUTH_OK : AUTH_WRONG;
}

enum auth_result auth_check_any(const struct head *head, char *const *passwords, unsigned count)
{
    struct slice value = head_value(head, HEADER_AUTHORIZATION);
    bool right = false;

    if (value.ptr == NULL)
        return AUTH_MISSING;
    for (unsigned i = 0; i < count; i++)
        right |= fits(value, slice_of(passwords[i]));
    return right ? AUTH_OK : AUTH_WRONG;
}

static int base64_digit(char byte)
{
    if (byte >= 'A' && byte <= 'Z')
        return byte - 'A';
    if (byte >= 'a' && byte <= 'z')
        return byte - 'a' + 26;
    if (byte >= '0' && byte <= '9')
        return byte - '0' + 52;
    if (byte == '+')
        return 62;
    return byte == '/' ? 63 : -1;
}

/* Decodes padded or unpadded base64 (RFC 4648 section 4); the number of bytes, or -1. */
static int decode(struct slice text, char out[BASIC_BYTES_MAX])
{
    unsigned bits = 0;
    unsigned count = 0;
    int len = 0;

    for (int pad = 0; pad < 2 && text.len > 0 && text.ptr[text.len - 1] == '='; pad++)
        text.len--;
    if (text.len % 4 == 1)
        return -1;
    for (size_t i = 0; i < text.len; i++) {
        int digit = base64_digit(text.ptr[i]);

        if (digit < 0 || len == BASIC_BYTES_MAX)
            return -1;
        bits = (bits << 6 | (unsigned)digit) & 0xffff;
        count += 6;
        if (count < 8)
            continue;
        count -= 8;
        out[len++] = (char)(bits >> count & 0xff);
    }
    return len;
}

static bool basic_right(struct slice encoded, struct slice password)
{
    char plain[BASIC_BYTES_MAX];
    int len = decode(encoded, plain);
    bool right = false;

    if (len >= 0) {
        struct slice all = {plain, (size_t)len};
        size_t colon = slice_find(all, ':');

        if (colon < all.len)
            right = same((struct slice){plain + colon + 1, all.len - colon - 1}, password);
    }
    explicit_bzero(plain, sizeof(plain));
    return right;
}

enum auth_result auth_check_web(const struct head *head, struct slice password, bool *basic)
{
    struct slice value = head_value(head, HEADER_AUTHORIZATION);
    enum auth_result result = auth_check(head, password);

    *basic = false;
    if (result != AUTH_WRONG || !slice_starts_nocase(value, SLICE("Basic ")))
        return result;
    *basic = true;
    return basic_right(behind(value, 6), password) ? AUTH_OK : AUTH_WRONG;
}
