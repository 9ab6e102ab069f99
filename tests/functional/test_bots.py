"""Bots: connections grouped by whom they belong to, what goes wrong with them, and what is said of it in plain words."""

import json
import re

import pytest

from fleet import Fleet, read_op
from stage import Stage, is_websocket, read_request, ready_frame, switching, text_frame
from support import exchange, ok, request, wait_until, websocket_request

GUILD = "817403182526365706"


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    with Fleet(tmp_path_factory.mktemp("bots"), (4, 4), config={"proxy": {"workers": 2}}) as made:
        yield made


@pytest.fixture
def fleet(shared):
    shared.reset()
    yield shared


@pytest.fixture
def stage(tmp_path):
    made = Stage(tmp_path)
    yield made
    made.stop()


def bot_of(proxy, user):
    """The row of /api/bots; None without one."""
    return next((b for b in proxy.get("/api/bots")["bots"] if b["userId"] == user), None)


def wait_bot(proxy, user, is_so, what):
    def found():
        bot = bot_of(proxy, user)
        return bot if bot and is_so(bot) else None

    return wait_until(found, 10, what)


def test_two_bots_on_one_ip_stay_apart(fleet):
    """Each has its own REST connections, found by the session in their paths, to the byte."""
    bots = [fleet.bot(user=f"10{i}", headers=[("Client-Name", "twin/1.0")]).greeted() for i in range(2)]
    socks = []
    for bot, calls in zip(bots, (3, 5)):
        socks.append(fleet.proxy.connect())
        for _ in range(calls):
            answer = socks[-1].send(request(target=f"/v4/sessions/{bot.session}/players")).read_answer()
            assert answer.status == 200
    for bot, calls in zip(bots, (3, 5)):
        row = wait_bot(fleet.proxy, bot.user, lambda b: b["requests"] == calls, f"{calls} requests of {bot.user}")
        assert (row["sockets"], row["connections"], row["library"]) == (1, 2, "twin/1.0")
        assert row["answers"]["2xx"] == calls and row["answers"]["1xx"] == 0
        own = [c for c in fleet.proxy.connections() if c["bot"] == row["id"]]
        assert len(own) == 2
        assert row["bytesIn"] == sum(c["bytesIn"] for c in own)
        assert row["bytesOut"] == sum(c["bytesOut"] for c in own)
    for sock in socks:
        sock.close()


def test_a_connection_that_bots_share_is_told_apart(fleet):
    """aiohttp: what it carries for each bot is that bot's; what it carried for none goes to the first."""
    bots = [fleet.bot(user=f"20{i}").greeted() for i in range(2)]
    before = [wait_bot(fleet.proxy, b.user, lambda r: r["bytesIn"] > 0 and r["session"], b.user) for b in bots]
    moved = [0, 0]
    with fleet.proxy.connect() as sock:
        head = request(target="/v4/info")
        assert sock.send(head).read_answer().status == 200
        moved[0] += len(head)
        for turn in (0, 1, 1, 0, 1):
            head = request(target=f"/v4/sessions/{bots[turn].session}/players?{turn}")
            assert sock.send(head).read_answer().status == 200
            moved[turn] += len(head)
        for bot, row, size in zip(bots, before, moved):
            wait_bot(fleet.proxy, bot.user, lambda b: b["bytesIn"] == row["bytesIn"] + size, f"{size} more of {bot.user}")


def test_one_bot_on_two_ips_is_one_row(fleet):
    fleet.bot(user="300", headers=[("Client-Name", "roamer")]).greeted()
    wait_bot(fleet.proxy, "300", lambda b: b["sockets"] == 1, "the older one")
    head = websocket_request(user_id="300", headers=[("Client-Name", "roamer 2")])
    with fleet.proxy.connect(source="127.0.0.2") as sock:
        assert sock.send(head).read_answer().status == 101
        row = wait_bot(fleet.proxy, "300", lambda b: b["sockets"] == 2, "both sockets")
        assert row["name"] == "roamer 2"
        assert row["ips"] == ["127.0.0.2", "127.0.0.1"]
        assert (row["totalIps"], row["reconnects"], row["resumed"]) == (2, 1, 0)
    wait_bot(fleet.proxy, "300", lambda b: b["sockets"] == 1, "one socket")


def test_rest_without_a_session_counts_by_ip(fleet):
    """Searches name no session: they are of the only bot there is at that address."""
    head = websocket_request(user_id="400")
    with fleet.proxy.connect(source="127.0.0.9") as sock, fleet.proxy.connect(source="127.0.0.9") as rest:
        assert sock.send(head).read_answer().status == 101
        for _ in range(4):
            assert rest.send(request(target="/v4/loadtracks?identifier=x")).read_answer().status == 200
        wait_bot(fleet.proxy, "400", lambda b: b["requests"] == 4 and b["connections"] == 2, "its searches")


def test_a_bot_that_is_killed_and_resumes_keeps_its_row(fleet):
    bot = fleet.bot(user="500").greeted()
    bot.call("PATCH", "", b'{"resuming":true,"timeout":60}')
    row = wait_bot(fleet.proxy, "500", lambda b: b["resuming"] is True, "resuming on")
    assert row["resumeTimeout"] == 60
    conn = fleet.proxy.connection_of(bot.sock)
    assert fleet.proxy.api(f"/api/connections/{conn['id']}", "DELETE").status == 200
    gone = wait_bot(fleet.proxy, "500", lambda b: b["state"] == "gone", "it to be gone")
    assert gone["id"] == row["id"] and gone["goneSince"]
    again = fleet.bot(user="500", headers=[("Session-Id", bot.session)]).greeted()
    assert again.resumed
    back = wait_bot(fleet.proxy, "500", lambda b: b["sockets"] == 1, "it to be back")
    assert (back["id"], back["reconnects"], back["resumed"]) == (row["id"], 1, 1)
    assert back["resuming"] is True and back["goneSince"] is None
    assert fleet.proxy.log().count("(user 500) is here") == 1


def speak(conn, frames=b"", ready=True):
    """A node that takes a WebSocket, says `frames` and then listens."""
    got = read_request(conn)
    if not is_websocket(got):
        return conn.send(ok(b"{}"))
    conn.send(switching(got))
    conn.send((ready_frame("0123456789abcdef") if ready else b"") + frames)
    return conn.drain()


def event(kind, **fields):
    return text_frame(json.dumps({"op": "event", "type": kind, "guildId": GUILD, **fields}))


def test_what_goes_wrong_is_counted_and_kept(stage):
    exception = {"message": "This video is not available", "severity": "common", "cause": "x"}
    frames = event("TrackExceptionEvent", track={}, exception=exception) * 2
    frames += event("TrackExceptionEvent", track={}, exception={"message": None, "severity": "fault", "cause": "x"})
    frames += event("TrackStuckEvent", track={}, thresholdMs=10000)
    frames += event("WebSocketClosedEvent", code=4006, reason="Session is no longer valid.", byRemote=True)
    stage.script(lambda conn: speak(conn, frames))
    with stage.connect() as sock:
        stage.upgrade(sock, websocket_request(user_id="7"))
        trouble = wait_bot(stage.proxy, "7", lambda b: b["trouble"]["voiceClosed"] == 1, "the trouble")["trouble"]
        assert trouble["exceptions"] == {"common": 2, "suspicious": 0, "fault": 1}
        assert (trouble["stuck"], trouble["voiceCodes"]) == (1, [{"code": 4006, "count": 1}])
        assert [(line["kind"], line["times"], line["text"]) for line in trouble["last"]] == [
            ("voice", 1, f"4006: Session is no longer valid. (guild {GUILD})"),
            ("stuck", 1, f"for 10000 ms (guild {GUILD})"),
            ("exception", 1, f"fault (guild {GUILD})"),
            ("exception", 2, f"common: This video is not available (guild {GUILD})"),
        ]


def starve(conn):
    stats = {"op": "stats", "players": 1, "playingPlayers": 1, "uptime": 1,
             "memory": {"free": 1, "used": 1, "allocated": 1, "reservable": 1},
             "cpu": {"cores": 2, "systemLoad": 0.97, "lavalinkLoad": 0.5},
             "frameStats": {"sent": 2880, "nulled": 0, "deficit": 120}}
    speak(conn, text_frame(json.dumps(stats)) * 3)


def refuse(status):
    body = json.dumps({"timestamp": 1, "status": status, "error": "x", "message": "no", "path": "/"}).encode()
    return f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def shake(stage, handler, count=2, **options):
    """So many handshakes, one after the other, each ended by the client."""
    stage.script(handler)
    for _ in range(count):
        with stage.connect() as sock:
            sock.send(websocket_request(headers=[("Client-Name", "Melody")], **options)).read_answer()


def patch(stage, handler, target, body):
    """Twice the same PATCH, of a bot with the session 0123456789abcdef."""
    stage.script(speak)
    with stage.connect() as sock:
        stage.upgrade(sock, websocket_request(headers=[("Client-Name", "Melody")], user_id="7"))
        read_op(sock, "ready")
        stage.script(handler)
        for _ in range(2):
            exchange(stage.port, request("PATCH", target, body=body))


def answer_all(answer):
    def serve(conn):
        while True:
            read_request(conn)
            conn.send(answer)

    return serve


SESSION = "/v4/sessions/0123456789abcdef"
FINDINGS = {
    "wrong-password": (
        lambda stage: [exchange(stage.port, request(password="x")) for _ in range(6)],
        r"127\.0\.0\.1 tries a wrong password again and again"),
    "v3-on-v4": (lambda stage: shake(stage, answer_all(ok(b"{}")), user_id="7"),
                 r"bot Melody is a v3 client on a v4 node \(200 to its upgrade\)"),
    "no-user-id": (lambda stage: shake(stage, answer_all(refuse(400)), user_id=None),
                   r"bot Melody connects without a User-Id"),
    "timeout-in-ms": (
        lambda stage: patch(stage, answer_all(ok(b'{"resuming":true,"timeout":60000}')), SESSION,
                            b'{"resuming":true,"timeout":60000}'),
        r"bot Melody asks for a resume timeout of more than an hour"),
    "reconnect-storm": (lambda stage: shake(stage, speak, count=11, user_id="7"),
                        r"bot Melody reconnects again and again without resuming"),
    "no-channel-id": (
        lambda stage: patch(stage, answer_all(refuse(400)), f"{SESSION}/players/{GUILD}",
                            b'{"voice":{"token":"t0ken","endpoint":"e","sessionId":"s"}}'),
        r"bot Melody sends voice updates without channelId"),
    "starved": (lambda stage: shake(stage, starve, user_id="7"),
                r"bot Melody hears gaps: backend \S+ misses audio frames "
                r"\(deficit 120 of 3000 a minute at 97 % CPU\)"),
}


@pytest.mark.parametrize("name", FINDINGS)
def test_a_finding_is_told_once_and_counted(stage, name):
    happen, line = FINDINGS[name]
    happen(stage)
    stage.proxy.wait_log(line)
    if name != "wrong-password":
        def counted():
            # The log may tell of the bot before there is a picture with it.
            bots = stage.proxy.get("/api/bots")["bots"]
            found = {d["name"]: d["count"] for bot in bots for d in bot["diagnosis"]}
            return set(found) == {name} and found[name] >= 2

        wait_until(counted, 10, f"{name} to be counted")
    log = stage.proxy.log()
    assert len(re.findall(line, log)) == 1
    assert "t0ken" not in log and "0123456789abcdef" not in log
