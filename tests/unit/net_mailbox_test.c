/*
 * Mail between threads: nothing lost, nothing twice, order kept per sender; names resolved in the
 * resolver's thread. Meant to run under the thread sanitizer too.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <ev.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "net/mailbox.h"
#include "net/resolver.h"

#define SENDERS 3
#define LETTERS 2000

struct letter {
    struct mail mail; /* type: the sender */
    unsigned number;
};

struct reader {
    struct ev_loop *loop;
    struct mailbox *box;
    unsigned next[SENDERS];
    unsigned total, until;
};

static void post(struct mailbox *box, int sender, unsigned number)
{
    struct letter *letter = malloc(sizeof(*letter));
    if (!letter)
        abort();
    letter->mail.type = sender;
    letter->number = number;
    mailbox_post(box, &letter->mail);
}

static void on_letter(void *ctx, struct mail *mail)
{
    struct reader *reader = ctx;
    const struct letter *letter = (const struct letter *)mail;
    assert_int_equal(letter->number, reader->next[letter->mail.type]);
    reader->next[letter->mail.type]++;
    if (++reader->total == reader->until)
        ev_break(reader->loop, EVBREAK_ALL);
    free(mail);
}

struct sender {
    pthread_t thread;
    struct mailbox *box;
    int index;
};

static void *send_all(void *arg)
{
    struct sender *sender = arg;
    for (unsigned i = 0; i < LETTERS; i++)
        post(sender->box, sender->index, i);
    return NULL;
}

static void delivers_all_in_order(void **state)
{
    struct reader reader = {.loop = ev_loop_new(EVFLAG_NOENV), .until = SENDERS * LETTERS};
    struct sender senders[SENDERS];
    (void)state;

    reader.box = mailbox_new(reader.loop, on_letter, &reader);
    assert_non_null(reader.box);
    for (int i = 0; i < SENDERS; i++) {
        senders[i] = (struct sender){.box = reader.box, .index = i};
        assert_int_equal(pthread_create(&senders[i].thread, NULL, send_all, &senders[i]), 0);
    }
    ev_run(reader.loop, 0);
    for (int i = 0; i < SENDERS; i++)
        pthread_join(senders[i].thread, NULL);
    assert_int_equal(reader.total, SENDERS * LETTERS);
    mailbox_free(reader.box);
    ev_loop_destroy(reader.loop);
}

/* A reader that posts to itself is woken for that too. */
static void on_echo(void *ctx, struct mail *mail)
{
    struct reader *reader = ctx;
    const struct letter *letter = (const struct letter *)mail;
    if (letter->number < 10)
        post(reader->box, 0, letter->number + 1);
    else
        ev_break(reader->loop, EVBREAK_ALL);
    reader->total++;
    free(mail);
}

static void takes_mail_from_its_handler(void **state)
{
    struct reader reader = {.loop = ev_loop_new(EVFLAG_NOENV)};
    (void)state;
    reader.box = mailbox_new(reader.loop, on_echo, &reader);
    post(reader.box, 0, 0);
    ev_run(reader.loop, 0);
    assert_int_equal(reader.total, 11);
    mailbox_free(reader.box);
    ev_loop_destroy(reader.loop);
}

static void delivers_on_demand_and_frees_the_rest(void **state)
{
    struct reader reader = {.loop = ev_loop_new(EVFLAG_NOENV)};
    (void)state;
    reader.box = mailbox_new(reader.loop, on_letter, &reader);
    post(reader.box, 0, 0);
    post(reader.box, 1, 0);
    mailbox_deliver(reader.box);
    assert_int_equal(reader.total, 2);
    mailbox_deliver(reader.box);
    assert_int_equal(reader.total, 2);
    post(reader.box, 0, 1); /* the leak checker sees whether this one is freed */
    mailbox_free(reader.box);
    mailbox_free(NULL);
    ev_loop_destroy(reader.loop);
    assert_int_equal(reader.total, 2);
}

struct answers {
    struct ev_loop *loop;
    struct resolver_answer list[3];
    unsigned count;
};

static void on_answer(void *ctx, struct mail *mail)
{
    struct answers *answers = ctx;
    answers->list[answers->count++] = *(struct resolver_answer *)mail;
    free(mail);
    if (answers->count == 3)
        ev_break(answers->loop, EVBREAK_ALL);
}

static void resolves_names(void **state)
{
    struct answers answers = {.loop = ev_loop_new(EVFLAG_NOENV)};
    struct mailbox *box = mailbox_new(answers.loop, on_answer, &answers);
    struct resolver *resolver = resolver_new();
    char text[ADDR_TEXT_MAX];
    bool found = false;
    (void)state;

    assert_non_null(resolver);
    /* None of the three leaves this host: a name of the hosts file, a literal, and a name that
     * cannot be one. */
    assert_int_equal(resolver_ask(resolver, "localhost", 2333, box, 7, 1), 0);
    assert_int_equal(resolver_ask(resolver, "127.0.0.2", 2334, box, 7, 2), 0);
    assert_int_equal(resolver_ask(resolver, "bad name..", 1, box, 8, 3), 0);
    ev_run(answers.loop, 0);

    assert_int_equal(answers.list[0].token, 1);
    assert_int_equal(answers.list[0].mail.type, 7);
    assert_true(answers.list[0].count > 0);
    for (unsigned i = 0; i < answers.list[0].count; i++) {
        assert_true(addr_is_loopback(&answers.list[0].addrs[i]));
        assert_int_equal(answers.list[0].addrs[i].port, 2333);
    }
    for (unsigned i = 0; i < answers.list[1].count; i++)
        found = found ||
                strcmp(addr_text(text, &answers.list[1].addrs[i], true), "127.0.0.2:2334") == 0;
    assert_true(found);
    assert_int_equal(answers.list[1].count, 1);
    assert_int_equal(answers.list[2].mail.type, 8);
    assert_int_equal(answers.list[2].count, 0);
    assert_true(answers.list[2].error[0] != '\0');
    resolver_free(resolver);
    resolver_free(NULL);
    mailbox_free(box);
    ev_loop_destroy(answers.loop);
}

/* Questions nobody waits for any more do not keep it from ending. */
static void ends_with_questions_open(void **state)
{
    struct ev_loop *loop = ev_loop_new(EVFLAG_NOENV);
    struct answers answers = {.loop = loop};
    struct mailbox *box = mailbox_new(loop, on_answer, &answers);
    struct resolver *resolver = resolver_new();
    (void)state;
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(resolver_ask(resolver, "127.0.0.1", 1, box, 7, i), 0);
    resolver_free(resolver);
    mailbox_free(box);
    ev_loop_destroy(loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(delivers_all_in_order),
        cmocka_unit_test(takes_mail_from_its_handler),
        cmocka_unit_test(delivers_on_demand_and_frees_the_rest),
        cmocka_unit_test(resolves_names),
        cmocka_unit_test(ends_with_questions_open),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
