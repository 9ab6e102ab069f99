/*
 * A ring of requests, each as the JSON text it is shown as.
 */
#include "reqlog.h"

#include <stdlib.h>

#include "base/jsonin.h"
#include "inside.h"
#include "peer.h"

#define ENTRIES 512

struct reqlog {
    uint64_t count; /* ever; an entry's number is its count, from 1 */
    uint64_t oldest;
    struct str entries[ENTRIES];
};

struct reqlog *reqlog_new(void)
{
    struct reqlog *log = calloc(1, sizeof *log);

    if (log == NULL)
        return NULL;
    log->oldest = 1;
    for (unsigned i = 0; i < ENTRIES; i++)
        str_growing(&log->entries[i]);
    return log;
}

void reqlog_free(struct reqlog *log)
{
    if (log == NULL)
        return;
    for (unsigned i = 0; i < ENTRIES; i++)
        str_free(&log->entries[i]);
    free(log);
}

void reqlog_clear(struct reqlog *log)
{
    log->oldest = log->count + 1;
}

/* CRC-32 as in zlib, so that a test can compute it too. */
static uint32_t crc32_of(struct slice bytes)
{
    uint32_t table[16];
    uint32_t crc = 0xffffffff;

    for (uint32_t i = 0; i < 16; i++) {
        table[i] = i;
        for (unsigned bit = 0; bit < 4; bit++)
            table[i] = table[i] >> 1 ^ ((table[i] & 1) != 0 ? 0xedb88320U : 0);
    }
    for (size_t i = 0; i < bytes.len; i++) {
        crc ^= (unsigned char)bytes.ptr[i];
        crc = crc >> 4 ^ table[crc & 15];
        crc = crc >> 4 ^ table[crc & 15];
    }
    return ~crc;
}

static void write_headers(struct json *j, const struct head *head, bool allowed)
{
    json_array(j, "headers");
    for (unsigned i = 0; i < head->count; i++) {
        const struct header *header = &head->headers[i];
        json_array(j, NULL);
        json_slice(j, NULL, header->name);
        if (header->id == HEADER_AUTHORIZATION)
            json_text(j, NULL, allowed ? "ok" : "wrong");
        else
            json_slice(j, NULL, header->value);
        json_array_end(j);
    }
    json_array_end(j);
}

void reqlog_add(struct reqlog *log, const struct request *rq, bool allowed, bool websocket)
{
    struct str *out = &log->entries[++log->count % ENTRIES];
    struct json j;

    if (log->count - log->oldest >= ENTRIES)
        log->oldest = log->count - ENTRIES + 1;
    str_reset(out);
    json_begin(&j, out);
    json_object(&j, NULL);
    json_u64(&j, "n", log->count);
    json_u64(&j, "connection", rq->peer->id);
    json_slice(&j, "method", rq->head->method);
    json_slice(&j, "target", rq->head->target);
    json_u64(&j, "minor", rq->head->minor);
    json_bool(&j, "websocket", websocket);
    json_bool(&j, "authorized", allowed);
    write_headers(&j, rq->head, allowed);
    json_object(&j, "body");
    json_u64(&j, "length", rq->body.len);
    json_u64(&j, "crc32", crc32_of(rq->body));
    json_object_end(&j);
    json_object_end(&j);
}

void reqlog_write(struct json *j, const char *key, const struct reqlog *log, uint64_t since)
{
    uint64_t first = since + 1 > log->oldest ? since + 1 : log->oldest;

    json_array(j, key);
    for (uint64_t n = first; n <= log->count; n++)
        jsonin_copy(j, NULL, str_slice(&log->entries[n % ENTRIES]));
    json_array_end(j);
}
