/*
 * What commands do outside of boxes and prompts. Each act is one command's or one family's, in a
 * file by its subject: act_rows.c, act_panels.c... The table that says which command is whose is in
 * app.c. UI thread.
 */
#ifndef TUI_ACTS_H
#define TUI_ACTS_H

#include "tui/app.h"
#include "tui/keys.h"

typedef void act(struct app *app, enum key_command command, double now);

/* act_rows.c */
act act_move;     /* CMD_PREV to CMD_LAST */
act act_unselect; /* Escape: one step back */
act act_columns;  /* CMD_SCROLL_LEFT, CMD_SCROLL_RIGHT */
act act_tag;
act act_untag;
act act_follow;
/* Says how following came to an end, where it has. */
void act_follow_lost(struct app *app, double now);

/* act_look.c */
act act_mask;
act act_units;

/* box_group.c, box_details.c */
act act_group_turn;
act act_group_menu;
/* Groups by this and says so. */
void act_group_by(struct app *app, enum group_by by, double now);
act act_details;
/* box_bot.c: the bot whose head is selected, if one is. */
void act_bot_details(struct app *app);

/* act_sort.c */
act act_sort_menu;
act act_reverse;
act act_sort_direct; /* CMD_SORT_RATE to CMD_SORT_BACKEND */
/* Sorts by a column and says so; the column of now turns the order around. */
void act_sort_by(struct app *app, enum sort_key key, double now);
/* The column that a direct sort key means, or SORT_COUNT. */
enum sort_key act_sort_key(enum key_command command);

/* act_players.c: what keys of the list mean among the players. */
void act_in_players(struct app *app, enum key_command command, double now);
/* Sorts them by a column and says so; the column of now turns the order around. */
void act_sort_players(struct app *app, enum player_sort key, double now);

/* act_panels.c */
act act_panel;      /* CMD_PANEL_CONNECTIONS to CMD_PANEL_PLAYERS */
act act_panel_turn; /* CMD_PANEL_NEXT, CMD_PANEL_PREV */
/* What a command means in the focused panel, if that is not the connections: sort commands choose
 * its order, CMD_DETAILS shows what is picked. False when it is none of its. */
bool act_in_panel(struct app *app, enum key_command command, double now);

/* act_kill.c, act_block.c, box_blocks.c, act_check.c, act_drain.c, act_quit.c */
act act_kill;
act act_block;
act act_undo;
act act_blocks;
act act_drain;
act act_check;
act act_quit;
act act_interrupt;
void act_leave(struct app *app, double now); /* the question was answered: ends the program */

/* act_pause.c */
act act_pause;
act act_past; /* CMD_PAST_BACK, CMD_PAST_ON */

/* prompt_find.c */
act act_find;
act act_find_next; /* CMD_FIND_NEXT, CMD_FIND_PREV */

/* prompt_filter.c */
act act_filter;
act act_filter_toggle;

/* act_copy.c, prompt_write.c */
act act_copy; /* CMD_COPY_FIELD, CMD_COPY_ROW */
act act_write;
/* Writes the list in sight to a file of this name, and says what came of it. */
void act_write_to(struct app *app, struct slice name, double now);

/* act_settings.c */
act act_refresh; /* CMD_REFRESH_SLOWER, CMD_REFRESH_FASTER */

/* box_theme.c, box_setup.c */
act act_theme;
act act_setup;

/* prompt_command.c, box_help.c, box_alerts.c */
act act_prompt;
act act_alerts;
act act_help;

#endif
