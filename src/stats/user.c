/*
 * User-Ids made comparable.
 */
#include "stats/user.h"

#include <string.h>

#include "base/text.h"

/* Where the digits of a number begin that are worth something, the last one at the latest; the end
 * of the text: it is not a number. */
static size_t first_digit(const char *text)
{
    size_t len = strlen(text), at = text[0] == '+' ? 1 : 0;
    if (strspn(text + at, "0123456789") != len - at)
        return len;
    while (at + 1 < len && text[at] == '0')
        at++;
    return at;
}

bool user_name_of(struct user_name *name, struct slice raw)
{
    char shown[SNAP_TEXT];
    text_display(shown, sizeof(shown), raw, TEXT_COLUMNS_MAX);
    size_t digits = first_digit(shown);
    const char *from = shown[digits] ? shown + digits : shown;
    memset(name, 0, sizeof(*name));
    memcpy(name->text, from, strlen(from));
    return name->text[0] != '\0';
}
