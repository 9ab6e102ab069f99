/*
 * The list of problems: bounded in count and in the length of each, whatever a hostile file holds.
 */
#include "conf/problems.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "base/text.h"

#define WORDS_MAX 512
#define QUOTE_COLUMNS 40

bool problems_are_full(const struct load_problems *problems)
{
    return problems->count >= LOAD_PROBLEMS_MAX;
}

__attribute__((format(printf, 5, 0))) static void add(struct load_problems *problems, bool warning,
                                                      struct place place, const char *label,
                                                      const char *format, va_list args)
{
    if (!warning)
        problems->errors++;
    if (problems_are_full(problems))
        return;
    struct str text;
    str_growing(&text);
    str_add_text(&text, place.source);
    if (place.line > 0)
        str_addf(&text, ":%u:%u", place.line, place.column);
    str_add_text(&text, ": ");
    if (label)
        str_addf(&text, "%s: ", label);
    char words[WORDS_MAX];
    vsnprintf(words, sizeof words, format, args);
    str_add_text(&text, words);

    /* Without memory for the words the count still says that something is wrong. */
    if (text.cut)
        str_free(&text);
    else
        problems->list[problems->count++] =
            (struct load_problem){.text = text.ptr, .warning = warning};
}

void problems_error(struct load_problems *problems, struct place place, const char *label,
                    const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add(problems, false, place, label, format, args);
    va_end(args);
}

void problems_warning(struct load_problems *problems, struct place place, const char *label,
                      const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add(problems, true, place, label, format, args);
    va_end(args);
}

char *problems_quote(char out[PROBLEMS_QUOTE_MAX], struct slice text)
{
    /* user:password@host is a habit. */
    if (slice_find(text, '@') < text.len) {
        snprintf(out, PROBLEMS_QUOTE_MAX, "that value");
        return out;
    }
    char clean[PROBLEMS_QUOTE_MAX - 8];
    unsigned whole = text_display(clean, sizeof clean, text, QUOTE_COLUMNS + 1);
    bool cut = whole > QUOTE_COLUMNS;
    if (cut)
        text_display(clean, sizeof clean, text, QUOTE_COLUMNS);
    snprintf(out, PROBLEMS_QUOTE_MAX, "\"%s%s\"", clean, cut ? "..." : "");
    return out;
}

void load_problems_free(struct load_problems *problems)
{
    for (size_t i = 0; i < problems->count; i++)
        free(problems->list[i].text);
    memset(problems, 0, sizeof *problems);
}
