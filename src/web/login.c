/*
 * The table of browser logins.
 */
#include "web/login.h"

#include <string.h>

#include "base/hash.h"

static void random_text(char out[LOGIN_TEXT])
{
    static const char digits[] = "0123456789abcdef";
    unsigned char bytes[(LOGIN_TEXT - 1) / 2];
    hash_random(bytes, sizeof(bytes));
    for (size_t i = 0; i < sizeof(bytes); i++) {
        out[2 * i] = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 15];
    }
    out[LOGIN_TEXT - 1] = '\0';
}

struct login *login_new(struct logins *logins, double now)
{
    struct login *place = &logins->table[0];
    for (unsigned i = 0; i < LOGIN_MAX; i++) {
        struct login *login = &logins->table[i];
        if (login->until < place->until)
            place = login;
    }
    random_text(place->cookie);
    random_text(place->token);
    place->until = now + LOGIN_SECONDS;
    return place;
}

struct slice login_cookie(const struct head *head, struct slice name)
{
    for (unsigned i = 0; i < head->count; i++) {
        struct slice rest = head->headers[i].value, pair;
        if (!slice_equal_nocase(head->headers[i].name, SLICE("Cookie")))
            continue;
        while (slice_next(&rest, ';', &pair)) {
            size_t equals = slice_find(pair, '=');
            if (equals < pair.len && slice_equal((struct slice){pair.ptr, equals}, name))
                return (struct slice){pair.ptr + equals + 1, pair.len - equals - 1};
        }
    }
    return (struct slice){NULL, 0};
}

struct login *login_of(struct logins *logins, struct slice cookie, double now)
{
    struct login *found = NULL;
    if (cookie.len != LOGIN_TEXT - 1)
        return NULL;
    for (unsigned i = 0; i < LOGIN_MAX; i++) {
        struct login *login = &logins->table[i];
        bool same = hash_equal_secret(cookie.ptr, cookie.len, login->cookie, LOGIN_TEXT - 1);
        if (same && login->cookie[0] != '\0' && now < login->until)
            found = login;
    }
    return found;
}

struct login *login_find(struct logins *logins, const struct head *head, double now)
{
    return login_of(logins, login_cookie(head, SLICE(LOGIN_COOKIE)), now);
}

void login_end(struct login *login)
{
    if (login != NULL)
        memset(login, 0, sizeof(*login));
}

void login_end_all(struct logins *logins)
{
    memset(logins, 0, sizeof(*logins));
}

bool login_token_is(const struct login *login, struct slice token)
{
    return hash_equal_secret(token.ptr, token.len, login->token, LOGIN_TEXT - 1);
}
