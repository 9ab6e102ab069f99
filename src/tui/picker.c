/*
 * Row numbers: moving, picking, scrolling. Everything stays within the list, however the list and
 * the window change.
 */
#include "tui/picker.h"

void picker_update(struct picker *p, unsigned count, unsigned at)
{
    p->count = count;
    if (count == 0)
        picker_drop(p);
    else if (p->picked && at < count)
        p->at = at;
    else if (p->picked && p->at >= count)
        p->at = count - 1;
}

void picker_pick(struct picker *p, unsigned row)
{
    p->picked = p->count > 0;
    if (p->picked)
        p->at = row < p->count ? row : p->count - 1;
}

void picker_move(struct picker *p, int rows)
{
    if (!p->picked && rows > -PICKER_END && rows < PICKER_END) {
        picker_pick(p, p->top);
        return;
    }
    unsigned back = rows < 0 ? 0u - (unsigned)rows : 0;
    if (back > p->at)
        back = p->at;
    picker_pick(p, p->at - back + (rows > 0 ? (unsigned)rows : 0));
}

void picker_drop(struct picker *p)
{
    p->picked = false;
    p->at = p->top = 0;
}

void picker_window(struct picker *p, unsigned rows)
{
    p->height = rows;
    if (rows == 0)
        return;
    if (p->picked && p->at < p->top)
        p->top = p->at;
    if (p->picked && p->at >= p->top + rows)
        p->top = p->at - rows + 1;
    if (p->top + rows > p->count)
        p->top = p->count > rows ? p->count - rows : 0;
}
