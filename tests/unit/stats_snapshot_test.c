/*
 * The hub and the command desk between threads: no torn picture, no picture older than one seen
 * before, every command carried out once. Meant to run under the thread sanitizer too.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <ev.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "stats/command.h"
#include "stats/snapshot.h"

#define READERS 3
#define PICTURES 2000
#define CONNS 20

/* Every figure of picture `seq` is made of `seq`, so a torn one shows. */
static struct snap *picture(uint64_t seq)
{
    struct snap *snap = snap_alloc(CONNS * sizeof(struct snap_conn) + 32);
    struct snap_conn *conns = snap_take(snap, CONNS * sizeof(*conns));
    char *listen = snap_take(snap, 9);
    memset(conns, 0, CONNS * sizeof(*conns));
    memcpy(listen, "0.0.0.0:", 9);
    for (unsigned i = 0; i < CONNS; i++)
        conns[i].id = conns[i].bytes_in = seq;
    snap->seq = seq;
    snap->conns = conns;
    snap->conn_count = CONNS;
    snap->listen = listen;
    return snap;
}

struct reader {
    pthread_t thread;
    struct snap_hub *hub;
    bool good;
};

static void *read_all(void *arg)
{
    struct reader *reader = arg;
    uint64_t seen = 0;
    reader->good = true;
    while (seen < PICTURES) {
        if (!snap_wait(reader->hub, seen, 30)) {
            reader->good = false;
            break;
        }
        const struct snap *snap = snap_get(reader->hub);
        if (snap->seq <= seen)
            reader->good = false;
        for (unsigned i = 0; i < snap->conn_count; i++)
            if (snap->conns[i].id != snap->seq || snap->conns[i].bytes_in != snap->seq)
                reader->good = false;
        seen = snap->seq;
        snap_put(snap);
    }
    return NULL;
}

static void readers_see_whole_pictures(void **state)
{
    struct snap_hub *hub = snap_hub_new();
    struct reader readers[READERS];
    (void)state;

    assert_non_null(hub);
    assert_null(snap_get(hub));
    for (unsigned i = 0; i < READERS; i++) {
        readers[i].hub = hub;
        assert_int_equal(pthread_create(&readers[i].thread, NULL, read_all, &readers[i]), 0);
    }
    for (uint64_t seq = 1; seq <= PICTURES; seq++)
        snap_publish(hub, picture(seq));
    for (unsigned i = 0; i < READERS; i++) {
        pthread_join(readers[i].thread, NULL);
        assert_true(readers[i].good);
    }
    snap_hub_free(hub);
}

static void an_old_picture_outlives_the_hub(void **state)
{
    struct snap_hub *hub = snap_hub_new();
    (void)state;
    snap_publish(hub, picture(1));
    const struct snap *old = snap_get(hub);
    snap_publish(hub, picture(2));
    assert_false(snap_wait(hub, 2, 0.01));
    assert_false(snap_wait(hub, 2, -1));
    assert_true(snap_wait(hub, 1, 10));
    snap_hub_free(hub);
    assert_int_equal(old->seq, 1);
    assert_int_equal(old->conns[CONNS - 1].id, 1);
    snap_put(old);
    snap_put(NULL);
    snap_hub_free(NULL);
}

static void the_arena_ends_where_it_ends(void **state)
{
    struct snap *snap = snap_alloc(20);
    (void)state;
    char *first = snap_take(snap, 1), *second = snap_take(snap, 16);
    assert_non_null(first);
    assert_ptr_equal(second, first + 8);
    assert_int_equal((uintptr_t)first % 8, 0);
    assert_null(snap_take(snap, 1));
    assert_null(snap_take(snap, SIZE_MAX));
    assert_non_null(snap_take(snap, 0));
    snap_put(snap);
}

static void names_its_states(void **state)
{
    (void)state;
    assert_string_equal(backend_state_text(BACKEND_UNKNOWN), "unknown");
    assert_string_equal(backend_state_text(BACKEND_ONLINE), "online");
    assert_string_equal(backend_state_text(BACKEND_OFFLINE), "offline");
    assert_string_equal(backend_state_text(BACKEND_TIMEOUT), "timeout");
    assert_string_equal(event_level_text(EVENT_INFO), "INFO");
    assert_string_equal(event_level_text(EVENT_WARN), "WARN");
    assert_string_equal(event_level_text(EVENT_ERROR), "ERR");
    assert_string_equal(event_level_text(EVENT_AUTH), "AUTH");
    for (int reason = 0; reason < CLOSE_REASON_COUNT; reason++) {
        assert_non_null(close_reason_text((enum close_reason)reason));
        for (int other = 0; other < reason; other++)
            assert_string_not_equal(close_reason_text((enum close_reason)reason),
                                    close_reason_text((enum close_reason)other));
    }
}

#define SENDERS 3
#define COMMANDS 500

struct office {
    struct ev_loop *loop;
    struct command_desk *desk;
    unsigned handled, without_answer;
    atomic_uint answered;
};

static void on_command(void *ctx, const struct command *command, command_answer *answer,
                       void *answer_ctx)
{
    struct office *office = ctx;
    struct command_result result = {.code = COMMAND_DONE};
    assert_int_equal(command->type, COMMAND_KILL);
    if (answer)
        answer(answer_ctx, &result);
    else
        office->without_answer++;
    if (++office->handled == SENDERS * COMMANDS)
        ev_break(office->loop, EVBREAK_ALL);
}

static void on_result(void *ctx, const struct command_result *result)
{
    struct office *office = ctx;
    if (result->code == COMMAND_DONE)
        atomic_fetch_add(&office->answered, 1);
}

static void *send_commands(void *arg)
{
    struct office *office = arg;
    for (uint64_t i = 0; i < COMMANDS; i++) {
        struct command command = {.type = COMMAND_KILL, .id = i};
        if (command_send(office->desk, &command, i % 2 ? on_result : NULL, office) < 0)
            break;
    }
    return NULL;
}

static void the_desk_takes_every_command_once(void **state)
{
    struct office office = {.loop = ev_loop_new(EVFLAG_NOENV)};
    pthread_t threads[SENDERS];
    (void)state;

    office.desk = command_desk_new(office.loop, on_command, &office);
    assert_non_null(office.desk);
    for (unsigned i = 0; i < SENDERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, send_commands, &office), 0);
    ev_run(office.loop, 0);
    for (unsigned i = 0; i < SENDERS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(office.handled, SENDERS * COMMANDS);
    assert_int_equal(office.without_answer, SENDERS * COMMANDS / 2);
    assert_int_equal(atomic_load(&office.answered), SENDERS * COMMANDS / 2);
    command_desk_free(office.desk);
    command_desk_free(NULL);
    ev_loop_destroy(office.loop);
}

static void on_refusal(void *ctx, const struct command_result *result)
{
    unsigned *refused = ctx;
    if (result->code == COMMAND_REFUSED)
        (*refused)++;
}

static void a_closing_desk_refuses_the_rest(void **state)
{
    struct office office = {.loop = ev_loop_new(EVFLAG_NOENV)};
    struct command command = {.type = COMMAND_KILL};
    unsigned refused = 0;
    (void)state;
    office.desk = command_desk_new(office.loop, on_command, &office);
    assert_int_equal(command_send(office.desk, &command, on_refusal, &refused), 0);
    assert_int_equal(command_send(office.desk, &command, NULL, NULL), 0);
    command_desk_free(office.desk);
    assert_int_equal(refused, 1);
    assert_int_equal(office.handled, 0);
    ev_loop_destroy(office.loop);
}

static void on_list(void *ctx, const struct command *command, command_answer *answer,
                    void *answer_ctx)
{
    struct office *office = ctx;
    (void)answer;
    (void)answer_ctx;
    assert_int_equal(command->id_count, 3);
    for (uint64_t i = 0; i < 3; i++)
        assert_int_equal(command->ids[i], 7 + i);
    office->handled++;
    ev_break(office->loop, EVBREAK_ALL);
}

static void the_desk_copies_lists(void **state)
{
    struct office office = {.loop = ev_loop_new(EVFLAG_NOENV)};
    uint64_t ids[] = {7, 8, 9};
    struct command command = {.type = COMMAND_KILL, .ids = ids, .id_count = 3};
    (void)state;
    office.desk = command_desk_new(office.loop, on_list, &office);
    assert_int_equal(command_send(office.desk, &command, NULL, NULL), 0);
    memset(ids, 0, sizeof(ids));
    ev_run(office.loop, 0);
    assert_int_equal(office.handled, 1);
    command.id_count = COMMAND_IDS_MAX + 1;
    assert_int_equal(command_send(office.desk, &command, NULL, NULL), -1);
    command_desk_free(office.desk);
    ev_loop_destroy(office.loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(readers_see_whole_pictures),
        cmocka_unit_test(an_old_picture_outlives_the_hub),
        cmocka_unit_test(the_arena_ends_where_it_ends),
        cmocka_unit_test(names_its_states),
        cmocka_unit_test(the_desk_takes_every_command_once),
        cmocka_unit_test(a_closing_desk_refuses_the_rest),
        cmocka_unit_test(the_desk_copies_lists),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
