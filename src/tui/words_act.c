/*
 * Words that change the outside world. They say whom it is about; the question is the one that the
 * key asks, and where the line says how it is to be done, that is all it offers besides no.
 */
#include <stdio.h>
#include <string.h>

#include "base/human.h"
#include "tui/acting.h"
#include "tui/acts.h"
#include "tui/box.h"
#include "tui/words.h"

#define BLOCK_MAX (30 * 86400.0)

static bool take_time(struct app *app, struct slice text, double *seconds, double now)
{
    struct err err;
    if (text.len == 0)
        return true;
    if (human_parse_duration(text, seconds, &err) < 0) {
        words_say(app, now, "%.*s: %s", (int)text.len, text.ptr, err.text);
        return false;
    }
    if (*seconds >= 1 && *seconds <= BLOCK_MAX)
        return true;
    words_say(app, now, "a block lasts 1s to 720h");
    return false;
}

/* Aims at all that an address has open; with nothing open it is still an address. */
static bool aim_at_addr(struct app *app, const struct addr *addr, double now)
{
    struct view *view = &app->view;
    struct snap_ip ip = {.key = addr_key_of(addr)};
    if (view_newest(view) != NULL && aim_at_ip(&view->acting.aim, view_newest(view), &ip) == 0)
        return true;
    words_say(app, now, view_newest(view) == NULL ? "there are no figures yet" : "out of memory");
    return false;
}

/* --- bots by name ------------------------------------------------------------------------------
 */

/* Cuts the first word of a line off, or the name of a bot, which may have more. */
static struct slice cut_target(const struct view *view, struct slice *line)
{
    const struct snap *snap = view_newest(view);
    struct slice target = *line, rest = *line, first = option_cut_word(&rest);
    target.len = first.len;
    for (unsigned i = 0; snap != NULL && i < snap->bot_count; i++) {
        struct slice name = slice_of(snap->bots[i].name);
        bool ends = name.len == line->len || (name.len < line->len && line->ptr[name.len] == ' ');
        if (name.len > target.len && ends && slice_starts_nocase(*line, name))
            target.len = name.len;
    }
    *line = slice_trim((struct slice){line->ptr + target.len, line->len - target.len});
    return target;
}

/* A bot by its User-Id or its name, and how many have that. */
static const struct snap_bot *find_bot(const struct view *view, struct slice text, unsigned *count)
{
    const struct snap *snap = view_newest(view);
    const struct snap_bot *found = NULL;
    *count = 0;
    for (unsigned i = 0; snap != NULL && i < snap->bot_count; i++) {
        const struct snap_bot *bot = &snap->bots[i];
        if (slice_equal(text, slice_of(bot->user_id))) {
            *count = 1;
            return bot;
        }
        if (!slice_equal_nocase(text, slice_of(bot->name)))
            continue;
        found = found == NULL ? bot : found;
        (*count)++;
    }
    return found;
}

static bool aim_at_the_bot(struct app *app, const struct snap_bot *bot, unsigned count, double now)
{
    if (count > 1)
        words_say(app, now, "%u bots are called %s: say which by its User-Id", count, bot->name);
    else if (aim_at_bot(&app->view.acting.aim, view_newest(&app->view), bot) == 0)
        return true;
    else
        words_say(app, now, "out of memory");
    return false;
}

/* What may go on for a bot whose name begins with these words: its name, or else its User-Id. */
static const char *bot_at(const struct view *view, struct slice before, size_t *i)
{
    const struct snap *snap = view_newest(view);
    unsigned count = snap == NULL || view->mask.on ? 0 : snap->bot_count;
    if (before.len == 0 && *i < count) {
        const struct snap_bot *bot = &snap->bots[*i];
        return strlen(bot->name) < WORD_MAX ? bot->name : bot->user_id;
    }
    for (unsigned at = 0; before.len > 0 && at < count; at++) {
        const char *name = snap->bots[at].name;
        if (slice_starts(slice_of(name), before) && name[before.len] == ' ' && (*i)-- == 0)
            return name + before.len + 1;
    }
    *i -= before.len == 0 ? count : 0;
    return NULL;
}

/* --- kill ------------------------------------------------------------------------------------- */

static const char *const ways[] = {
    [AIM_CLOSE] = "close", [AIM_CUT] = "reset", [AIM_BLOCK] = "block"};

/* "close", "reset", "block", "block 10m"; nothing leaves the choice to the question. */
static bool take_way(struct app *app, struct slice text, enum aim_way *way, double *seconds,
                     double now)
{
    struct slice rest = text, word = option_cut_word(&rest);
    *way = AIM_ANY;
    for (enum aim_way at = AIM_CLOSE; at <= AIM_BLOCK; at++)
        if (slice_equal(word, slice_of(ways[at])))
            *way = at;
    if (text.len > 0 && (*way == AIM_ANY || (rest.len > 0 && *way != AIM_BLOCK))) {
        words_say(app, now, "%.*s: close, reset, or block and a time", (int)text.len, text.ptr);
        return false;
    }
    return take_time(app, rest, seconds, now);
}

static bool aim_at_target(struct app *app, struct slice target, double now)
{
    struct view *view = &app->view;
    const struct snap_conn *conn = NULL;
    struct addr addr;
    uint64_t id;
    struct slice digits =
        slice_starts(target, SLICE("#")) ? (struct slice){target.ptr + 1, target.len - 1} : target;
    if (addr_parse(target, &addr)) {
        if (!aim_at_addr(app, &addr, now))
            return false;
        if (view->acting.aim.id_count == 0)
            words_say(app, now, "%.*s has no connection", (int)target.len, target.ptr);
        return view->acting.aim.id_count > 0;
    }
    if (slice_to_u64(digits, &id) && view_newest(view) != NULL)
        conn = snap_find_conn(view_newest(view), id);
    unsigned count;
    const struct snap_bot *bot = conn == NULL ? find_bot(view, target, &count) : NULL;
    if (bot != NULL)
        return aim_at_the_bot(app, bot, count, now);
    if (conn == NULL)
        words_say(app, now, "there is no connection and no bot %.*s", (int)target.len, target.ptr);
    else if (aim_at_connection(&view->acting.aim, view_newest(view), conn) < 0)
        words_say(app, now, "out of memory");
    return conn != NULL && view->acting.aim.id_count > 0;
}

void words_kill(struct app *app, struct slice args, double now)
{
    struct slice rest = args, target = cut_target(&app->view, &rest);
    enum aim_way way;
    double seconds = 0;
    if (!take_way(app, rest, &way, &seconds, now) || !aim_at_target(app, target, now))
        return;
    app->view.acting.aim.way = way;
    app->view.acting.aim.block_seconds = seconds;
    acting_ask_kill(app, now);
}

/* Bots, then the addresses there are; none of either while they are masked. */
static const char *owner_at(const struct view *view, struct slice before, size_t *i,
                            char buffer[WORD_MAX])
{
    const struct snap *snap = view_newest(view);
    const char *name = bot_at(view, before, i);
    unsigned count = snap == NULL || view->mask.on || before.len > 0 ? 0 : snap->ip_count;
    if (name != NULL)
        return name;
    if (*i < count) {
        struct addr addr = {.family = snap->ips[*i].key.family};
        memcpy(addr.bytes, snap->ips[*i].key.bytes, sizeof(addr.bytes));
        return addr_text(buffer, &addr, false);
    }
    *i -= count;
    return NULL;
}

const char *words_kill_choice(const struct view *view, struct slice before, size_t i,
                              char buffer[WORD_MAX])
{
    const struct snap *snap = view_newest(view);
    const char *owner = owner_at(view, before, &i, buffer);
    if (owner != NULL)
        return owner;
    if (before.len > 0) {
        struct slice rest = before;
        cut_target(view, &rest);
        return rest.len == 0 && i + AIM_CLOSE <= AIM_BLOCK ? ways[i + AIM_CLOSE] : NULL;
    }
    if (snap == NULL || i >= snap->conn_count)
        return NULL;
    snprintf(buffer, WORD_MAX, "%llu", (unsigned long long)snap->conns[i].id);
    return buffer;
}

/* --- block ------------------------------------------------------------------------------------ */

void words_block(struct app *app, struct slice args, double now)
{
    struct slice rest = args, target = cut_target(&app->view, &rest);
    struct addr addr;
    double seconds = 0;
    unsigned count = 0;
    bool is_addr = addr_parse(target, &addr);
    const struct snap_bot *bot = is_addr ? NULL : find_bot(&app->view, target, &count);
    if (!is_addr && bot == NULL) {
        words_say(app, now, "%.*s is no IP address and no bot", (int)target.len, target.ptr);
        return;
    }
    if (!take_time(app, rest, &seconds, now) ||
        !(is_addr ? aim_at_addr(app, &addr, now) : aim_at_the_bot(app, bot, count, now)))
        return;
    app->view.acting.aim.block_seconds = seconds;
    acting_ask_block(app, now);
}

const char *words_block_choice(const struct view *view, struct slice before, size_t i,
                               char buffer[WORD_MAX])
{
    return owner_at(view, before, &i, buffer);
}

void words_unblock(struct app *app, struct slice args, double now)
{
    struct view *view = &app->view;
    const struct snap *snap = view_newest(view);
    struct addr addr = {0};
    struct user_name user = {""};
    if (!addr_parse(args, &addr))
        user_name_of(&user, args);
    struct addr_key key = addr_key_of(&addr);
    for (unsigned i = 0; snap != NULL && i < snap->block_count; i++) {
        const struct snap_block *block = &snap->blocks[i];
        if (block->user != NULL ? strcmp(block->user, user.text) == 0
                                : memcmp(&block->key, &key, sizeof(key)) == 0) {
            acting_unblock(view, block);
            return;
        }
    }
    words_say(app, now, "%.*s is not blocked", (int)args.len, args.ptr);
}

const char *words_blocked_choice(const struct view *view, struct slice before, size_t i,
                                 char buffer[WORD_MAX])
{
    if (before.len > 0 || view->mask.on || view_newest(view) == NULL ||
        i >= view_newest(view)->block_count)
        return NULL;
    if (view_newest(view)->blocks[i].user != NULL)
        return view_newest(view)->blocks[i].user;
    struct addr addr = {.family = view_newest(view)->blocks[i].key.family};
    memcpy(addr.bytes, view_newest(view)->blocks[i].key.bytes, sizeof(addr.bytes));
    return addr_text(buffer, &addr, false);
}

/* --- backends --------------------------------------------------------------------------------- */

const char *words_backend_choice(const struct view *view, struct slice before, size_t i,
                                 char buffer[WORD_MAX])
{
    bool known =
        before.len == 0 && view_newest(view) != NULL && i < view_newest(view)->backend_count;
    (void)buffer;
    return known ? view_newest(view)->backends[i].name : NULL;
}

/* The backend of this name, or NULL after a word about it. */
static const struct snap_backend *named(struct app *app, struct slice name, double now)
{
    const struct snap *snap = view_newest(&app->view);
    const struct snap_backend *backend = snap == NULL ? NULL : snap_find_backend(snap, name);
    if (backend == NULL)
        words_say(app, now, "there is no backend %.*s", (int)name.len, name.ptr);
    return backend;
}

void words_check(struct app *app, struct slice args, double now)
{
    const struct snap_backend *backend = args.len == 0 ? NULL : named(app, args, now);
    if (args.len == 0) {
        app_do(app, CMD_CHECK, now);
    } else if (backend != NULL) {
        char text[VIEW_LINE];
        struct str line;
        str_fixed(&line, text, sizeof(text));
        str_addf(&line, "check %s", backend->name);
        app_notice(app, EVENT_INFO, text, now);
        app_send_command(app, &(struct command){.type = COMMAND_CHECK, .backend = backend->slot},
                         now);
    }
}

static void ask_drain(struct app *app, struct slice name, bool drain, double now)
{
    struct view *view = &app->view;
    const struct snap_backend *backend = named(app, name, now);
    if (backend == NULL)
        return;
    view->acting.slot = backend->slot;
    view->acting.drain = drain;
    box_open(view, DIALOG_DRAIN);
}

void words_drain(struct app *app, struct slice args, double now)
{
    ask_drain(app, args, true, now);
}

void words_undrain(struct app *app, struct slice args, double now)
{
    ask_drain(app, args, false, now);
}
