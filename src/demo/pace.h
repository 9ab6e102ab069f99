/*
 * How long things take at a node and how often they go wrong, drawn from its seed. One thread.
 */
#ifndef DEMO_PACE_H
#define DEMO_PACE_H

#include "demo/node.h"

/* Seconds; 0: at once. */
double pace_draw(struct node *node, const struct node_span *span);
/* The same for a search: now and then one takes much longer. */
double pace_search(struct node *node);
/* Whether the track that starts now goes wrong; *which is a number to pick how. */
bool pace_mishap(struct node *node, unsigned *which);

#endif
