/* Which backend holds which session, for how long, and within which bounds. */
#include "proxy/affinity.h"

#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#define DEFAULT_SPAN (AFFINITY_DEFAULT_TIMEOUT + AFFINITY_MARGIN)

static struct affinity *affinity;

static int set_up(void **state)
{
    (void)state;
    affinity = affinity_new();
    return affinity ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    affinity_free(affinity);
    return 0;
}

static struct affinity_key key_of(unsigned number)
{
    char text[24];
    int len = snprintf(text, sizeof text, "session%u", number);
    return affinity_session(affinity, 4, (struct slice){text, (size_t)len});
}

static int find(unsigned number, double now)
{
    struct affinity_key key = key_of(number);
    return affinity_find(affinity, &key, now, NULL);
}

static void learn(unsigned number, unsigned slot, uint64_t owner, double now)
{
    struct affinity_key key = key_of(number);
    affinity_learn(affinity, &key, slot, owner, owner + 1000, now);
    affinity_resumable(affinity, &key, true);
}

static void set_timeout(unsigned number, double seconds)
{
    struct affinity_key key = key_of(number);
    affinity_timeout(affinity, &key, seconds);
}

static void closed(unsigned number, uint64_t owner, double now)
{
    struct affinity_key key = key_of(number);
    affinity_closed(affinity, &key, owner, now);
}

static unsigned waiting_on(unsigned slot, double now)
{
    uint32_t waiting[FLEET_MAX];
    affinity_waiting(affinity, now, waiting);
    for (unsigned i = 0; i < FLEET_MAX; i++)
        assert_true(i == slot || waiting[i] == 0);
    return waiting[slot];
}

static bool same(struct affinity_key a, struct affinity_key b)
{
    return a.half[0] == b.half[0] && a.half[1] == b.half[1];
}

static void keys(void **state)
{
    struct affinity *other = affinity_new();
    struct slice text = SLICE("abcdefghijklmnop");
    uint64_t user = affinity_user(affinity, SLICE("1"));
    struct affinity_key list[] = {
        affinity_session(affinity, 3, text),
        affinity_session(affinity, 4, text),
        affinity_resume(affinity, 0, text),
        affinity_resume(affinity, user, text),
        affinity_resume(affinity, affinity_user(affinity, SLICE("2")), text),
        affinity_session(affinity, 4, SLICE("abcdefghijklmnoq")),
        affinity_session(affinity, 4, SLICE("abcdefghijklmno")),
        affinity_session(other, 4, text),
    };
    (void)state;
    for (size_t i = 0; i < sizeof list / sizeof list[0]; i++) {
        assert_true(affinity_is_key(&list[i]));
        assert_true(list[i].half[0] != list[i].half[1]);
        for (size_t j = 0; j < i; j++)
            assert_false(same(list[i], list[j]));
    }
    assert_true(same(list[1], affinity_session(affinity, 4, text)));
    assert_true(same(list[3], affinity_resume(affinity, user, text)));
    assert_true(user != 0 && user != affinity_user(affinity, SLICE("2")));
    assert_true(affinity_user(affinity, SLICE("")) == 0);
    affinity_free(other);
}

static void no_key(void **state)
{
    struct affinity_key none = affinity_session(affinity, 4, SLICE(""));
    struct affinity_key resume = affinity_resume(affinity, 7, (struct slice){NULL, 0});
    (void)state;
    assert_false(affinity_is_key(&none));
    assert_false(affinity_is_key(&resume));
    affinity_learn(affinity, &none, 1, 1, 1, 0);
    assert_int_equal(affinity_find(affinity, &none, 0, NULL), -1);
    affinity_timeout(affinity, &none, 1);
    affinity_closed(affinity, &none, 1, 0);
    assert_int_equal(waiting_on(1, 0), 0);
    assert_true(affinity_overflow(affinity) == 0);
    affinity_free(NULL);
}

static void life(void **state)
{
    struct affinity_key key = key_of(1);
    uint64_t user = 7;
    (void)state;
    assert_int_equal(affinity_find(affinity, &key, 0, &user), -1);
    assert_int_equal(user, 7);
    learn(1, 5, 42, 0);
    assert_int_equal(affinity_find(affinity, &key, 1e6, &user), 5);
    assert_int_equal(user, 1042);
    assert_int_equal(find(2, 0), -1);
    assert_int_equal(waiting_on(5, 1e6), 0);

    closed(1, 41, 100); /* somebody else */
    assert_int_equal(find(1, 1e6), 5);
    closed(1, 42, 100);
    assert_int_equal(waiting_on(5, 100), 1);
    closed(1, 42, 150); /* again: the first time counts */
    assert_int_equal(find(1, 100 + DEFAULT_SPAN - 0.5), 5);
    assert_int_equal(waiting_on(5, 100 + DEFAULT_SPAN - 0.5), 1);
    assert_int_equal(find(1, 100 + DEFAULT_SPAN), -1);
    assert_int_equal(find(1, 100), -1); /* gone for good */
    assert_int_equal(waiting_on(5, 100 + DEFAULT_SPAN), 0);
}

/* The second socket of a session comes before the end of the first is known, or after. */
static void take_over(void **state)
{
    (void)state;
    learn(1, 5, 42, 0);
    set_timeout(1, 300);
    learn(1, 6, 43, 10);
    assert_int_equal(find(1, 10), 6);
    closed(1, 42, 11);
    assert_int_equal(waiting_on(6, 11), 0);
    closed(1, 43, 20);
    assert_int_equal(waiting_on(6, 20), 1);
    learn(1, 7, 44, 320);
    assert_int_equal(waiting_on(7, 320), 0);
    assert_int_equal(find(1, 1e6), 7);
    closed(1, 44, 1000);
    assert_int_equal(find(1, 1329), 7);
    learn(1, 8, 45, 1330); /* too late: a new one, that said nothing yet */
    closed(1, 45, 2000);
    assert_int_equal(find(1, 2000 + DEFAULT_SPAN), -1);
}

static void timeouts(void **state)
{
    static const struct {
        double said;
        double span;
    } rows[] = {
        {60, 90},          {0, 30},
        {5, 35},           {2.25, 33},
        {-1, 90},          {(double)NAN, 90},
        {86400, 86430},    {86400.5, 86430},
        {60000000, 86430}, {(double)INFINITY, 86430},
        {1e300, 86430},    {-1e300, 90},
    };
    (void)state;
    for (unsigned late = 0; late < 2; late++)
        for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
            unsigned number = 100 * late + i;
            learn(number, 1, 1, 0);
            set_timeout(number, 600);
            if (!late)
                set_timeout(number, rows[i].said);
            closed(number, 1, 1000);
            if (late)
                set_timeout(number, rows[i].said);
            assert_int_equal(find(number, 1000 + rows[i].span - 0.5), 1);
            assert_int_equal(waiting_on(1, 1000 + rows[i].span - 0.5), 1);
            assert_int_equal(find(number, 1000 + rows[i].span), -1);
        }
    set_timeout(99999, 5); /* unknown: nothing happens */
    assert_int_equal(find(99999, 0), -1);
}

/* One that ends with its socket is kept for late requests, but nobody waits for it. */
static void resumable(void **state)
{
    struct affinity_key key = key_of(1), other = key_of(2);
    (void)state;
    affinity_learn(affinity, &key, 5, 42, 0, 0);
    affinity_resumable(affinity, &other, true); /* of nothing */
    closed(1, 42, 100);
    assert_int_equal(waiting_on(5, 100), 0);
    assert_int_equal(find(1, 100), 5);
    affinity_resumable(affinity, &key, true);
    assert_int_equal(waiting_on(5, 100), 1);
    affinity_resumable(affinity, &key, false);
    assert_int_equal(waiting_on(5, 100), 0);
}

/* A session and the v3 key that resumes it as well are one: they wait, and end, together. */
static void joined(void **state)
{
    struct affinity_key session = key_of(1), other = key_of(2);
    struct affinity_key first = affinity_resume(affinity, 7, SLICE("first"));
    struct affinity_key second = affinity_resume(affinity, 7, SLICE("second"));
    (void)state;
    affinity_join(affinity, &session, &first, 0); /* of nothing */
    assert_int_equal(affinity_find(affinity, &first, 0, NULL), -1);
    learn(1, 5, 42, 0);
    set_timeout(1, 300);
    affinity_join(affinity, &session, &first, 0);
    assert_int_equal(affinity_find(affinity, &first, 1e6, NULL), 5);
    closed(1, 42, 1000);
    assert_int_equal(waiting_on(5, 1000), 1);
    set_timeout(1, 400);
    assert_int_equal(affinity_find(affinity, &first, 1429, NULL), 5);
    assert_int_equal(affinity_find(affinity, &first, 1430, NULL), -1);

    /* It changes its key: the old one is no longer kept alive by the session. */
    learn(1, 5, 43, 2000);
    affinity_join(affinity, &session, &first, 2000);
    affinity_join(affinity, &session, &first, 2000);
    affinity_join(affinity, &session, &second, 2000);
    assert_int_equal(waiting_on(5, 2000), 0);
    assert_int_equal(affinity_find(affinity, &first, 2000 + DEFAULT_SPAN, NULL), -1);
    assert_int_equal(affinity_find(affinity, &second, 1e6, NULL), 5);

    /* A key that comes when the socket is gone already does not stay for good either. */
    closed(1, 43, 2100);
    affinity_join(affinity, &session, &first, 2110);
    assert_int_equal(affinity_find(affinity, &first, 2110 + DEFAULT_SPAN - 1, NULL), 5);
    assert_int_equal(waiting_on(5, 2110), 1);
    assert_int_equal(affinity_find(affinity, &first, 2110 + DEFAULT_SPAN, NULL), -1);
    learn(1, 5, 43, 2110);
    affinity_join(affinity, &session, &second, 2110);

    /* Another session takes the key over: what the first one says is its own affair. */
    learn(2, 6, 44, 3000);
    affinity_join(affinity, &other, &second, 3000);
    set_timeout(1, 0);
    closed(1, 43, 3000);
    closed(2, 44, 3000);
    assert_int_equal(affinity_find(affinity, &second, 3000 + DEFAULT_SPAN - 1, NULL), 6);
    assert_int_equal(waiting_on(6, 3000 + DEFAULT_SPAN - 1), 1);
    assert_int_equal(affinity_find(affinity, &second, 3000 + DEFAULT_SPAN, NULL), -1);
}

static void forget(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 3000; i++) {
        learn(i, i % 3, i, 0);
        if (i % 2)
            closed(i, i, 1);
    }
    affinity_forget(affinity, 1);
    for (unsigned i = 0; i < 3000; i++)
        assert_int_equal(find(i, 2), i % 3 == 1 ? -1 : (int)(i % 3));
    affinity_forget(affinity, 0);
    assert_int_equal(waiting_on(2, 2), 500);
    affinity_forget(affinity, 2);
    assert_int_equal(waiting_on(2, 2), 0);
    learn(1, 63, 1, 3);
    assert_int_equal(find(1, 3), 63);
}

/* Twice as many as fit: the newest stay, all those alive stay, and nothing counts as overflow. */
static void full_of_closed(void **state)
{
    unsigned left = 0;
    (void)state;
    for (unsigned i = 0; i < 1000; i++)
        learn(i, 3, i, 0);
    for (unsigned i = 1000; i < 2 * AFFINITY_MAX; i++) {
        learn(i, 4, i, 0);
        closed(i, i, 0);
    }
    assert_true(affinity_overflow(affinity) == 0);
    for (unsigned i = 0; i < 1000; i++)
        assert_int_equal(find(i, 1), 3);
    for (unsigned i = 2 * AFFINITY_MAX - 1000; i < 2 * AFFINITY_MAX; i++)
        assert_int_equal(find(i, 1), 4);
    for (unsigned i = 1000; i < 2000; i++)
        assert_int_equal(find(i, 1), -1);
    left = waiting_on(4, 1);
    assert_int_equal(left, AFFINITY_MAX - 1000);

    /* Their time is over: all can be learnt anew. */
    assert_int_equal(waiting_on(4, DEFAULT_SPAN), 0);
    for (unsigned i = 0; i < 1000; i++)
        assert_int_equal(find(i, DEFAULT_SPAN), 3);
}

static void full_of_live(void **state)
{
    unsigned found = 0;
    (void)state;
    for (unsigned i = 0; i < 2 * AFFINITY_MAX; i++)
        learn(i, 4, i, 0);
    for (unsigned i = 0; i < 2 * AFFINITY_MAX; i++)
        found += find(i, 0) == 4;
    assert_int_equal(found, AFFINITY_MAX);
    assert_true(affinity_overflow(affinity) == AFFINITY_MAX);

    /* What is there can still be taken over, and one that closes makes room. */
    learn(0, 9, 1, 1);
    assert_int_equal(find(0, 1), 9);
    assert_true(affinity_overflow(affinity) == AFFINITY_MAX);
    for (unsigned i = 0; i < 2 * AFFINITY_MAX; i++)
        closed(i, i, 2);
    learn(3 * AFFINITY_MAX, 10, 1, 3);
    assert_int_equal(find(3 * AFFINITY_MAX, 3), 10);
}

/* Those that are over go when others come, though nobody asks for them: with more than fit passing
 * by in time nothing alive is pushed out and nobody waits who should not. */
static void passing_by(void **state)
{
    (void)state;
    learn(1, 2, 1, 0);
    set_timeout(1, AFFINITY_TIMEOUT_MAX);
    closed(1, 1, 0);
    for (unsigned i = 10; i < 3 * AFFINITY_MAX; i++) {
        double now = i / 300.0; /* 27 000 of them within their span */
        learn(i, 4, i, now);
        closed(i, i, now);
    }
    assert_int_equal(find(1, 1300), 2);
}

/* The same as a table that is looked through from end to end. */
#define MODEL 300
struct model {
    bool known, live;
    unsigned slot;
    uint64_t owner;
    double timeout, closed;
};

static bool model_is_known(const struct model *model, double now)
{
    return model->known && (model->live || model->closed + model->timeout + AFFINITY_MARGIN > now);
}

static uint32_t random_next(uint32_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    return *seed;
}

static void model_step(struct model *table, uint32_t *seed, double now)
{
    unsigned number = random_next(seed) % MODEL, slot = random_next(seed) % 4;
    struct model *model = &table[number];
    uint64_t owner = random_next(seed) % 3;
    bool known = model_is_known(model, now);

    switch (random_next(seed) % 6) {
    case 0:
    case 1:
        learn(number, slot, owner, now);
        if (!known)
            model->timeout = AFFINITY_DEFAULT_TIMEOUT;
        model->known = model->live = true;
        model->slot = slot;
        model->owner = owner;
        break;
    case 2:
    case 3:
        closed(number, owner, now);
        if (known && model->live && model->owner == owner) {
            model->live = false;
            model->closed = now;
        }
        break;
    case 4:
        if (known) { /* else it may be there still, or not */
            double seconds = (double)(random_next(seed) % 400);
            set_timeout(number, seconds);
            model->timeout = seconds;
        }
        break;
    default:
        assert_int_equal(find(number, now), known ? (int)model->slot : -1);
    }
}

static void model(void **state)
{
    static struct model table[MODEL];
    uint32_t seed = 2463534242;
    double now = 0;
    (void)state;
    for (unsigned step = 0; step < 200000; step++) {
        if (random_next(&seed) % 4 == 0)
            now += random_next(&seed) % 3;
        model_step(table, &seed, now);
        if (random_next(&seed) % 500 == 0) {
            uint32_t expected[FLEET_MAX] = {0}, waiting[FLEET_MAX];
            for (unsigned i = 0; i < MODEL; i++)
                if (model_is_known(&table[i], now) && !table[i].live)
                    expected[table[i].slot]++;
            affinity_waiting(affinity, now, waiting);
            assert_memory_equal(waiting, expected, sizeof waiting);
        }
        if (random_next(&seed) % 20000 == 0) {
            unsigned slot = random_next(&seed) % 4;
            affinity_forget(affinity, slot);
            for (unsigned i = 0; i < MODEL; i++)
                if (table[i].slot == slot)
                    table[i].known = false;
        }
    }
    assert_true(affinity_overflow(affinity) == 0);
}

/* Four threads, each with sessions of its own and some that all share. */
#define THREADS 4
#define ROUNDS 4000

static void *hammer(void *argument)
{
    unsigned me = *(const unsigned *)argument, wrong = 0;
    uint32_t waiting[FLEET_MAX];

    for (unsigned round = 0; round < ROUNDS; round++) {
        unsigned own = 1000000 * (me + 1) + round, shared = round % 64;
        double now = round / 10.0;
        learn(own, me, round, now);
        learn(shared, me, me, now);
        wrong += find(own, now) != (int)me;
        wrong += find(shared, now) < 0;
        set_timeout(shared, 3000);
        struct affinity_key session = key_of(shared);
        char text[] = {'k', (char)('a' + round % 8)};
        struct affinity_key resume =
            affinity_resume(affinity, me + 1, (struct slice){text, sizeof text});
        affinity_join(affinity, &session, &resume, now);
        closed(shared, me, now);
        if (round % 2)
            closed(own, round, now);
        if (round % 500 == 0)
            affinity_waiting(affinity, now, waiting);
        if (round % 1000 == 0)
            affinity_forget(affinity, 40);
    }
    for (unsigned round = 0; round < ROUNDS; round += 2)
        wrong += find(1000000 * (me + 1) + round, 1e6) != (int)me;
    return wrong ? "wrong" : NULL;
}

static void threads(void **state)
{
    pthread_t list[THREADS];
    unsigned numbers[THREADS];
    (void)state;
    for (unsigned i = 0; i < THREADS; i++) {
        numbers[i] = i;
        assert_int_equal(pthread_create(&list[i], NULL, hammer, &numbers[i]), 0);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        void *result;
        assert_int_equal(pthread_join(list[i], &result), 0);
        assert_null(result);
    }
    for (unsigned slot = 0; slot < THREADS; slot++)
        affinity_forget(affinity, slot);
    assert_int_equal(waiting_on(0, 0), 0);
    assert_true(affinity_overflow(affinity) == 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(keys),         TEST(no_key),     TEST(life),    TEST(take_over), TEST(timeouts),
        TEST(joined),       TEST(resumable),  TEST(forget),  TEST(model),     TEST(full_of_closed),
        TEST(full_of_live), TEST(passing_by), TEST(threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
