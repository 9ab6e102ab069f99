/*
 * Any bytes as a theme file, which may extend the built-in themes: no crash, no leak, and either a
 * theme that can be shown at every depth, or an error.
 */
#include "conf/file.h"
#include "tui/theme_file.h"
#include "tui/theme_load.h"
#include "fuzz.h"

/* As theme_load's, but for the files. */
static bool base(void *ctx, const char *name, bool light, struct place place, struct theme_raw *out)
{
    const char *wanted = name[0] != '\0' ? name : light ? "light" : "dark";
    struct load_problems *problems = ctx;
    struct theme_text text;
    for (unsigned i = 0; theme_built_in(i, &text); i++)
        if (strcmp(text.name, wanted) == 0) {
            if (strcmp(wanted, "dark") != 0 || place.source[0] != 'd')
                return theme_file_read(wanted[0] == 'd' ? "d" : "t", text.text, base, ctx, out,
                                       problems);
            theme_raw_init(out);
            return true;
        }
    problems_error(problems, place, NULL, "there is no such theme");
    return false;
}

static void check(const struct theme *theme)
{
    struct theme_looks looks;
    for (unsigned depth = 0; depth < THEME_DEPTHS; depth++) {
        static const int most[THEME_DEPTHS] = {0, 8, 16, 256, 2 * THEME_RGB};
        theme_resolve(theme, (enum theme_depth)depth, &looks);
        require(theme_pairs(&looks) <= THEME_PAIRS_MAX);
        for (unsigned i = 0; i < THEME_STATES * ROLE_COUNT; i++) {
            struct theme_attr attr = (&looks.attrs[0][0])[i];
            require(attr.fg >= THEME_DEFAULT && attr.fg < most[depth]);
            require(attr.bg >= THEME_DEFAULT && attr.bg < most[depth]);
            require(attr.flags < 16);
        }
    }
    for (unsigned i = 0; i < 2; i++)
        require(strlen(theme->style.marks[i]) < THEME_MARK_MAX);
    require(strcmp(theme->style.marks[0], theme->style.marks[1]) != 0);
    require(theme->style.step_count <= THEME_STEPS_MAX);
    for (unsigned i = 0; i < theme->style.step_count; i++)
        require(theme->style.steps[i] < ROLE_COUNT);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct load_problems problems = {0};
    struct slice text = {.ptr = (const char *)data, .len = size};
    struct theme_raw raw;
    struct theme theme;
    bool good = theme_file_read("fuzz", text, base, &problems, &raw, &problems);
    require(good == (problems.errors == 0));
    if (good) {
        theme_raw_resolve(&raw, "fuzz", &theme, &problems);
        if (problems.errors == 0)
            check(&theme);
    }
    load_problems_free(&problems);
    return 0;
}
