/*
 * Data usage summed by client, user id or backend: rows over which, with the others, every sum is
 * the total. Pure.
 */
#ifndef WEB_GROUPS_H
#define WEB_GROUPS_H

#include <stdbool.h>

#include "base/json.h"
#include "base/slice.h"
#include "stats/snapshot.h"

enum group { GROUP_IP, GROUP_CLIENT, GROUP_USER, GROUP_BACKEND, GROUP_COUNT };

/* "ip" "client" "user" "backend", and the group of such a word; GROUP_COUNT: it is none. */
const char *group_word(enum group group);
enum group group_of_word(struct slice word);

/* Of all groups but GROUP_IP, which has more to tell. */
unsigned group_count(const struct snap *snap, enum group group);
struct snap_name group_row(const struct snap *snap, enum group group, unsigned row);
/* What is in no row: names that had to make room; what never went to a backend of today. */
struct snap_name group_others(const struct snap *snap, enum group group);

/* page_groups.c: what the page of data usage was asked for, links to all groups, and the table of
 * one that is not GROUP_IP. */
struct page;
enum group page_group(const struct page *page);
void page_group_links(struct page *page);
void page_groups(struct page *page);

/* doc_books.c: the document of /api/data-usage with such a group. */
void doc_group(struct json *j, const struct snap *snap, enum group group);

#endif
