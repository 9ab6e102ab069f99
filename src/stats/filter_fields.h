/*
 * What the compiler and the matcher of filters agree on. Private to the two.
 */
#ifndef STATS_FILTER_FIELDS_H
#define STATS_FILTER_FIELDS_H

enum filter_what {
    FILTER_ALL, /* of the children */
    FILTER_ANY,
    FILTER_WORD, /* in any column */
    FILTER_IP,
    FILTER_CLIENT,
    FILTER_USER,
    FILTER_BACKEND,
    FILTER_BOT,
    FILTER_VERSION,
    FILTER_KIND,
    FILTER_TAG,
    FILTER_ID,
    FILTER_RATE,
    FILTER_IN,
    FILTER_OUT,
    FILTER_TOTAL,
    FILTER_AGE,
    FILTER_PLAYERS
};

enum { FILTER_LESS = 1, FILTER_EQUAL = 2, FILTER_GREATER = 4 };

/* Bits of filter_node.choices. */
enum { FILTER_V3 = 1, FILTER_V4 = 2 };
enum { FILTER_REST = 1, FILTER_WEBSOCKET = 2, FILTER_NEW = 4 };
enum { FILTER_TAGGED = 1, FILTER_UNTAGGED = 2 };

#endif
