/* Owns how bytes leave: walked into pieces, joined where that is cheaper, and kept where the socket
 * takes no more. */
#include "send.h"

#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "net/sock.h"
#include "worker.h"

void parts_add(struct parts *parts, const char *bytes, size_t len)
{
    if (len == 0)
        return;
    assert(parts->count < SEND_PARTS_MAX);
    /* iovec has no const; sending only reads. */
    parts->list[parts->count].iov_base = (void *)(uintptr_t)bytes;
    parts->list[parts->count].iov_len = len;
    parts->count++;
}

ptrdiff_t parts_walk(struct conn *c, struct framing *f, bool chunks, const char *bytes, size_t len,
                     struct parts *parts)
{
    size_t used = 0;
    while (used < len && !f->done && parts->count + 4 <= SEND_PARTS_MAX) {
        struct slice content;
        ptrdiff_t step = framing_walk(f, bytes + used, len - used, &content);
        if (step < 0)
            return -1;
        used += (size_t)step;
        if (c->watch.reading != NULL)
            watch_content(c, f, content);
        if (content.len > 0 && chunks) {
            char *line = parts->line[parts->lines++];
            parts_add(parts, line, framing_chunk_line(line, content.len));
        }
        parts_add(parts, content.ptr, content.len);
        if (content.len > 0 && chunks)
            parts_add(parts, "\r\n", 2);
        if (f->done && chunks)
            parts_add(parts, "0\r\n\r\n", 5);
    }
    return (ptrdiff_t)used;
}

/* Small pieces are cheaper copied together than gathered by the kernel. */
#define JOIN_BYTES 4096

/* Joins the parts in `memory` if they fit; returns how many are left. */
static int join(char memory[JOIN_BYTES], struct iovec *parts, int count)
{
    size_t total = 0;
    for (int i = 0; i < count; i++)
        total += parts[i].iov_len;
    if (count == 1 || total > JOIN_BYTES)
        return count;
    size_t at = 0;
    for (int i = 0; i < count; i++) {
        memcpy(memory + at, parts[i].iov_base, parts[i].iov_len);
        at += parts[i].iov_len;
    }
    parts[0] = (struct iovec){memory, total};
    return 1;
}

int conn_send(struct conn *c, struct side *to, struct iovec *parts, int count)
{
    char memory[JOIN_BYTES];
    int at = 0;
    count = join(memory, parts, count);
    if (to->out.len == 0) {
        ssize_t sent = count == 1 ? sock_send(to->fd, parts[0].iov_base, parts[0].iov_len)
                                  : sock_sendv(to->fd, parts, count);
        if (sent < 0) {
            if (errno != EAGAIN && errno != EWOULDBLOCK)
                return -1;
            sent = 0;
        }
        if (to == &c->side)
            c->bytes_out += (uint64_t)sent;
        else if (sent > 0)
            c->sent_any = true;
        size_t left = (size_t)sent;
        while (at < count && left >= parts[at].iov_len)
            left -= parts[at++].iov_len;
        if (at == count)
            return 0;
        parts[at].iov_base = (char *)parts[at].iov_base + left;
        parts[at].iov_len -= left;
    }
    for (; at < count; at++)
        if (backlog_add(&to->out, &c->worker->blocks, parts[at].iov_base, parts[at].iov_len) != 0)
            return -1;
    return 0;
}
