/* Which backend gets what is bound to none. */
#include "proxy/choice.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct fleet fleet;
static struct gauge gauges[FLEET_MAX];

/* The number the text begins with, and one character behind it, are cut off. */
static unsigned cut_number(const char **text)
{
    char *end;
    unsigned long number = strtoul(*text, &end, 10);

    assert_true(end > *text && number <= UINT32_MAX);
    *text = *end ? end + 1 : end;
    return (unsigned)number;
}

static unsigned cut_flags(const char **text, uint64_t *removed, unsigned slot)
{
    unsigned flags = 0;

    for (; **text != ':'; (*text)++)
        switch (**text) {
        case 'u':
            flags |= GAUGE_UP;
            break;
        case 's':
            flags |= GAUGE_SLOW;
            break;
        case 'd':
            flags |= GAUGE_DRAINING;
            break;
        case 'r':
            *removed |= UINT64_C(1) << slot;
            break;
        default:
            fail_msg("no flag: %s", *text);
        }
    (*text)++;
    return flags;
}

/* Backends by slot, one word each: VERSION '*' WEIGHT ',' FLAGS ':' PLAYING '/' SOCKETS. Flags: u
 * up, s slow, d draining, r removed. PLAYING '?': not known. The fleet's order is that of the
 * words.
 */
static void build(const char *words)
{
    memset(&fleet, 0, sizeof fleet);
    while (*words) {
        unsigned slot = fleet.count++;
        fleet.order[slot] = (uint8_t)slot;
        fleet.slots[slot].version = cut_number(&words);
        fleet.slots[slot].weight = cut_number(&words);
        atomic_store(&gauges[slot].flags, cut_flags(&words, &fleet.removed, slot));
        if (*words == '?') {
            atomic_store(&gauges[slot].playing, GAUGE_NO_STATS);
            words += 2;
        } else {
            atomic_store(&gauges[slot].playing, cut_number(&words));
        }
        atomic_store(&gauges[slot].sockets, cut_number(&words));
    }
}

static void sockets(void **state)
{
    static const struct {
        const char *name, *fleet;
        uint64_t tried;
        int expected;
    } rows[] = {
        {"nobody", "", 0, -1},
        {"the only one", "4*1,u:0/0", 0, 0},
        {"of the other version", "3*1,u:0/0", 0, -1},
        {"down", "4*1,:0/0", 0, -1},
        {"draining", "4*1,ud:0/0", 0, -1},
        {"removed", "4*1,ur:0/0", 0, -1},
        {"slow, but alone", "4*1,us:0/0", 0, 0},
        {"slow needs up", "4*1,s:0/0", 0, -1},
        {"slow and draining", "4*1,usd:0/0", 0, -1},
        {"tried", "4*1,u:0/0", 1, -1},
        {"first of equals", "4*1,u:0/0 4*1,u:0/0", 0, 0},
        {"the version counts", "3*1,u:0/0 4*1,u:9/9", 0, 1},
        {"fewest playing", "4*1,u:5/0 4*1,u:4/9 4*1,u:6/0", 0, 1},
        {"fewest playing, not tried", "4*1,u:5/0 4*1,u:4/9 4*1,u:6/0", 2, 0},
        {"playing by weight", "4*1,u:5/0 4*3,u:14/0", 0, 1},
        {"playing by weight, the other way", "4*1,u:5/0 4*3,u:16/0", 0, 0},
        {"equal by weight, sockets decide", "4*1,u:5/2 4*3,u:15/5", 0, 1},
        {"all equal by weight", "4*1,u:5/2 4*3,u:15/6", 0, 0},
        {"idle, sockets by weight", "4*2,u:0/3 4*1,u:0/1 4*4,u:0/5", 0, 1},
        {"stats of one are missing", "4*1,u:9/1 4*1,u:?/2", 0, 0},
        {"stats of all are missing", "4*1,u:?/3 4*1,u:?/2", 0, 1},
        {"missing where it does not matter", "4*1,u:9/1 4*1,u:2/2 4*1,:?/0 3*1,u:?/0", 0, 1},
        {"slow is left alone", "4*1,us:0/0 4*1,u:99/99", 0, 1},
        {"slow where the good one was tried", "4*1,us:0/0 4*1,u:9/9", 2, 0},
        {"slow among themselves", "4*1,us:3/0 4*1,:0/0 4*1,us:2/0", 0, 2},
        {"draining is left alone", "4*1,ud:0/0 4*1,us:9/9", 0, 1},
        {"no rounding", "4*1000,u:1000000/0 4*999,u:998999/0", 0, 1},
        {"no overflow", "4*1,u:4294967294/0 4*1000,u:4294967294/0", 0, 1},
        {"no overflow of sockets", "4*1,u:?/4294967295 4*1000,u:?/4294967295", 0, 1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        build(rows[i].fleet);
        int got = choice_socket(&fleet, gauges, 4, rows[i].tried);
        if (got != rows[i].expected)
            fail_msg("%s: %d", rows[i].name, got);
    }
}

/* The order is the fleet's, not that of the slots. */
static void order(void **state)
{
    (void)state;
    build("4*1,u:0/0 4*1,u:0/0 4*1,u:0/0");
    fleet.order[0] = 2;
    fleet.order[2] = 0;
    assert_int_equal(choice_socket(&fleet, gauges, 4, 0), 2);
    assert_int_equal(choice_socket(&fleet, gauges, 4, 4), 1);
    assert_int_equal(choice_request(&fleet, gauges, 4, 0, 0), 2);
    assert_int_equal(choice_request(&fleet, gauges, 4, 0, 1), 1);
    assert_int_equal(choice_request(&fleet, gauges, 4, 0, 2), 0);
}

/* How often each slot is chosen in `turns` turns, as text. */
static const char *spread(uint64_t tried, uint32_t from, unsigned turns)
{
    static char text[512];
    unsigned hits[FLEET_MAX] = {0}, none = 0;
    size_t len = 0;

    for (unsigned i = 0; i < turns; i++) {
        int slot = choice_request(&fleet, gauges, 4, tried, from + i);
        if (slot < 0)
            none++;
        else
            hits[slot]++;
    }
    text[0] = '\0';
    if (none)
        len += (size_t)snprintf(text, sizeof text, "-1 x %u ", none);
    for (unsigned i = 0; i < FLEET_MAX; i++)
        if (hits[i])
            len += (size_t)snprintf(text + len, sizeof text - len, "%s%u:%u", len ? " " : "", i,
                                    hits[i]);
    return text;
}

static void requests(void **state)
{
    static const struct {
        const char *name, *fleet;
        uint64_t tried;
        const char *expected; /* hits by slot in twelve turns */
    } rows[] = {
        {"nobody", "", 0, "-1 x 12 "},
        {"down or of the other version", "4*1,:0/0 3*1,u:0/0", 0, "-1 x 12 "},
        {"the only one", "3*1,u:0/0 4*1,u:0/0", 0, "1:12"},
        {"the only one was tried", "3*1,u:0/0 4*1,u:0/0", 2, "-1 x 12 "},
        {"equals, whatever their load", "4*1,u:9/9 4*1,u:0/0 4*1,u:?/0", 0, "0:4 1:4 2:4"},
        {"equals of some weight", "4*7,u:0/0 4*7,u:0/0 4*7,u:0/0 4*7,u:0/0", 0, "0:3 1:3 2:3 3:3"},
        {"equals but for one tried", "4*1,u:0/0 4*5,u:0/0 4*1,u:0/0", 2, "0:6 2:6"},
        {"slow is left alone", "4*1,us:0/0 4*1,u:0/0 4*1,u:0/0", 0, "1:6 2:6"},
        {"slow before draining", "4*1,us:0/0 4*1,ud:0/0 4*1,us:0/0 4*1,ud:0/0", 0, "0:6 2:6"},
        {"draining at last", "4*1,ud:0/0 4*1,:0/0 4*1,usd:0/0", 0, "0:6 2:6"},
        {"removed ones get nothing", "4*1,ud:0/0 4*1,:0/0 4*1,ur:0/0", 0, "0:12"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        build(rows[i].fleet);
        const char *got = spread(rows[i].tried, 0, 12);
        if (strcmp(got, rows[i].expected) != 0)
            fail_msg("%s: %s", rows[i].name, got);
    }
}

/* In any stretch of turns each backend gets its share, up to the few that a stretch may cut off. */
static void shares(void **state)
{
    static const char *const fleets[] = {
        "4*3,u:0/0 4*1,u:0/0",
        "4*100,u:0/0 4*50,u:0/0",
        "4*1000,u:0/0 4*1,u:0/0",
        "4*1,u:0/0 4*2,u:0/0 4*3,u:0/0 4*4,u:0/0 4*5,u:0/0",
        "4*999,u:0/0 4*1000,u:0/0 4*1000,u:0/0",
    };
    static const uint32_t starts[] = {0, 12345, UINT32_MAX - 40};
    static const unsigned lengths[] = {10, 100, 1000, 10000};

    (void)state;
    for (unsigned f = 0; f < sizeof fleets / sizeof fleets[0]; f++) {
        build(fleets[f]);
        unsigned total = 0;
        for (unsigned i = 0; i < fleet.count; i++)
            total += fleet.slots[i].weight;
        for (unsigned s = 0; s < sizeof starts / sizeof starts[0]; s++)
            for (unsigned l = 0; l < sizeof lengths / sizeof lengths[0]; l++) {
                int hits[FLEET_MAX] = {0};
                for (unsigned i = 0; i < lengths[l]; i++)
                    hits[choice_request(&fleet, gauges, 4, 0, starts[s] + i)]++;
                for (unsigned i = 0; i < fleet.count; i++) {
                    int due = (int)(lengths[l] * fleet.slots[i].weight / total);
                    if (hits[i] < due - 3 || hits[i] > due + 4)
                        fail_msg("%s from %u: slot %u got %d of %u turns", fleets[f], starts[s], i,
                                 hits[i], lengths[l]);
                }
            }
    }
}

static void full_fleet(void **state)
{
    char words[FLEET_MAX * 24], *at = words;

    (void)state;
    for (unsigned i = 0; i < FLEET_MAX; i++)
        at += snprintf(at, 24, "4*1000,u:%u/0 ", i == 63 ? 1u : 2u);
    build(words);
    assert_int_equal(choice_socket(&fleet, gauges, 4, 0), 63);
    assert_int_equal(choice_socket(&fleet, gauges, 4, UINT64_C(1) << 63), 0);
    assert_int_equal(choice_socket(&fleet, gauges, 4, UINT64_MAX), -1);
    assert_int_equal(choice_request(&fleet, gauges, 4, 0, UINT32_MAX), 63);
    fleet.slots[0].weight = 1;
    for (uint32_t turn = 0; turn < 1000; turn++)
        assert_in_range(choice_request(&fleet, gauges, 4, 0, turn), 0, 63);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sockets), cmocka_unit_test(order),      cmocka_unit_test(requests),
        cmocka_unit_test(shares),  cmocka_unit_test(full_fleet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
