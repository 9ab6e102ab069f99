/*
 * PROXY headers from anybody: what is read lies within the bytes, and a header that is good is just
 * as good, and as long, with anything behind it.
 */
#include <assert.h>

#include "net/proxyproto.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct addr client, again;
    size_t used, used_again;
    const char *bytes = (const char *)data;
    enum proxyproto_result result = proxyproto_read(bytes, size, &used, &client);

    assert(used <= size && used <= PROXYPROTO_MAX);
    assert((result == PROXYPROTO_OK) == (used > 0));
    if (result == PROXYPROTO_OK) {
        assert(proxyproto_read(bytes, used, &used_again, &again) == PROXYPROTO_OK);
        assert(used_again == used && addr_equal(&again, &client));
        assert(used < 6 || proxyproto_looks_like(bytes, used));
    }
    if (result == PROXYPROTO_MORE)
        assert(size < PROXYPROTO_MAX);
    for (size_t cut = 0; result == PROXYPROTO_OK && cut < used; cut++)
        assert(proxyproto_read(bytes, cut, &used_again, &again) == PROXYPROTO_MORE);
    return 0;
}
