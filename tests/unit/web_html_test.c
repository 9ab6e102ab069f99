/*
 * Escaping: whatever text says, it stays text.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "web/html.h"

static void escapes(void **state)
{
    static const struct {
        const char *text, *html, *query;
    } rows[] = {
        {"", "", ""},
        {"plain-1.2_3~", "plain-1.2_3~", "plain-1.2_3~"},
        {"<b>&'\"", "&lt;b&gt;&amp;&#39;&quot;", "%3Cb%3E%26%27%22"},
        {"&amp;", "&amp;amp;", "%26amp%3B"},
        {"a b+c", "a b+c", "a%20b%2Bc"},
        {"\xc3\xa4", "\xc3\xa4", "%C3%A4"},
        {"</script><!--", "&lt;/script&gt;&lt;!--", "%3C%2Fscript%3E%3C%21--"},
    };
    char memory[100];
    struct str out;
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        str_fixed(&out, memory, sizeof(memory));
        html_text(&out, rows[i].text);
        assert_string_equal(memory, rows[i].html);
        str_reset(&out);
        html_query(&out, slice_of(rows[i].text));
        assert_string_equal(out.len > 0 ? memory : "", rows[i].query);
    }
    str_reset(&out);
    html_attr(&out, "value", "\" onload=\"x");
    assert_string_equal(memory, " value=\"&quot; onload=&quot;x\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(escapes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
