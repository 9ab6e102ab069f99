/*
 * Terminal modes and their rescue. A signal handler has no context of its own, therefore the state
 * needed to give the terminal back is static here: written before the handlers stand, only read
 * afterwards.
 */
#include "tui/tty.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#define RESET_MAX 256
#define RESET_TRIES 30

static const int fatal[] = {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL};
enum { FATAL_COUNT = sizeof(fatal) / sizeof(fatal[0]) };

static struct {
    atomic_bool taken;
    int fd;
    struct termios before, raw;
    char reset[RESET_MAX];
    size_t reset_len;
    struct sigaction actions[FATAL_COUNT]; /* as they were */
    int errors;                            /* standard error as it was; -1: not redirected */
} rescue = {.fd = -1, .errors = -1};

int tty_open(struct err *err)
{
    int flags = O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK;
    int fd = open("/dev/tty", flags);
    char name[128];
    if (fd < 0 && ttyname_r(STDOUT_FILENO, name, sizeof(name)) == 0)
        fd = open(name, flags);
    if (fd < 0)
        err_set(err, "cannot open the terminal: %s", strerror(errno));
    return fd;
}

const char *tty_type(void)
{
    const char *type = getenv("TERM");
    return type != NULL && type[0] != '\0' ? type : "unknown";
}

void tty_size(int fd, unsigned *rows, unsigned *cols)
{
    struct winsize size = {0};
    bool known = ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0;
    *rows = known ? size.ws_row : 24;
    *cols = known ? size.ws_col : 80;
}

/* Where there is no job control the terminal is anybody's. Async-signal-safe. */
bool tty_is_ours(int fd)
{
    pid_t group = tcgetpgrp(fd);
    return group <= 0 || group == getpgrp();
}

/* The kernel refuses a second writer while the screen's thread is in the midst of a write, and may
 * take a part only: some milliseconds are worth it. */
static void speak_reset(void)
{
    size_t at = 0;
    for (unsigned tries = 0; at < rescue.reset_len && tries < RESET_TRIES; tries++) {
        ssize_t sent = write(rescue.fd, rescue.reset + at, rescue.reset_len - at);
        if (sent > 0)
            at += (size_t)sent;
        else
            poll(NULL, 0, 1);
    }
}

/* Async-signal-safe throughout. The description is non-blocking; what a stalled terminal holds back
 * is dropped, so that the few bytes that restore it get through. */
void tty_restore(int speak)
{
    if (!atomic_exchange(&rescue.taken, false))
        return;
    struct pollfd poll_fd = {.fd = rescue.fd, .events = POLLOUT};
    bool ours = tty_is_ours(rescue.fd);
    if (speak && ours) {
        if (poll(&poll_fd, 1, 0) != 1 || !(poll_fd.revents & POLLOUT))
            tcflush(rescue.fd, TCOFLUSH);
        speak_reset();
    }
    if (ours)
        tcsetattr(rescue.fd, TCSANOW, &rescue.before);
    for (unsigned i = 0; i < FATAL_COUNT; i++)
        sigaction(fatal[i], &rescue.actions[i], NULL);
}

static void on_fatal(int signal)
{
    int errors = rescue.errors;
    tty_restore(1);
    if (errors >= 0)
        dup2(errors, STDERR_FILENO);
    /* The former action is in force again, and takes the signal when this returns. */
    raise(signal);
}

int tty_take(int fd, const char *reset, size_t len, struct err *err)
{
    struct termios *raw = &rescue.raw;
    struct sigaction action = {.sa_handler = on_fatal};
    if (tcgetattr(fd, &rescue.before) < 0) {
        err_set(err, "cannot read the terminal's modes: %s", strerror(errno));
        return -1;
    }
    rescue.fd = fd;
    rescue.reset_len = len < RESET_MAX ? len : RESET_MAX;
    memcpy(rescue.reset, reset, rescue.reset_len);
    *raw = rescue.before;
    raw->c_iflag &= (tcflag_t) ~(BRKINT | ICRNL | INLCR | IGNCR | INPCK | ISTRIP | IXON);
    raw->c_oflag &= (tcflag_t)~OPOST;
    raw->c_lflag &= (tcflag_t) ~(ECHO | ECHONL | ICANON | IEXTEN | ISIG);
    raw->c_cc[VMIN] = 1;
    raw->c_cc[VTIME] = 0;
    if (tty_is_ours(fd) && tcsetattr(fd, TCSANOW, raw) < 0) {
        err_set(err, "cannot set the terminal's modes: %s", strerror(errno));
        return -1;
    }
    sigemptyset(&action.sa_mask);
    atomic_store(&rescue.taken, true);
    for (unsigned i = 0; i < FATAL_COUNT; i++)
        sigaction(fatal[i], &action, &rescue.actions[i]);
    return 0;
}

void tty_again(void)
{
    if (atomic_load(&rescue.taken))
        tcsetattr(rescue.fd, TCSANOW, &rescue.raw);
}

int tty_errors_begin(void)
{
    int ends[2];
    if (!isatty(STDERR_FILENO) || pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
        return -1;
    rescue.errors = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    if (rescue.errors < 0 || dup2(ends[1], STDERR_FILENO) < 0) {
        close(ends[0]);
        ends[0] = -1;
    }
    close(ends[1]);
    return ends[0];
}

void tty_errors_end(void)
{
    if (rescue.errors < 0)
        return;
    dup2(rescue.errors, STDERR_FILENO);
    close(rescue.errors);
    rescue.errors = -1;
}
