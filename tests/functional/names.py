"""Names of backends that resolve as the test says: getaddrinfo(3) is answered from a file."""

import subprocess

SHIM = r"""
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **found)
{
    FILE *file = fopen(getenv("TEST_NAMES"), "r");
    struct addrinfo **end = found;
    int last;
    (void)name, (void)service, (void)hints;
    if (!file)
        abort();
    for (*end = NULL; fscanf(file, "%d", &last) == 1; end = &(*end)->ai_next) {
        struct addrinfo *info = calloc(1, sizeof *info + 64);
        if (!info)
            abort();
        unsigned char *sa = (unsigned char *)(info + 1);
        sa[0] = 2; /* AF_INET, then port, then 127.0.0.x */
        sa[4] = 127;
        sa[7] = (unsigned char)last;
        info->ai_addr = (struct sockaddr *)sa;
        *end = info;
    }
    fclose(file);
    return *found ? 0 : EAI_NONAME;
}
void freeaddrinfo(struct addrinfo *info)
{
    while (info) {
        struct addrinfo *next = info->ai_next;
        free(info);
        info = next;
    }
}
"""


def set_addresses(directory, *lasts):
    """Every name resolves to these from now on: 127.0.0.x for each number, none for a name that does not exist."""
    (directory / "names.new").write_text(" ".join(map(str, lasts)))
    (directory / "names.new").rename(directory / "names")


def several_addresses(directory, *lasts):
    """The environment for a program whose names are to resolve so."""
    (directory / "names.c").write_text(SHIM)
    subprocess.run(["cc", "-shared", "-fPIC", "-o", directory / "names.so", directory / "names.c"], check=True)
    set_addresses(directory, *lasts)
    return {"LD_PRELOAD": str(directory / "names.so"), "TEST_NAMES": str(directory / "names"),
            "ASAN_OPTIONS": "verify_asan_link_order=0"}
