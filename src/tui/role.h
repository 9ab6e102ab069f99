/*
 * What a cell means. Screens know only meanings; the theme turns them into colours and attributes.
 */
#ifndef TUI_ROLE_H
#define TUI_ROLE_H

enum role {
    ROLE_TEXT,
    ROLE_DIM,
    ROLE_TITLE,
    ROLE_BORDER,
    ROLE_BORDER_FOCUS,
    ROLE_HEADER,
    ROLE_HEADER_SORT,
    ROLE_SELECT,
    ROLE_SELECT_UNFOCUS,
    ROLE_TAG,
    ROLE_FOLLOW,
    ROLE_PAUSED,
    ROLE_READONLY,
    ROLE_MASKED,
    ROLE_WARNING,
    ROLE_DEMO,
    ROLE_BAR_FILL,
    ROLE_BAR_EMPTY,
    ROLE_SPARK,
    ROLE_AXIS,
    ROLE_RATE_LOW,
    ROLE_RATE_MID,
    ROLE_RATE_HIGH,
    ROLE_TOTAL,
    ROLE_LIMIT_NEAR,
    ROLE_LIMIT_OVER,
    ROLE_STATE_UP,
    ROLE_STATE_SLOW,
    ROLE_STATE_DOWN,
    ROLE_STATE_DRAIN,
    ROLE_STATE_UNKNOWN,
    ROLE_EV_TIME,
    ROLE_EV_INFO,
    ROLE_EV_WARN,
    ROLE_EV_ERR,
    ROLE_EV_AUTH,
    ROLE_KEY_NAME,
    ROLE_KEY_LABEL,
    ROLE_PROMPT,
    ROLE_PROMPT_ERR,
    ROLE_MATCH,
    ROLE_DIALOG,
    ROLE_DIALOG_DEFAULT,
    ROLE_DIALOG_DANGER,
    ROLE_VERSION_3,
    ROLE_VERSION_4,
    ROLE_NEW,
    ROLE_GONE,
    ROLE_COUNT
};

/* Beside the meaning: the cell belongs to the selected row, perhaps of a list without focus. */
#define ROLE_SELECTED 0x80u
#define ROLE_UNFOCUSED 0x40u
#define ROLE_MASK 0x3fu

#endif
