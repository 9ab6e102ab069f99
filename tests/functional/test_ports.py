"""Ports that move while clients come: a new one is open before the old one goes, and nobody is refused or cut off."""

import json
import signal
import socket
import threading
from pathlib import Path

from support import RawSocket, exchange, ok, request, wait_until

CALL = request(target="/v4/info")


def answer(conn):
    while True:
        conn.head()
        conn.send(ok(b"served"))


def move(proxy, listen):
    """Has the proxy listen on these addresses instead."""
    before = len(proxy.log().splitlines())
    proxy.config["proxy"]["listen"] = listen
    fresh = proxy.config_path.with_suffix(".new")
    fresh.write_text(json.dumps(proxy.config), encoding="utf-8")
    fresh.chmod(0o600)
    fresh.replace(proxy.config_path)
    proxy.signal(signal.SIGHUP)
    proxy.wait_log("reloaded: ", after=before)


def listeners(port):
    """The IPv4 addresses somebody listens on `port` at."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]]
    return [socket.inet_ntoa(bytes.fromhex(row[1][:8])[::-1]) for row in rows
            if row[3] == "0A" and row[1].endswith(f":{port:04X}")]


def test_nobody_is_lost_while_an_address_comes_and_goes(lavaproxy, scripted):
    proxy = lavaproxy(backends=[scripted(answer)], config={"proxy": {"workers": 3}})
    one, every = f"127.0.0.1:{proxy.port}", f"0.0.0.0:{proxy.port}"
    served, lost = [], []
    done = threading.Event()

    def keep_coming():
        while not done.is_set():
            try:
                served.append(exchange(proxy.port, CALL).status)
            except (OSError, EOFError) as error:
                lost.append(error)

    comers = [threading.Thread(target=keep_coming) for _ in range(4)]
    for comer in comers:
        comer.start()
    try:
        # Faster than old sockets are closed at times, so that several generations of them are about.
        for listen in (every, one, every, one, [one, f"127.0.0.2:{proxy.port}"], every, one):
            count = len(served)
            move(proxy, listen)
            wait_until(lambda: len(served) > count + 20, 15, "some answers")
    finally:
        done.set()
        for comer in comers:
            comer.join()
    assert not lost, lost[:5]
    assert set(served) == {200}


def test_a_port_that_goes_is_closed_in_the_end(lavaproxy, scripted):
    proxy = lavaproxy(backends=[scripted(answer)])
    other = [f"127.0.0.3:{proxy.port}", f"127.0.0.4:{proxy.port}"]
    with RawSocket(proxy.port) as client:
        assert client.send(CALL).read_answer().body == b"served"
        move(proxy, other)
        # Whoever is connected stays.
        assert client.send(CALL).read_answer().body == b"served"
        with RawSocket(proxy.port, host="127.0.0.4") as second:
            assert second.send(CALL).read_answer().body == b"served"
    move(proxy, f"127.0.0.1:{proxy.port}")
    assert exchange(proxy.port, CALL).status == 200
    wait_until(lambda: listeners(proxy.port) == ["127.0.0.1"], 15, "the old sockets to be closed")
