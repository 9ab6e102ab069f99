/*
 * The configuration: immutable once loaded, shared by atomic reference count. Every field comes
 * from one schema table (src/conf/schema.c), which also drives --check, environment names, the
 * shipped file and the README's reference.
 */
#ifndef CONF_CONFIG_H
#define CONF_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/log.h"
#include "net/addr.h"

#define CONFIG_OFF (-1.0)          /* a duration that is off */
#define CONFIG_NO_LIMIT UINT64_MAX /* a count that is off */
#define CONFIG_DEFAULT_PASSWORD "DevamOP"
#define CONFIG_PASSWORDS_MAX 8

/* How deep a check of a backend goes. */
enum config_check {
    CONFIG_CHECK_HTTP, /* /version and /vN/stats */
    CONFIG_CHECK_TCP   /* whether a connection stands */
};

/* How many colours the screen may use; the terminal may have fewer. */
enum config_color {
    CONFIG_COLOR_AUTO,
    CONFIG_COLOR_NEVER,
    CONFIG_COLOR_ALWAYS, /* as AUTO, but never held back by NO_COLOR */
    CONFIG_COLOR_16,
    CONFIG_COLOR_256,
    CONFIG_COLOR_TRUE
};

/* How copies leave the screen. */
enum config_clipboard {
    CONFIG_CLIPBOARD_AUTO, /* into the terminal's clipboard, where it may have one */
    CONFIG_CLIPBOARD_OFF   /* shown, for selecting by hand */
};

struct config_backend {
    char *name;
    char *host; /* name or literal, without brackets */
    char *password;
    unsigned version; /* 3 or 4 */
    unsigned weight;
    uint16_t port;
};

/* One key for one command, as `tui.keys` says it; the screen knows what the words mean. */
struct config_key {
    char *name;  /* of a command, or "preset" */
    char *key;   /* "Ctrl-X"; "" where the command is to have none */
    char *place; /* "FILE:LINE:COL" */
};

struct config {
    struct {
        struct addr *listen;
        unsigned listen_count;
        char **passwords; /* each of them opens the door; more than one while they are rotated */
        unsigned password_count;  /* 1..CONFIG_PASSWORDS_MAX */
        unsigned default_version; /* resolved: 3 or 4, never auto */
        unsigned workers;         /* resolved: 1..64 */
        struct addr_net *proxy_protocol;
        unsigned proxy_protocol_count;
    } proxy;
    struct {
        struct addr listen; /* family 0: no web */
        char *password;     /* "" when none */
        char **tokens;      /* may read, nothing else */
        unsigned token_count;
        char **hosts;
        unsigned host_count;
    } web;
    struct config_backend *backends;
    unsigned backend_count; /* 1..64 */
    struct {
        double interval, timeout, slow; /* seconds */
        enum config_check check;
    } health;
    struct {
        double interval, history; /* seconds */
        uint64_t medium, high;    /* bytes per second */
    } rates;
    struct {
        double header, connect, response, idle, tunnel, drain,
            backend_wait; /* seconds or CONFIG_OFF */
    } timeouts;
    struct {
        uint64_t connections, connections_per_ip; /* or CONFIG_NO_LIMIT */
        uint64_t auth_failures;                   /* per auth_window and IP; CONFIG_NO_LIMIT: off */
        double auth_window;                       /* seconds */
        double block;                             /* seconds */
        struct addr_net *allow, *deny;
        unsigned allow_count, deny_count;
    } limits;
    struct {
        char *file;
        enum log_level level;
        enum log_format format;
    } log;
    struct {
        char *file, *unix_path; /* "" when off */
    } events;
    struct {
        char *theme;
        double refresh;
        enum config_clipboard clipboard;
        double summary; /* line mode: seconds or CONFIG_OFF */
        bool plain;     /* line mode, from the command line */
        struct config_key *keys;
        unsigned key_count;
        enum config_color color;         /* after NO_COLOR */
        bool ascii, mouse, read_only;    /* from the command line */
        bool theme_given, refresh_given; /* there, rather than in the file */
    } tui;
    bool protected_proxy; /* the default password is among them: strangers get 403 */
    bool protected_web;   /* no web password: only loopback may ask */
    bool demo;
};

const struct config *config_ref(const struct config *config);
void config_unref(
    const struct config *config); /* NULL is harmless; passwords are wiped before memory is freed */

#endif
