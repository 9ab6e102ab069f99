/*
 * What it costs to find a session's backend: the key of its id and the look into the table, as a
 * request does, in CPU time of the thread. The ids are asked for in random order, so with many
 * sessions the table's memory is cold, which is the bad case. Best of several runs, since the
 * machine may be shared. Prints one line of JSON: nanoseconds by number of sessions, and those for
 * an id nobody knows.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "proxy/affinity.h"

#define ID_LEN 16
#define IDS_MAX 100000
#define LOOKUPS 1000000
#define RUNS 7

static char ids[IDS_MAX][ID_LEN];
static unsigned order[LOOKUPS];
static uint64_t seed = 1;

static unsigned below(unsigned bound)
{
    seed = seed * 6364136223846793005U + 1442695040888963407U;
    return (unsigned)((seed >> 33) % bound);
}

static void make_ids(void)
{
    for (unsigned i = 0; i < IDS_MAX; i++)
        for (unsigned at = 0; at < ID_LEN; at++)
            ids[i][at] = "abcdefghijklmnopqrstuvwxyz0123456789"[below(36)];
}

static double cpu_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* Nanoseconds a lookup. */
static double run(struct affinity *affinity, bool is_known)
{
    double start = cpu_ns();
    for (unsigned i = 0; i < LOOKUPS; i++) {
        struct affinity_key key =
            affinity_session(affinity, 4, (struct slice){ids[order[i]], ID_LEN});
        if ((affinity_find(affinity, &key, 2, NULL) >= 0) != is_known) {
            fprintf(stderr, "the table is wrong\n");
            exit(1);
        }
    }
    return (cpu_ns() - start) / LOOKUPS;
}

static double best(unsigned sessions, bool is_known)
{
    struct affinity *affinity = affinity_new();
    double least = 1e18;
    if (affinity == NULL)
        exit(1);
    for (unsigned i = 0; i < sessions; i++) {
        /* Unknown are those of the other version. */
        struct affinity_key key =
            affinity_session(affinity, is_known ? 4 : 3, (struct slice){ids[i], ID_LEN});
        affinity_learn(affinity, &key, i % 2, i, 0, 1);
    }
    for (unsigned i = 0; i < LOOKUPS; i++)
        order[i] = below(sessions);
    for (unsigned i = 0; i < RUNS; i++) {
        double ns = run(affinity, is_known);
        least = ns < least ? ns : least;
    }
    affinity_free(affinity);
    return least;
}

int main(void)
{
    make_ids();
    printf("{\"10\": %.1f, \"1000\": %.1f, ", best(10, true), best(1000, true));
    printf("\"100000\": %.1f, \"unknown\": %.1f}\n", best(IDS_MAX, true), best(1000, false));
    return 0;
}
