"""Blocking a bot by its User-Id: only its handshakes are refused, whatever address they come from."""

import json
import urllib.parse

import pytest

from stage import Stage, assert_refusal
from support import SWITCHING, RawSocket, request, wait_until, websocket_request

ONE, TWO = "880012345678901234", "990012345678901234"


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    made = Stage(tmp_path_factory.mktemp("block-user"), config={"proxy": {"workers": 3}, "limits": {"allow": ["127.0.0.1"]}})
    yield made
    made.stop()


@pytest.fixture
def stage(shared):
    shared.reset()
    for row in blocked(shared):
        name = "userId" if "userId" in row else "ip"
        assert post(shared, "unblock", **{name: row[name]}).status == 200
    left = [row["id"] for row in shared.proxy.connections()]
    if left:
        post(shared, "kill", ids=",".join(left))
    wait_connections(shared, 0)
    yield shared


def blocked(stage):
    return stage.proxy.get("/api/blocked")["blocked"]


def post(stage, what, method="POST", **fields):
    return stage.proxy.api(f"/api/{what}?" + urllib.parse.urlencode(fields, encoding="utf-8", errors="surrogateescape"), method)


def bot(stage, user_id, **options):
    sock = stage.connect(**options)
    stage.upgrade(sock, websocket_request(user_id=user_id))
    return sock


def knock(stage, user_id, **options):
    """The answer to a handshake that is refused."""
    with stage.connect(**options) as sock:
        return sock.send(websocket_request(user_id=user_id)).read_answer()


def echoes(sock, text=b"still here"):
    return sock.send(text).read_exact(len(text)) == text


def wait_connections(stage, count):
    wait_until(lambda: len(stage.proxy.connections()) == count, 5, f"{count} connections")


def test_of_two_bots_on_one_ip_one_is_blocked(stage):
    """Allowed addresses count, too: a bot that is blocked by hand is meant wherever it comes from."""
    other = bot(stage, TWO)
    socks = [bot(stage, ONE), bot(stage, ONE, source="127.0.0.7"), bot(stage, ONE)]
    wait_connections(stage, 4)
    mark = len(stage.proxy.lines)
    told = post(stage, "block", userId=ONE, **{"for": "10m"})
    assert told.status == 200 and told.json() == {"userId": ONE, "blocked": True, "seconds": 600}
    stage.proxy.wait_log(f"bot {ONE} blocked by hand for 10m, 3 connections ended", after=mark)
    for sock in socks:
        assert sock.is_closed()
    answer = knock(stage, ONE)
    assert_refusal(answer, 403, "/v4/websocket")
    left = int(answer.header("Retry-After"))
    assert 590 <= left <= 600 and answer.json()["message"] == f"This bot (User-Id) is blocked for another {left} s."
    assert knock(stage, ONE, source="127.0.0.99").status == 403
    # Neither the other bot nor anybody's requests are touched.
    assert echoes(other)
    assert stage.ask(request(target="/v4/info")).status == 200
    assert stage.ask(request(target="/v4/info", headers=[("User-Id", ONE)])).status == 200
    bot(stage, TWO).close()
    # A wrong password is a wrong password first.
    with stage.connect() as sock:
        assert sock.send(websocket_request(user_id=ONE, password="guess")).read_answer().status == 401
    assert post(stage, "unblock", userId=ONE).json() == {"userId": ONE, "blocked": False}
    bot(stage, ONE).close()
    other.close()


def test_the_list_the_page_and_the_events(stage):
    one, two = "551234", "661234"  # of no other test: a bot's refusals make at most one line in 10 s
    mark = len(stage.proxy.lines)
    assert post(stage, "block", userId=one, **{"for": "1h"}).status == 200
    assert post(stage, "block", userId=two, **{"for": "good"}).json()["seconds"] is None
    assert post(stage, "block", ip="127.0.0.50", **{"for": "2h"}).status == 200
    good, address, hour = blocked(stage)
    assert good == {"userId": two, "until": None, "seconds": None, "reason": "by hand"}
    assert address["ip"] == "127.0.0.50" and "userId" not in address
    assert hour["userId"] == one and "ip" not in hour and 3590 <= hour["seconds"] <= 3600
    page = stage.proxy.api("/blocked").text
    assert f"bot {two}</th><td>by hand</td><td>for good</td>" in page
    assert f'name="userId" value="{one}"' in page and 'name="ip" value="127.0.0.50"' in page
    found = stage.proxy.api(f"/blocked?q={one[:5]}").text
    assert f"bot {one}</th>" in found and f"bot {two}</th>" not in found
    answer = knock(stage, two)
    assert answer.status == 403 and answer.header("Retry-After") is None
    assert answer.json()["message"] == "This bot (User-Id) is blocked."
    for _ in range(3):
        assert knock(stage, one).status == 403
    stage.proxy.wait_log(f"bot blocked: {two}, answered 403", after=mark)
    stage.proxy.wait_log(f"bot blocked: {one}, answered 403", after=mark)
    # By the form of the page, and taken back by it.
    form = urllib.parse.urlencode({"userId": "42", "for": "24h", "back": "/blocked"}).encode()
    answer = stage.proxy.api("/api/block", "POST", body=form)
    assert answer.status == 303 and "42" in [row.get("userId") for row in blocked(stage)]
    assert stage.proxy.api("/api/unblock", "POST", body=urllib.parse.urlencode({"userId": "42", "back": "/blocked"}).encode()).status == 303
    assert "42" not in [row.get("userId") for row in blocked(stage)]
    assert post(stage, "block", "DELETE", userId=one).json() == {"userId": one, "blocked": False}
    answer = post(stage, "unblock", userId=one)
    assert answer.status == 404 and answer.json()["message"] == "This bot is not blocked."


def test_refusals_count_for_the_address(stage):
    def refused():
        return {row["ip"]: row["refused"] for row in stage.proxy.get("/api/blocked")["refusals"]}.get("127.0.0.33", 0)

    assert post(stage, "block", userId=ONE).status == 200
    before = refused()
    for _ in range(3):
        assert knock(stage, ONE, source="127.0.0.33").status == 403
    wait_until(lambda: refused() == before + 3, 5, "the refusals")
    assert stage.proxy.api("/metrics").text.count('kind="blocked"') >= 1


def test_a_block_runs_out(stage):
    assert post(stage, "block", userId=ONE, **{"for": "1s"}).status == 200
    assert knock(stage, ONE).status == 403
    wait_until(lambda: knock(stage, ONE).status == 101, 5, "the end of the block")
    wait_until(lambda: not blocked(stage), 5, "an empty list")
    # A block of one that is blocked counts from now.
    assert post(stage, "block", userId=ONE, **{"for": "1h"}).status == 200
    assert post(stage, "block", userId=ONE, **{"for": "1m"}).status == 200
    assert [row["seconds"] in range(50, 61) for row in blocked(stage)] == [True]


def test_kill_with_and_without_a_block(stage):
    other = bot(stage, TWO)
    socks = [bot(stage, ONE) for _ in range(2)]
    wait_connections(stage, 3)
    mark = len(stage.proxy.lines)
    told = post(stage, "kill", userId=ONE, mode="close").json()
    assert (told["ended"], told["blocked"]) == (2, 0) and "asked" not in told
    assert told["message"] == f"2 connections of bot {ONE} closed by hand"
    for sock in socks:
        assert sock.read_until(b"\x88\x17\x03\xe9ended by the operator")
        sock.close()
    wait_connections(stage, 1)
    answer = post(stage, "kill", userId=ONE)
    assert answer.status == 404 and answer.json()["message"] == "This bot has no connection."
    socks = [bot(stage, ONE), bot(stage, "+0" + ONE)]
    wait_connections(stage, 3)
    told = post(stage, "kill", userId=ONE, block="90s").json()
    assert (told["ended"], told["blocked"]) == (2, 1)
    stage.proxy.wait_log(f"2 connections of bot {ONE} killed by hand; it is blocked for 1m", after=mark)
    for sock in socks:
        assert sock.is_closed()
    assert knock(stage, ONE).status == 403 and knock(stage, "00" + ONE).status == 403
    assert echoes(other)
    other.close()


def test_kill_takes_other_connections_of_the_bot_along(stage):
    """What the bot has besides its WebSocket has no User-Id of its own; who knows it says so."""
    sock, rest, stranger = bot(stage, ONE), stage.connect(), stage.connect()
    for kept in (rest, stranger):
        assert kept.send(request(target="/v4/info")).read_answer().status == 200
    number = stage.proxy.connection_of(rest)["id"]
    told = post(stage, "kill", userId=ONE, ids=number).json()
    assert told["ended"] == 2 and told["asked"] == 1
    assert sock.is_closed() and rest.is_closed()
    assert stranger.send(request(target="/v4/info")).read_answer().status == 200
    stranger.close()


def test_a_handshake_that_waits_for_a_backend_ends_too(lavaproxy, scripted):
    """Blocked between its head and its backend."""
    backend = scripted(lambda conn: conn.drain())
    proxy = lavaproxy(backends=[backend])
    sock = proxy.connect().send(websocket_request(user_id=ONE))
    wait_until(lambda: [c for c in proxy.connections() if c["userId"] == ONE], 5, "the handshake")
    assert proxy.api(f"/api/block?userId={ONE}", "POST").status == 200
    assert sock.is_closed()


def test_other_programs_hear_of_it(lavaproxy, scripted, tmp_path):
    path = tmp_path / "events.jsonl"
    proxy = lavaproxy(backends=[scripted(lambda conn: (conn.head(), conn.send(SWITCHING), conn.drain()))], config={"events": {"file": str(path)}})
    sock = proxy.connect().send(websocket_request(user_id=ONE))
    assert sock.read_answer(to_head=True).status == 101
    wait_until(proxy.connections, 5, "its row")
    for what in (f"kill?userId={ONE}&mode=close&block=10m", f"unblock?userId={ONE}", f"block?userId={ONE}&for=good"):
        assert proxy.api("/api/" + what, "POST").status == 200
        wait_until(lambda: not proxy.connections(), 5, "its end, so that the next order ends nothing")

    def told(event):
        lines = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
        return [{key: row[key] for key in row if key not in ("time", "event")} for row in lines if row["event"] == event]

    wait_until(lambda: len(told("block")) == 2, 5, "the events")
    assert told("block") == [{"ip": None, "userId": ONE, "seconds": seconds, "byHand": True} for seconds in (600, None)]
    assert told("unblock") == [{"ip": None, "userId": ONE}]
    assert told("kill") == [{"connection": None, "ip": None, "userId": ONE, "ended": 1, "blocked": 1, "mode": "close"}]


def test_a_reload_keeps_the_list(stage):
    assert post(stage, "block", userId=ONE).status == 200
    stage.proxy.reload({"limits": {"block": "5m"}})
    assert knock(stage, ONE).status == 403
    assert [row["userId"] for row in blocked(stage)] == [ONE]


HOSTILE = [b"<script>alert(1)</script>", b"\"'><img src=x>", b"caf\xe9", b"\xff" * 64, "\u202eevil".encode(), b"a b  c", b"%s%n%00",
           b"x" * 64, b"x" * 3000, "\u4e2d".encode() * 40]


@pytest.mark.parametrize("raw", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_user_ids(stage, raw):
    """Whatever is shown as a bot's id can be blocked, killed and unblocked by what is shown."""
    sock, other = bot(stage, raw), bot(stage, ONE)
    wait_connections(stage, 2)
    shown = stage.proxy.connection_of(sock)["userId"]
    told = post(stage, "block", userId=shown)
    assert told.status == 200 and told.json()["userId"] == shown
    assert sock.is_closed()
    assert knock(stage, raw).status == 403
    page = stage.proxy.api("/blocked").text
    assert "<script>alert" not in page and "<img" not in page and "\u202e" not in page
    assert [row["userId"] for row in blocked(stage)] == [shown]
    assert echoes(other)
    assert post(stage, "unblock", userId=shown).status == 200
    sock = bot(stage, raw)
    wait_connections(stage, 2)
    assert post(stage, "kill", userId=shown).json()["ended"] == 1
    assert sock.is_closed()
    other.close()


@pytest.mark.parametrize("query", [
    "", "userId=", "userId=%20", "userId=%zz", "userId=1%00", "userId=1%0d%0a", f"userId={'a' * 73}", "userId=1&ip=127.0.0.9",
    "userId=1&for=soon", "userId=1&for=0"])
def test_bad_queries(stage, query):
    assert stage.proxy.api(f"/api/block?{query}", "POST").status == 400
    assert not blocked(stage)


@pytest.mark.parametrize("query", ["userId=", "userId=1&ip=127.0.0.9", "userId=1&mode=softly", "userId=1&block=soon", "userId=1&ids=x"])
def test_bad_kills(stage, query):
    assert stage.proxy.api(f"/api/kill?{query}", "POST").status == 400


def test_no_user_id_is_nobody(stage):
    """Who gives none cannot be meant, and is not refused."""
    assert post(stage, "block", userId=ONE).status == 200
    for user_id in (None, "", "0"):
        bot(stage, user_id).close()


def test_a_full_list_says_so(stage):
    room = 1024
    with RawSocket(stage.proxy.web_port) as web:
        for i in range(room):
            web.send(f"POST /api/block?userId=7{i:04}&for=1h HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            assert web.read_answer().status == 200
        assert stage.proxy.get("/api/blocked")["total"] == room and len(blocked(stage)) == 256
        answer = post(stage, "block", userId=ONE)
        assert answer.status == 409 and answer.json()["message"] == f"bot {ONE} not blocked: there is no room for more blocks"
        sock = bot(stage, ONE)
        told = post(stage, "kill", userId=ONE, block="10m").json()
        assert told["ended"] == 1 and told["blocked"] == 0 and told["message"].endswith("; it is not blocked: no room for more")
        assert sock.is_closed()
        assert knock(stage, "70000").status == 403
        for i in range(room):
            web.send(f"POST /api/unblock?userId=7{i:04} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            assert web.read_answer().status == 200
    assert not blocked(stage)
    assert json.loads(stage.proxy.api("/api/blocked").body)["total"] == 0
