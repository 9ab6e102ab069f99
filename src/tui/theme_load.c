/*
 * Finds themes and what they extend. A chain of extended themes is bounded, and none may come twice
 * in it.
 */
#include "tui/theme_load.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/embedded.h"
#include "base/nearest.h"
#include "base/str.h"
#include "conf/file.h"
#include "tui/theme_file.h"

#define CHAIN_MAX 8
#define FOLDERS 3
#define SUFFIX ".yaml"

struct folders {
    char paths[FOLDERS][PATH_MAX];
};

/* The themes being loaded, each extended by the one before it. */
struct chain {
    char sources[CHAIN_MAX][PATH_MAX]; /* theme_texts' name, or a path */
    unsigned count;
    struct folders folders;
    struct load_problems *problems;
};

static bool ends_with(const char *text, const char *end)
{
    size_t len = strlen(text), end_len = strlen(end);
    return len > end_len && strcmp(text + len - end_len, end) == 0;
}

static bool is_path(const char *name)
{
    return strchr(name, '/') != NULL || ends_with(name, SUFFIX) || ends_with(name, ".yml");
}

/* Where a user's themes may be; "" for a place that there is not. */
static void find_folders(struct folders *folders)
{
    const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    char program[PATH_MAX];
    struct str path;
    memset(folders, 0, sizeof(*folders));
    strcpy(folders->paths[0], "themes");
    str_fixed(&path, folders->paths[1], PATH_MAX);
    if (config != NULL && config[0] == '/')
        str_addf(&path, "%s/lavaproxy/themes", config);
    else if (home != NULL && home[0] == '/')
        str_addf(&path, "%s/.config/lavaproxy/themes", home);
    ssize_t len = readlink("/proc/self/exe", program, sizeof(program) - 1);
    for (unsigned up = 0; up < 2 && len > 0; up++) {
        program[len] = '\0';
        char *slash = strrchr(program, '/');
        len = slash == NULL ? 0 : slash - program;
    }
    str_fixed(&path, folders->paths[2], PATH_MAX);
    if (len > 0)
        str_addf(&path, "%.*s/share/lavaproxy/themes", (int)len, program);
}

bool theme_built_in(unsigned i, struct theme_text *out)
{
    for (unsigned before = 0; before < i; before++)
        if (tui_assets[before].name == NULL)
            return false;
    const struct embedded *file = &tui_assets[i];
    if (file->name == NULL)
        return false;
    snprintf(out->name, sizeof(out->name), "%.*s", (int)(strlen(file->name) - strlen(SUFFIX)),
             file->name);
    out->text = (struct slice){.ptr = file->bytes, .len = file->len};
    return true;
}

static bool find_built_in(const char *name, struct theme_text *out)
{
    /* "default-dark" is dark's name in full. */
    if (strncmp(name, "default-", 8) == 0)
        name += 8;
    for (unsigned i = 0; theme_built_in(i, out); i++)
        if (strcmp(out->name, name) == 0)
            return true;
    return false;
}

static bool load_source(struct chain *chain, const char *source, struct slice text,
                        struct theme_raw *out);

static bool load_file(struct chain *chain, const char *path, struct place place,
                      struct theme_raw *out)
{
    struct file_text text;
    enum file_result result = file_read(path, THEME_FILE_MAX, &text, chain->problems);
    if (result == FILE_MISSING)
        problems_error(chain->problems, place, NULL, "there is no theme file %s", path);
    if (result != FILE_READ)
        return false;
    bool good = load_source(chain, path, (struct slice){.ptr = text.ptr, .len = text.len}, out);
    file_free(&text);
    return good;
}

static void no_theme(struct chain *chain, const char *name, struct place place)
{
    char quoted[PROBLEMS_QUOTE_MAX];
    struct nearest nearest = {.mistyped = slice_of(name)};
    for (const struct embedded *file = tui_assets; file->name != NULL; file++)
        nearest_consider(&nearest, (struct slice){.ptr = file->name,
                                                  .len = strlen(file->name) - strlen(SUFFIX)});
    problems_quote(quoted, slice_of(name));
    if (nearest.best.len > 0)
        problems_error(chain->problems, place, NULL, "there is no theme %s; did you mean %.*s?",
                       quoted, (int)nearest.best.len, nearest.best.ptr);
    else
        problems_error(chain->problems, place, NULL, "there is no theme %s", quoted);
}

/* A name without a slash, in the user's folders. */
static bool load_from_folder(struct chain *chain, const char *name, struct place place,
                             struct theme_raw *out)
{
    for (unsigned i = 0; i < FOLDERS; i++) {
        char path[PATH_MAX];
        struct str text;
        str_fixed(&text, path, sizeof(path));
        str_addf(&text, "%s/%s" SUFFIX, chain->folders.paths[i], name);
        if (chain->folders.paths[i][0] != '\0' && !text.cut && access(path, F_OK) == 0)
            return load_file(chain, path, place, out);
    }
    no_theme(chain, name, place);
    return false;
}

static bool load_named(struct chain *chain, const char *name, struct place place,
                       struct theme_raw *out)
{
    struct theme_text built_in;
    if (is_path(name))
        return load_file(chain, name, place, out);
    if (find_built_in(name, &built_in))
        return load_source(chain, built_in.name, built_in.text, out);
    return load_from_folder(chain, name, place, out);
}

/* theme_base: a path that does not begin at the root is seen from the file that names it. */
static bool load_base(void *ctx, const char *name, bool light, struct place place,
                      struct theme_raw *out)
{
    struct chain *chain = ctx;
    const char *from = chain->sources[chain->count - 1];
    const char *slash = strrchr(from, '/');
    char path[PATH_MAX];
    struct str text;
    if (name[0] == '\0') {
        struct theme_text built_in;
        if (is_path(from) || !find_built_in(from, &built_in))
            return load_named(chain, light ? "light" : "dark", place, out);
        theme_raw_init(out);
        return true;
    }
    if (!is_path(name) || name[0] == '/' || slash == NULL)
        return load_named(chain, name, place, out);
    /* One way to write a path, so that a circle is seen. */
    while (strncmp(name, "./", 2) == 0)
        name += 2;
    str_fixed(&text, path, sizeof(path));
    str_addf(&text, "%.*s/%s", (int)(slash - from), from, name);
    return load_file(chain, path, place, out);
}

static bool load_source(struct chain *chain, const char *source, struct slice text,
                        struct theme_raw *out)
{
    const struct place place = {.source = source};
    for (unsigned i = 0; i < chain->count; i++)
        if (strcmp(chain->sources[i], source) == 0) {
            problems_error(chain->problems, place, NULL, "extends itself, through %u other%s",
                           chain->count - i - 1, chain->count - i == 2 ? "" : "s");
            return false;
        }
    if (chain->count == CHAIN_MAX) {
        problems_error(chain->problems, place, NULL,
                       "is the %uth of themes that extend each other; at most %d are read",
                       chain->count + 1, CHAIN_MAX);
        return false;
    }
    struct str copy;
    str_fixed(&copy, chain->sources[chain->count], PATH_MAX);
    str_add_text(&copy, source);
    /* What has been read is full of places that borrow its name; so names are never overwritten. */
    return theme_file_read(chain->sources[chain->count++], text, load_base, chain, out,
                           chain->problems);
}

/* Loads and resolves. */
static bool load_whole(struct chain *chain, const char *name, struct theme *out)
{
    struct theme_raw raw;
    size_t errors = chain->problems->errors;
    if (!load_named(chain, name, (struct place){.source = "theme"}, &raw))
        return false;
    theme_raw_resolve(&raw, chain->sources[0], out, chain->problems);
    return chain->problems->errors == errors;
}

/* The last part of a path, without its suffix. */
static void name_from(char out[THEME_NAME_MAX], const char *name)
{
    const char *slash = strrchr(name, '/');
    struct str text;
    str_fixed(&text, out, THEME_NAME_MAX);
    str_add_text(&text, slash == NULL ? name : slash + 1);
    if (ends_with(out, SUFFIX))
        out[strlen(out) - strlen(SUFFIX)] = '\0';
}

bool theme_load(struct theme *out, const char *name, struct load_problems *problems)
{
    struct chain chain = {.problems = problems};
    find_folders(&chain.folders);
    bool good = load_whole(&chain, name, out);
    if (!good) {
        struct load_problems none = {0};
        chain.problems = &none;
        chain.count = 0;
        name = "dark";
        load_whole(&chain, name, out);
        load_problems_free(&none);
    }
    name_from(out->name, name);
    return good;
}

static void list_add(struct theme_list *list, const char *name, size_t len)
{
    if (len == 0 || len >= THEME_NAME_MAX || list->count == THEME_LIST_MAX)
        return;
    for (unsigned i = 0; i < list->count; i++)
        if (strlen(list->names[i]) == len && strncmp(list->names[i], name, len) == 0)
            return;
    memcpy(list->names[list->count], name, len);
    list->names[list->count++][len] = '\0';
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(a, b);
}

void theme_list(struct theme_list *out)
{
    struct folders folders;
    memset(out, 0, sizeof(*out));
    struct theme_text built_in;
    for (unsigned i = 0; theme_built_in(i, &built_in); i++)
        list_add(out, built_in.name, strlen(built_in.name));
    unsigned own = out->count;
    find_folders(&folders);
    for (unsigned i = 0; i < FOLDERS; i++) {
        DIR *folder = folders.paths[i][0] == '\0' ? NULL : opendir(folders.paths[i]);
        const struct dirent *entry;
        while (folder != NULL && out->count < THEME_LIST_MAX && (entry = readdir(folder)) != NULL)
            if (entry->d_name[0] != '.' && ends_with(entry->d_name, SUFFIX))
                list_add(out, entry->d_name, strlen(entry->d_name) - strlen(SUFFIX));
        if (folder != NULL)
            closedir(folder);
    }
    qsort(out->names[own], out->count - own, THEME_NAME_MAX, compare_names);
}

char *theme_problem_line(char *out, size_t size, const struct load_problems *problems)
{
    struct str line;
    size_t first = 0;
    str_fixed(&line, out, size);
    while (problems->errors > 0 && first + 1 < problems->count && problems->list[first].warning)
        first++;
    if (first < problems->count)
        str_add_text(&line, problems->list[first].text);
    if (problems->count > 1)
        str_addf(&line, " (and %zu more)", problems->count - 1);
    return out;
}
