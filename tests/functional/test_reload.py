"""Reload: what changes at once, what goes on as it was, and what a broken file does (nothing)."""

import datetime
import signal
import threading
import time

import pytest

from fleet import Fleet, info
from stage import Stage, assert_refusal
from support import PASSWORD, RawSocket, free_port, is_listening, patience, request, wait_until, websocket_request


@pytest.fixture
def fleet(tmp_path):
    with Fleet(tmp_path / "reload", (4, 4), config={"proxy": {"workers": 3}}) as made:
        yield made


def health(fleet):
    return fleet.proxy.get("/api/health")


def hang_up(fleet, ok=True):
    """SIGHUP; the reload object once it is done."""
    before = health(fleet)["reload"]
    fleet.proxy.signal(signal.SIGHUP)
    result = wait_until(lambda: health(fleet)["reload"] if health(fleet)["reload"] != before else None, 10, "the reload")
    assert result["ok"] is ok, result
    return result


def fresh_node(fleet, version=4, **extra):
    """A node that is not configured yet, and its entry."""
    node = fleet.add(version)
    return node, node.entry(**extra)


# How it is asked for and told


def test_nothing_changed(fleet):
    assert health(fleet)["reload"] is None
    result = fleet.proxy.reload()
    assert result["ok"] is True and not result["changes"] and not result["restart"] and not result["problems"]
    at = datetime.datetime.fromisoformat(result["at"].replace("Z", "+00:00"))
    assert abs(at.timestamp() - time.time()) < 60
    wait_until(lambda: health(fleet)["reload"] == result, 5, "the result at /api/health")


def test_hang_up_reloads(fleet):
    fleet.proxy.config["timeouts"]["header"] = "9s"
    fleet.proxy.write_config()
    before = len(fleet.proxy.log().splitlines())
    result = hang_up(fleet)
    assert [c for c in result["changes"] if "timeouts.header" in c and "10s" in c and "9s" in c], result
    fleet.proxy.wait_log(r"timeouts\.header", after=before)
    assert info(fleet) == 200


def test_secrets_are_never_told(fleet):
    fleet.entries[0]["password"] = "very-secret-new"
    result = fleet.proxy.reload({"backends": fleet.entries, "proxy": {"password": ["front-secret", PASSWORD]},
                                 "web": {"password": "web-secret"}})
    assert any("password" in c for c in result["changes"])
    told = str(result) + fleet.proxy.log()
    for secret in ("very-secret-new", "front-secret", "web-secret", PASSWORD, "backend-password"):
        assert secret not in told


def test_what_needs_a_restart_is_said(fleet):
    result = fleet.proxy.reload({"proxy": {"workers": 7}})
    assert result["ok"] and any("workers" in r for r in result["restart"]), result
    assert info(fleet) == 200


def test_get_does_not_reload(fleet):
    assert fleet.proxy.api("/api/reload").status == 405
    assert health(fleet)["reload"] is None


# Backends


def test_a_backend_is_added(fleet):
    bot = fleet.bot().greeted()
    node, entry = fresh_node(fleet)
    fleet.entries.append(entry)
    result = fleet.proxy.reload({"backends": fleet.entries})
    assert any("c" in c and "added" in c for c in result["changes"]), result
    fleet.wait_backend("c", status="online")
    assert fleet.spread(5) == {"a": 1, "b": 2, "c": 2}
    assert "c" in {fleet.get("/v4/loadtracks?identifier=x") for _ in range(6)}
    assert node.requests
    bot.call()
    bot.echo()


def test_a_version_is_added(fleet):
    assert_refusal(fleet.ask(request(target="/v3/info")), 503)
    _, entry = fresh_node(fleet, 3)
    fleet.proxy.reload({"backends": [*fleet.entries, entry]})
    fleet.wait_backend("c", status="online")
    assert fleet.get("/v3/info") == "c"
    assert fleet.bot(3).greeted().call()


def test_a_backend_is_removed(fleet):
    """Its sessions go on until the last of them has left; then it is gone."""
    bot = fleet.bot(user="1").greeted()
    assert bot.node.name == "a"
    result = fleet.proxy.reload({"backends": fleet.entries[1:]})
    assert any("a" in c and "removed" in c for c in result["changes"]), result
    row = fleet.wait_backend("a", removed=True, draining=True, sockets=1)
    assert row["status"] == "draining"
    assert fleet.spread(2) == {"a": 0, "b": 2}
    assert {fleet.get("/v4/info") for _ in range(4)} == {"b"}
    bot.call()
    bot.echo()
    again = fleet.bot(user="1", headers=[("Session-Id", bot.session)])
    assert again.node.name == "a", "a resume goes there too"
    again.greeted().call("PATCH", "", b'{"resuming":false}')


def test_a_removed_backend_disappears_when_it_is_empty(fleet):
    bot = fleet.bot(user="1").greeted()
    bot.call("PATCH", "", b'{"resuming":false,"timeout":1}')
    fleet.proxy.reload({"backends": fleet.entries[1:]})
    fleet.wait_backend("a", removed=True, sockets=1)
    bot.close()
    wait_until(lambda: fleet.backend("a") is None, 10, "a to be gone")
    assert fleet.get("/v4/info") == "b"


def test_a_removed_backend_comes_back(fleet):
    bot = fleet.bot(user="1").greeted()
    fleet.proxy.reload({"backends": fleet.entries[1:]})
    fleet.wait_backend("a", removed=True)
    fleet.proxy.reload({"backends": fleet.entries})
    fleet.wait_backend("a", removed=False, draining=False, status="online", sockets=1)
    bot.call()
    assert [r["name"] for r in health(fleet)["backendList"]] == ["a", "b"]
    assert fleet.spread(3) == {"a": 1, "b": 2}


def test_a_backend_is_renamed(fleet):
    bot = fleet.bot(user="1").greeted()
    assert fleet.proxy.connection_of(bot.sock)["backendName"] == "a"
    fleet.entries[0]["name"] = "eu-1"
    result = fleet.proxy.reload({"backends": fleet.entries})
    assert any("eu-1" in c for c in result["changes"]), result
    row = fleet.wait_backend("eu-1", sockets=1, removed=False)
    assert row["status"] == "online", "it is the same node: no new check is needed"
    assert fleet.backend("a") is None
    assert wait_until(lambda: fleet.proxy.connection_of(bot.sock)["backendName"] == "eu-1", 5)
    bot.call()
    bot.echo()
    assert fleet.spread(3) == {"a": 1, "b": 2}
    assert fleet.proxy.post("/api/backends/a/check").status == 404
    assert fleet.proxy.post("/api/backends/eu-1/check").status == 200


def test_two_names_are_exchanged(fleet):
    bots = {b.node.name: b for b in (fleet.bot(user="1").greeted(), fleet.bot(user="2").greeted())}
    fleet.entries[0]["name"], fleet.entries[1]["name"] = "b", "a"
    fleet.proxy.reload({"backends": fleet.entries})
    wait_until(lambda: fleet.proxy.connection_of(bots["a"].sock)["backendName"] == "b", 5)
    wait_until(lambda: fleet.proxy.connection_of(bots["b"].sock)["backendName"] == "a", 5)
    for bot in bots.values():
        bot.call()


def test_the_order_is_changed(fleet):
    bots = [fleet.bot(user=str(i)).greeted() for i in range(4)]
    fleet.proxy.reload({"backends": fleet.entries[::-1]})
    wait_until(lambda: [r["name"] for r in health(fleet)["backendList"]] == ["b", "a"], 5)
    for bot in bots:
        bot.call()
        assert fleet.proxy.connection_of(bot.sock)["backendName"] == bot.node.name
    assert fleet.bot().node.name == "b", "equally full: the first of the file"


def test_an_address_is_changed(fleet):
    """Another address is another node: the old one keeps what lives there."""
    bot = fleet.bot(user="1").greeted()
    assert bot.node.name == "a"
    node, _ = fresh_node(fleet)
    fleet.entries[0]["address"] = node.address
    fleet.proxy.reload({"backends": fleet.entries})
    wait_until(lambda: [(r["name"], r["removed"], r["status"]) for r in health(fleet)["backendList"]] ==
               [("a", False, "online"), ("b", False, "online"), ("a", True, "draining")], 10)
    bot.call()
    bot.echo()
    assert fleet.spread(4) == {"a": 0, "b": 2, "c": 2}
    assert {fleet.get("/v4/info") for _ in range(4)} == {"b", "c"}


def test_a_name_means_the_configured_one(fleet):
    """A removed node keeps its name; who drains by that name means the one of the file."""
    bot = fleet.bot(user="1").greeted()
    node, _ = fresh_node(fleet)
    fleet.entries[0]["address"] = node.address
    fleet.proxy.reload({"backends": fleet.entries})
    wait_until(lambda: [r["removed"] for r in health(fleet)["backendList"]] == [False, False, True], 10)
    assert fleet.proxy.post("/api/backends/a/drain").status == 200
    fleet.wait_backend("a", status="draining", removed=False)
    assert fleet.proxy.post("/api/backends/a/undrain").status == 200
    fleet.wait_backend("a", draining=False)
    assert [(r["name"], r["draining"]) for r in health(fleet)["backendList"]] == [("a", False), ("b", False), ("a", True)]
    bot.call()


def test_more_nodes_than_there_is_room_for(fleet):
    """64 in all, with those that are removed and not empty yet."""
    bots = [fleet.bot(user=str(i)).greeted() for i in (1, 2)]

    def many(count):
        return [{**fleet.entries[0], "name": f"n{i}", "address": f"127.0.0.3:{free_port()}"} for i in range(count)]

    result = fleet.proxy.reload({"backends": many(64)}, status=409)
    assert result["problems"] and not result["ok"], result
    fleet.proxy.reload({"backends": many(62)})
    wait_until(lambda: len(health(fleet)["backendList"]) == 64, 10, "62 new ones and 2 that drain")
    for bot in bots:
        bot.call()
        bot.echo()
    fleet.proxy.reload({"backends": fleet.entries})
    wait_until(lambda: [r["name"] for r in health(fleet)["backendList"]] == ["a", "b"], 10)
    for bot in bots:
        bot.call()


def test_weights_are_changed(tmp_path):
    with Fleet(tmp_path / "weights", (4, 4), config={"proxy": {"workers": 1}}) as fleet:
        assert fleet.spread(2) == {"a": 1, "b": 1}
        # Of these two the next one goes to a, and with the new weights to b.
        fleet.entries[1]["weight"] = 3
        fleet.proxy.reload({"backends": fleet.entries})
        assert fleet.bot().node.name == "b"
        fleet.reset()
        assert fleet.spread(8) == {"a": 2, "b": 6}
        got = [fleet.get("/v4/info") for _ in range(40)]
        assert 5 <= got.count("a") <= 15, "about a quarter"


def test_health_settings_are_changed(fleet):
    fleet.proxy.reload({"health": {"check": "http", "interval": "100ms", "timeout": "100ms"}})
    for name in "ab":
        wait_until(lambda n=name: len(fleet[n].checked) >= 4, 10, "checks by HTTP")
        fleet.wait_backend(name, status="online", playing=0)


# Passwords


def test_passwords_are_rotated(fleet):
    old = fleet.bot().greeted()
    kept = fleet.proxy.connect()
    assert kept.send(request(target="/v4/info")).read_answer().status == 200
    fleet.proxy.reload({"proxy": {"password": ["new-front-password", PASSWORD]}})
    assert info(fleet, "new-front-password") == 200
    assert info(fleet) == 200 and info(fleet, "neither") == 403
    fleet.proxy.password = "new-front-password"
    new = fleet.bot().greeted()
    fleet.proxy.reload({"proxy": {"password": "new-front-password"}})
    assert info(fleet) == 403
    assert info(fleet, "new-front-password") == 200
    assert fleet.ask(websocket_request()).status == 401
    # A tunnel that stands has shown its password; a connection that asks again has to show it again.
    for bot in (old, new):
        bot.echo()
        bot.call()
    # Its worker has taken the news by now.
    fleet.wait_backend("a")
    assert kept.send(request(target="/v4/info")).read_answer().status == 403
    kept.close()


def test_backend_passwords_are_rotated(fleet):
    bot = fleet.bot().greeted()
    fleet.entries[0]["password"] = fleet.entries[1]["password"] = "new-backend-password"
    fleet.proxy.reload({"backends": fleet.entries})

    def latest(name):
        fleet.get("/v4/info")
        requests = fleet[name].requests
        return requests[-1].header("Authorization") if requests else None

    for name in "ab":  # whose turn it is depends on the worker
        wait_until(lambda n=name: latest(n) == b"new-backend-password", 10)
    wait_until(lambda: health(fleet)["reload"], 5, "every worker to have reported since")
    for node in fleet.nodes.values():
        node.requests.clear()
    bot.call()
    for _ in range(4):
        fleet.get("/v4/info")
    fleet.bot()
    seen = {r.header("Authorization") for n in fleet.nodes.values() for r in n.requests}
    assert seen == {b"new-backend-password"}
    bot.echo()


def test_the_web_password_is_changed(tmp_path):
    with Fleet(tmp_path / "web", (4,), web_password="old") as fleet:
        fleet.proxy.reload({"web": {"password": "new"}})
        assert fleet.proxy.api("/api/health", password="old").status == 401
        fleet.proxy.web_password = "new"
        assert health(fleet)["reload"]["ok"]


# Limits and times


def test_limits_are_applied(tmp_path):
    with Fleet(tmp_path / "limits", (4,), config={"limits": {"allow": []}}) as fleet:
        held = [fleet.bot().greeted() for _ in range(3)]
        fleet.proxy.reload({"limits": {"connections_per_ip": 3}})
        assert info(fleet) == 429
        for bot in held:
            bot.echo()

        def other():
            return fleet.ask(request(target="/v4/info"), source="127.0.0.9").status

        assert other() == 200
        fleet.proxy.reload({"limits": {"connections_per_ip": "off", "deny": ["127.0.0.9"]}})
        assert info(fleet) == 200
        assert other() == 403
        fleet.proxy.reload({"limits": {"connections": 3, "deny": []}})
        assert other() == 503
        fleet.proxy.reload({"limits": {"connections": 20}})  # those that have just been answered may not be gone yet
        assert other() == 200
        for bot in held:
            bot.call()


def test_counts_survive_a_reload(tmp_path):
    """Who is here is counted on, whatever is reloaded in between."""
    with Fleet(tmp_path / "counts", (4,), config={"limits": {"allow": [], "connections_per_ip": 2}}) as fleet:
        bots = [fleet.bot(), fleet.bot()]
        fleet.proxy.reload({"limits": {"block": "5m"}})
        assert_refusal(fleet.ask(request(target="/v4/info")), 429)
        bots[0].close()
        wait_until(lambda: info(fleet) == 200, 5, "the place to be free")


def test_times_are_applied(fleet):
    fleet.proxy.reload({"timeouts": {"idle": "300ms", "header": "300ms", "response": "400ms"}})
    wait_until(lambda: health(fleet)["reload"], 5, "every worker to have reported since")
    with fleet.proxy.connect() as sock:
        assert sock.send(request(target="/v4/info")).read_answer().status == 200
        assert sock.is_closed(5), "idle"
    with fleet.proxy.connect() as sock:
        sock.send(b"GET /v4/info HTTP/1.1\r\n")
        assert sock.read_answer().status == 408
    fleet["a"].handler = fleet["b"].handler = lambda conn: conn.drain()
    assert_refusal(fleet.ask(request("POST", "/v4/decodetracks", body=b"[]")), 504)


def test_log_level_is_applied(fleet):
    fleet.proxy.reload({"log": {"level": "error"}})
    before = len(fleet.proxy.log().splitlines())
    fleet.proxy.reload({"log": {"level": "debug"}})
    assert info(fleet) == 200
    fleet.proxy.wait_log(r"dials|#\d+", after=before)


# Listeners


def listen(fleet, *ports):
    return fleet.proxy.reload({"proxy": {"listen": [f"127.0.0.1:{p}" for p in ports]}})


def test_a_listener_is_added(fleet):
    first, second = fleet.proxy.port, free_port()
    bot = fleet.bot().greeted()
    result = listen(fleet, first, second)
    assert any("proxy.listen" in c for c in result["changes"]) and not result["restart"], result
    for port in (first, second):
        assert info(fleet, port=port) == 200
    bot.echo()


def test_a_listener_is_removed(fleet):
    first, second = fleet.proxy.port, free_port()
    listen(fleet, first, second)
    with RawSocket(second) as kept, RawSocket(second) as tunnel, RawSocket(second) as silent:
        assert kept.send(request(target="/v4/info")).read_answer().status == 200
        answer = tunnel.send(websocket_request()).read_answer()
        listen(fleet, first)
        wait_until(lambda: not is_listening(second), 5, "it to be closed")
        with pytest.raises(ConnectionRefusedError):
            RawSocket(second)
        # Who came in by it stays.
        assert kept.send(request(target="/v4/info")).read_answer().status == 200
        backend = fleet[answer.header("X-Node")].tunnels[answer.header("X-Session")]
        backend.send(b"on")
        assert tunnel.read_exact(len(b"on") + 63)[-2:] == b"on"
        assert silent.send(request(target="/v4/info")).read_answer().status == 200
    assert info(fleet, port=first) == 200


def test_a_listener_is_replaced(fleet):
    bot = fleet.bot().greeted()
    old, new = fleet.proxy.port, free_port()
    listen(fleet, new)
    assert info(fleet, port=new) == 200
    wait_until(lambda: not is_listening(old), 5, "the old one to be closed")
    bot.echo()
    fleet.proxy.port = new
    bot.call()


def test_a_listener_is_moved_to_all_addresses(fleet):
    """The new one takes the port while the old one still has it."""
    port = fleet.proxy.port
    bot = fleet.bot().greeted()
    fleet.proxy.reload({"proxy": {"listen": f"0.0.0.0:{port}"}})
    assert info(fleet) == 200
    with RawSocket(port, host="127.0.0.7") as sock:
        assert sock.send(request(target="/v4/info")).read_answer().status == 200
    fleet.proxy.reload({"proxy": {"listen": f"127.0.0.1:{port}"}})
    assert info(fleet) == 200
    bot.echo()


def test_a_listener_that_cannot_be_opened_changes_nothing(fleet):
    with RawSocket(fleet["a"].port):
        changes = {"proxy": {"listen": [f"127.0.0.1:{fleet.proxy.port}", fleet["a"].address]},
                   "timeouts": {"idle": "44s"}}
        result = fleet.proxy.reload(changes, status=409)
    assert not result["ok"] and any(str(fleet["a"].port) in p for p in result["problems"]), result
    assert info(fleet) == 200
    result = fleet.proxy.reload({"proxy": {"listen": f"127.0.0.1:{fleet.proxy.port}"}})
    assert any("timeouts.idle" in c for c in result["changes"]), "nothing of the one before was taken"


def test_clients_in_the_queue_are_served(fleet):
    """Who has connected to a listener that goes, and is not accepted yet, is served all the same."""
    for _ in range(5):
        old, new = fleet.proxy.port, free_port()
        socks = [RawSocket(old) for _ in range(20)]
        listen(fleet, new)
        for sock in socks:
            assert sock.send(request(target="/v4/info")).read_answer().status == 200
            sock.close()
        fleet.proxy.port = new


def test_the_web_port_is_moved(fleet):
    old, new = fleet.proxy.web_port, free_port()
    result = fleet.proxy.reload({"web": {"listen": f"127.0.0.1:{new}"}})
    assert any("web.listen" in c for c in result["changes"]), "the answer comes on the old port"
    fleet.proxy.web_port = new
    wait_until(lambda: is_listening(new) and health(fleet)["reload"]["ok"], 5)
    wait_until(lambda: not is_listening(old), 5, "the old one to be closed")


def test_the_web_port_is_switched_off_and_on(fleet):
    port = fleet.proxy.web_port
    fleet.proxy.reload({"web": {"listen": "off"}})
    wait_until(lambda: not is_listening(port), 5)
    assert info(fleet) == 200
    fleet.proxy.config["web"]["listen"] = f"127.0.0.1:{port}"
    fleet.proxy.write_config()
    fleet.proxy.signal(signal.SIGHUP)
    wait_until(lambda: is_listening(port), 10)
    assert health(fleet)["reload"]["ok"]


# Broken files


BROKEN = [
    ("not YAML", lambda good: good[:-20] + "}]"),
    ("unknown key", lambda good: good.replace('"timeouts"', '"timeoutz"')),
    ("bad value", lambda good: good.replace('"drain": "1s"', '"drain": "soon"')),
    ("no backends", lambda good: good.replace('"backends": [', '"backends": [], "x": [')),
    ("two backends of one name", lambda good: good.replace('"name": "b"', '"name": "a"')),
    ("binary", lambda good: "\0\1\2" + good),
    ("half", lambda good: good[:len(good) // 2]),
]


@pytest.mark.parametrize("how", ["post", "hup"])
@pytest.mark.parametrize("name, spoil", BROKEN, ids=[n.replace(" ", "-") for n, _ in BROKEN])
def test_a_broken_file_changes_nothing(fleet, name, spoil, how):
    bot = fleet.bot().greeted()
    good = fleet.proxy.config_path.read_text()
    broken = spoil(good)
    assert broken != good
    assert health(fleet)["warnings"] == []
    fleet.proxy.write_config(broken)
    before = len(fleet.proxy.log().splitlines())
    if how == "post":
        answer = fleet.proxy.post("/api/reload")
        assert answer.status == 409, answer
        result = answer.json()
    else:
        result = hang_up(fleet, ok=False)
    assert not result["ok"] and result["problems"] and not result["changes"]
    assert any("lavaproxy.yaml" in p for p in result["problems"]), result
    fleet.proxy.wait_log(r"lavaproxy\.yaml", after=before)
    told = wait_until(lambda: health(fleet) if health(fleet)["warnings"] else None, 5, "the warning")
    assert told["reload"] == result
    # All is as it was.
    assert info(fleet) == 200
    bot.echo()
    bot.call()
    assert fleet.spread(2) in ({"a": 1, "b": 1}, {"a": 0, "b": 2})
    fleet.proxy.write_config(good)
    assert fleet.proxy.post("/api/reload").status == 200
    wait_until(lambda: health(fleet)["warnings"] == [], 5, "the warning to go")


def test_a_file_that_vanished(fleet):
    fleet.proxy.config_path.unlink()
    result = fleet.proxy.post("/api/reload")
    assert result.status == 409 and any("lavaproxy.yaml" in p for p in result.json()["problems"])
    assert info(fleet) == 200
    fleet.proxy.write_config()
    assert fleet.proxy.post("/api/reload").status == 200


def test_several_problems_are_all_told(fleet):
    good = fleet.proxy.config_path.read_text()
    fleet.proxy.write_config(good.replace('"drain": "1s"', '"drain": "soon"').replace('"level": "debug"', '"level": "x"'))
    problems = fleet.proxy.post("/api/reload").json()["problems"]
    assert len(problems) == 2 and "timeouts.drain" in str(problems) and "log.level" in str(problems)


# Under load and at odd moments


class Load:
    """Threads that ask without a pause; every answer that is not as it should be is kept in `failures`."""

    def __init__(self, fleet):
        self.fleet = fleet
        self.over = threading.Event()
        self.failures = []
        self.served = {}
        self.threads = []

    def run(self, name, act):
        def loop():
            while not self.over.is_set():
                try:
                    act()
                    self.served[name] = self.served.get(name, 0) + 1
                except Exception as error:  # pylint: disable=broad-except
                    self.failures.append(f"{name}: {error!r}")
                    return

        self.threads.append(threading.Thread(target=loop, daemon=True))
        self.threads[-1].start()

    def stop(self):
        self.over.set()
        for thread in self.threads:
            thread.join(patience(30))
            assert not thread.is_alive(), "stuck"
        assert not self.failures, self.failures
        return self.served


def test_ten_reloads_under_load(fleet):
    """Backends added, removed, renamed, re-weighted; passwords rotated; listeners opened and closed; nobody notices."""
    port = fleet.proxy.port
    extra = free_port()
    bots = [fleet.bot(user=str(i)).greeted() for i in range(6)]
    third, entry = fresh_node(fleet)
    a, b = fleet.entries
    load = Load(fleet)

    def short():
        assert info(fleet) == 200

    with RawSocket(port) as kept:
        def keep_alive():
            assert kept.send(request("POST", "/v4/decodetracks", body=b"x" * 3000)).read_answer().status == 200

        def tunnel():
            with RawSocket(port) as sock:
                assert sock.send(websocket_request()).read_answer().status == 101
                sock.read_exact(63)

        def sessions():
            for bot in bots:
                bot.call()

        for name, act in (("short", short), ("keep_alive", keep_alive), ("tunnel", tunnel), ("sessions", sessions)):
            load.run(name, act)
        steps = [
            {"backends": [a, b, entry]},
            {"backends": [{**a, "name": "renamed"}, b, entry], "proxy": {"password": [PASSWORD, "second"]}},
            {"backends": [b, entry]},
            {"backends": [{**a, "weight": 5}, b]},
            {"backends": [b, a, entry], "proxy": {"listen": [f"127.0.0.1:{port}", f"127.0.0.1:{extra}"]}},
            {"timeouts": {"idle": "50s"}, "limits": {"connections_per_ip": 1000}},
            {"proxy": {"listen": f"127.0.0.1:{port}"}},
            {"backends": [a]},
            {"backends": [entry, b, a], "health": {"interval": "500ms", "timeout": "500ms"}},
            {"backends": [a, b], "proxy": {"password": PASSWORD}},
        ]
        for step in steps:
            before = dict(load.served)
            fleet.proxy.reload(step)
            wait_until(lambda n=before: load.failures or all(load.served.get(k, 0) > n.get(k, 0) + 1 for k in
                                                             ("short", "keep_alive", "tunnel", "sessions")), 20)
        load.stop()
    for bot in bots:
        bot.echo()
    assert third.requests


def test_many_hang_ups_at_once(fleet):
    bot = fleet.bot().greeted()
    for _ in range(30):
        fleet.proxy.signal(signal.SIGHUP)
    wait_until(lambda: health(fleet)["reload"] is not None, 10)
    for _ in range(5):
        assert fleet.proxy.post("/api/reload").status == 200
    bot.echo()
    bot.call()
    assert fleet.proxy.is_running()


def test_reload_while_the_program_ends(tmp_path):
    fleet = Fleet(tmp_path / "ends", (4,), config={"timeouts": {"drain": "1s"}})
    try:
        bot = fleet.bot().greeted()
        fleet.proxy.signal(signal.SIGTERM)
        fleet.proxy.wait_log("(?i)term")
        for _ in range(3):
            fleet.proxy.signal(signal.SIGHUP)
        bot.echo()
        assert bot.sock.is_closed(10)
        assert fleet.proxy.wait() == 0
    finally:
        fleet.stop()


def test_reload_during_requests_and_handshakes(tmp_path):
    """A request whose node is taken away while it answers is answered; a handshake that waits for a node gets the new
    one."""
    with Fleet(tmp_path / "during", (4,), config={"timeouts": {"backend_wait": "30s"}}) as fleet:
        asked, answer = threading.Event(), threading.Event()
        usual = fleet["a"].handler

        def slowly(conn):
            conn.head()
            asked.set()
            answer.wait(30)
            conn.send(b"HTTP/1.1 200 OK\r\nX-Node: a\r\nContent-Length: 0\r\n\r\n")
            conn.drain()

        fleet["a"].handler = slowly
        with fleet.proxy.connect() as sock:
            sock.send(request(target="/v4/info"))
            assert asked.wait(patience(10))
            _, entry = fresh_node(fleet)
            fleet.proxy.reload({"backends": [entry]})
            answer.set()
            assert sock.read_answer().header("X-Node") == "a"
        fleet["a"].handler = usual
        wait_until(lambda: fleet.backend("a") is None, 10, "a to be gone")
        fleet["b"].down()
        assert_refusal(fleet.ask(request(target="/v4/info")), 503)
        with fleet.proxy.connect() as sock:
            sock.send(websocket_request())
            wait_until(lambda: health(fleet)["connections"]["active"] >= 1, 5, "it is seen")
            _, entry = fresh_node(fleet)
            fleet.proxy.reload({"backends": [entry]})
            got = sock.read_answer()
            assert (got.status, got.header("X-Node")) == (101, "c")


def test_descriptors_and_memory_stay(tmp_path):
    with Fleet(tmp_path / "stay", (4, 4)) as fleet:
        ports = [free_port() for _ in range(3)]
        listen(fleet, fleet.proxy.port, *ports)
        listen(fleet, fleet.proxy.port)
        wait_until(lambda: not any(is_listening(p) for p in ports), 5)
        before = fleet.proxy.descriptors()
        for _ in range(5):
            listen(fleet, fleet.proxy.port, *ports)
            listen(fleet, fleet.proxy.port)
        wait_until(lambda: fleet.proxy.descriptors() <= before, 10, "as many descriptors as before")


def test_reloads_between_the_requests_of_one_connection(tmp_path):
    stage = Stage(tmp_path / "stage")
    try:
        with stage.connect() as sock:
            for _ in range(3):
                assert sock.send(request(target="/v3/x")).read_answer().status == 200
                assert sock.send(request(target="/v4/x")).read_answer().status == 200
                stage.proxy.reload()
            stage.upgrade(sock, websocket_request())
            stage.proxy.reload()
            sock.send(b"bytes")
            assert sock.read_exact(5) == b"bytes"
    finally:
        stage.stop()
