/*
 * What of a page is sent again.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "web/live.h"

/* A page with a total, a list of rows "1a2b" (key, value, key, value...) and a note. */
static void draw(struct str *page, struct live *live, const char *total, const char *rows,
                 const char *note)
{
    str_growing(page);
    live_init(live);
    str_add_text(page, "<b");
    live_begin(live, page, "total");
    str_add_text(page, total);
    live_end(live, page);
    str_add_text(page, "</b><table");
    live_list(live, page, "rows");
    for (; *rows != '\0'; rows += 2) {
        live_row(live, (uint64_t)rows[0]);
        str_addf(page, "<tr>%c<td", rows[0]);
        live_begin(live, page, "r%c", rows[0]);
        str_add_char(page, rows[1]);
        live_end(live, page);
        str_add_text(page, "</td>");
    }
    live_list_end(live, page);
    str_add_text(page, "</table><i");
    live_begin(live, page, "note");
    str_add_text(page, note);
    live_end(live, page);
    str_add_text(page, "</i>");
}

static void differences(void **state)
{
    static const struct {
        const char *before[3], *now[3], *changed;
    } rows[] = {
        {{"5", "1a2b", "n"}, {"5", "1a2b", "n"}, "{}"},
        {{"5", "1a2b", "n"}, {"6", "1a2b", "n"}, "{\"total\":\"6\"}"},
        {{"5", "1a2b", "n"}, {"5", "1a2c", "n"}, "{\"r2\":\"c\"}"},
        {{"5", "1a2b", "n"},
         {"6", "1x2c", "m"},
         "{\"total\":\"6\",\"r1\":\"x\",\"r2\":\"c\",\"note\":\"m\"}"},
        {{"5", "1a2b", "n"},
         {"5", "2b1a", "m"},
         "{\"rows\":\"<tr>2<td id=\\\"r2\\\">b</td><tr"
         ">1<td id=\\\"r1\\\">a</td>\",\"note\":\"m\"}"},
        {{"5", "1a2b", "n"}, {"5", "", "n"}, "{\"rows\":\"\"}"},
        {{"5", "", "n"}, {"5", "", "n"}, "{}"},
        {{"5", "1a", "n"},
         {"5", "1a2b", "n"},
         "{\"rows\":\"<tr>1<td id=\\\"r1\\\">a</td><tr"
         ">2<td id=\\\"r2\\\">b</td>\"}"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct str before_page, page, out;
        struct live before, now;
        struct json j;
        draw(&before_page, &before, rows[i].before[0], rows[i].before[1], rows[i].before[2]);
        draw(&page, &now, rows[i].now[0], rows[i].now[1], rows[i].now[2]);
        str_growing(&out);
        json_begin(&j, &out);
        json_object(&j, NULL);
        live_diff(&j, &page, &now, &before, true);
        json_object_end(&j);
        assert_string_equal(out.ptr, rows[i].changed);
        str_reset(&out);
        json_begin(&j, &out);
        json_object(&j, NULL);
        live_all(&j, &page, &now); /* whoever comes anew gets each part once */
        json_object_end(&j);
        assert_non_null(strstr(out.ptr, "\"total\""));
        assert_non_null(strstr(out.ptr, "\"rows\""));
        assert_null(strstr(out.ptr, "\"r1\""));
        str_free(&out);
        str_free(&page);
        str_free(&before_page);
        live_free(&now);
        live_free(&before);
    }
}

/* Drawings one after the other. */
static void one_after_the_other(void **state)
{
    static const struct {
        const char *rows;
        bool patient;
        const char *changed;
    } drawings[] = {
        {"1a", true, "{\"rows\":\"<tr>1<td id=\\\"r1\\\">a</td>\"}"},
        {"1b2a", true, "{}"},                                         /* it went the last time */
        {"1b", true, "{\"rows\":\"<tr>1<td id=\\\"r1\\\">b</td>\"}"}, /* and not before */
        {"1b2a", true, "{}"},
        {"1b", true, "{}"}, /* what the browser has */
        {"1c", true, "{\"r1\":\"c\"}"},
        {"2c", true, "{\"rows\":\"<tr>2<td id=\\\"r2\\\">c</td>\"}"},
        {"1c", false, "{\"rows\":\"<tr>1<td id=\\\"r1\\\">c</td>\"}"},
        {"2c", true, "{}"},
        {"2d", true, "{\"rows\":\"<tr>2<td id=\\\"r2\\\">d</td>\"}"},
    };
    struct str page, out;
    struct live before, now;
    (void)state;
    draw(&page, &before, "5", "", "n");
    str_free(&page);
    for (size_t i = 0; i < sizeof(drawings) / sizeof(drawings[0]); i++) {
        struct json j;
        draw(&page, &now, "5", drawings[i].rows, "n");
        str_growing(&out);
        json_begin(&j, &out);
        json_object(&j, NULL);
        live_diff(&j, &page, &now, &before, drawings[i].patient);
        json_object_end(&j);
        print_message("%zu: %s\n", i, drawings[i].rows);
        assert_string_equal(out.ptr, drawings[i].changed);
        str_free(&out);
        str_free(&page);
        live_free(&before);
        before = now;
    }
    live_free(&before);
}

static void a_page_needs_no_live(void **state)
{
    struct str page, with;
    struct live live;
    (void)state;
    str_growing(&page);
    str_add_text(&page, "<b");
    live_begin(NULL, &page, "total");
    str_add_text(&page, "5");
    live_end(NULL, &page);
    draw(&with, &live, "5", "", "n");
    assert_int_equal(strncmp(with.ptr, page.ptr, page.len), 0);
    live_list(NULL, &page, "rows");
    live_row(NULL, 1);
    live_list_end(NULL, &page);
    str_free(&page);
    str_free(&with);
    live_free(&live);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(differences),
        cmocka_unit_test(one_after_the_other),
        cmocka_unit_test(a_page_needs_no_live),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
