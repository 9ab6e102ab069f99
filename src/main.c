/*
 * The command line: reads it, loads the configuration, and hands over to control. The only place
 * that decides the exit status of a usage or configuration error.
 */
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/config.h"
#include "conf/load.h"
#include "ctl/ctl.h"
#include "demo/demo.h"
#include "tui/tui.h"

#define EXIT_USAGE 2

enum long_option {
    OPTION_HEADLESS = 256,
    OPTION_PLAIN,
    OPTION_PID_FILE,
    OPTION_DEMO,
    OPTION_THEME,
    OPTION_ASCII,
    OPTION_COLOR,
    OPTION_NO_COLOR,
    OPTION_NO_MOUSE,
    OPTION_READ_ONLY,
    OPTION_REFRESH
};

struct command_line {
    struct load_options load;
    const char *pid_file;
    bool headless, daemon, check, version, help;
};

static const struct option long_options[] = {
    {"config", required_argument, NULL, 'c'},
    {"check", no_argument, NULL, 't'},
    {"daemon", no_argument, NULL, 'd'},
    {"version", no_argument, NULL, 'V'},
    {"help", no_argument, NULL, 'h'},
    {"headless", no_argument, NULL, OPTION_HEADLESS},
    {"plain", optional_argument, NULL, OPTION_PLAIN},
    {"pid-file", required_argument, NULL, OPTION_PID_FILE},
    {"demo", no_argument, NULL, OPTION_DEMO},
    {"theme", required_argument, NULL, OPTION_THEME},
    {"ascii", no_argument, NULL, OPTION_ASCII},
    {"color", required_argument, NULL, OPTION_COLOR},
    {"no-color", no_argument, NULL, OPTION_NO_COLOR},
    {"no-mouse", no_argument, NULL, OPTION_NO_MOUSE},
    {"read-only", no_argument, NULL, OPTION_READ_ONLY},
    {"refresh", required_argument, NULL, OPTION_REFRESH},
    {NULL, 0, NULL, 0},
};

static const char help_text[] =
    "Usage: lavaproxy [options]\n"
    "A proxy for Lavalink v3 and v4 with a live screen.\n"
    "\n"
    "  -c, --config FILE    default ./lavaproxy.yaml, then /etc/lavaproxy/lavaproxy.yaml\n"
    "  -t, --check          check the configuration and exit: 0 good, 2 bad\n"
    "      --headless       no screen; stay in the foreground\n"
    "      --plain[=TIME]   no screen but lines of words, also for screen readers: events, a\n"
    "                       summary every 10s, commands by number on standard input\n"
    "  -d, --daemon         no screen; detach once the ports are open\n"
    "      --pid-file FILE  write the process id there\n"
    "      --demo           with built-in Lavalink nodes and bots, on loopback\n"
    "      --theme NAME     colours of the screen: a name such as light, or a file's path\n"
    "      --refresh TIME   how often the screen is drawn, such as 1s\n"
    "      --ascii          draw with ASCII only\n"
    "      --color WHEN     auto, never, always, or at most 16, 256 or true colours\n"
    "      --no-color       no colours, as with NO_COLOR in the environment\n"
    "      --no-mouse       leave the mouse to the terminal (M gives and takes it)\n"
    "      --read-only      the screen only shows; it can still be left\n"
    "  -V, --version        print the version\n"
    "  -h, --help           print this\n"
    "\n"
    "Signals: TERM, INT and QUIT drain and end, a second one ends at once; HUP loads the "
    "configuration anew where there is no screen; USR1 opens the log anew.\n";

static void take_option(struct command_line *line, int option, const char *value)
{
    switch (option) {
    case 'c':
        line->load.path = value;
        break;
    case 't':
        line->check = true;
        break;
    case 'd':
        line->daemon = true;
        break;
    case 'V':
        line->version = true;
        break;
    case 'h':
        line->help = true;
        break;
    case OPTION_HEADLESS:
        line->headless = true;
        break;
    case OPTION_PLAIN:
        line->load.plain = value ? value : "";
        break;
    case OPTION_PID_FILE:
        line->pid_file = value;
        break;
    case OPTION_DEMO:
        line->load.demo = true;
        break;
    case OPTION_THEME:
        line->load.theme = value;
        break;
    case OPTION_ASCII:
        line->load.ascii = true;
        break;
    case OPTION_COLOR:
        line->load.color = value;
        break;
    case OPTION_NO_COLOR:
        line->load.color = "never";
        break;
    case OPTION_NO_MOUSE:
        line->load.no_mouse = true;
        break;
    case OPTION_READ_ONLY:
        line->load.read_only = true;
        break;
    case OPTION_REFRESH:
        line->load.refresh = value;
        break;
    default:
        break;
    }
}

/* -1 after a message: the line cannot be understood. */
static int read_line(struct command_line *line, int argc, char **argv)
{
    int option;
    while ((option = getopt_long(argc, argv, "c:tdVh", long_options, NULL)) != -1) {
        if (option == '?') {
            fputs("Try 'lavaproxy --help'.\n", stderr);
            return -1;
        }
        take_option(line, option, optarg);
    }
    if (line->load.plain && (line->headless || line->daemon)) {
        fprintf(stderr, "lavaproxy: --plain and --%s exclude each other\nTry 'lavaproxy --help'.\n",
                line->headless ? "headless" : "daemon");
        return -1;
    }
    if (optind < argc) {
        fprintf(stderr, "lavaproxy: unexpected argument '%s'\nTry 'lavaproxy --help'.\n",
                argv[optind]);
        return -1;
    }
    return 0;
}

static void print_problems(const struct load_problems *problems)
{
    for (size_t i = 0; i < problems->count; i++)
        fprintf(stderr, "%s%s\n", problems->list[i].text,
                problems->list[i].warning ? " (warning)" : "");
    size_t shown = 0;
    for (size_t i = 0; i < problems->count; i++)
        if (!problems->list[i].warning)
            shown++;
    if (problems->errors > shown)
        fprintf(stderr, "lavaproxy: and %zu more errors\n", problems->errors - shown);
}

static void print_screen_problem(void *ctx, const char *text)
{
    (void)ctx;
    fprintf(stderr, "%s\n", text);
}

/* Keys that cannot be are no reason not to carry traffic: a start says so and goes on with the
 * usual ones, a check fails. */
static unsigned check_keys(const struct command_line *line, const struct config *config)
{
    unsigned problems = tui_check_keys(config, print_screen_problem, NULL);
    if (problems > 0 && !line->check)
        fputs("lavaproxy: the screen keeps the keys of the preset\n", stderr);
    return problems;
}

/* A broken theme is only looked for by a check: a start with a screen says so on it. */
static unsigned check_theme(const struct command_line *line, const struct config *config)
{
    return line->check ? tui_check_theme(config, print_screen_problem, NULL) : 0;
}

/* --check of a good configuration: where it came from, and what a start would warn of. */
static void print_good(const struct command_line *line, const struct config *config)
{
    const char *path = load_path(&line->load);

    printf("%s: good\n", path ? path : "no file, defaults and environment");
    if (config->protected_proxy)
        fputs("proxy.password is the default: only loopback may connect until it is set "
              "(warning)\n",
              stderr);
    if (config->protected_web && config->web.listen.family != 0 &&
        !addr_is_loopback(&config->web.listen))
        fputs("web.password is empty: the web port answers loopback only until it is set "
              "(warning)\n",
              stderr);
}

static int run(const struct command_line *line, const struct config *config)
{
    bool detached = line->headless || line->daemon;
    bool screen =
        !detached && (config->tui.plain || (isatty(STDIN_FILENO) && isatty(STDOUT_FILENO)));

    if (!detached && !screen)
        fputs("lavaproxy: no terminal on standard input and output, running headless\n", stderr);
    const struct ctl_options options = {
        .config = config,
        .load = &line->load,
        .screen = screen,
        .daemon = line->daemon,
        .pid_file = line->pid_file,
    };
    return ctl_run(&options);
}

/* Whoever starts us may have closed standard streams. Their numbers must not become those of
 * sockets and loops, or a message would go to a client, and detaching would close the loop. */
static int hold_standard_streams(void)
{
    /* The lowest free number is taken, so in this order each gets its own. */
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) < 0)
            return -1;
    return 0;
}

/* Passwords, voice tokens and whatever else passes lie in memory for a moment, so there are no core
 * files. A limit of one byte is what the kernel takes for none also where cores go to a program;
 * where the limit is 0 and may not be raised even to that, the process gives up being dumped. */
static void forbid_core_files(void)
{
    const struct rlimit none = {1, 1};
    if (setrlimit(RLIMIT_CORE, &none) < 0)
        (void)prctl(PR_SET_DUMPABLE, 0);
}

int main(int argc, char **argv)
{
    struct command_line line = {
        .load = {.env_file = ".env", .environ = (const char *const *)environ},
    };
    struct load_problems problems = {0};
    struct stat file;
    int status = EXIT_SUCCESS;

    /* A reload asked for before anybody is there to hear it must not end the program. */
    (void)signal(SIGHUP, SIG_IGN);
    forbid_core_files();
    if (hold_standard_streams() < 0)
        return EXIT_FAILURE;
    if (read_line(&line, argc, argv) < 0)
        return EXIT_USAGE;
    if (line.help || line.version) {
        fputs(line.help ? help_text : "lavaproxy " LAVAPROXY_VERSION "\n", stdout);
        return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
    }
    if (line.load.demo) {
        /* Nodes instead of backends; control opens them and fills in their true ports. */
        line.load.demo_ports[0] = line.load.demo_ports[1] = 1;
        line.load.demo_password = demo_node_password();
    }
    /* A reload reads the same file: where it is gone or empty by then, neither another one nor the
     * defaults must take its place. */
    line.load.path = load_path(&line.load);
    line.load.filled = line.load.path && stat(line.load.path, &file) == 0 && file.st_size > 0;
    const struct config *config = load_config(&line.load, &problems);
    print_problems(&problems);
    load_problems_free(&problems);
    if (!config || (check_keys(&line, config) + check_theme(&line, config) > 0 && line.check)) {
        status = EXIT_USAGE;
    } else if (line.check) {
        print_good(&line, config);
    } else {
        status = run(&line, config);
    }
    config_unref(config);
    return status;
}
