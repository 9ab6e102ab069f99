/*
 * Pages on their way to a visitor.
 */
#include "web/pages.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/embedded.h"
#include "base/hash.h"
#include "base/log.h"
#include "web/client.h"
#include "web/facts.h"
#include "web/metrics.h"
#include "web/page.h"
#include "web/query.h"
#include "web/response.h"
#include "web/serve.h"
#include "web/page_list.h"

#define TINT_COOKIE "lavaproxy_tint"
#define UNITS_COOKIE "lavaproxy_units"
#define COOKIE_KEPT "; SameSite=Strict; Path=/; Max-Age=31536000"
#define PATH_MAX_BYTES 300
#define BOOKS_REST 4.5 /* seconds: every fifth snapshot; each second it were too many bytes */

static struct slice form_of(const struct client *c)
{
    return (struct slice){c->inbox->text, c->inbox->body};
}

/* The place among `words` (ends with NULL) of a cookie's value; the first where there is none. */
static unsigned choice_of(const struct client *c, struct slice cookie, const char *const *words)
{
    struct slice value = login_cookie(&c->inbox->head, cookie);
    for (unsigned i = 0; words[i] != NULL; i++)
        if (slice_equal(value, slice_of(words[i])))
            return i;
    return 0;
}

static const char *const tint_words[] = {"auto", "light", "dark", NULL};
static const char *const units_words[] = {"bytes", "bits", "messages", NULL};

static struct response page_response(const struct client *c, unsigned status)
{
    return (struct response){
        .status = status, .type = RESPONSE_HTML, .close = c->close, .head_only = c->call.head_only};
}

static void draw_error(struct page *page)
{
    page_begin(page, "That did not work", "");
    str_add_text(page->out, "<p><a href=\"/\">Back</a></p>\n");
    page_end(page);
}

/* Figures of the process, for the page that shows them. */
static const struct metrics_process *process_for(void (*draw)(struct page *),
                                                 struct metrics_process *process)
{
    if (draw != page_health)
        return NULL;
    metrics_process(process, clock_mono());
    return process;
}

/* Draws a page and answers with it, by a status of its own where it has one. What is shown to
 * whoever was refused knows no figures. */
static void serve_page(struct client *c, const struct response *response,
                       void (*draw)(struct page *), const char *wrong)
{
    struct str body;
    struct response told = *response;
    const struct snap *snap = wrong != NULL || draw == page_login ? NULL : snap_get(c->web->hub);
    struct page page = {
        .out = &body,
        .snap = snap,
        .login = c->login,
        .target = c->inbox->head.target,
        .host = guard_host_name(head_value(&c->inbox->head, HEADER_HOST)),
        .id = c->call.id,
        .tint = (enum page_tint)choice_of(c, SLICE(TINT_COOKIE), tint_words),
        .units = (enum page_units)choice_of(c, SLICE(UNITS_COOKIE), units_words),
        .wrong = wrong,
        .process = process_for(draw, &c->web->process),
    };
    str_growing(&body);
    draw(&page);
    snap_put(snap);
    if (page.status != 0)
        told.status = page.status;
    response_whole(&c->out, &told, str_slice(&body));
    c->out.cut = c->out.cut || body.cut;
    str_free(&body);
    client_to(c, CLIENT_WRITE);
}

void pages_error(struct client *c, unsigned status, const char *message, unsigned retry_after)
{
    struct response response = page_response(c, status);
    response.retry_after = retry_after;
    if (status == 405)
        response.allow = c->call.allow;
    serve_page(c, &response, c->call.what == API_LOGIN ? page_login : draw_error, message);
}

static void redirect(struct client *c, const char *location, struct slice cookie)
{
    struct response response = page_response(c, 303);
    response.location = location;
    response.cookie = cookie;
    response_whole(&c->out, &response, SLICE(""));
    client_to(c, CLIENT_WRITE);
}

/* Whether a path leads nowhere but here: browsers read "//" and "/\" as another host. */
static bool is_local(struct slice path)
{
    if (path.len == 0 || path.ptr[0] != '/')
        return false;
    for (size_t i = 0; i < path.len; i++)
        if (path.ptr[i] <= ' ' || path.ptr[i] > '~' || path.ptr[i] == '\\')
            return false;
    return path.len < 2 || path.ptr[1] != '/';
}

/* A path in the form's field `name`, or "/". */
static const char *path_field(const struct client *c, struct slice name, char out[PATH_MAX_BYTES])
{
    struct str text;
    str_fixed(&text, out, PATH_MAX_BYTES);
    if (query_field(form_of(c), name, &text) != QUERY_FOUND || !is_local(str_slice(&text)))
        return "/";
    return out;
}

bool pages_is_form(const struct client *c)
{
    char memory[PATH_MAX_BYTES];
    struct str text;
    str_fixed(&text, memory, sizeof(memory));
    return !c->call.reads && query_field(form_of(c), SLICE("back"), &text) != QUERY_ABSENT;
}

void pages_go_back(struct client *c)
{
    char back[PATH_MAX_BYTES];
    redirect(c, path_field(c, SLICE("back"), back), SLICE(""));
}

void pages_ask_login(struct client *c)
{
    char memory[3 * PATH_MAX_BYTES];
    struct str location;
    str_fixed(&location, memory, sizeof(memory));
    str_add_text(&location, "/login?next=");
    html_query(&location, c->inbox->head.target);
    redirect(c, location.cut ? "/login" : location.ptr, SLICE(""));
}

static void (*const draws[API_COUNT])(struct page *) = {
    [API_PAGE_MONITOR] = page_monitor,
    [API_PAGE_CONNECTIONS] = page_connections,
    [API_PAGE_CONNECTION] = page_connection,
    [API_PAGE_USAGE] = page_usage,
    [API_PAGE_HEALTH] = page_health,
    [API_PAGE_BLOCKED] = page_blocked,
    [API_PAGE_EVENTS] = page_events,
    [API_PAGE_BOTS] = page_bots,
    [API_PAGE_BOT] = page_bot,
    [API_PAGE_BOT_END] = page_bot_end,
    [API_PAGE_PLAYERS] = page_players,
};

bool pages_look(struct pages_look *look, const struct client *c, struct slice target)
{
    struct api_call call;
    api_find(&call, SLICE("GET"), target);
    *look = (struct pages_look){.draw = draws[call.what],
                                .target = target,
                                .id = call.id,
                                .units =
                                    (enum page_units)choice_of(c, SLICE(UNITS_COOKIE), units_words),
                                .login = c->login};
    return look->draw != NULL;
}

void pages_draw(struct pages_look *look, const struct snap *snap, struct str *out,
                struct live *live, struct metrics_process *process)
{
    struct page page = {.out = out,
                        .live = live,
                        .process = process_for(look->draw, process),
                        .rows = &look->rows,
                        .ips = &look->ips,
                        .snap = snap,
                        .login = look->login,
                        .target = look->target,
                        .id = look->id,
                        .units = look->units};
    if (look->draw)
        look->draw(&page);
}

double pages_rest(const struct pages_look *look)
{
    return look->draw == page_usage || look->draw == page_blocked ? BOOKS_REST : 0;
}

void pages_serve(struct client *c)
{
    struct response response = page_response(c, 200);
    const struct snap *snap = snap_get(c->web->hub);
    snap_put(snap);
    if (snap == NULL)
        serve_error(c, 503, SERVE_STARTING);
    else
        serve_page(c, &response, draws[c->call.what], NULL);
}

static void take_password(struct client *c)
{
    char typed[256], next[PATH_MAX_BYTES], cookie[LOGIN_TEXT + 100], peer[ADDR_TEXT_MAX];
    struct str text;
    str_fixed(&text, typed, sizeof(typed));
    if (query_field(form_of(c), SLICE("password"), &text) != QUERY_FOUND)
        str_reset(&text);
    struct guard_request request = serve_guard_request(c);
    struct guard_verdict verdict = guard_login(&c->web->guard, &request, str_slice(&text));
    explicit_bzero(typed, sizeof(typed));
    if (verdict.wrong)
        log_warn("web: wrong password from=%s", addr_text(peer, &c->peer, false));
    if (verdict.status != 0) {
        pages_error(c, verdict.status, verdict.message, verdict.retry_after);
        return;
    }
    int len = snprintf(cookie, sizeof(cookie),
                       LOGIN_COOKIE "=%s; HttpOnly; SameSite=Strict; Path=/; Max-Age=%.0f",
                       verdict.login->cookie, LOGIN_SECONDS);
    redirect(c, path_field(c, SLICE("next"), next), (struct slice){cookie, (size_t)len});
}

void pages_login(struct client *c)
{
    struct response response = page_response(c, 200);
    if (c->call.reads)
        serve_page(c, &response, page_login, NULL);
    else
        take_password(c);
}

void pages_logout(struct client *c)
{
    login_end(c->login);
    c->login = NULL;
    redirect(c, "/login", SLICE(LOGIN_COOKIE "=; HttpOnly; SameSite=Strict; Path=/; Max-Age=0"));
}

void pages_setup(struct client *c)
{
    static const struct {
        const char *field, *cookie;
        const char *const *words;
    } settings[] = {{"tint", TINT_COOKIE, tint_words}, {"units", UNITS_COOKIE, units_words}};
    char memory[16], cookie[100], back[PATH_MAX_BYTES];
    const char *to = path_field(c, SLICE("back"), back);
    for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
        struct str value;
        str_fixed(&value, memory, sizeof(memory));
        if (query_field(form_of(c), slice_of(settings[i].field), &value) != QUERY_FOUND)
            continue;
        for (unsigned j = 0; settings[i].words[j] != NULL; j++) {
            if (!slice_equal(str_slice(&value), slice_of(settings[i].words[j])))
                continue;
            snprintf(cookie, sizeof(cookie), "%s=%s" COOKIE_KEPT, settings[i].cookie, memory);
            redirect(c, to, slice_of(cookie));
            return;
        }
    }
    serve_error(c, 400, "The form needs tint=auto|light|dark or units=bytes|bits|messages.");
}

static const char *type_of(struct slice name)
{
    size_t dot = slice_find(name, '.');
    struct slice ending = {name.ptr + dot, name.len - dot};
    return slice_equal(ending, SLICE(".css"))  ? "text/css; charset=utf-8"
           : slice_equal(ending, SLICE(".js")) ? "text/javascript; charset=utf-8"
                                               : "image/svg+xml";
}

void pages_asset(struct client *c)
{
    static const uint64_t key[2] = {0, 0}; /* the same in every process: the tag is of the bytes */
    char etag[24];
    const struct embedded *asset = web_assets;
    while (asset->name != NULL && !slice_equal(c->call.name, slice_of(asset->name)))
        asset++;
    if (asset->name == NULL) {
        serve_error(c, 404, "There is nothing at this path.");
        return;
    }
    snprintf(etag, sizeof(etag), "\"%016llx\"",
             (unsigned long long)hash_sip(key, asset->bytes, asset->len));
    struct response response = page_response(c, 200);
    response.type = type_of(c->call.name);
    response.etag = etag;
    struct slice known = head_named(&c->inbox->head, SLICE("If-None-Match"));
    if (slice_list_has(known, slice_of(etag)))
        response.status = 304;
    response.head_only = response.head_only || response.status == 304;
    response_whole(&c->out, &response, (struct slice){asset->bytes, asset->len});
    client_to(c, CLIENT_WRITE);
}
