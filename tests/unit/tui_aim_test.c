/* Whom an action meets: taken when it is asked about, whatever the snapshots say later. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "tui/aim.h"
#include "tui_synthetic.h"

static const struct synthetic usual = {.conns = 30, .ips = 10, .backends = 3};

/* As many connections of the address as the snapshot has. */
static unsigned count_of(const struct snap *snap, const struct addr *addr)
{
    struct addr_key key = addr_key_of(addr);
    unsigned count = 0;
    for (unsigned i = 0; i < snap->conn_count; i++) {
        struct addr_key other = addr_key_of(&snap->conns[i].client);
        count += memcmp(&key, &other, sizeof(key)) == 0;
    }
    return count;
}

static void at_one(void **state)
{
    const struct snap *snap = synthetic_snap(&usual);
    const struct snap_conn *conn = &snap->conns[7];
    struct aim aim = {0};
    char id[32];
    (void)state;
    assert_int_equal(aim_at_connection(&aim, snap, conn), 0);
    assert_int_equal(aim.id_count, 1);
    assert_int_equal(aim.ip_count, 1);
    assert_int_equal(aim.ip_conns, count_of(snap, &conn->client));
    assert_int_equal(aim.backend, snap->backends[conn->backend].slot);
    snprintf(id, sizeof(id), "#%llu  ", (unsigned long long)conn->id);
    assert_int_equal(strncmp(aim.head, id, strlen(id)), 0);
    assert_int_equal(aim_alive(&aim, snap), 1);
    struct command command = aim_kill(&aim, KILL_CLOSE, 600);
    assert_int_equal(command.type, COMMAND_KILL);
    assert_int_equal(command.id, conn->id);
    assert_null(command.ids);
    assert_int_equal(command.mode, KILL_CLOSE);
    assert_true(command.seconds == 600);

    struct synthetic without = usual;
    without.skip_id = conn->id;
    const struct snap *later = synthetic_snap(&without);
    assert_int_equal(aim_alive(&aim, later), 0);
    /* A picture of the past shows it: there is nobody to aim at. */
    assert_int_equal(aim_at_connection(&aim, later, conn), 0);
    assert_int_equal(aim.id_count, 0);
    aim_free(&aim);
    snap_put(snap);
    snap_put(later);
}

static void at_tagged(void **state)
{
    const struct snap *snap = synthetic_snap(&usual);
    struct synthetic without = usual;
    struct tags tags = {0};
    struct aim aim = {0};
    (void)state;
    for (unsigned i = 0; i < 5; i++)
        assert_int_equal(tags_add(&tags, snap->conns[i * 3].id), 0);
    assert_int_equal(tags_add(&tags, 999999), 0); /* has ended */
    assert_int_equal(aim_at_tagged(&aim, snap, &tags), 0);
    assert_int_equal(aim.id_count, 5);
    assert_string_equal(aim.head, "5 tagged connections");
    assert_int_equal(aim.line_count, AIM_LINES);
    assert_int_equal(aim_alive(&aim, snap), 5);
    without.skip_id = snap->conns[3].id;
    const struct snap *later = synthetic_snap(&without);
    assert_int_equal(aim_alive(&aim, later), 4);
    struct command command = aim_kill(&aim, KILL_RESET, 0);
    assert_int_equal(command.type, COMMAND_KILL);
    assert_int_equal(command.id_count, 5);
    for (unsigned i = 0; i < 5; i++)
        assert_int_equal(command.ids[i], snap->conns[i * 3].id);

    /* Of too many addresses none is blocked. */
    for (unsigned i = 0; i < snap->conn_count; i++)
        assert_int_equal(tags_add(&tags, snap->conns[i].id), 0);
    assert_int_equal(aim_at_tagged(&aim, snap, &tags), 0);
    assert_int_equal(aim.id_count, snap->conn_count);
    assert_true(aim.ip_count > AIM_IPS_MAX);
    assert_int_equal(aim.ip_conns, 0);
    aim_free(&aim);
    tags_free(&tags);
    snap_put(snap);
    snap_put(later);
}

static void at_an_ip(void **state)
{
    const struct snap *snap = synthetic_snap(&usual);
    struct synthetic more = usual;
    struct aim aim = {0};
    (void)state;
    for (unsigned i = 0; i < snap->ip_count; i++) {
        struct addr addr = {.family = snap->ips[i].key.family};
        memcpy(addr.bytes, snap->ips[i].key.bytes, sizeof(addr.bytes));
        assert_int_equal(aim_at_ip(&aim, snap, &snap->ips[i]), 0);
        assert_int_equal(aim.id_count, count_of(snap, &addr));
        assert_int_equal(aim_alive(&aim, snap), count_of(snap, &addr));
    }
    struct command command = aim_kill(&aim, KILL_RESET, 0);
    assert_int_equal(command.type, COMMAND_KILL_IP);
    /* All that it has by then. */
    more.conns = 60;
    const struct snap *later = synthetic_snap(&more);
    assert_int_equal(aim_alive(&aim, later), count_of(later, &command.addr));
    assert_true(aim_alive(&aim, later) > aim.id_count);
    aim_free(&aim);
    snap_put(snap);
    snap_put(later);
}

static void at_a_group(void **state)
{
    const struct snap *snap = synthetic_snap(&usual);
    struct synthetic without = usual;
    struct model model;
    struct aim aim = {0};
    (void)state;
    model_init(&model);
    model_group(&model, GROUP_BACKEND);
    assert_int_equal(model_update(&model, snap, 1), 0);
    const struct group *group = &model.groups.list[0];
    assert_true(group->count > 3);
    assert_int_equal(aim_at_group(&aim, snap, snap, &model.groups, group), 0);
    assert_int_equal(aim.id_count, group->count);
    for (unsigned i = 0; i < aim.id_count; i++)
        assert_int_equal(snap_find_conn(snap, aim.ids[i])->backend,
                         snap_find_conn(snap, aim.ids[0])->backend);
    without.skip_id = aim.ids[1];
    const struct snap *later = synthetic_snap(&without);
    assert_int_equal(aim_at_group(&aim, later, snap, &model.groups, group), 0);
    assert_int_equal(aim.id_count, group->count - 1);
    model_free(&model);
    aim_free(&aim);
    snap_put(snap);
    snap_put(later);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(at_one),
        cmocka_unit_test(at_tagged),
        cmocka_unit_test(at_an_ip),
        cmocka_unit_test(at_a_group),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
