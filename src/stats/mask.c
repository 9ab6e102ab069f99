/*
 * A masked word is part of a keyed hash: equal things have equal words, and nobody can work back
 * from the word.
 */
#include "stats/mask.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "base/slice.h"
#include "base/str.h"

#define ID_DIGITS_MIN 15 /* Discord's ids have 17 to 20 */
#define SESSION_KEPT 2   /* characters at either end of a session that are shown */

static uint32_t word_of(const struct mask *mask, const void *bytes, size_t len)
{
    return (uint32_t)(hash_sip(mask->key, bytes, len) >> 32);
}

void mask_init(struct mask *mask)
{
    hash_random(mask->key, sizeof(mask->key));
    mask->on = false;
}

char *mask_addr_key(const struct mask *mask, char out[ADDR_TEXT_MAX], const struct addr_key *key)
{
    if (!mask->on)
        return addr_key_text(out, key);
    snprintf(out, ADDR_TEXT_MAX, "ip-%08x", word_of(mask, key, sizeof(*key)));
    return out;
}

char *mask_addr(const struct mask *mask, char out[ADDR_TEXT_MAX], const struct addr *addr,
                bool with_port)
{
    if (!mask->on)
        return addr_text(out, addr, with_port);
    struct addr_key key = addr_key_of(addr);
    mask_addr_key(mask, out, &key);
    size_t len = strlen(out);
    if (with_port)
        snprintf(out + len, ADDR_TEXT_MAX - len, ":%u", (unsigned)addr->port);
    return out;
}

char *mask_id(const struct mask *mask, char *out, size_t size, const char *id)
{
    if (mask->on && id[0] != '\0')
        snprintf(out, size, "id-%08x", word_of(mask, id, strlen(id)));
    else
        snprintf(out, size, "%s", id);
    return out;
}

static void add_session(const struct mask *mask, struct str *out, struct slice session)
{
    if (mask->on)
        str_addf(out, "session-%08x", word_of(mask, session.ptr, session.len));
    else if (session.len <= 3 * SESSION_KEPT)
        str_add_slice(out, session);
    else
        str_addf(out, "%.*s..%s", SESSION_KEPT, session.ptr,
                 (char[]){session.ptr[session.len - 2], session.ptr[session.len - 1], '\0'});
}

char *mask_path(const struct mask *mask, char out[MASK_TEXT_MAX], const char *path)
{
    struct str text;
    struct slice before = {"", 0};
    str_fixed(&text, out, MASK_TEXT_MAX);
    while (*path != '\0') {
        size_t len = strcspn(path, "/");
        struct slice part = {path, len};
        bool after_sessions = slice_equal(before, slice_of("sessions"));
        bool after_players = slice_equal(before, slice_of("players"));
        if (after_sessions && len > 0)
            add_session(mask, &text, part);
        else if (mask->on && after_players && len > 0)
            str_addf(&text, "id-%08x", word_of(mask, path, len));
        else
            str_add_slice(&text, part);
        before = part;
        path += len;
        if (*path == '/') {
            str_add_text(&text, "/");
            path++;
        }
    }
    return out;
}

/* The bytes at `text` that an address could be made of. */
static size_t address_run(const char *text)
{
    size_t len = strspn(text, "0123456789abcdefABCDEF:.");
    while (len > 0 &&
           (text[len - 1] == '.' || (text[len - 1] == ':' && len > 1 && text[len - 2] != ':')))
        len--; /* the end of a sentence, not of an address */
    return len;
}

/* Reads an address at the beginning of `text`; its length, or 0. A port is left where it is. */
static size_t read_address(const char *text, struct addr *addr)
{
    size_t len = address_run(text);
    const char *colon = memchr(text, ':', len);
    if (colon != NULL && memchr(text, '.', (size_t)(colon - text)) != NULL)
        len = (size_t)(colon - text);
    if (len < 3 || isalnum((unsigned char)text[len]) ||
        !addr_parse((struct slice){text, len}, addr))
        return 0;
    return len;
}

char *mask_text(const struct mask *mask, char *out, size_t size, const char *text)
{
    static const struct addr none;
    struct str masked;
    bool inside = false; /* of a word, where no address and no id begins */
    str_fixed(&masked, out, size);
    while (*text != '\0') {
        char word[ADDR_TEXT_MAX];
        struct addr addr;
        size_t digits = strspn(text, "0123456789");
        size_t len = mask->on && !inside ? read_address(text, &addr) : 0;
        if (len > 0 && memcmp(addr.bytes, none.bytes, sizeof(none.bytes)) != 0) {
            str_add_text(&masked, mask_addr(mask, word, &addr, false));
        } else if (mask->on && !inside && digits >= ID_DIGITS_MIN &&
                   !isalpha((unsigned char)text[digits])) {
            len = digits;
            str_addf(&masked, "id-%08x", word_of(mask, text, digits));
        } else {
            len = 1;
            str_add_char(&masked, *text);
        }
        inside = isalnum((unsigned char)text[len - 1]) || (inside && text[len - 1] == '.');
        text += len;
    }
    return out;
}
