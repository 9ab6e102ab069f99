/*
 * Blocks of memory for bytes that wait, from a free list of their worker, and the backlog made of
 * them: what a socket did not take yet. An idle connection holds no block. Worker thread only.
 */
#ifndef PROXY_BLOCK_H
#define PROXY_BLOCK_H

#include <stddef.h>
#include <sys/types.h>

#include "http/head.h"

#define BLOCK_BYTES HEAD_BYTES_MAX /* a head that comes in pieces fits in one */

struct block {
    struct block *next;
    size_t start; /* first byte still to go */
    size_t end;   /* behind the last byte */
    _Alignas(8) char bytes[BLOCK_BYTES];
};

struct block_pool {
    struct block *free;
    unsigned free_count;
};

/* An empty block, or NULL when memory is out. */
struct block *block_new(struct block_pool *pool);
/* Gives a block back; NULL is harmless. */
void block_free(struct block_pool *pool, struct block *block);
/* Frees what the pool keeps. */
void block_pool_clear(struct block_pool *pool);

/* Bytes waiting for one socket, oldest first. Zeroed is empty. */
struct backlog {
    struct block *first, *last;
    size_t len;
};

/* A direction is paused when its backlog reaches HIGH and goes on below LOW; three blocks are HIGH.
 */
#define BACKLOG_HIGH ((size_t)3 * BLOCK_BYTES)
#define BACKLOG_LOW ((size_t)BLOCK_BYTES)

/* Copies bytes to the end; -1 when memory is out (then the connection has to end). */
int backlog_add(struct backlog *backlog, struct block_pool *pool, const char *bytes, size_t len);
/* Sends as much as the socket takes: bytes sent, or -1 with errno (not for EAGAIN: then 0 or what
 * went). */
ssize_t backlog_send(struct backlog *backlog, struct block_pool *pool, int fd);
void backlog_clear(struct backlog *backlog, struct block_pool *pool);

#endif
