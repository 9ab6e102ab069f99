/*
 * The way a copy takes is found once; the bytes leave with a frame, never in the middle of one.
 */
#include "tui/copying.h"

#include <stdlib.h>

#include "tui/display.h"

void copying_init(struct copying *copying)
{
    copying->way = CLIP_SHOW;
    copying->send = false;
    str_growing(&copying->text);
}

void copying_free(struct copying *copying)
{
    str_free(&copying->text);
}

void copying_begin(struct copying *copying, bool wanted, const char *type)
{
    const char *screen = getenv("STY"), *tmux = getenv("TMUX");
    /* The one of the two that is inside the other is not known; tmux needs no wrapping. */
    bool in_screen = screen != NULL && screen[0] != '\0' && (tmux == NULL || tmux[0] == '\0');
    copying->way = wanted ? clip_way_of(type, in_screen) : CLIP_SHOW;
}

void copying_send(struct copying *copying, struct display *display)
{
    struct str sequence;
    if (!copying->send)
        return;
    copying->send = false;
    str_growing(&sequence);
    if (clip_sequence(&sequence, copying->way, str_slice(&copying->text)) && !sequence.cut)
        display_send(display, str_slice(&sequence));
    str_free(&sequence);
}
