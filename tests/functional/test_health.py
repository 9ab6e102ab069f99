"""Health in steps: what a node answers to a check, and what the proxy makes of it."""

import contextlib
import re
import socket
import threading

import pytest

from names import several_addresses
from support import BACKEND_PASSWORD, Lavaproxy, ScriptedBackend, free_port, ok, patience, request, stop_all, wait_until

HTTP = {"check": "http", "interval": "60s", "timeout": "20s", "slow": "20s"}
STRANGE = "does not answer like Lavalink; health.check: tcp checks only the connection"
STATS = (b'{"players":3,"playingPlayers":2,"uptime":1,"memory":{"free":1,"used":2,"allocated":3,"reservable":4},'
         b'"cpu":{"cores":2,"systemLoad":0.5,"lavalinkLoad":0.25},"frameStats":null}')


def version(text=b"4.0.8", status=b"200 OK", headers=()):
    """An answer to GET /version."""
    head = b"HTTP/1.1 " + status + b"\r\nContent-Length: %d\r\n" % len(text)
    return head + b"".join(b"%s: %s\r\n" % pair for pair in headers) + b"\r\n" + text


def node(answer=version(), stats=ok(STATS)):
    """A node that answers every request: `answer` to /version, `stats` to /vN/stats, 200 to others. None: a reset."""

    def serve(conn):
        while True:
            head = conn.head()
            reply = ok()
            if head.startswith(b"GET /version "):
                reply = answer
            elif head.split(b" ")[1].endswith(b"/stats"):
                reply = stats
            if reply is None:
                conn.reset()
                return
            conn.send(reply)

    return serve


def closes(data):
    """Sends `data` to the first request and closes."""

    def serve(conn):
        conn.head()
        conn.send(data)

    return serve


def silent_after(data):
    def serve(conn):
        conn.head()
        conn.send(data)
        conn.drain()

    return serve


def trickles(conn):
    """A byte now and then, for ever."""
    conn.head()
    conn.send(b"HTTP/1.1 200 OK\r\nX: ")
    pace = threading.Event()
    while not pace.wait(0.02):
        conn.send(b"x")


def listed(proxy, name=None):
    """The entry of a backend in /api/health, the first by default."""
    return next(b for b in proxy.get("/api/health")["backendList"] if name in (None, b["name"]))


def wait_status(proxy, status, timeout=10, name=None):
    """The entry once the backend has this status."""
    found = {}

    def there():
        found.update(listed(proxy, name))
        return found["status"] == status

    wait_until(there, timeout, status)
    return found


def entry(name, backend, **options):
    return {"name": name, "version": backend.version, "address": backend.address, "password": BACKEND_PASSWORD} | options


class Ward:
    """A proxy with a backend for each row of a table; every one of them is a node of its own."""

    def __init__(self, directory, rows, health):
        self.nodes = {name: ScriptedBackend(handler, version=want) for name, want, handler, *_ in rows}
        try:
            self.proxy = Lavaproxy(directory, backends=[entry(*item) for item in self.nodes.items()],
                                   config={"health": health}, wait="started")
        except BaseException:
            stop_all(list(self.nodes.values()))
            raise

    def verdict(self, name):
        wait_until(lambda: listed(self.proxy, name)["status"] != "unknown", 30, "a verdict")
        return listed(self.proxy, name)

    def stop(self):
        stop_all([*self.nodes.values(), self.proxy])


def named(rows):
    return pytest.mark.parametrize("row", rows, ids=[row[0] for row in rows])


# --- what answers --------------------------------------------------------------------------------------------------

NO_STATS = version(b'{"status":404}', b"404 Not Found")
CHUNKS = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

ANSWERS = [
    ("v4-by-body", 4, node(), "online", ""),
    ("v3-by-body", 3, node(version(b"3.7.13\n")), "online", ""),
    ("by-header", 4, node(version(b"hello", headers=[(b"Lavalink-Api-Version", b"4")])), "online", ""),
    ("nodelink", 4, node(version(b"", headers=[(b"Nodelink-Api-Version", b"4")])), "online", ""),
    ("very-old", 3, node(version(b"", headers=[(b"Lavalink-Major-Version", b"3")]), NO_STATS), "online", ""),
    ("chunked", 4, node(CHUNKS + b"2\r\n4.\r\n3\r\n0.8\r\n0\r\n\r\n"), "online", ""),
    ("until-close", 4, closes(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n4.0.8"), "online", ""),
    ("closes-behind-version", 4, closes(version()), "online", ""),
    ("no-stats", 4, node(stats=NO_STATS), "online", ""),
    ("stats-no-json", 4, node(stats=ok(b"<html>")), "online", ""),
    ("stats-too-long", 4, node(stats=ok(b" " * 100000 + STATS)), "online", ""),
    ("stats-reset", 4, node(stats=None), "online", ""),
    ("v3-for-v4", 4, node(version(b"3.7.13")), "mismatch", "answers as Lavalink v3, not v4"),
    ("v4-for-v3", 3, node(), "mismatch", "answers as Lavalink v4, not v3"),
    ("v3-for-v4-wrong-password", 4, node(version(b"", b"403 Forbidden", [(b"Lavalink-Api-Version", b"3")])), "mismatch",
     "answers as Lavalink v3, not v4"),
    ("no-lavalink", 4, node(version(b"<html>It works!</html>")), "mismatch", STRANGE),
    ("no-http", 4, node(b"SSH-2.0-OpenSSH_9.2p1\r\n"), "mismatch", STRANGE),
    ("long-head", 4, node(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 1000000 + b"\r\n\r\n"), "mismatch", STRANGE),
    ("long-body", 4, node(version(b"4.0.8" + b" " * 65536)), "mismatch", STRANGE),
    ("403", 4, node(version(b"", b"403 Forbidden", [(b"Lavalink-Api-Version", b"4")])), "unauthorized",
     "refuses the password configured for it"),
    ("401", 4, node(version(b"", b"401 Unauthorized")), "unauthorized", "refuses the password configured for it"),
    ("503", 4, node(version(b"warming up", b"503 Service Unavailable")), "offline", "answers 503 to GET /version"),
    ("404", 4, node(NO_STATS), "offline", "answers 404 to GET /version"),
    ("closes", 4, closes(b""), "offline", "ends the connection without an answer to GET /version"),
    ("resets", 4, node(None), "offline", "ends the connection without an answer to GET /version"),
    ("breaks-off", 4, closes(version()[:-1]), "offline", "ends the connection amid its answer to GET /version"),
]

NO_FIGURES = ("very-old", "until-close", "closes-behind-version", "no-stats", "stats-no-json", "stats-too-long",
              "stats-reset")


@pytest.fixture(scope="module")
def ward(tmp_path_factory):
    made = Ward(tmp_path_factory.mktemp("ward"), ANSWERS, HTTP)
    yield made
    made.stop()


@named(ANSWERS)
def test_what_a_node_answers(ward, row):
    name, _, _, status, reason = row
    found = ward.verdict(name)
    assert (found["status"], found["reason"]) == (status, reason)
    assert (found["responseTime"] is not None) == (status == "online")
    assert found["lastChecked"]


def test_the_figures_of_a_node(ward):
    figures = ("players", "playing", "systemLoad", "lavalinkLoad", "memoryUsed")
    for name, _, _, status, _ in ANSWERS:
        found = ward.verdict(name)
        known = status == "online" and name not in NO_FIGURES
        assert [found[key] for key in figures] == ([3, 2, 0.5, 0.25, 2] if known else [None] * 5), name


def test_what_a_check_sends(ward):
    for name, backend in ward.nodes.items():
        ward.verdict(name)
        release = ward.proxy.get("/api/version")["version"].encode()
        fields = (b"Host: %s\r\nAuthorization: %s\r\nUser-Agent: lavaproxy/%s\r\nAccept-Encoding: identity\r\n\r\n"
                  % (backend.address.encode(), BACKEND_PASSWORD.encode(), release))
        first = b"GET /version HTTP/1.1\r\n" + fields
        second = b"GET /v%d/stats HTTP/1.1\r\nConnection: close\r\n" % backend.version + fields
        for data in backend.received:
            assert data in (first, first + second), f"{name} got {data!r}"
    both = ("v4-by-body", "v3-by-body", "no-stats", "chunked")
    for name in both:
        wait_until(lambda n=name: b"/stats " in ward.nodes[n].received[0], 5, "the question for stats")


def test_no_answer_gives_the_password_away(ward):
    for name in ward.nodes:
        ward.verdict(name)
    assert BACKEND_PASSWORD not in ward.proxy.log()
    assert BACKEND_PASSWORD.encode() not in ward.proxy.api("/api/health").body


# --- what does not answer --------------------------------------------------------------------------------------------

SILENCE = [
    ("no-word", 4, silent_after(b""), "timeout", "no answer within 0.5 s to GET /version"),
    ("half-a-head", 4, silent_after(b"HTTP/1.1 200 OK\r\nContent-Le"), "timeout",
     "only part of an answer within 0.5 s to GET /version"),
    ("half-a-body", 4, silent_after(version()[:-1]), "timeout", "only part of an answer within 0.5 s to GET /version"),
    ("trickles", 4, trickles, "timeout", "only part of an answer within 0.5 s to GET /version"),
]


@pytest.fixture(scope="module")
def silent_ward(tmp_path_factory):
    made = Ward(tmp_path_factory.mktemp("silent"), SILENCE, HTTP | {"timeout": "500ms"})
    yield made
    made.stop()


@named(SILENCE)
def test_what_a_node_does_not_answer(silent_ward, row):
    name, _, _, status, reason = row
    found = silent_ward.verdict(name)
    assert (found["status"], found["reason"], found["responseTime"]) == (status, reason, None)


def test_silence_to_the_connect(lavaproxy):
    # A listener whose queue is full: the kernel drops further handshakes.
    with contextlib.ExitStack() as stack:
        full = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(4):
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(full.getsockname())
        proxy = lavaproxy(backends=[(4, f"127.0.0.1:{full.getsockname()[1]}")], wait="started",
                          config={"health": HTTP | {"timeout": "500ms"}})
        assert wait_status(proxy, "timeout")["reason"] == "no answer within 0.5 s to the connect"


def test_silence_to_the_figures_changes_nothing(lavaproxy, scripted):
    def serve(conn):
        conn.head()
        conn.send(version())
        conn.drain()

    backend = scripted(serve)
    proxy = lavaproxy(backends=[backend], wait="started", config={"health": HTTP})
    backend.wait_connection()
    found = wait_status(proxy, "online")
    assert found["reason"] == "" and found["responseTime"] < patience(1000) + 20000
    assert b"GET /v4/stats " in backend.received[0]


# --- slow ----------------------------------------------------------------------------------------------------------


def test_a_slow_answer_is_slow_and_used(lavaproxy, scripted):
    asked, go_on = threading.Event(), threading.Event()

    def serve(conn):
        asked.set()
        assert go_on.wait(patience(20))
        node()(conn)

    backend = scripted(serve)
    proxy = lavaproxy(backends=[backend], wait="started", config={"health": HTTP | {"slow": "1ms"}})
    assert asked.wait(patience(10))
    assert listed(proxy)["status"] == "unknown"  # and some milliseconds have passed with that
    go_on.set()
    found = wait_status(proxy, "slow")
    assert found["responseTime"] > 1
    assert re.fullmatch(r"\d+ ms, over 1 ms", found["reason"])
    assert proxy.api("/readyz").status == 200
    assert proxy.exchange(request(target="/v4/info")).status == 200


# --- tcp -----------------------------------------------------------------------------------------------------------


def test_tcp_stops_behind_the_connect(lavaproxy, scripted):
    backend = scripted(node(version(b"no Lavalink")))
    proxy = lavaproxy(backends=[backend], config={"health": HTTP | {"check": "tcp"}})
    found = wait_status(proxy, "online")
    assert found["responseTime"] is not None
    wait_until(lambda: backend.probes > 0, 5, "the connect")
    assert not backend.received


# --- nodes of our own ------------------------------------------------------------------------------------------------


def test_nodes_with_right_and_wrong_settings(lavaproxy, lavanode):
    def at(answers, name, **wrong):
        return entry(name, lavanode(version=answers), **wrong)

    entries = [at(3, "good-v3"), at(4, "good-v4"), at(4, "password", password="wrong"), at(3, "version", version=4),
               at(4, "both", version=3, password="wrong")]
    proxy = lavaproxy(backends=entries, config={"health": HTTP})
    wait_status(proxy, "online", name="good-v3")
    wait_status(proxy, "online", name="good-v4")
    assert wait_status(proxy, "unauthorized", name="password")["reason"] == "refuses the password configured for it"
    assert wait_status(proxy, "mismatch", name="version")["reason"] == "answers as Lavalink v3, not v4"
    assert wait_status(proxy, "mismatch", name="both")["reason"] == "answers as Lavalink v4, not v3"


# --- when ----------------------------------------------------------------------------------------------------------


def test_a_check_on_demand(lavaproxy, scripted):
    backend = scripted(node())
    proxy = lavaproxy(backends=[backend], config={"health": HTTP})
    before = wait_status(proxy, "online")["lastChecked"]
    assert len(backend.received) == 1
    proxy.api("/api/backend-health", "POST")
    assert listed(proxy)["lastChecked"] > before
    assert len(backend.received) == 2


def test_a_node_that_returns_is_used_within_a_second(lavaproxy, scripted):
    backend = scripted(node())
    backend.down()
    proxy = lavaproxy(backends=[backend], wait="started", config={"health": HTTP})
    assert wait_status(proxy, "offline")["reason"] == "Connection refused"
    assert proxy.exchange(request(target="/v4/info")).status == 503
    backend.start()
    wait_until(lambda: proxy.exchange(request(target="/v4/info")).status == 200, 1, "the node's return")
    wait_status(proxy, "online")


def test_a_node_that_falls_is_noticed_by_the_first_request(lavaproxy, scripted):
    backend = scripted(node())
    proxy = lavaproxy(backends=[backend], config={"health": HTTP})
    backend.down()
    assert proxy.exchange(request(target="/v4/info")).status in (502, 503)
    assert wait_status(proxy, "offline", 2)["reason"] == "Connection refused"


def test_a_password_that_is_put_right_at_the_node(lavaproxy, scripted):
    """Nobody tells the proxy: it asks again by itself."""
    right = threading.Event()

    def serve(conn):
        node(version() if right.is_set() else version(b"", b"403 Forbidden"))(conn)

    proxy = lavaproxy(backends=[scripted(serve)], wait="started", config={"health": HTTP | {"interval": "1s", "timeout": "1s"}})
    wait_status(proxy, "unauthorized")
    right.set()
    wait_status(proxy, "online")


def test_a_password_that_is_put_right_here(lavaproxy, lavanode):
    backend = lavanode()
    proxy = lavaproxy(backends=[entry("n", backend, password="wrong")], wait="started", config={"health": HTTP})
    wait_status(proxy, "unauthorized")
    assert proxy.exchange(request(target="/v4/info")).status == 503
    proxy.reload({"backends": [entry("n", backend)]})
    wait_status(proxy, "online")
    assert proxy.exchange(request(target="/v4/info")).status == 200


# --- names ---------------------------------------------------------------------------------------------------------


def test_the_addresses_of_a_name_are_tried_in_turn(lavaproxy, tmp_path):
    """The first refuses, the second is silent, the third is the node."""
    port = free_port()
    silent = ScriptedBackend(silent_after(b""), host="127.0.0.3", port=port)
    good = ScriptedBackend(node(), host="127.0.0.4", port=port)
    try:
        proxy = lavaproxy(
            backends=[{"name": "many", "version": 4, "address": f"many.test:{port}", "password": BACKEND_PASSWORD}],
            config={"health": HTTP | {"timeout": "2s"}}, env=several_addresses(tmp_path, 2, 3, 4))
        assert wait_status(proxy, "online")["reason"] == ""
        assert silent.received and good.received
        assert proxy.exchange(request(target="/v4/info")).status == 200
        asked = len(silent.received)
        proxy.api("/api/backend-health", "POST")
        assert len(silent.received) == asked, "the address that answered comes first from then on"
    finally:
        stop_all([silent, good])
