/*
 * The connection monitor: what goes on now.
 */
#include "web/page.h"

static void add_backends(struct page *page)
{
    const struct snap *snap = page->snap;
    struct str *out = page->out;
    str_add_text(out,
                 "<section>\n<table>\n<caption>Backends</caption>\n<tr><th scope=\"col\">Name"
                 "<th scope=\"col\">State<th scope=\"col\">Connections<th scope=\"col\">In and "
                 "out\n");
    for (unsigned i = 0; i < snap->backend_count; i++) {
        const struct snap_backend *backend = &snap->backends[i];
        str_add_text(out, "<tr><th scope=\"row\">");
        html_text(out, backend->name);
        str_add_text(out, "<td>");
        page_state(page, backend);
        str_add_char(out, ' ');
        html_text(out, backend->reason);
        html_add(out, "<td>%u<td>", backend->connections);
        page_rate(page, backend->rate_in + backend->rate_out);
        str_add_char(out, '\n');
    }
    str_add_text(out, "</table>\n</section>\n");
}

void page_monitor(struct page *page)
{
    page_begin(page, "Monitor", "/");
    add_backends(page);
    page_end(page);
}
