/*
 * The books by client, by user and of refusals: bounded, their sums with the others those of
 * everything; how many IPs a name came from.
 */
#include "stats_books.h"

#include "../../src/stats/crowd.h"
#include "base/hash.h"

static struct report_text number_text(const char *word, unsigned number)
{
    char text[REPORT_TEXT_MAX];
    snprintf(text, sizeof(text), "%s%u", word, number);
    return text_of(text);
}

static const struct snap_name *find_name(const struct snap_names *names, const char *name)
{
    for (unsigned i = 0; i < names->count; i++)
        if (strcmp(names->rows[i].name, name) == 0)
            return &names->rows[i];
    return NULL;
}

static void check_names(const struct snap *snap, const struct snap_names *names)
{
    struct snap_name sum = names->others;
    for (unsigned i = 0; i < names->count; i++) {
        sum.bytes_in += names->rows[i].bytes_in;
        sum.bytes_out += names->rows[i].bytes_out;
        sum.messages += names->rows[i].messages;
        sum.rate_in += names->rows[i].rate_in;
        sum.connections += names->rows[i].connections;
        sum.active += names->rows[i].active;
    }
    assert_int_equal(sum.bytes_in, snap->bytes_in);
    assert_int_equal(sum.bytes_out, snap->bytes_out);
    assert_int_equal(sum.messages, snap->messages);
    assert_int_equal(sum.connections, snap->opened);
    assert_int_equal(sum.active, snap->conn_count);
    assert_true(sum.rate_in <= snap->rate_in);
}

static void books_by_client_and_user(void **state)
{
    struct books *books = *state;
    struct report_info info = {.id = 1, .client = ip(1), .backend = REPORT_NO_BACKEND};
    enter_info(books, info);
    enter_tick(books, (struct report_tick){.id = 1, .bytes_in = 300, .messages = 1});
    /* The names come with the first request, and what was moved before goes with them. */
    info.user_agent = text_of("agent/1");
    info.user_id = text_of("123");
    enter_info(books, info);
    enter_tick(books, (struct report_tick){.id = 1, .bytes_in = 400, .messages = 2});
    enter_closed(books, (struct report_closed){.id = 2,
                                               .client = ip(2),
                                               .bytes_out = 50,
                                               .user_id = text_of("123"),
                                               .client_name = text_of("Shoukaku"),
                                               .user_agent = text_of("agent/1")});
    const struct snap *snap = next_second(books);
    const struct snap_name *agent = find_name(&snap->clients, "agent/1");
    const struct snap_name *user = find_name(&snap->users, "123");
    assert_non_null(agent);
    assert_int_equal(agent->bytes_in, 400);
    assert_int_equal(agent->active, 1);
    assert_int_equal(agent->ips, 1);
    assert_int_equal(agent->rate_in, 400 / 5);
    assert_int_equal(agent->history->in[SERIES_SECONDS - 1], 400);
    assert_int_equal(find_name(&snap->clients, "Shoukaku")->bytes_out, 50);
    assert_int_equal(find_name(&snap->clients, "")->connections, 0);
    assert_int_equal(user->bytes_in + user->bytes_out, 450);
    assert_int_equal(user->connections, 2);
    assert_int_equal(user->ips, 2);
    assert_int_equal(user->first_seen_ms, START_MS);
    check_names(snap, &snap->clients);
    check_names(snap, &snap->users);
    snap_put(snap);

    /* Its end tells no names here: it keeps those it had. */
    enter_closed(books, (struct report_closed){.id = 1, .client = ip(1), .bytes_in = 500});
    snap = next_second(books);
    agent = find_name(&snap->clients, "agent/1");
    assert_int_equal(agent->bytes_in, 500);
    assert_int_equal(agent->active, 0);
    assert_int_equal(agent->last_active_ms, START_MS + SECOND);
    check_names(snap, &snap->clients);
    snap_put(snap);
}

static void bounds_the_names(void **state)
{
    struct books *books = *state;
    enter_info(books, (struct report_info){.id = 1, .client = ip(1), .user_id = text_of("stays")});
    for (unsigned i = 0; i < 3 * LEDGER_NAMES_MAX; i++)
        enter_closed(books, (struct report_closed){.id = i + 2,
                                                   .client = ip(i % 7),
                                                   .bytes_in = i,
                                                   .messages = 1,
                                                   .user_id = number_text("u", i),
                                                   .client_name = number_text("c", i)});
    const struct snap *snap = next_second(books);
    assert_int_equal(snap->clients.count, LEDGER_NAMES_MAX);
    assert_int_equal(snap->users.count, LEDGER_NAMES_MAX);
    assert_non_null(find_name(&snap->users, "stays"));
    assert_null(find_name(&snap->users, "u0"));
    assert_string_equal(snap->users.rows[0].name, "u2999");
    assert_int_equal(snap->users.others.connections, 2 * LEDGER_NAMES_MAX + 1);
    check_names(snap, &snap->clients);
    check_names(snap, &snap->users);
    snap_put(snap);
}

/* A full book of names that all are connected: newcomers are among the others, and get a place of
 * their own with a later report. */
static void a_full_book_counts_among_the_others(void **state)
{
    struct books *books = *state;
    for (unsigned i = 0; i < LEDGER_NAMES_MAX + 3; i++)
        enter_info(books, (struct report_info){
                              .id = i + 1, .client = ip(1), .user_id = number_text("u", i)});
    enter_tick(books, (struct report_tick){.id = LEDGER_NAMES_MAX + 2, .bytes_out = 77});
    const struct snap *snap = next_second(books);
    assert_int_equal(snap->users.others.active, 3);
    assert_int_equal(snap->users.others.bytes_out, 77);
    check_names(snap, &snap->users);
    snap_put(snap);
    enter_closed(books, (struct report_closed){.id = 1, .client = ip(1)});
    enter_info(books, (struct report_info){.id = LEDGER_NAMES_MAX + 2,
                                           .client = ip(1),
                                           .user_id = number_text("u", LEDGER_NAMES_MAX + 1)});
    snap = next_second(books);
    assert_int_equal(snap->users.others.active, 2);
    assert_int_equal(find_name(&snap->users, "u1001")->bytes_out, 77);
    check_names(snap, &snap->users);
    snap_put(snap);
}

static void names_are_cleaned(void **state)
{
    struct books *books = *state;
    enter_closed(
        books, (struct report_closed){
                   .id = 1, .client = ip(1), .client_name = text_of("\x1b[2J\xff<b>\xe2\x80\xae")});
    const struct snap *snap = next_second(books);
    const char *name = snap->clients.rows[0].name;
    assert_null(strchr(name, 0x1b));
    assert_null(strchr(name, 0xff));
    assert_null(strstr(name, "\xe2\x80\xae"));
    assert_non_null(strstr(name, "<b>"));
    snap_put(snap);
}

static void refuse(struct books *books, enum report_event_kind kind, unsigned from, uint32_t count)
{
    enter_event(books,
                (struct report_event){.kind = (uint8_t)kind, .client = ip(from), .count = count});
}

static void counts_refusals_by_ip(void **state)
{
    struct books *books = *state;
    refuse(books, REPORT_AUTH_WRONG, 1, 3);
    books->now += SECOND;
    refuse(books, REPORT_AUTH_MISSING, 2, 1);
    refuse(books, REPORT_LIMITED, 3, 1);
    books->now += SECOND;
    refuse(books, REPORT_BLOCKED, 1, 5);
    /* Four wrong ones, of which only one has found room among the events. */
    struct report_event event = {.kind = REPORT_AUTH_WRONG, .client = ip(2), .count = 1};
    enter(books, &(struct report){.events = &event, .event_count = 1, .counts = {.auth_wrong = 4}});
    const struct snap *snap = next_second(books);
    assert_int_equal(snap->guess_count, 2);
    assert_int_equal(snap->guesses[0].missing, 1);
    assert_int_equal(snap->guesses[0].wrong, 1);
    assert_int_equal(snap->guesses[1].wrong, 3);
    assert_int_equal(snap->guesses[1].refused, 5);
    assert_int_equal(snap->guesses[1].last_ms, START_MS + 2 * SECOND);
    assert_int_equal(snap->other_guesses.wrong, 3);
    snap_put(snap);
}

static void bounds_the_refusals(void **state)
{
    struct books *books = *state;
    uint64_t sum = 0;
    for (unsigned i = 0; i < 2 * LEDGER_GUESSES_MAX; i++)
        refuse(books, REPORT_AUTH_WRONG, i, i + 1);
    refuse(books, REPORT_AUTH_WRONG, LEDGER_GUESSES_MAX, 1); /* known: goes to the front */
    const struct snap *snap = next_second(books);
    assert_int_equal(snap->guess_count, LEDGER_GUESSES_MAX);
    assert_int_equal(snap->guesses[0].wrong, LEDGER_GUESSES_MAX + 2);
    for (unsigned i = 0; i < snap->guess_count; i++)
        sum += snap->guesses[i].wrong;
    sum += snap->other_guesses.wrong;
    assert_int_equal(sum, (uint64_t)LEDGER_GUESSES_MAX * (2 * LEDGER_GUESSES_MAX + 1) + 1);
    snap_put(snap);
}

static void carries_the_lists_of_the_configuration(void **state)
{
    const struct snap *snap = next_second(*state);
    assert_int_equal(snap->allow_count, 2);
    assert_int_equal(snap->allow[0].bits, 8);
    assert_int_equal(snap->deny_count, 0);
    snap_put(snap);
}

static void counts_different_ones(void **state)
{
    (void)state;
    static const uint64_t secret[2] = {1, 2};
    struct crowd crowd = {0};
    assert_int_equal(crowd_count(&crowd), 0);
    for (unsigned i = 0; i < 5000; i++) {
        uint64_t hash = hash_sip(secret, &i, sizeof(i));
        crowd_add(&crowd, hash);
        crowd_add(&crowd, hash);
        unsigned count = crowd_count(&crowd);
        if (i < CROWD_EXACT)
            assert_int_equal(count, i + 1);
        assert_in_range(count, (i + 1) * 9 / 10, (i + 1) * 11 / 10 + 1);
    }
    for (unsigned i = 0; i < 300000; i++)
        crowd_add(&crowd, i);
    assert_in_range(crowd_count(&crowd), 15000, 16000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOOKS(books_by_client_and_user),
        BOOKS(bounds_the_names),
        BOOKS(a_full_book_counts_among_the_others),
        BOOKS(names_are_cleaned),
        BOOKS(counts_refusals_by_ip),
        BOOKS(bounds_the_refusals),
        BOOKS(carries_the_lists_of_the_configuration),
        cmocka_unit_test(counts_different_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
