/*
 * Where a browser gives the password.
 */
#include "web/page.h"
#include "web/page_list.h"

void page_login(struct page *page)
{
    char next[200], action[700];
    struct str target;
    page_value(page, SLICE("next"), next, sizeof(next));
    /* In the address too: the page that says that the password was wrong knows it from there. */
    str_fixed(&target, action, sizeof(action));
    str_add_text(&target, "/login?next=");
    html_query(&target, slice_of(next));
    page_begin(page, "Log in", "/login");
    page_form(page, next[0] != '\0' ? action : "/login");
    str_add_text(page->out, "\n<input type=\"hidden\" name=\"next\"");
    html_attr(page->out, "value", next);
    str_add_text(page->out, ">\n<p><label for=\"password\">Web password</label>\n"
                            "<input id=\"password\" name=\"password\" type=\"password\" "
                            "autocomplete=\"current-password\" required autofocus>\n"
                            "<button>Log in</button></p>\n");
    page_form_end(page);
    str_add_text(page->out, "\n<p class=\"dim\">It stands as web.password in the configuration "
                            "(WEB_PASSWORD).</p>\n");
    page_end(page);
}
