/*
 * The bots of the demo.
 */
#ifndef DEMO_BOTS_H
#define DEMO_BOTS_H

#include <stdint.h>

struct addr;
struct bot;
struct ev_loop;

#define BOTS_COUNT 13

/* Starts them all in `bots`; -1 when memory is out (what was started is freed). */
int bots_start(struct bot *bots[BOTS_COUNT], struct ev_loop *loop, const struct addr *proxy,
               const char *password, uint64_t seed);
void bots_free(struct bot *bots[BOTS_COUNT]);

#endif
