/*
 * Files that the build has put into the program (packaging/embed): tables that end with a NULL
 * name. Constant; any thread.
 */
#ifndef BASE_EMBEDDED_H
#define BASE_EMBEDDED_H

#include <stddef.h>

struct embedded {
    const char *name;  /* without its folder */
    const char *bytes; /* a NUL follows them */
    size_t len;
};

/* src/web/assets */
extern const struct embedded web_assets[];
/* themes */
extern const struct embedded tui_assets[];

#endif
