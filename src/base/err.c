/*
 * An error with words.
 */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>

void err_set(struct err *err, const char *format, ...)
{
    if (!err)
        return;
    va_list args;
    va_start(args, format);
    if (vsnprintf(err->text, sizeof err->text, format, args) < 0)
        err->text[0] = '\0';
    va_end(args);
    /* One line, whatever was put into it. */
    for (char *c = err->text; *c; c++)
        if (*c == '\n' || *c == '\r')
            *c = ' ';
}
