/*
 * Control: the loop on the main thread. Signals, health, collection and snapshots, commands, web,
 * stop order.
 */
#ifndef CTL_CTL_H
#define CTL_CTL_H

#include <stdbool.h>

#include "conf/config.h"
#include "conf/load.h"

struct ctl_options {
    const struct config *config;     /* what it starts with */
    const struct load_options *load; /* for loading it again; lives as long as the program */
    bool screen;                     /* a TUI on this terminal */
    bool daemon;                     /* detach; parent exits 0 once the ports are open */
    const char *pid_file;            /* NULL: none */
};

/* Runs the whole program until it ends; returns the exit status of design section 4. Main thread.
 */
int ctl_run(const struct ctl_options *options);

#endif
