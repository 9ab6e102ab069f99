/*
 * The names of the meanings.
 */
#include <string.h>

#include "tui/theme.h"

static const char *const names[ROLE_COUNT] = {
    [ROLE_TEXT] = "text",
    [ROLE_DIM] = "dim",
    [ROLE_TITLE] = "title",
    [ROLE_BORDER] = "border",
    [ROLE_BORDER_FOCUS] = "border.focus",
    [ROLE_HEADER] = "header",
    [ROLE_HEADER_SORT] = "header.sort",
    [ROLE_SELECT] = "select",
    [ROLE_SELECT_UNFOCUS] = "select.unfocus",
    [ROLE_TAG] = "tag",
    [ROLE_FOLLOW] = "follow",
    [ROLE_PAUSED] = "paused",
    [ROLE_READONLY] = "readonly",
    [ROLE_MASKED] = "masked",
    [ROLE_WARNING] = "warning",
    [ROLE_DEMO] = "demo",
    [ROLE_BAR_FILL] = "bar.fill",
    [ROLE_BAR_EMPTY] = "bar.empty",
    [ROLE_SPARK] = "spark",
    [ROLE_AXIS] = "axis",
    [ROLE_RATE_LOW] = "rate.low",
    [ROLE_RATE_MID] = "rate.mid",
    [ROLE_RATE_HIGH] = "rate.high",
    [ROLE_TOTAL] = "total",
    [ROLE_LIMIT_NEAR] = "limit.near",
    [ROLE_LIMIT_OVER] = "limit.over",
    [ROLE_STATE_UP] = "state.up",
    [ROLE_STATE_SLOW] = "state.slow",
    [ROLE_STATE_DOWN] = "state.down",
    [ROLE_STATE_DRAIN] = "state.drain",
    [ROLE_STATE_UNKNOWN] = "state.unknown",
    [ROLE_EV_TIME] = "ev.time",
    [ROLE_EV_INFO] = "ev.info",
    [ROLE_EV_WARN] = "ev.warn",
    [ROLE_EV_ERR] = "ev.err",
    [ROLE_EV_AUTH] = "ev.auth",
    [ROLE_KEY_NAME] = "key.name",
    [ROLE_KEY_LABEL] = "key.label",
    [ROLE_PROMPT] = "prompt",
    [ROLE_PROMPT_ERR] = "prompt.err",
    [ROLE_MATCH] = "match",
    [ROLE_DIALOG] = "dialog",
    [ROLE_DIALOG_DEFAULT] = "dialog.default",
    [ROLE_DIALOG_DANGER] = "dialog.danger",
    [ROLE_VERSION_3] = "version.v3",
    [ROLE_VERSION_4] = "version.v4",
    [ROLE_NEW] = "new",
    [ROLE_GONE] = "gone",
};

const char *theme_role_name(enum role role)
{
    return names[role];
}

enum role theme_role_find(const char *name)
{
    unsigned role = 0;
    while (role < ROLE_COUNT && strcmp(names[role], name) != 0)
        role++;
    return (enum role)role;
}
