/*
 * Names to addresses in a thread of its own, because getaddrinfo(3) blocks. Literals never come
 * here.
 */
#ifndef NET_RESOLVER_H
#define NET_RESOLVER_H

#include "net/addr.h"
#include "net/mailbox.h"

#define RESOLVER_ADDRS_MAX 8

struct resolver;

/* Arrives in the mailbox given with the request. */
struct resolver_answer {
    struct mail mail; /* type as asked for */
    unsigned token;
    unsigned count; /* 0: did not resolve, `error` says why */
    struct addr addrs[RESOLVER_ADDRS_MAX];
    char error[96];
};

struct resolver *resolver_new(void);
/* Ends the thread: nothing is posted after this returns. A lookup under way cannot be called back:
 * its thread is let go and drops the answer. NULL is harmless. */
void resolver_free(struct resolver *resolver);

/* Asks for `host`; the answer is posted to `box` as mail of `mail_type`. -1 when out of memory. Any
 * thread. */
int resolver_ask(struct resolver *resolver, const char *host, unsigned short port,
                 struct mailbox *box, int mail_type, unsigned token);

#endif
