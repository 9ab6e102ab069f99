"""Which backend a request goes to: spread, weights, load, failing over, and coming back."""

import os
import signal
import socket
import time

import pytest

from fleet import Fleet, read_op, stats_frame
from stage import assert_refusal, is_websocket, read_request
from support import (BACKEND_PASSWORD, RawSocket, exchange, free_port, patience, request, wait_until,
                     websocket_request)

# Checks that come by themselves are out of the way: what is seen is what requests do.
QUIET = {"health": {"interval": "60s"}}


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    with Fleet(tmp_path_factory.mktemp("backends"), (4, 4, 3, 3), config={"proxy": {"workers": 1}}) as made:
        yield made


@pytest.fixture
def fleet(shared):
    shared.reset()
    yield shared


@pytest.fixture
def quiet(tmp_path):
    """Two nodes that no check looks at once the proxy has started."""
    with Fleet(tmp_path / "quiet", (4, 4), config=QUIET) as made:
        yield made


# Choice


@pytest.mark.parametrize("version, names", [(4, "ab"), (3, "cd")])
def test_ten_bots_over_two_nodes(fleet, version, names):
    assert fleet.spread(10, version) == {names[0]: 5, names[1]: 5}
    for bot in fleet.bots:
        bot.greeted()


def test_the_emptier_one_gets_the_next(fleet):
    bots = [fleet.bot() for _ in range(4)]
    for bot in bots:
        if bot.node.name == "b":
            bot.close()
    assert fleet.spread(2) == {"a": 0, "b": 2}
    assert fleet.bot().node.name == "a", "equal again: the first one of the file"


def test_both_versions_at_once_do_not_mix(fleet):
    for _ in range(4):
        assert fleet.bot(4).node.version == 4
        assert fleet.bot(3).node.version == 3
    assert fleet.get("/v4/info") in "ab" and fleet.get("/v3/info") in "cd"


def test_weights(tmp_path):
    with Fleet(tmp_path / "weights", (4, 4), weights=(1, 3), config={"proxy": {"workers": 1}}) as fleet:
        assert fleet.spread(8) == {"a": 2, "b": 6}
        got = [fleet.get("/v4/loadtracks?identifier=x") for _ in range(40)]
        assert 5 <= got.count("a") <= 15, "about a quarter"


def test_playing_players_decide(tmp_path):
    with Fleet(tmp_path / "playing", (4, 4)) as fleet:
        one, two = fleet.bot().greeted(), fleet.bot().greeted()
        assert (one.node.name, two.node.name) == ("a", "b")
        one.backend.send(stats_frame(5, players=7))
        assert read_op(one.sock, "stats")["playingPlayers"] == 5
        fleet.wait_backend("a", players=7, playing=5, systemLoad=0.25, lavalinkLoad=0.125, memoryUsed=123456789)
        assert fleet.backend("b")["playing"] is None
        assert fleet.spread(2) == {"a": 1, "b": 1}, "not known of both: sockets decide"
        two.backend.send(stats_frame(1))
        fleet.wait_backend("b", playing=1)
        assert fleet.spread(4) == {"a": 0, "b": 4}
        two.backend.send(stats_frame(20))
        fleet.wait_backend("b", playing=20)
        assert fleet.spread(3) == {"a": 3, "b": 0}


def test_playing_players_count_by_weight(tmp_path):
    with Fleet(tmp_path / "playing", (4, 4), weights=(1, 4)) as fleet:
        one, two = fleet.bot().greeted(), fleet.bot().greeted()
        bots = {b.node.name: b for b in (one, two)}
        assert set(bots) == {"a", "b"}
        bots["a"].backend.send(stats_frame(3))
        bots["b"].backend.send(stats_frame(8))
        fleet.wait_backend("a", playing=3)
        fleet.wait_backend("b", playing=8)
        assert fleet.spread(2) == {"a": 0, "b": 2}


def test_players_are_asked_for_where_no_frame_tells(lavanode, lavaproxy):
    """A node that plays for bots that do not come through here is known by its /v4/stats."""
    busy, idle = lavanode(), lavanode()
    with RawSocket(busy.port) as direct:
        direct.send(websocket_request(password=BACKEND_PASSWORD))
        assert direct.read_answer().status == 101
        session = read_op(direct, "ready")["sessionId"]
        found = exchange(busy.port, request(target="/v4/loadtracks?identifier=ytsearch:x", password=BACKEND_PASSWORD))
        track = found.json()["data"][0]["encoded"]
        body = b'{"track":{"encoded":"%s"},"voice":{"token":"t","endpoint":"e","sessionId":"s","channelId":"7"}}'
        play = request("PATCH", f"/v4/sessions/{session}/players/123", [("Content-Type", "application/json")],
                       body=body % track.encode(), password=BACKEND_PASSWORD)
        assert exchange(busy.port, play).status == 200
        proxy = lavaproxy(backends=[busy, idle], config={"health": {"check": "http", "interval": "500ms", "timeout": "500ms"}})

        def playing():
            return [r["playing"] for r in proxy.get("/api/health")["backendList"]]

        wait_until(lambda: playing() == [1, 0], 10, "the players of both")
        with proxy.connect() as one, proxy.connect() as two:
            for sock in (one, two):
                assert sock.send(websocket_request()).read_answer().status == 101
            wait_until(lambda: [r["sockets"] for r in proxy.get("/api/health")["backendList"]] == [0, 2], 5)


def test_rest_is_spread(fleet):
    for version, names in ((4, "ab"), (3, "cd")):
        got = [fleet.get(f"/v{version}/loadtracks?identifier={i}") for i in range(10)]
        assert [got.count(n) for n in names] == [5, 5]


def test_rest_on_one_connection_is_spread(fleet):
    with fleet.proxy.connect() as sock:
        got = [sock.send(request(target="/v4/info")).read_answer().header("X-Node") for _ in range(10)]
    assert [got.count(n) for n in "ab"] == [5, 5]


def test_bare_paths_of_version_three_are_spread(fleet):
    got = [fleet.get("/loadtracks?identifier=x", headers=[("Lavalink-Version", "3")]) for _ in range(10)]
    assert [got.count(n) for n in "cd"] == [5, 5]


# Failure and return


def test_refused_connects_fail_over_within_the_request(quiet):
    quiet["a"].down()
    for i in range(6):
        assert quiet.get(f"/v4/loadtracks?identifier={i}") == "b"
    assert quiet.bot().node.name == "b"
    quiet.wait_backend("a", status="offline")
    assert "refused" in quiet.backend("a")["reason"].lower()


def test_refused_handshake_fails_over(quiet):
    quiet["a"].down()
    assert quiet.bot().node.name == "b", "the first handshake already"


def test_a_body_goes_whole_to_the_next_one(quiet):
    quiet["a"].down()
    body = bytes(range(256)) * 1000
    for _ in range(2):
        assert quiet.ask(request("POST", "/v4/decodetracks", body=body)).header("X-Node") == "b"
    assert all(r.body == body for r in quiet["b"].requests) and len(quiet["b"].requests) == 2


def test_a_returning_backend_is_used_before_the_next_check(quiet):
    quiet["a"].down()
    assert quiet.bot().node.name == "b"
    quiet.wait_backend("a", status="offline")
    quiet["a"].start()
    wait_until(lambda: quiet.get("/v4/info") == "a", 10, "a to be used again")
    assert quiet.bot().node.name == "a"


def test_a_backend_that_was_away_for_long_is_seen_soon(tmp_path):
    """The pauses between checks grow, but never to the interval."""
    with Fleet(tmp_path / "late", (4,), start=False) as fleet:
        fleet["a"].down()
        fleet.begin(config=QUIET, wait="started")
        fleet.wait_backend("a", status="offline")
        wait_until(lambda: len(fleet.backend("a")["checks"]) >= 4, 20, "some checks in vain")
        assert all(c is None for c in fleet.backend("a")["checks"])
        fleet["a"].start()
        fleet.wait_backend("a", status="online")


def test_with_none_up_a_handshake_is_held_and_rest_is_not(tmp_path):
    config = {"health": {"interval": "60s"}, "timeouts": {"backend_wait": "30s"}}
    with Fleet(tmp_path / "none", (4, 4, 3), config=config) as fleet:
        fleet["a"].down()
        fleet["b"].down()
        began = time.monotonic()
        assert_refusal(fleet.ask(request(target="/v4/info")), 503, "/v4/info")
        assert time.monotonic() - began < patience(2)
        for name in "ab":
            fleet.wait_backend(name, status="offline")
        with fleet.proxy.connect() as sock:
            sock.send(websocket_request())
            wait_until(lambda: fleet.proxy.get("/api/health")["connections"]["active"] == 1, 5, "it is seen")
            assert fleet.get("/v3/info") == "c", "the other version is not touched"
            fleet["b"].start()
            answer = sock.read_answer()
            assert (answer.status, answer.header("X-Node")) == (101, "b")
            assert read_op(sock, "ready")["sessionId"] == answer.header("X-Session")


def test_session_calls_of_a_dead_node_ask_no_other(quiet):
    bot = quiet.bot().greeted()
    assert bot.node.name == "a"
    quiet["a"].down()
    assert bot.sock.is_closed()
    for _ in range(2):
        assert_refusal(bot.ask(), 503)
    assert quiet["b"].requests == []
    again = quiet.bot(headers=[("Session-Id", bot.session)])
    assert (again.node.name, again.resumed) == ("b", False), "a handshake goes where there is a node"


def test_every_byte_before_a_backends_end(quiet):
    """A client that reads late still gets all that the node had said before it died."""
    bot = quiet.bot().greeted()
    last_words = os.urandom(300000)
    bot.backend.send(last_words)
    bot.cut()
    bot.sock.sock.settimeout(patience(10))
    assert bot.sock.read_to_end() == last_words


def test_a_killed_node_is_told_to_the_client(lavanode, lavaproxy):
    node, other = lavanode("--stats-interval", "0.05"), lavanode()
    proxy = lavaproxy(backends=[node, other], config={"health": {"check": "http", "interval": "60s"}})
    with proxy.connect() as sock:
        assert sock.send(websocket_request()).read_answer().status == 101
        read_op(sock, "stats")
        os.kill(node.pid, signal.SIGKILL)
        node.wait()
        began = time.monotonic()
        try:
            sock.read_to_end()
        except ConnectionResetError:
            pass
        assert time.monotonic() - began < patience(1)
    with proxy.connect() as sock:
        assert sock.send(websocket_request()).read_answer().status == 101
    wait_until(lambda: [r["status"] for r in proxy.get("/api/health")["backendList"]] == ["offline", "online"], 10)


def test_a_client_that_vanishes_frees_its_session_at_once(lavanode, lavaproxy):
    """A half-open socket at the node would keep the session live, and the bot could not resume it."""
    nodes = [lavanode(), lavanode()]
    proxy = lavaproxy(backends=nodes, config={"health": {"check": "http"}})
    sock = proxy.connect()
    assert sock.send(websocket_request()).read_answer().status == 101
    session = read_op(sock, "ready")["sessionId"]
    body = b'{"resuming":true,"timeout":60}'
    assert proxy.exchange(request("PATCH", f"/v4/sessions/{session}", body=body)).status == 200
    sock.reset()

    def resumes():
        with proxy.connect() as again:
            answer = again.send(websocket_request(headers=[("Session-Id", session)])).read_answer()
            return answer.header("Session-Resumed") == "true"

    wait_until(resumes, 5, "the session to be resumed")


def fill_backlog(address):
    """Sockets that take every place in the queue of a listener with backlog 0."""
    socks = [socket.socket() for _ in range(4)]
    for sock in socks:
        sock.setblocking(False)
        sock.connect_ex(address)
    return socks


def test_a_black_hole_is_passed_over(tmp_path):
    """A connect that is never answered, neither with yes nor with no, goes to the next one after timeouts.connect."""
    port = free_port("127.0.0.2")
    hole = socket.create_server(("127.0.0.2", port), backlog=0)
    with hole, Fleet(tmp_path / "hole", (4,), start=False) as fleet:
        fleet.entries.insert(0, {**fleet.entries[0], "name": "hole", "address": f"127.0.0.2:{port}"})
        fleet.begin(config={**QUIET, "timeouts": {"connect": "300ms"}})
        for name in ("hole", "a"):
            fleet.wait_backend(name, status="online")
        fill = fill_backlog(hole.getsockname())
        began = time.monotonic()
        assert fleet.bot().node.name == "a"
        assert time.monotonic() - began >= 0.25, "it was not tried at all"
        assert fleet.get("/v4/info") == "a"
        fleet.wait_backend("hole", status="timeout")
        for sock in fill:
            sock.close()


def test_a_node_that_ends_before_it_answers(quiet):
    """A handshake the node took and dropped is not asked a second time: the client is told 502 or 503."""
    def drops(conn):
        got = read_request(conn)
        quiet["a"].requests.append(got)
        conn.close()

    quiet["a"].handler = drops
    answer = quiet.ask(websocket_request())
    assert_refusal(answer, (502, 503))
    assert [is_websocket(r) for r in quiet["a"].requests] == [True]


# States


def status_of(proxy, index=0):
    return proxy.get("/api/health")["backendList"][index]


@pytest.mark.parametrize("version", [3, 4])
def test_a_wrong_password_is_unauthorized(lavanode, lavaproxy, version):
    node = lavanode(version=version, password="another")
    proxy = lavaproxy(backends=[{"name": "x", "version": version, "address": node.address, "password": "wrong"}],
                      config={"health": {"check": "http"}}, wait="started")
    row = wait_until(lambda: status_of(proxy) if status_of(proxy)["status"] == "unauthorized" else None, 10)
    assert "password" in row["reason"]
    assert "wrong" not in str(row).replace("wrong password", "")


def test_one_that_refuses_our_password_is_not_used(tmp_path, lavanode):
    locked = lavanode(password="another")
    with Fleet(tmp_path / "locked", (4,), start=False) as fleet:
        fleet.entries.insert(0, {**fleet.entries[0], "name": "locked", "address": locked.address})
        fleet.begin(config={"health": {"check": "http"}})
        fleet.wait_backend("locked", status="unauthorized")
        assert fleet.spread(4) == {"a": 4}
        assert {fleet.get("/v4/info") for _ in range(4)} == {"a"}
        fleet["a"].down()
        assert_refusal(fleet.ask(request(target="/v4/info")), 503)
        # Its password is put right: it is used from then on.
        fleet.entries[0]["password"] = "another"
        fleet.proxy.reload({"backends": fleet.entries})
        fleet.wait_backend("locked", status="online")
        assert fleet.ask(request(target="/v4/info")).status == 200


def test_another_version_is_a_mismatch(lavanode, lavaproxy):
    node = lavanode(version=3)
    proxy = lavaproxy(backends=[(4, node.address)], config={"health": {"check": "http"}}, wait="started")
    row = wait_until(lambda: status_of(proxy) if status_of(proxy)["status"] == "mismatch" else None, 10)
    assert "3" in row["reason"] and "4" in row["reason"], row["reason"]
    assert_refusal(proxy.exchange(request(target="/v4/info")), 503)


def test_a_silent_node_is_a_timeout(lavanode, lavaproxy):
    node = lavanode("--fail", "silent")
    proxy = lavaproxy(backends=[node], config={"health": {"check": "http", "timeout": "300ms"}}, wait="started")
    row = wait_until(lambda: status_of(proxy) if status_of(proxy)["status"] == "timeout" else None, 10)
    assert row["reason"] and row["checks"] and all(c is None for c in row["checks"])


def test_tcp_is_enough_for_what_is_not_lavalink(tmp_path, scripted, lavaproxy):
    other = scripted(lambda conn: conn.send(b"HTTP/1.1 418 No\r\nContent-Length: 0\r\n\r\n"))
    proxy = lavaproxy(backends=[other], config={"health": {"check": "tcp"}})
    assert status_of(proxy)["status"] == "online"
    assert other.received == []


def test_what_answers_but_is_no_lavalink(scripted, lavaproxy):
    other = scripted(lambda conn: conn.send(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"))
    proxy = lavaproxy(backends=[other], config={"health": {"check": "http"}}, wait="started")
    row = wait_until(lambda: status_of(proxy) if status_of(proxy)["status"] != "unknown" else None, 10)
    assert row["status"] in ("mismatch", "offline") and row["reason"], row


def test_slow_ones_come_last(tmp_path):
    """A node over health.slow is online, but gets new sessions only where no other is."""
    with Fleet(tmp_path / "slow", (4, 4), start=False) as fleet:
        fleet["a"].lag = 0.3
        fleet.begin(config={"health": {"check": "http", "slow": "150ms", "timeout": "1s", "interval": "1s"}})
        row = fleet.wait_backend("a", status="slow")
        assert row["reason"] and row["responseTime"] >= 150
        assert fleet.spread(3) == {"a": 0, "b": 3}
        assert {fleet.get("/v4/info") for _ in range(4)} == {"b"}
        fleet["b"].down()
        wait_until(lambda: fleet.bot().node.name == "a", 10, "the slow one to serve")
        fleet["a"].lag = 0
        fleet.wait_backend("a", status="online")


def test_load_of_nodes_is_asked_for(tmp_path):
    with Fleet(tmp_path / "load", (4, 3), start=False) as fleet:
        fleet["a"].playing = 3
        fleet["b"].playing = 1
        fleet.begin(config={"health": {"check": "http"}})
        for name, playing in (("a", 3), ("b", 1)):
            fleet.wait_backend(name, players=playing, playing=playing, systemLoad=0.25, lavalinkLoad=0.125,
                               memoryUsed=123456789)
        for node in fleet.nodes.values():
            assert all(r.header("Authorization") == BACKEND_PASSWORD.encode() for r in node.checked)


def test_probes_never_carry_a_clients_session(lavanode, lavaproxy):
    node = lavanode()
    proxy = lavaproxy(backends=[node], config={"health": {"check": "http", "interval": "200ms", "timeout": "200ms"}})
    with proxy.connect() as sock:
        sock.send(websocket_request(headers=[("Session-Id", "0123456789abcdef"), ("User-Id", "55")], user_id=None))
        assert sock.read_answer().status == 101
        wait_until(lambda: len(status_of(proxy)["checks"]) >= 5, 10, "some checks")
    log = exchange(node.port, request(target="/test/log", password=BACKEND_PASSWORD)).json()["log"]
    assert str(log).count("0123456789abcdef") == 1


def test_check_on_demand(tmp_path):
    with Fleet(tmp_path / "ask", (4, 4), config=QUIET) as fleet:
        before = len(fleet.backend("a")["checks"]), len(fleet.backend("b")["checks"])
        answer = fleet.proxy.post("/api/backends/a/check")
        assert answer.status == 200, answer
        answer.json()
        wait_until(lambda: len(fleet.backend("a")["checks"]) == before[0] + 1, 5)
        assert len(fleet.backend("b")["checks"]) == before[1], "only the one that was named"
        assert fleet.proxy.post("/api/backends/nobody/check").status == 404


def test_checks_are_kept_to_sixty(tmp_path):
    with Fleet(tmp_path / "sixty", (4,), config={"health": {"interval": "100ms", "timeout": "100ms"}}) as fleet:
        row = wait_until(lambda: fleet.backend("a") if len(fleet.backend("a")["checks"]) == 60 else None, 30, "60 checks")
        assert all(isinstance(c, (int, float)) and c >= 0 for c in row["checks"])
