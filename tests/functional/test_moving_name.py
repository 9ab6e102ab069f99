"""A backend whose name moves to another address."""

import socket

from names import set_addresses, several_addresses
from support import free_port, wait_until


def status(proxy):
    return proxy.get("/api/health")["backendList"][0]["status"]


def test_a_name_that_moves_away_from_a_silent_address_is_followed(lavaproxy, tmp_path):
    """The old address swallows every try, so that a check is under way nearly all the time."""
    port = free_port()
    with socket.create_server(("127.0.0.2", port), backlog=0), socket.create_server(("127.0.0.3", port)):
        proxy = lavaproxy(
            config={"backends": [{"name": "moves", "version": 4, "address": f"moves.test:{port}", "password": "x"}],
                    "health": {"interval": "2s", "timeout": "2s"}},
            env=several_addresses(tmp_path, 2))
        wait_until(lambda: status(proxy) == "online", 10, "the old address")
        fill = [socket.socket() for _ in range(4)]
        for each in fill:
            each.setblocking(False)
            each.connect_ex(("127.0.0.2", port))
        wait_until(lambda: status(proxy) == "timeout", 10, "the silence")
        set_addresses(tmp_path, 3)
        wait_until(lambda: status(proxy) == "online", 10, "the new address")
        for each in fill:
            each.close()
