/* Owns pooled blocks and the backlog of a socket. */
#include "block.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "net/sock.h"

/* Enough to never ask malloc in steady traffic, little enough to give memory back after a burst (1
 * MB). */
#define POOL_KEEPS 64
#define SEND_PARTS 4

struct block *block_new(struct block_pool *pool)
{
    struct block *block = pool->free;
    if (block != NULL) {
        pool->free = block->next;
        pool->free_count--;
    } else {
        block = malloc(sizeof *block);
        if (block == NULL)
            return NULL;
    }
    block->next = NULL;
    block->start = block->end = 0;
    return block;
}

void block_free(struct block_pool *pool, struct block *block)
{
    if (block == NULL)
        return;
    if (pool->free_count == POOL_KEEPS) {
        free(block);
        return;
    }
    block->next = pool->free;
    pool->free = block;
    pool->free_count++;
}

void block_pool_clear(struct block_pool *pool)
{
    while (pool->free != NULL) {
        struct block *block = pool->free;
        pool->free = block->next;
        free(block);
    }
    pool->free_count = 0;
}

int backlog_add(struct backlog *backlog, struct block_pool *pool, const char *bytes, size_t len)
{
    while (len > 0) {
        struct block *last = backlog->last;
        if (last == NULL || last->end == BLOCK_BYTES) {
            struct block *block = block_new(pool);
            if (block == NULL)
                return -1;
            if (last == NULL)
                backlog->first = block;
            else
                last->next = block;
            backlog->last = last = block;
        }
        size_t room = BLOCK_BYTES - last->end;
        size_t part = len < room ? len : room;
        memcpy(last->bytes + last->end, bytes, part);
        last->end += part;
        backlog->len += part;
        bytes += part;
        len -= part;
    }
    return 0;
}

/* Takes `sent` bytes off the front. */
static void backlog_drop(struct backlog *backlog, struct block_pool *pool, size_t sent)
{
    assert(sent <= backlog->len);
    backlog->len -= sent;
    while (sent > 0) {
        struct block *first = backlog->first;
        assert(first != NULL);
        size_t part = first->end - first->start;
        if (sent < part) {
            first->start += sent;
            return;
        }
        sent -= part;
        backlog->first = first->next;
        if (backlog->first == NULL)
            backlog->last = NULL;
        block_free(pool, first);
    }
}

ssize_t backlog_send(struct backlog *backlog, struct block_pool *pool, int fd)
{
    struct iovec parts[SEND_PARTS];
    ssize_t total = 0;
    while (backlog->len > 0) {
        int count = 0;
        size_t asked = 0;
        for (struct block *b = backlog->first; b != NULL && count < SEND_PARTS; b = b->next) {
            parts[count].iov_base = b->bytes + b->start;
            parts[count].iov_len = b->end - b->start;
            asked += parts[count].iov_len;
            count++;
        }
        ssize_t sent = sock_sendv(fd, parts, count);
        if (sent < 0)
            return errno == EAGAIN || errno == EWOULDBLOCK ? total : -1;
        backlog_drop(backlog, pool, (size_t)sent);
        total += sent;
        if ((size_t)sent < asked)
            break;
    }
    return total;
}

void backlog_clear(struct backlog *backlog, struct block_pool *pool)
{
    while (backlog->first != NULL) {
        struct block *block = backlog->first;
        backlog->first = block->next;
        block_free(pool, block);
    }
    backlog->last = NULL;
    backlog->len = 0;
}
