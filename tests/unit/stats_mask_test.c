/* Masked addresses and ids: equal things equal words, nothing left of them. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "stats/mask.h"

static const struct mask off = {.key = {1, 2}}, on = {.on = true, .key = {1, 2}};

static struct addr parsed(const char *text)
{
    struct addr addr;
    assert_true(addr_parse(slice_of(text), &addr));
    addr.port = 51822;
    return addr;
}

static void addresses(void **state)
{
    (void)state;
    char one[ADDR_TEXT_MAX], other[ADDR_TEXT_MAX];
    struct addr addr = parsed("203.0.113.7"), near = parsed("203.0.113.8");
    struct addr_key key = addr_key_of(&addr);
    assert_string_equal(mask_addr(&off, one, &addr, false), "203.0.113.7");
    assert_string_equal(mask_addr(&off, one, &addr, true), "203.0.113.7:51822");
    assert_string_equal(mask_addr_key(&off, one, &key), "203.0.113.7");
    mask_addr(&on, one, &addr, false);
    assert_int_equal(strlen(one), strlen("ip-7c1e2b9a"));
    assert_memory_equal(one, "ip-", 3);
    assert_string_equal(mask_addr_key(&on, other, &key), one);
    assert_string_not_equal(mask_addr(&on, other, &near, false), one);
    mask_addr(&on, other, &addr, true);
    assert_memory_equal(other, one, strlen(one));
    assert_string_equal(other + strlen(one), ":51822");
    addr = parsed("2001:db8:1:2::1");
    near = parsed("2001:db8:1:2:ffff::2"); /* the same /64 */
    assert_string_equal(mask_addr(&on, one, &addr, false), mask_addr(&on, other, &near, false));
    struct mask another = {.on = true, .key = {3, 4}};
    assert_string_not_equal(mask_addr(&another, other, &addr, false), one);
}

static void ids_and_paths(void **state)
{
    (void)state;
    char one[64], path[MASK_TEXT_MAX];
    assert_string_equal(mask_id(&off, one, sizeof(one), "1043556677889900112"),
                        "1043556677889900112");
    assert_string_equal(mask_id(&on, one, sizeof(one), ""), "");
    mask_id(&on, one, sizeof(one), "1043556677889900112");
    assert_memory_equal(one, "id-", 3);
    assert_int_equal(strlen(one), 11);

    static const struct {
        const char *path, *off, *on;
    } paths[] = {
        {"/v4/websocket", "/v4/websocket", "/v4/websocket"},
        {"", "", ""},
        {"/v4/sessions/k7abcdefq2/players/1043556677889900112",
         "/v4/sessions/k7..q2/players/"
         "1043556677889900112",
         "/v4/sessions/session-*/players/id-*"},
        {"/v4/sessions/abc", "/v4/sessions/abc", "/v4/sessions/session-*"},
        {"/v4/sessions/", "/v4/sessions/", "/v4/sessions/"},
        {"/v4/sessions//players", "/v4/sessions//players", "/v4/sessions//players"},
    };
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        assert_string_equal(mask_path(&off, path, paths[i].path), paths[i].off);
        mask_path(&on, path, paths[i].path);
        const char *want = paths[i].on, *have = path;
        for (; *want != '\0'; want++) { /* a star stands for the eight digits of a word */
            assert_int_equal(*want == '*' ? strspn(have, "0123456789abcdef") : 8, 8);
            assert_true(*want == '*' || *want == *have);
            have += *want == '*' ? 8 : 1;
        }
        assert_string_equal(have, "");
    }
}

static void running_text(void **state)
{
    (void)state;
    char ip4[ADDR_TEXT_MAX], ip6[ADDR_TEXT_MAX], id[64], want[400], have[400];
    struct addr v4 = parsed("203.0.113.7"), v6 = parsed("2001:db8::1");
    mask_addr(&on, ip4, &v4, false);
    mask_addr(&on, ip6, &v6, false);
    mask_id(&on, id, sizeof(id), "1043556677889900112");
    static const struct {
        const char *text, *masked; /* 4, 6, i stand for the words */
    } cases[] = {
        {"#1224 open 203.0.113.7 moonlink.js/4.6 -> eu-a v4", "#1224 open \4 moonlink.js/4.6 -> "
                                                              "eu-a v4"},
        {"203.0.113.7", "\4"},
        {"from 203.0.113.7:51822, again", "from \4:51822, again"},
        {"ended 203.0.113.7.", "ended \4."},
        {"ip=203.0.113.7 peer:203.0.113.7 (203.0.113.7)", "ip=\4 peer:\4 (\4)"},
        {"http://203.0.113.7/v4", "http://\4/v4"},
        {"[2001:db8::1]:80 and 2001:db8::1 and 2001:db8::/64", "[\6]:80 and \6 and \6/64"},
        {"12:41:07 v4 1.5 2.84M 0.0.0.0:6923 ::", "12:41:07 v4 1.5 2.84M 0.0.0.0:6923 ::"},
        {"user 1043556677889900112 wrong", "user \1 wrong"},
        {"took 12345678901234 ns", "took 12345678901234 ns"},
        {"v203.0.113.7x", "v203.0.113.7x"},
        {"dead beef: added ::", "dead beef: added ::"},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        want[0] = '\0';
        for (const char *c = cases[i].masked; *c != '\0'; c++)
            strncat(want,
                    *c == '\4'   ? ip4
                    : *c == '\6' ? ip6
                    : *c == '\1' ? id
                                 : (char[]){*c, 0},
                    64);
        assert_string_equal(mask_text(&on, have, sizeof(have), cases[i].text), want);
        assert_string_equal(mask_text(&off, have, sizeof(have), cases[i].text), cases[i].text);
    }
    assert_string_equal(mask_text(&on, have, 6, "no room at all"), "no ro");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses),
        cmocka_unit_test(ids_and_paths),
        cmocka_unit_test(running_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
