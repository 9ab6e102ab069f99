/*
 * A short list of lines; what was being typed comes back behind the newest one.
 */
#include "tui/recall.h"

#include <stdio.h>
#include <string.h>

void recall_begin(struct recall *recall)
{
    recall->at = recall->count;
}

void recall_keep(struct recall *recall, const char *text)
{
    bool again = recall->count > 0 && strcmp(recall->kept[recall->count - 1], text) == 0;
    if (!again && recall->count == RECALL_KEPT) {
        memmove(recall->kept[0], recall->kept[1], sizeof(recall->kept) - sizeof(recall->kept[0]));
        recall->count--;
    }
    if (!again)
        snprintf(recall->kept[recall->count++], PROMPT_TEXT_MAX, "%s", text);
    recall->at = recall->count;
}

void recall_step(struct recall *recall, struct prompt *prompt, int step)
{
    if (step < 0 ? recall->at == 0 : recall->at >= recall->count)
        return;
    if (recall->at == recall->count)
        snprintf(recall->draft, sizeof(recall->draft), "%s", prompt->text);
    recall->at = step < 0 ? recall->at - 1 : recall->at + 1;
    prompt_set(prompt, recall->at == recall->count ? recall->draft : recall->kept[recall->at]);
}
