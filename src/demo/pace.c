/*
 * Times and mishaps of a node that is to look like life.
 */
#include "pace.h"

#include "inside.h"
#include "track.h"

#define LATE_LEAST 1.1 /* of a search that takes long: more than anybody likes to wait */
#define LATE_MOST 1.9

static double between(struct node *node, double least, double most)
{
    double part = (double)(track_random(&node->random) >> 40) / (double)(1U << 24);

    return least + (most - least) * part;
}

static bool one_in(struct node *node, unsigned times)
{
    return times > 0 && track_random(&node->random) % times == 0;
}

double pace_draw(struct node *node, const struct node_span *span)
{
    return span->most > 0 ? between(node, span->least, span->most) : 0;
}

double pace_search(struct node *node)
{
    if (one_in(node, node->options.pace.late_in))
        return between(node, LATE_LEAST, LATE_MOST);
    return pace_draw(node, &node->options.pace.search);
}

bool pace_mishap(struct node *node, unsigned *which)
{
    if (!one_in(node, node->options.pace.mishap_in))
        return false;
    *which = (unsigned)(track_random(&node->random) >> 32);
    return true;
}
