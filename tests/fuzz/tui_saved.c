/*
 * Any bytes as a state file: no crash; what was understood of it is written so that it is
 * understood again and means the same; and what is said of the rest is fit to show.
 */
#include "tui/saved.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct app app, other;
    struct str text, again;
    struct load_problems problems = {0}, none = {0};
    app_init(&app, NULL, NULL);
    app_init(&other, NULL, NULL);
    str_growing(&text);
    str_growing(&again);
    saved_read(&app, "fuzz", (struct slice){(const char *)data, size}, 0, &problems);
    for (size_t i = 0; i < problems.count; i++)
        for (const char *at = problems.list[i].text; *at != '\0'; at++)
            require((unsigned char)*at >= 0x20 && *at != 0x7f);
    saved_write(&app, &text);
    saved_read(&other, "again", str_slice(&text), 0, &none);
    require(none.count == 0);
    saved_write(&other, &again);
    require(slice_equal(str_slice(&text), str_slice(&again)));
    load_problems_free(&problems);
    str_free(&text);
    str_free(&again);
    app_free(&app);
    app_free(&other);
    return 0;
}
