/*
 * A set of hashes in a table of its own. Who made two names of one hash would see one kind fewer.
 */
#include "tui/kinds.h"

#include <string.h>

#define SLOTS 1024 /* a power of two, more than twice KINDS_MAX */

static uint64_t hash(const char *name, size_t len)
{
    uint64_t value = UINT64_C(0xcbf29ce484222325); /* FNV-1a */
    for (size_t i = 0; i < len; i++)
        value = (value ^ (unsigned char)name[i]) * UINT64_C(0x100000001b3);
    return value == 0 ? 1 : value;
}

unsigned kinds_count(const struct snap *snap)
{
    uint64_t slots[SLOTS] = {0};
    unsigned count = 0;
    for (unsigned i = 0; i < snap->conn_count && count < KINDS_MAX; i++) {
        const struct snap_conn *conn = &snap->conns[i];
        const char *name = conn->client_name[0] != '\0' ? conn->client_name : conn->user_agent;
        size_t len = strcspn(name, "/ ");
        if (len == 0)
            continue;
        uint64_t value = hash(name, len);
        size_t at = value % SLOTS;
        while (slots[at] != 0 && slots[at] != value)
            at = (at + 1) % SLOTS;
        count += slots[at] == 0;
        slots[at] = value;
    }
    return count;
}
