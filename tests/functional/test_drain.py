"""Drain: no new sessions, what lives there goes on, and a word when the node may be stopped."""

import signal
import time

import pytest

from fleet import Fleet, read_op, stats_frame
from stage import assert_refusal
from support import BACKEND_PASSWORD, exchange, patience, request, wait_until, websocket_request

CONFIG = {"proxy": {"workers": 3}, "timeouts": {"backend_wait": "500ms"}}


@pytest.fixture
def fleet(tmp_path):
    with Fleet(tmp_path / "drain", (4, 4, 3), config=CONFIG) as made:
        yield made


def drain(fleet, name, how="drain"):
    answer = fleet.proxy.post(f"/api/backends/{name}/{how}")
    assert answer.status == 200, answer
    answer.json()
    fleet.wait_backend(name, draining=how == "drain")


def test_no_new_sessions(fleet):
    drain(fleet, "a")
    row = fleet.backend("a")
    assert row["status"] == "draining" and row["reason"] and not row["removed"]
    assert fleet.spread(6) == {"a": 0, "b": 6}
    assert {fleet.get("/v4/loadtracks?identifier=x") for _ in range(6)} == {"b"}
    assert fleet.backend("b")["status"] == "online" and not fleet.backend("b")["draining"]


def test_old_sessions_go_on(fleet):
    bots = [fleet.bot(user=str(i)).greeted() for i in range(1, 5)]
    mine = [b for b in bots if b.node.name == "a"]
    assert len(mine) == 2
    drain(fleet, "a")
    for bot in mine:
        bot.echo()
        bot.call()
        bot.call("PATCH", "/players/1", b"{}")


def test_resumes_come_back_to_it(fleet):
    bot = fleet.bot(user="1").greeted()
    assert bot.node.name == "a"
    drain(fleet, "a")
    for _ in range(3):
        bot.close()
        bot = fleet.bot(user="1", headers=[("Session-Id", bot.session)]).greeted()
        assert (bot.node.name, bot.resumed) == ("a", True)
        bot.call()
    other = fleet.bot(user="2", headers=[("Session-Id", "unknown")])
    assert other.node.name == "b"


def test_new_sessions_of_a_refused_resume_stay_where_they_are(fleet):
    """The node no longer knows the id and gives a new session: that one lives there all the same."""
    bot = fleet.bot(user="1").greeted()
    drain(fleet, "a")
    bot.close()
    del fleet["a"].tunnels[bot.session]
    again = fleet.bot(user="1", headers=[("Session-Id", bot.session)]).greeted()
    assert (again.node.name, again.resumed) == ("a", False)
    again.call()


def test_safe_to_stop_when_nothing_is_left(fleet):
    assert not fleet.backend("a")["safeToStop"], "not draining"
    bot = fleet.bot(user="1").greeted()
    bot.call("PATCH", "", b'{"resuming":true,"timeout":60}')
    bot.backend.send(stats_frame(2, players=3))
    row = fleet.wait_backend("a", sockets=1, playing=2, players=3)
    drain(fleet, "a")
    row = fleet.wait_backend("a", sockets=1)
    assert not row["safeToStop"] and row["connections"] >= 1
    bot.close()
    row = fleet.wait_backend("a", sockets=0)
    # The session may still be resumed.
    assert row["waiting"] == 1 and not row["safeToStop"]


def test_safe_to_stop_at_once_where_nothing_lives(fleet):
    drain(fleet, "a")
    fleet.wait_backend("a", safeToStop=True, sockets=0, waiting=0)


def test_undrain(fleet):
    drain(fleet, "a")
    assert fleet.spread(2) == {"a": 0, "b": 2}
    drain(fleet, "a", "undrain")
    row = fleet.wait_backend("a", status="online")
    assert not row["safeToStop"]
    assert fleet.spread(2) == {"a": 2, "b": 0}
    assert {fleet.get("/v4/info") for _ in range(6)} == {"a", "b"}


def test_twice_is_harmless(fleet):
    for how in ("drain", "drain", "undrain", "undrain", "drain"):
        drain(fleet, "a", how)
    assert fleet.spread(2) == {"a": 0, "b": 2}


def test_unknown_names(fleet):
    for how in ("drain", "undrain", "check"):
        for name in ("nobody", "", "A", "a%00", "../a", "%61%62"):
            assert fleet.proxy.post(f"/api/backends/{name}/{how}").status == 404, (name, how)
    for method in ("GET", "DELETE", "PUT"):
        assert fleet.proxy.api("/api/backends/a/drain", method=method).status == 405
    assert not any(r["draining"] for r in fleet.proxy.get("/api/health")["backendList"])


def test_names_that_need_escapes(tmp_path):
    with Fleet(tmp_path / "names", (4, 4), start=False) as fleet:
        fleet.entries[0]["name"] = "eu-1.node_a"
        fleet.begin(config=CONFIG)
        fleet.nodes["eu-1.node_a"] = fleet.nodes.pop("a")
        for path in ("eu-1.node_a", "eu%2D1%2enode%5Fa"):
            assert fleet.proxy.post(f"/api/backends/{path}/drain").status == 200
            fleet.wait_backend("eu-1.node_a", draining=True)
            assert fleet.proxy.post(f"/api/backends/{path}/undrain").status == 200
            fleet.wait_backend("eu-1.node_a", draining=False)


def test_actions_need_the_password(tmp_path):
    with Fleet(tmp_path / "password", (4,), web_password="secret", config=CONFIG) as fleet:
        for password in (None, "wrong"):
            for how in ("drain", "undrain", "check"):
                assert fleet.proxy.api(f"/api/backends/a/{how}", method="POST", password=password).status == 401
            assert fleet.proxy.api("/api/reload", method="POST", password=password).status == 401
        assert not fleet.backend("a")["draining"]
        drain(fleet, "a")


def test_all_drained(fleet):
    """A handshake waits for one to come back, then gets 503; old sessions and REST still have a node."""
    bots = [fleet.bot(user=str(i)).greeted() for i in (1, 2)]
    for name in "ab":
        drain(fleet, name)
    with fleet.proxy.connect() as sock:
        began = time.monotonic()
        answer = sock.send(websocket_request()).read_answer()
        assert_refusal(answer, 503, "/v4/websocket")
        assert int(answer.header("Retry-After")) >= 1
        assert time.monotonic() - began >= 0.4
    for bot in bots:
        bot.call()
        bot.echo()
    assert fleet.get("/v4/info") in "ab", "stateless calls are no sessions"
    assert fleet.bot(3).node.name == "c"


def test_a_waiting_handshake_takes_the_undrained_one(tmp_path):
    with Fleet(tmp_path / "waits", (4,), config={"timeouts": {"backend_wait": "30s"}}) as fleet:
        drain(fleet, "a")
        with fleet.proxy.connect() as sock:
            sock.send(websocket_request())
            wait_until(lambda: fleet.proxy.get("/api/health")["connections"]["active"] == 1, 5, "it is seen")
            drain(fleet, "a", "undrain")
            assert sock.read_answer().status == 101


def test_drain_survives_a_reload(fleet):
    bot = fleet.bot(user="1").greeted()
    drain(fleet, "a")
    fleet.proxy.signal(signal.SIGHUP)
    first = wait_until(lambda: fleet.proxy.get("/api/health")["reload"], 10, "the reload")
    assert first["ok"]
    fleet.proxy.reload({"timeouts": {"idle": "66s"}})
    row = fleet.wait_backend("a", draining=True)
    assert row["status"] == "draining" and not row["removed"]
    assert fleet.spread(2) == {"a": 0, "b": 2}
    bot.call()
    bot.echo()
    drain(fleet, "a", "undrain")


def test_a_draining_node_that_goes_and_comes_back_still_drains(fleet):
    drain(fleet, "a")
    fleet["a"].down()
    fleet.wait_backend("a", status="offline", draining=True)
    fleet["a"].start()
    fleet.wait_backend("a", status="draining", draining=True)
    assert fleet.spread(2) == {"a": 0, "b": 2}


def test_readiness_while_draining(fleet):
    """Who drains the only node of a version wants no new bots sent here."""
    drain(fleet, "a")
    assert fleet.proxy.api("/readyz").status == 200, "b is there"


def test_it_is_told(fleet):
    before = len(fleet.proxy.log().splitlines())
    drain(fleet, "a")
    fleet.proxy.wait_log(r"(?i)\ba\b.*drain|drain.*\ba\b", after=before)
    drain(fleet, "a", "undrain")


def test_drain_while_playing(lavanode, lavaproxy):
    """A real node with a player: the music goes on, and the figures say so, until the bot has left."""
    nodes = [lavanode("--stats-interval", "0.2", "--player-update", "0.2") for _ in range(2)]
    proxy = lavaproxy(backends=nodes, config={"health": {"check": "http", "interval": "500ms", "timeout": "500ms"}})
    name = proxy.config["backends"][0]["name"]

    def row():
        return proxy.get("/api/health")["backendList"][0]

    with proxy.connect() as sock:
        assert sock.send(websocket_request()).read_answer().status == 101
        session = read_op(sock, "ready")["sessionId"]

        def ask(method, target, body=b""):
            return proxy.exchange(request(method, target, [("Content-Type", "application/json")] if body else [], body))

        assert ask("PATCH", f"/v4/sessions/{session}", b'{"resuming":false,"timeout":1}').status == 200
        track = ask("GET", "/v4/loadtracks?identifier=ytsearch:x").json()["data"][0]["encoded"]
        body = b'{"track":{"encoded":"%s"},"voice":{"token":"t","endpoint":"e","sessionId":"s","channelId":"7"}}'
        assert ask("PATCH", f"/v4/sessions/{session}/players/9", body % track.encode()).status == 200
        wait_until(lambda: row()["playing"] == 1, 10)
        assert proxy.post(f"/api/backends/{name}/drain").status == 200
        wait_until(lambda: row()["status"] == "draining", 10)
        for _ in range(3):
            assert read_op(sock, "playerUpdate")["guildId"] == "9"
        assert ask("PATCH", f"/v4/sessions/{session}/players/9", b'{"volume":10}').status == 200
        seen = row()
        assert (seen["players"], seen["playing"], seen["sockets"], seen["safeToStop"]) == (1, 1, 1, False)
        for _ in range(3):
            with proxy.connect() as other:
                assert other.send(websocket_request()).read_answer().status == 101
                log = exchange(nodes[0].port, request(target="/test/log", password=BACKEND_PASSWORD)).json()
                assert log["websockets"] == 1
    wait_until(lambda: row()["sockets"] == 0 and row()["playing"] == 0, patience(10))
