/*
 * Built-in Lavalink nodes (v3.7 and v4) and a dozen bots for --demo, over real sockets on loopback,
 * in one thread of their own. The same node code is the program build/lavanode, which tests and
 * benchmark run against.
 */
#ifndef DEMO_DEMO_H
#define DEMO_DEMO_H

#include "base/err.h"
#include "net/addr.h"

struct demo;

/* Opens the nodes on ports of the kernel's choosing; ask demo_node_port for them. NULL with err.
 * Main thread. */
struct demo *demo_open(struct err *err);
/* The port of the node that speaks version 3 or 4. */
unsigned short demo_node_port(const struct demo *demo, unsigned version);
/* The password of both nodes. */
const char *demo_node_password(void);
/* Starts the thread: nodes answer, bots connect to `proxy` with `password`. */
int demo_start(struct demo *demo, const struct addr *proxy, const char *password, struct err *err);
/* Ends and joins. NULL is harmless. */
void demo_free(struct demo *demo);

#endif
