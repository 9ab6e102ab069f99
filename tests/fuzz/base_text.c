/*
 * Text made fit to show must be valid UTF-8 without anything hidden in it, within its limits, and
 * must not change when it is cleaned again. The first two bytes choose the limits.
 */
#include "base/text.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    unsigned columns = data[0] % 80;
    size_t room = 1 + (size_t)data[1];
    char *once = malloc(room);
    char *twice = malloc(room);
    require(once && twice);
    struct slice raw = {(const char *)data + 2, size - 2};
    unsigned used = text_display(once, room, raw, columns);
    struct slice shown = slice_of(once);
    require(used <= columns && used <= TEXT_COLUMNS_MAX);
    require(text_display(twice, room, shown, columns) == used);
    require(strcmp(once, twice) == 0);
    size_t at = 0;
    unsigned sum = 0;
    uint32_t c;
    for (size_t start = 0; text_decode(shown, &at, &c); start = at) {
        char form[4];
        int width = text_width(c);
        require(width >= 0);
        sum += (unsigned)width;
        /* The same bytes back: nothing malformed was taken for U+FFFD. */
        require(text_encode(form, c) == at - start);
        require(memcmp(form, shown.ptr + start, at - start) == 0);
    }
    require(sum == used);
    free(once);
    free(twice);
    return 0;
}
