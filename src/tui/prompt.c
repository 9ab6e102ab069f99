/*
 * Editing one line of UTF-8: the cursor stands between characters, and no change leaves half of
 * one behind.
 */
#include "tui/prompt.h"

#include <string.h>

#include "base/str.h"
#include "base/text.h"
#include "tui/keys.h"

/* Whether a byte goes on with the character before it. */
static bool goes_on(char byte)
{
    return ((unsigned char)byte & 0xc0) == 0x80;
}

void prompt_set(struct prompt *prompt, const char *text)
{
    struct str line;
    str_fixed(&line, prompt->text, sizeof(prompt->text));
    str_add_text(&line, text);
    prompt->at = strlen(prompt->text);
}

void prompt_open(struct prompt *prompt, enum prompt_kind kind, const char *text)
{
    *prompt = (struct prompt){.kind = kind};
    prompt_set(prompt, text);
}

void prompt_close(struct prompt *prompt)
{
    prompt->kind = PROMPT_NONE;
}

bool prompt_is_open(const struct prompt *prompt)
{
    return prompt->kind != PROMPT_NONE;
}

void prompt_add(struct prompt *prompt, const char *bytes, size_t len)
{
    size_t all = strlen(prompt->text), room = PROMPT_TEXT_MAX - 1 - all;
    if (len > room)
        for (len = room; len > 0 && goes_on(bytes[len]);)
            len--;
    memmove(prompt->text + prompt->at + len, prompt->text + prompt->at, all - prompt->at + 1);
    memcpy(prompt->text + prompt->at, bytes, len);
    prompt->at += len;
}

void prompt_type(struct prompt *prompt, int key)
{
    char bytes[4] = {0};
    if (KEYS_IS_CHAR(key))
        key -= KEYS_CHAR(0);
    else if (key >= 0x7f)
        return;
    if (key >= ' ')
        prompt_add(prompt, bytes, text_encode(bytes, (uint32_t)key));
}

void prompt_erase_next(struct prompt *prompt)
{
    char *here = prompt->text + prompt->at, *next = here;
    if (*here == '\0')
        return;
    for (next++; goes_on(*next);)
        next++;
    memmove(here, next, strlen(next) + 1);
}

void prompt_erase(struct prompt *prompt)
{
    if (prompt->text[0] == '\0') {
        prompt_close(prompt);
        return;
    }
    if (prompt->at == 0)
        return;
    prompt_left(prompt);
    prompt_erase_next(prompt);
}

void prompt_clear(struct prompt *prompt)
{
    prompt_set(prompt, "");
}

void prompt_left(struct prompt *prompt)
{
    if (prompt->at > 0)
        for (prompt->at--; prompt->at > 0 && goes_on(prompt->text[prompt->at]);)
            prompt->at--;
}

void prompt_right(struct prompt *prompt)
{
    if (prompt->text[prompt->at] != '\0')
        for (prompt->at++; goes_on(prompt->text[prompt->at]);)
            prompt->at++;
}

void prompt_first(struct prompt *prompt)
{
    prompt->at = 0;
}

void prompt_last(struct prompt *prompt)
{
    prompt->at = strlen(prompt->text);
}
