/*
 * Editing one line of ASCII: every character is one byte and one column.
 */
#include "tui/prompt.h"

#include <string.h>

#include "base/str.h"

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
        len = room;
    memmove(prompt->text + prompt->at + len, prompt->text + prompt->at, all - prompt->at + 1);
    memcpy(prompt->text + prompt->at, bytes, len);
    prompt->at += len;
}

void prompt_type(struct prompt *prompt, int key)
{
    char byte = (char)key;
    if (key >= ' ' && key < 0x7f)
        prompt_add(prompt, &byte, 1);
}

void prompt_erase_next(struct prompt *prompt)
{
    char *here = prompt->text + prompt->at;
    if (*here != '\0')
        memmove(here, here + 1, strlen(here));
}

void prompt_erase(struct prompt *prompt)
{
    if (prompt->text[0] == '\0') {
        prompt_close(prompt);
        return;
    }
    if (prompt->at == 0)
        return;
    prompt->at--;
    prompt_erase_next(prompt);
}

void prompt_clear(struct prompt *prompt)
{
    prompt_set(prompt, "");
}

void prompt_left(struct prompt *prompt)
{
    if (prompt->at > 0)
        prompt->at--;
}

void prompt_right(struct prompt *prompt)
{
    if (prompt->text[prompt->at] != '\0')
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
