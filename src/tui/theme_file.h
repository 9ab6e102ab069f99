/*
 * Theme files: YAML to a theme, on top of the theme that the file extends. Whatever is wrong
 * becomes a problem with its line; a mistyped name of a role or key only warns.
 */
#ifndef TUI_THEME_FILE_H
#define TUI_THEME_FILE_H

#include "conf/problems.h"
#include "tui/theme_raw.h"

#define THEME_FILE_MAX 65536 /* bytes */

/* Fills *out with the theme that a file extends: by the name at `place`, or, where it names none
 * (""), with what it is to be complete. False, with an error noted, when there is none. */
typedef bool theme_base(void *ctx, const char *name, bool light, struct place place,
                        struct theme_raw *out);

/* Reads a theme with all that it extends; `file` stands for the file in problems. False, with at
 * least one error, when the file is broken; *out is then undefined. Pure, if `base` is. */
bool theme_file_read(const char *file, struct slice text, theme_base *base, void *ctx,
                     struct theme_raw *out, struct load_problems *problems);

#endif
