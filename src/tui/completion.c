/*
 * The longest beginning that several words share.
 */
#include "tui/completion.h"

#include <stdio.h>
#include <string.h>

void completion_begin(struct completion *completion, struct slice typed)
{
    *completion = (struct completion){.typed = typed};
}

void completion_consider(struct completion *completion, const char *candidate)
{
    char *common = completion->common;
    if (!slice_starts(slice_of(candidate), completion->typed))
        return;
    if (completion->count++ == 0)
        snprintf(common, COMPLETION_MAX, "%s", candidate);
    while (!slice_starts(slice_of(candidate), slice_of(common)))
        common[strlen(common) - 1] = '\0';
}

bool completion_insert(const struct completion *completion, struct prompt *prompt)
{
    size_t typed = completion->typed.len, all = strlen(completion->common), before = prompt->at;
    if (completion->count == 0 || all < typed)
        return false;
    prompt_add(prompt, completion->common + typed, all - typed);
    return completion->count == 1 && prompt->at - before == all - typed;
}
