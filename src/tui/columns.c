/*
 * One table of steps says what a wider window is used for first. A step either brings a column in
 * or makes one wider; columns come in strictly in the order of the steps, so that a wider window
 * never has fewer of them.
 */
#include "tui/columns.h"

#include <assert.h>
#include <string.h>

#define MARGIN 2 /* at the right: the mark of a sorted last column, and that there is more */
#define NUMBER_MIN 4

const struct column columns_table[COL_COUNT] = {
    [COL_NUMBER] = {"#", true, SORT_ID},
    [COL_BOT] = {"BOT", false, SORT_BOT},
    [COL_STATE] = {"STATE", false, SORT_KIND},
    [COL_PLAYERS] = {"PL", true, SORT_PLAYERS},
    [COL_SOCKETS] = {"SOCK", true, SORT_ID},
    [COL_MESSAGES] = {"MSG/s", true, SORT_MESSAGES},
    [COL_ERRORS] = {"ERR", true, SORT_ERRORS},
    [COL_VERSION] = {"V", false, SORT_VERSION},
    [COL_KIND] = {"KIND", false, SORT_KIND},
    [COL_IP] = {"IP", false, SORT_IP},
    [COL_CLIENT] = {"CLIENT", false, SORT_CLIENT},
    [COL_USER] = {"USER-ID", false, SORT_USER},
    [COL_BACKEND] = {"BACKEND", false, SORT_BACKEND},
    [COL_IN] = {"IN/s", false, SORT_IN},
    [COL_OUT] = {"OUT/s", false, SORT_OUT},
    [COL_TOTAL] = {"TOTAL", true, SORT_TOTAL},
    [COL_AGE] = {"AGE", true, SORT_AGE},
    [COL_CONN_PLAYERS] = {"PL", true, SORT_PLAYERS},
    [COL_REQUESTS] = {"REQS", true, SORT_REQUESTS},
    [COL_PATH] = {"PATH", false, SORT_PATH},
    [COL_SPARK] = {"60 s OUT", false, SORT_MINUTE},
};

/* A history of 15 columns moves every fourth second; a wider one would do so more often, and cost
 * accordingly. */
struct step {
    enum column_id id;
    unsigned width;
};
static const struct step steps[] = {
    {COL_OUT, 7},      {COL_IP, 15},     {COL_CLIENT, 12},  {COL_VERSION, 2},
    {COL_AGE, 5},      {COL_BACKEND, 8}, {COL_TOTAL, 5},    {COL_CONN_PLAYERS, 3},
    {COL_CLIENT, 15},  {COL_IN, 7},      {COL_SPARK, 15},   {COL_CLIENT, 20},
    {COL_USER, 19},    {COL_IP, 26},     {COL_BACKEND, 12}, {COL_KIND, 4},
    {COL_REQUESTS, 5}, {COL_PATH, 14},   {COL_CLIENT, 24},  {COL_IP, 39},
    {COL_BACKEND, 20}, {COL_PATH, 24},   {COL_BACKEND, 32}, {COL_CLIENT, 40},
    {COL_PATH, 50},    {COL_CLIENT, 64},
};

/* Figures of bots move all the time, so those of less interest come in late. */
static const struct step bot_steps[] = {
    {COL_STATE, 8},    {COL_PLAYERS, 7}, {COL_SOCKETS, 4}, {COL_OUT, 7},      {COL_TOTAL, 5},
    {COL_MESSAGES, 5}, {COL_ERRORS, 5},  {COL_CLIENT, 15}, {COL_USER, 19},    {COL_BACKEND, 8},
    {COL_AGE, 5},      {COL_SPARK, 10},  {COL_CLIENT, 20}, {COL_BOT, 26},     {COL_BACKEND, 14},
    {COL_SPARK, 15},   {COL_VERSION, 2}, {COL_CLIENT, 24}, {COL_REQUESTS, 5}, {COL_PATH, 14},
    {COL_BOT, 39},     {COL_CLIENT, 40}, {COL_IN, 7},      {COL_BACKEND, 24}, {COL_PATH, 50},
    {COL_BACKEND, 35}, {COL_BOT, 64},
};
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* What a column has while it is scrolled to, where there is more to see than to compare. */
static const unsigned scrolled[COL_COUNT] = {
    [COL_BOT] = 19,         [COL_STATE] = 8,    [COL_PLAYERS] = 7, [COL_SOCKETS] = 4,
    [COL_MESSAGES] = 5,     [COL_ERRORS] = 5,   [COL_VERSION] = 2, [COL_KIND] = 4,
    [COL_IP] = 15,          [COL_CLIENT] = 15,  [COL_USER] = 19,   [COL_BACKEND] = 8,
    [COL_IN] = 7,           [COL_OUT] = 7,      [COL_TOTAL] = 5,   [COL_AGE] = 5,
    [COL_CONN_PLAYERS] = 3, [COL_REQUESTS] = 5, [COL_PATH] = 24,   [COL_SPARK] = 15,
};

enum column_id columns_tree(enum group_by by)
{
    static const enum column_id trees[GROUP_BY_COUNT] = {COL_NUMBER, COL_BOT,  COL_IP,
                                                         COL_CLIENT, COL_USER, COL_BACKEND};
    assert(by < GROUP_BY_COUNT);
    return trees[by];
}

bool columns_has(enum group_by by, enum column_id id)
{
    switch (id) {
    case COL_BOT:
    case COL_STATE:
    case COL_PLAYERS:
    case COL_SOCKETS:
    case COL_MESSAGES:
    case COL_ERRORS:
        return by == GROUP_BOT;
    case COL_IP:           /* stands where the bot's name does */
    case COL_KIND:         /* where its state does */
    case COL_CONN_PLAYERS: /* its players have a place of their own */
        return by != GROUP_BOT;
    default:
        return true;
    }
}

/* No column is wider than its contents ask for. */
static unsigned limit(enum column_id id, unsigned width, const struct columns_need *need)
{
    unsigned most = width;
    if (id == COL_IP)
        most = need->ip < 15 ? 15 : need->ip;
    if (id == COL_BACKEND)
        most = need->backend < 8 ? 8 : need->backend;
    if (id == COL_BOT)
        most = need->bot < 19 ? 19 : need->bot;
    return width < most ? width : most;
}

/* Widths by the steps. `fits`: columns that are in already; no others come in when it is given. */
static void take_steps(unsigned widths[COL_COUNT], unsigned *spare, bool closed,
                       const struct columns_need *need, enum group_by by)
{
    const struct step *step = by == GROUP_BOT ? bot_steps : steps;
    const struct step *end = step + (by == GROUP_BOT ? COUNT(bot_steps) : COUNT(steps));
    for (; step < end; step++) {
        enum column_id id = step->id;
        unsigned width = limit(id, step->width, need);
        if (widths[id] >= width)
            continue;
        if (widths[id] > 0) {
            unsigned more = width - widths[id] < *spare ? width - widths[id] : *spare;
            widths[id] += more;
            *spare -= more;
        } else if (!closed && width + 1 <= *spare) {
            widths[id] = width;
            *spare -= width + 1;
        } else {
            closed = true; /* a narrower one of less importance does not overtake it */
        }
    }
}

/* The columns that can be scrolled, in their order. */
static unsigned list_scrolled(enum column_id ids[COL_COUNT], enum group_by by)
{
    unsigned count = 0;
    for (unsigned i = COL_NUMBER + 1; i < COL_COUNT; i++)
        if (i != columns_tree(by) && columns_has(by, (enum column_id)i))
            ids[count++] = (enum column_id)i;
    return count;
}

/* Gives columns from `skip` on their widths as far as there is room; how many got one. */
static unsigned scroll_to(unsigned skip, const enum column_id ids[COL_COUNT], unsigned count,
                          unsigned widths[COL_COUNT], unsigned *spare,
                          const struct columns_need *need)
{
    unsigned shown = 0;
    for (unsigned i = skip; i < count; i++, shown++) {
        unsigned width = limit(ids[i], scrolled[ids[i]], need);
        if (width + 1 > *spare)
            break;
        widths[ids[i]] = width;
        *spare -= width + 1;
    }
    return shown;
}

static void add_place(struct columns *columns, enum column_id id, unsigned width, unsigned *col)
{
    if (width == 0)
        return;
    columns->places[columns->count++] = (struct place){id, *col, width};
    *col += width + 1;
}

void columns_place(struct columns *columns, unsigned cols, unsigned skip, enum group_by by,
                   const struct columns_need *need)
{
    enum column_id ids[COL_COUNT], tree = columns_tree(by);
    unsigned fixed[COL_COUNT] = {[COL_NUMBER] =
                                     need->number < NUMBER_MIN ? NUMBER_MIN : need->number};
    unsigned widths[COL_COUNT], shown = 0, count = list_scrolled(ids, by);
    unsigned used = COLUMNS_MARKS + fixed[COL_NUMBER] + MARGIN;
    if (tree != COL_NUMBER) {
        fixed[tree] = limit(tree, scrolled[tree], need);
        used += fixed[tree] + 1;
    }
    unsigned room = cols > used ? cols - used : 0, spare = room;
    *columns = (struct columns){.skip = skip < count ? skip : count};
    memcpy(widths, fixed, sizeof(widths));
    take_steps(widths, &spare, false, need, by);
    for (unsigned i = 0; i < count; i++)
        shown += widths[ids[i]] > 0;
    columns->more = shown < count;
    if (!columns->more)
        columns->skip = 0;
    /* Back to where the last column has come into sight. */
    for (bool back = true; back && columns->skip > 1; columns->skip -= back) {
        memcpy(widths, fixed, sizeof(widths));
        spare = room;
        shown = scroll_to(columns->skip - 2, ids, count, widths, &spare, need);
        back = columns->skip - 2 + shown == count;
    }
    if (columns->skip > 0) {
        memcpy(widths, fixed, sizeof(widths));
        spare = room;
        shown = scroll_to(columns->skip - 1, ids, count, widths, &spare, need);
        columns->more = columns->skip - 1 + shown < count;
        take_steps(widths, &spare, true, need, by);
    }
    unsigned col = COLUMNS_MARKS;
    add_place(columns, COL_NUMBER, widths[COL_NUMBER], &col);
    if (tree != COL_NUMBER)
        add_place(columns, tree, widths[tree], &col);
    for (unsigned i = 0; i < count; i++)
        add_place(columns, ids[i], widths[ids[i]], &col);
}
