"""A backend whose name moves to another address: getaddrinfo(3) is answered from a file."""

import socket
import subprocess

from support import free_port, wait_until

MOVING_NAME = r"""
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **found)
{
    struct addrinfo *info = calloc(1, sizeof *info + 64);
    char text[64] = "";
    FILE *file = fopen(getenv("MOVING_NAME"), "r");
    (void)name, (void)service, (void)hints;
    if (!info || !file || !fgets(text, sizeof text, file))
        abort();
    fclose(file);
    unsigned char *sa = (unsigned char *)(info + 1);
    sa[0] = 2; /* AF_INET, then port, then the last byte of 127.0.0.x */
    sa[4] = 127;
    sa[7] = (unsigned char)atoi(text);
    info->ai_addr = (struct sockaddr *)sa;
    *found = info;
    return 0;
}
void freeaddrinfo(struct addrinfo *info) { free(info); }
"""


def status(proxy):
    return proxy.get("/api/health")["backendList"][0]["status"]


def test_a_name_that_moves_away_from_a_silent_address_is_followed(lavaproxy, tmp_path):
    """The old address swallows every try, so that a check is under way nearly all the time."""
    (tmp_path / "shim.c").write_text(MOVING_NAME)
    shim, where = tmp_path / "shim.so", tmp_path / "where"
    subprocess.run(["cc", "-shared", "-fPIC", "-o", shim, tmp_path / "shim.c"], check=True)
    where.write_text("2")
    port = free_port()
    with socket.create_server(("127.0.0.2", port), backlog=0), socket.create_server(("127.0.0.3", port)):
        proxy = lavaproxy(
            config={"backends": [{"name": "moves", "version": 4, "address": f"moves.test:{port}", "password": "x"}],
                    "health": {"interval": "2s", "timeout": "2s"}},
            env={"LD_PRELOAD": str(shim), "MOVING_NAME": str(where), "ASAN_OPTIONS": "verify_asan_link_order=0"})
        wait_until(lambda: status(proxy) == "online", 10, "the old address")
        fill = [socket.socket() for _ in range(4)]
        for each in fill:
            each.setblocking(False)
            each.connect_ex(("127.0.0.2", port))
        wait_until(lambda: status(proxy) == "timeout", 10, "the silence")
        where.write_text("3")
        wait_until(lambda: status(proxy) == "online", 10, "the new address")
        for each in fill:
            each.close()
