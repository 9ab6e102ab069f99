/*
 * Any bytes as JSON: what passes the check can be walked to its ends, and never beyond.
 */
#include "base/jsonin.h"
#include "fuzz.h"

static void walk(struct slice value, struct slice whole)
{
    char text[64];
    int64_t number;
    double fraction;
    bool truth;
    struct slice rest = value, part;

    if (value.ptr < whole.ptr || value.ptr + value.len > whole.ptr + whole.len || value.len == 0)
        abort();
    jsonin_text(value, text, sizeof text);
    jsonin_i64(value, &number);
    jsonin_f64(value, &fraction);
    jsonin_bool(value, &truth);
    if (jsonin_get(value, "a", &part))
        walk(part, whole);
    if (jsonin_kind(value) != '[')
        return;
    while (jsonin_next(&rest, &part))
        walk(part, whole);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice text = {(const char *)data, size}, value;

    if (jsonin_check(text, &value))
        walk(value, text);
    return 0;
}
