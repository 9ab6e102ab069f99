/* Owns orders to end connections on their way through the workers. */
#include "kill.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "conn.h"
#include "worker.h"

/* The connections that stay must not wait for the end of thousands. */
#define KILLS_PER_TURN 128

/* Immutable but for the counters. The lists are sorted. */
struct kill_job {
    atomic_uint left; /* workers that have not looked yet, and the sender until all are sent */
    atomic_uint ended;
    uint64_t token;
    enum kill_mode mode;
    enum close_reason reason;
    size_t id_count, key_count;
    struct user_name user; /* a bot whose connections end; "": none */
    struct addr_key *keys; /* behind the ids */
    uint64_t ids[];
};

static int compare_ids(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static int compare_keys(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct addr_key));
}

static struct kill_job *job_new(const struct proxy_kill *kill, uint64_t token)
{
    size_t ids = kill->id_count * sizeof(uint64_t);
    size_t keys = kill->key_count * sizeof(struct addr_key);
    struct kill_job *job = malloc(sizeof *job + ids + keys);
    if (job == NULL)
        return NULL;
    atomic_init(&job->left, 0);
    atomic_init(&job->ended, 0);
    job->token = token;
    job->mode = kill->mode;
    job->reason = kill->reason;
    job->id_count = kill->id_count;
    job->key_count = kill->key_count;
    job->user = kill->user != NULL ? *kill->user : (struct user_name){""};
    job->keys = (struct addr_key *)(void *)(job->ids + kill->id_count);
    if (ids > 0)
        memcpy(job->ids, kill->ids, ids);
    if (keys > 0)
        memcpy(job->keys, kill->keys, keys);
    qsort(job->ids, job->id_count, sizeof *job->ids, compare_ids);
    qsort(job->keys, job->key_count, sizeof *job->keys, compare_keys);
    return job;
}

/* `count` shares of the looking are done; who takes the last one tells control. */
static void looked(struct shared *shared, struct kill_job *job, unsigned count)
{
    if (atomic_fetch_sub(&job->left, count) > count)
        return;
    struct proxy_killed *mail = malloc(sizeof *mail);
    if (mail != NULL) {
        mail->mail.type = shared->types.killed;
        mail->token = job->token;
        mail->ended = atomic_load(&job->ended);
        mailbox_post(shared->control, &mail->mail);
    }
    free(job);
}

int kill_send(struct shared *shared, struct worker *const *workers, unsigned count,
              const struct proxy_kill *kill, uint64_t token)
{
    struct kill_job *job = job_new(kill, token);
    if (job == NULL)
        return -1;
    unsigned missing = count;
    atomic_init(&job->left, count + 1); /* ours keeps the job alive until all are sent */
    for (unsigned i = 0; i < count; i++) {
        struct worker_kill *mail = malloc(sizeof *mail);
        if (mail == NULL)
            break;
        mail->mail.type = WORKER_KILL;
        mail->job = job;
        mail->below = UINT64_MAX;
        worker_post(workers[i], &mail->mail);
        missing--;
    }
    /* For workers that could not be asked nobody else answers. */
    looked(shared, job, missing + 1);
    return 0;
}

/* By what the last request with a User-Id said: that of a WebSocket is its handshake. */
static bool is_of_user(const struct kill_job *job, const struct conn *c)
{
    struct user_name name;
    return job->user.text[0] != '\0' && c->user_id.len > 0 &&
           user_name_of(&name, (struct slice){c->user_id.bytes, c->user_id.len}) &&
           memcmp(&name, &job->user, sizeof name) == 0;
}

static bool is_meant(const struct kill_job *job, const struct conn *c)
{
    struct addr_key key = addr_key_of(&c->client);
    return bsearch(&c->id, job->ids, job->id_count, sizeof c->id, compare_ids) != NULL ||
           bsearch(&key, job->keys, job->key_count, sizeof key, compare_keys) != NULL ||
           is_of_user(job, c);
}

static void carry_out(const struct kill_job *job, struct conn *c)
{
    if (job->reason == CLOSE_BLOCKED)
        conn_reset(c, CLOSE_BLOCKED);
    else
        conn_kill(c, job->mode);
}

bool kill_take(struct worker *worker, struct worker_kill *mail)
{
    struct kill_job *job = mail->job;
    unsigned ended = 0;
    /* The newest come first in the list, so the id of the last one says how far the walk got. */
    for (struct conn *c = worker->conns, *next; c != NULL; c = next) {
        next = c->next;
        if (c->id >= mail->below || !is_meant(job, c))
            continue;
        mail->below = c->id;
        carry_out(job, c);
        ended++;
        if (job->id_count == 1 && job->key_count == 0 && job->user.text[0] == '\0')
            break;
        if (ended == KILLS_PER_TURN && !worker->stopping) {
            atomic_fetch_add(&job->ended, ended);
            return false;
        }
    }
    atomic_fetch_add(&job->ended, ended);
    looked(worker->shared, job, 1);
    return true;
}
