/*
 * The pages, each in its file page_x.c; that of page_bot_end, the question before a bot's
 * connections end, is page_bot.c. Pure.
 */
#ifndef WEB_PAGE_LIST_H
#define WEB_PAGE_LIST_H

struct page;

void page_login(struct page *page);
void page_monitor(struct page *page);
void page_connections(struct page *page);
void page_connection(struct page *page);
void page_usage(struct page *page);
void page_health(struct page *page);
void page_blocked(struct page *page);
void page_events(struct page *page);
void page_bots(struct page *page);
void page_bot(struct page *page);
void page_bot_end(struct page *page);
void page_players(struct page *page);

#endif
