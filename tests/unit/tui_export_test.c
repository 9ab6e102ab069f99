/* Lists as CSV and JSON: quoting, formulas, what JSON readers make of it, masking; the clipboard.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/jsonin.h"
#include "lavalink/base64.h"
#include "tui/clip.h"
#include "stats/export.h"
#include "tui_synthetic.h"

static const void *conn_at(void *ctx, unsigned i)
{
    return (const struct snap_conn *)ctx + i;
}

static const void *ip_at(void *ctx, unsigned i)
{
    return (const struct snap_ip *)ctx + i;
}

static const void *backend_at(void *ctx, unsigned i)
{
    return (const struct snap_backend *)ctx + i;
}

static const void *event_at(void *ctx, unsigned i)
{
    return (const struct snap_event *)ctx + i;
}

static const struct mask open_mask = {.on = false};
static const struct mask closed_mask = {.on = true, .key = {1, 2}};

static const struct snap *usual(void)
{
    return synthetic_snap(&(struct synthetic){.conns = 38, .ips = 17, .backends = 5, .events = 30});
}

static struct export_rows rows_of(const struct snap *snap, enum export_kind kind,
                                  const struct mask *mask)
{
    struct export_rows rows = {.kind = kind, .snap = snap, .mask = mask};
    rows.row = kind == EXPORT_CONNECTIONS ? conn_at
               : kind == EXPORT_IPS       ? ip_at
               : kind == EXPORT_BACKENDS  ? backend_at
                                          : event_at;
    rows.ctx = kind == EXPORT_CONNECTIONS ? (void *)(uintptr_t)snap->conns
               : kind == EXPORT_IPS       ? (void *)(uintptr_t)snap->ips
               : kind == EXPORT_BACKENDS  ? (void *)(uintptr_t)snap->backends
                                          : (void *)(uintptr_t)snap->events;
    rows.count = kind == EXPORT_CONNECTIONS ? snap->conn_count
                 : kind == EXPORT_IPS       ? snap->ip_count
                 : kind == EXPORT_BACKENDS  ? snap->backend_count
                                            : snap->event_count;
    return rows;
}

/* How many cells a line of CSV has, read by the rules of RFC 4180; *at moves behind its end. */
static unsigned csv_line(const char **at)
{
    unsigned cells = 1;
    const char *p = *at;
    for (bool quoted = false; *p != '\0'; p++) {
        if (*p == '"')
            quoted = !quoted;
        else if (quoted)
            continue;
        else if (*p == ',')
            cells++;
        else if (p[0] == '\r' && p[1] == '\n')
            break;
    }
    assert_string_not_equal(p, "");
    *at = p + 2;
    return cells;
}

static void every_kind_in_both_formats(void **state)
{
    (void)state;
    const struct snap *snap = usual();
    for (unsigned kind = EXPORT_CONNECTIONS; kind <= EXPORT_EVENTS; kind++) {
        struct export_rows rows = rows_of(snap, (enum export_kind)kind, &open_mask);
        struct str out;
        str_growing(&out);
        export_all(&out, &rows, EXPORT_CSV, "");
        const char *at = out.ptr;
        unsigned cells = csv_line(&at), lines = 0;
        for (; *at != '\0'; lines++)
            assert_int_equal(csv_line(&at), cells);
        assert_int_equal(lines, rows.count);
        str_reset(&out);
        export_all(&out, &rows, EXPORT_JSON, "ip:1 & \"<x>\"");
        struct slice value, list, row;
        char filter[40];
        assert_true(jsonin_check(str_slice(&out), &value));
        assert_true(jsonin_get(value, "filter", &row));
        assert_true(jsonin_text(row, filter, sizeof(filter)));
        assert_string_equal(filter, "ip:1 & \"<x>\"");
        assert_true(jsonin_get(value, "rows", &list));
        for (lines = 0; jsonin_next(&list, &row); lines++)
            assert_int_equal(jsonin_kind(row), '{');
        assert_int_equal(lines, rows.count);
        for (unsigned i = 0; i < rows.count; i++) {
            str_reset(&out);
            export_row(&out, &rows, i);
            assert_true(jsonin_check(str_slice(&out), &value));
            assert_null(strchr(out.ptr, '\n'));
            str_reset(&out);
            export_field(&out, &rows, i);
            assert_int_not_equal(out.len, 0);
        }
        str_free(&out);
    }
    snap_put(snap);
}

static void says_what_is_known(void **state)
{
    (void)state;
    const struct snap *snap = usual();
    struct export_rows rows = rows_of(snap, EXPORT_BACKENDS, &open_mask);
    struct str out;
    str_growing(&out);
    rows.count = 1;
    export_all(&out, &rows, EXPORT_CSV, "");
    assert_non_null(strstr(out.ptr, "\r\neu-a,v4,127.0.0.1:2333,online,,2023-11-"));
    assert_non_null(strstr(out.ptr, "Z,3.10,false,17,"));
    str_reset(&out);
    export_row(&out, &rows, 0);
    assert_non_null(strstr(out.ptr, "\"responseTime\":3.1,"));
    struct snap_backend fresh = {.name = "b", .url = "", .reason = "", .response_ms = -1};
    rows = rows_of(&(struct snap){.backends = &fresh, .backend_count = 1}, EXPORT_BACKENDS,
                   &open_mask);
    str_reset(&out);
    export_row(&out, &rows, 0);
    assert_non_null(strstr(out.ptr, "\"lastChecked\":null,\"responseTime\":null,"));
    assert_non_null(strstr(out.ptr, "\"players\":null,"));
    str_reset(&out);
    export_all(&out, &rows, EXPORT_CSV, "");
    assert_non_null(strstr(out.ptr, "\r\nb,,,unknown,,,,false,0,0,0,,,0,"));
    rows = rows_of(snap, EXPORT_CONNECTIONS, &open_mask);
    str_reset(&out);
    export_row(&out, &rows, 2);
    assert_non_null(strstr(out.ptr, "\"clientName\":null,"));
    assert_non_null(strstr(out.ptr, "\"id\":\"1055\",\"clientAddress\":\"203.0.113.3:0\","
                                    "\"clientIp\":\"203.0.113.3\",\"kind\":\"websocket\","
                                    "\"version\":\"v4\",\"backendName\":\"us-a\","));
    str_free(&out);
    snap_put(snap);
}

/* What the client calls itself, and the cell that becomes of it. */
static void cells_are_quoted_and_no_formulas(void **state)
{
    (void)state;
    static const struct {
        const char *text, *cell;
    } table[] = {
        {"plain", "plain"},
        {"a b", "a b"},
        {"a,b", "\"a,b\""},
        {"a\"b", "\"a\"\"b\""},
        {" a", "\" a\""},
        {"a ", "\"a \""},
        {"a\r\nb", "\"a\r\nb\""},
        {"=1+1", "\"'=1+1\""},
        {"+1", "\"'+1\""},
        {"-1", "\"'-1\""},
        {"@SUM(A1)", "\"'@SUM(A1)\""},
        {"\tx", "\"'\tx\""},
        {"=cmd|' /C calc'!A0", "\"'=cmd|' /C calc'!A0\""},
        {"=\"", "\"'=\"\"\""},
        {"caf\xc3\xa9", "caf\xc3\xa9"},
        {"", ""},
    };
    struct snap_backend backend = {.name = "b", .url = "", .reason = "", .response_ms = -1};
    struct snap snap = {.backends = &backend, .backend_count = 1};
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct str out, expected;
        str_growing(&out);
        str_growing(&expected);
        backend.name = table[i].text;
        struct export_rows rows = rows_of(&snap, EXPORT_BACKENDS, &open_mask);
        export_all(&out, &rows, EXPORT_CSV, "");
        str_addf(&expected, "\r\n%s,,,", table[i].cell);
        if (strstr(out.ptr, expected.ptr) == NULL)
            fail_msg("%s: %s", table[i].text, out.ptr);
        str_free(&out);
        str_free(&expected);
    }
}

static void masked_view_is_masked(void **state)
{
    (void)state;
    const struct snap *snap = usual();
    for (unsigned kind = EXPORT_CONNECTIONS; kind <= EXPORT_EVENTS; kind++) {
        struct export_rows rows = rows_of(snap, (enum export_kind)kind, &closed_mask);
        struct str out;
        str_growing(&out);
        export_all(&out, &rows, EXPORT_CSV, "");
        export_all(&out, &rows, EXPORT_JSON, "ip:203.0.113.1");
        for (unsigned i = 0; i < rows.count; i++) {
            export_row(&out, &rows, i);
            export_field(&out, &rows, i);
        }
        assert_null(strstr(out.ptr, "203.0.113."));
        assert_null(strstr(out.ptr, "10435566778899"));
        str_free(&out);
    }
    snap_put(snap);
}

static void formats_by_name(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        int format; /* -1: none */
    } table[] = {
        {"a.csv", EXPORT_CSV},
        {"a.json", EXPORT_JSON},
        {"a.JSON", EXPORT_JSON},
        {"a.csv.json", EXPORT_JSON},
        {"/x.y/a.CSV", EXPORT_CSV},
        {".csv", EXPORT_CSV},
        {"a", -1},
        {"a.txt", -1},
        {"a.", -1},
        {"", -1},
        {"csv", -1},
        {"a.csv/b", -1},
        {"x.csv/", -1},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        enum export_format format = EXPORT_CSV;
        bool found = export_format_of(slice_of(table[i].path), &format);
        assert_int_equal(found ? (int)format : -1, table[i].format);
    }
}

static void clipboards_by_terminal(void **state)
{
    (void)state;
    static const struct {
        const char *type;
        bool in_screen;
        enum clip_way way;
    } table[] = {
        {"xterm-256color", false, CLIP_PLAIN},
        {"tmux-256color", false, CLIP_PLAIN},
        {"screen-256color", false, CLIP_PLAIN},
        {"screen", true, CLIP_WRAPPED},
        {"foot", false, CLIP_PLAIN},
        {"vte-256color", false, CLIP_PLAIN},
        {"linux", false, CLIP_SHOW},
        {"linux-16color", false, CLIP_SHOW},
        {"vt100", false, CLIP_SHOW},
        {"vt220", false, CLIP_SHOW},
        {"ansi", false, CLIP_SHOW},
        {"unknown", false, CLIP_SHOW},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        assert_int_equal(clip_way_of(table[i].type, table[i].in_screen), table[i].way);
}

/* The text in a sequence, with the wrapping of GNU screen taken off. */
static void decode(const struct str *sequence, bool wrapped, struct str *text)
{
    struct str inner;
    str_growing(&inner);
    for (const char *at = sequence->ptr; wrapped && *at != '\0';) {
        assert_memory_equal(at, "\033P", 2);
        const char *end = strstr(at, "\033\\");
        assert_non_null(end);
        assert_true(end - at <= 240);
        str_add(&inner, at + 2, (size_t)(end - at) - 2);
        at = end + 2;
    }
    if (!wrapped)
        str_add_slice(&inner, str_slice(sequence));
    assert_memory_equal(inner.ptr, "\033]52;c;", 7);
    assert_int_equal(inner.ptr[inner.len - 1], '\a');
    struct slice base64 = {inner.ptr + 7, inner.len - 8};
    assert_true(base64.len <= CLIP_BASE64_MAX);
    uint8_t *bytes = malloc(base64.len + 1);
    ptrdiff_t len = base64_decode(bytes, base64.len + 1, base64);
    assert_true(len >= 0);
    str_add(text, (char *)bytes, (size_t)len);
    free(bytes);
    str_free(&inner);
}

static void sequences_hold_the_text(void **state)
{
    (void)state;
    static const size_t lengths[] = {
        1, 2, 3, 74, 75, 76, 149, 150, 1000, 9999, CLIP_TEXT_MAX - 1, CLIP_TEXT_MAX};
    char *raw = malloc(CLIP_TEXT_MAX + 1);
    for (size_t i = 0; i <= CLIP_TEXT_MAX; i++)
        raw[i] = (char)(i * 7 % 251);
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        for (unsigned wrapped = 0; wrapped < 2; wrapped++) {
            struct str sequence, text;
            str_growing(&sequence);
            str_growing(&text);
            enum clip_way way = wrapped ? CLIP_WRAPPED : CLIP_PLAIN;
            assert_true(clip_sequence(&sequence, way, (struct slice){raw, lengths[i]}));
            decode(&sequence, wrapped, &text);
            assert_int_equal(text.len, lengths[i]);
            assert_memory_equal(text.ptr, raw, lengths[i]);
            str_free(&sequence);
            str_free(&text);
        }
    }
    struct str none;
    str_growing(&none);
    assert_false(clip_sequence(&none, CLIP_PLAIN, (struct slice){raw, CLIP_TEXT_MAX + 1}));
    assert_false(clip_sequence(&none, CLIP_WRAPPED, (struct slice){raw, CLIP_TEXT_MAX + 1}));
    assert_false(clip_sequence(&none, CLIP_SHOW, SLICE("x")));
    assert_int_equal(none.len, 0);
    str_free(&none);
    free(raw);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_in_both_formats),
        cmocka_unit_test(says_what_is_known),
        cmocka_unit_test(cells_are_quoted_and_no_formulas),
        cmocka_unit_test(masked_view_is_masked),
        cmocka_unit_test(formats_by_name),
        cmocka_unit_test(clipboards_by_terminal),
        cmocka_unit_test(sequences_hold_the_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
