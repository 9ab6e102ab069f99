"""What passes becomes words of the books: each about the request it belongs to, told once, and without anything secret."""

import json
import threading

import pytest

from fleet import read_op
from stage import Stage, is_websocket, masked_frame, read_request, ready_frame, switching, text_frame
from support import ok, request, wait_until, websocket_request

GUILD = "817403182526365706"
SESSION = "k7w0q2m5x9c1v3b8"
PLAYER = f"/v4/sessions/{SESSION}/players/{GUILD}"


@pytest.fixture
def stage(tmp_path):
    made = Stage(tmp_path, config={"timeouts": {"header": "1s"}})
    yield made
    made.stop()


def answer(code, **fields):
    body = json.dumps(fields).encode()
    return f"HTTP/1.1 {code} X\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def node(say):
    """A node that greets every WebSocket as SESSION, and answers requests with what `say` makes of them."""

    def serve(conn):
        while True:
            got = read_request(conn)
            if is_websocket(got):
                conn.send(switching(got))
                conn.send(ready_frame(SESSION))
                return conn.drain()
            conn.send(say(got))

    return serve


def bot_of(stage, user="7"):
    return next((b for b in stage.proxy.get("/api/bots")["bots"] if b["userId"] == user), None)


def open_bot(stage, user="7"):
    sock = stage.connect()
    stage.upgrade(sock, websocket_request(user_id=user))
    read_op(sock, "ready")
    # Known before anything else is said of it: what comes first of two workers' is another matter.
    wait_until(lambda: (bot_of(stage, user) or {}).get("session"), 10, "the bot")
    return sock


def wait_lines(stage, wanted, user="7"):
    """Waits until these are the last troubles of the bot: [(text, times)], the newest first."""

    def lines():
        bot = bot_of(stage, user)
        return [(line["text"], line["times"]) for line in bot["trouble"]["last"]] if bot else None

    wait_until(lambda: lines() == wanted, 10, f"{wanted}")


def test_half_a_head_is_no_word_about_the_request_before(stage):
    stage.script(node(lambda got: ok(b"{}") if got.method == b"PATCH" else answer(404, message="no")))
    with open_bot(stage), stage.connect() as rest:
        assert rest.send(request("PATCH", PLAYER, body=b'{"volume":5}')).read_answer().status == 200
        assert rest.send(b"GET /v4/in").read_answer().status == 408
        stage.ask(request(target=f"/v4/sessions/{SESSION}/x"))
        wait_lines(stage, [("404 other: no", 1)])


def test_half_a_head_is_no_word_about_the_handshake_before(stage):
    stage.script(node(lambda got: ok(b"{}")))
    with open_bot(stage):

        def refuse(conn):
            while True:
                conn.send(answer(404, message="no") if is_websocket(read_request(conn)) else answer(500, message="marker"))

        stage.script(refuse)
        with stage.connect() as again:
            assert again.send(websocket_request(user_id="7")).read_answer().status == 404
            assert again.send(b"GET /v4/in").read_answer().status == 408
        assert stage.ask(request(target=f"/v4/sessions/{SESSION}/x")).status == 500
        wait_lines(stage, [("500 other: marker", 1), ("404 upgrade", 1)])


def test_a_handshake_without_user_id_is_not_that_of_the_one_before(stage):
    """On one connection: who said his name once has not said it for the next."""
    stage.script(node(lambda got: ok(b"{}")))
    with open_bot(stage):
        def refuse(conn):
            while True:
                read_request(conn)
                conn.send(answer(400, message="no"))

        stage.script(refuse)
        with stage.connect() as again:
            for user in ("7", None, None):
                assert again.send(websocket_request(user_id=user, client_name=None)).read_answer().status == 400
        wait_until(lambda: bot_of(stage, None) is not None, 10, "a bot without a User-Id")
        assert [d["name"] for d in bot_of(stage)["diagnosis"]] == []
        wait_lines(stage, [("400 upgrade", 1)])


@pytest.mark.parametrize("key", ["k" * 65, "a\\/b"], ids=["long", "escaped"])
def test_a_resume_key_that_is_not_followed_is_one(stage, key):
    """The bot can resume, though not by what we know of its key."""
    stage.script(node(lambda got: ok(b"{}")))
    with stage.connect() as sock:
        stage.upgrade(sock, websocket_request("/", user_id="7"))
        read_op(sock, "ready")
        sock.send(masked_frame(b'{"op":"configureResuming","key":"%s","timeout":90}' % key.encode()))
        wait_until(lambda: (bot_of(stage) or {}).get("resumeTimeout") == 90, 10, "the timeout")
        assert bot_of(stage)["resuming"] is True
        sock.send(masked_frame(b'{"op":"configureResuming","key":null,"timeout":91}'))
        wait_until(lambda: bot_of(stage)["resumeTimeout"] == 91, 10, "the next one")
        assert bot_of(stage)["resuming"] is False


def started(title):
    track = {"encoded": "QAAA", "info": {"title": title, "author": "a", "length": 9000, "sourceName": "youtube"}}
    return text_frame(json.dumps({"op": "event", "type": "TrackStartEvent", "guildId": GUILD, "track": track}))


@pytest.mark.parametrize("asked,plays", [("noReplace=True", 0), ("trace=true&noReplace=1", 0), ("noReplace=False", 1), ("x=noReplace=true", 1)])
def test_what_keeps_what_plays(stage, asked, plays):
    """What is told not to replace has not begun to play when the next track starts by itself."""
    nodes = []

    def serve(conn):
        nodes.append(conn)
        node(lambda got: answer(200, guildId=GUILD))(conn)

    stage.script(serve)
    with open_bot(stage):
        nodes[0].send(started("first"))
        wait_until(lambda: [p["title"] for p in stage.proxy.get("/api/players")["players"]] == ["first"], 10, "the first")
        change = request("PATCH", f"{PLAYER}?{asked}", body=b'{"track":{"encoded":"QAAB"}}')
        assert stage.ask(change).status == 200
        wait_until(lambda: bot_of(stage)["flows"]["patch"]["count"] == 1, 10, "the answer")
        nodes[0].send(started("second"))
        wait_until(lambda: [p["title"] for p in stage.proxy.get("/api/players")["players"]] == ["second"], 10, "the second")
        assert bot_of(stage)["flows"]["play"]["count"] == plays


# What nodes say of a body they do not understand: they show it.
TOKEN, VOICE_SESSION = "66d29164ee8cd919", "30f32c5d54ae86130fc4a215c7474263"
TELLING = [
    ("JSON", "Could not read JSON\nJSON input: {\"voice\":{\"token\":\"" + TOKEN + "\",\"sess", "Could not read JSON"),
    ("cut", "bad: JSON input: {\"token\":\"abc\",\"endpoint\":\"eu.discord\"", "bad:"),
    ("value", f"Unrecognized token '{TOKEN}': was expecting", "Unrecognized token '..': was expecting"),
    ("session", f"Session {SESSION} not found", "Session .. not found"),
    ("voice session", VOICE_SESSION, ".."),
    ("long", "\u3042" * 40, "\u3042" * 21),
    ("path", f"No handler for {PLAYER}", f"No handler for /v4/sessions/../players/{GUILD}"),
]


@pytest.mark.parametrize("name,message,shown", TELLING, ids=[row[0].replace(" ", "-") for row in TELLING])
def test_a_node_that_shows_secrets(stage, name, message, shown):
    body = json.dumps({"voice": {"token": TOKEN, "endpoint": "e", "sessionId": VOICE_SESSION, "channelId": "1"}}).encode()
    stage.script(node(lambda got: answer(400, timestamp=1, status=400, error="Bad Request", message=message, path=PLAYER)))
    with open_bot(stage):
        assert stage.ask(request("PATCH", PLAYER, body=body)).json()["message"] == message
        wait_lines(stage, [(f"400 player.patch: {shown} (guild {GUILD})", 1)])
    pages = "".join(stage.proxy.api(page).text for page in ("/bots", "/api/bots", f"/bots/{bot_of(stage)['id']}", "/metrics"))
    for secret in (TOKEN, SESSION, VOICE_SESSION, "endpoint"):
        assert secret not in pages and secret not in stage.proxy.log()


# However requests and answers come, each is told once: what the client sends, what the node does with each request, and
# how many searches and changes of a player that went well it came to.
SEARCH = request(target="/v4/loadtracks?identifier=x")
CHANGE = request("PATCH", PLAYER, body=b'{"volume":5}')
SLOW_CHANGE = request("PATCH", PLAYER, [("Content-Length", 12), ("Expect", "100-continue")])
FOUND = b'{"loadType":"search","data":[]}'
KEPT = answer(200, loadType="search", data=[])
INTERIM = b"HTTP/1.1 100 Continue\r\n\r\n" + b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"".join(b"1\r\n%c\r\n" % c for c in FOUND) + b"0\r\n\r\n"
ENDLESS = b"HTTP/1.1 200 OK\r\n\r\n" + FOUND
DIES = None
WAYS = [
    ("pipelined", SEARCH * 3 + CHANGE * 2 + SEARCH, [KEPT] * 6, [200] * 6, 4, 2),
    ("interim", SEARCH + CHANGE, [INTERIM + KEPT] * 2, None, 1, 1),
    ("chunks", SEARCH + SEARCH, [CHUNKED] * 2, [200] * 2, 2, 0),
    ("until closed", SEARCH, [ENDLESS, DIES], [200], 1, 0),
    ("empty", SEARCH + CHANGE, [b"HTTP/1.1 204 No Content\r\n\r\n"] * 2, [204] * 2, 1, 1),
    ("no change", SEARCH, [b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n"], [304], 0, 0),
    ("a head only", request("HEAD", "/v4/loadtracks?identifier=x") + SEARCH,
     [b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", KEPT], None, 1, 0),
    ("sent again", SEARCH + SEARCH, [KEPT, DIES, KEPT], [200] * 2, 2, 0),
    ("not sent again", SEARCH + CHANGE, [KEPT, DIES], [200, 502], 1, 0),
    ("in vain", SEARCH, [DIES, DIES], [502], 0, 0),
    ("cut off", SEARCH, [b"HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n" + FOUND, DIES], None, 1, 0),
    ("beyond its end", SEARCH, [KEPT + b"x"], [502], 0, 0),
]


@pytest.mark.parametrize("name,sent,does,got,searches,changes", WAYS, ids=[row[0].replace(" ", "-") for row in WAYS])
def test_each_is_told_once(stage, name, sent, does, got, searches, changes):
    left = [answer(200), *does]

    def serve(conn):
        while True:
            read_request(conn)
            step = left.pop(0) if left else answer(500, message="marker")
            if step is DIES:
                return
            conn.send(step)
            if step not in (KEPT, answer(200)) and left and left[0] is DIES:
                del left[0]
                return

    stage.script(node(lambda _: None))
    with open_bot(stage), stage.connect() as rest:
        stage.script(serve)
        # A session first, so that the connection is the bot's from its beginning.
        assert rest.send(request(target=f"/v4/sessions/{SESSION}/players")).read_answer().status == 200
        rest.send(sent)
        if got is None:
            rest.half_close()
            rest.read_to_end()
        else:
            assert [rest.read_answer().status for _ in got] == got
        assert stage.ask(request(target=f"/v4/sessions/{SESSION}/x")).json()["message"] == "marker"

        def told():
            bot = bot_of(stage)
            lines = {line["text"]: line["times"] for line in bot["trouble"]["last"]} if bot else {}
            if lines.pop("500 other: marker", 0) == 0 or bot["requests"] < len(does) + 1 - does.count(DIES):
                return None
            return bot["flows"]["search"]["count"], bot["flows"]["patch"]["count"], sum(lines.values())

        wrong = sum(status >= 400 for status in got) if got else 0
        wait_until(lambda: told() == (searches, changes, wrong), 10, f"{searches}, {changes}, {wrong}")


def test_a_body_that_is_not_waited_for(stage):
    """The node answers before it has all of it, and the client is told that it may stop."""

    def serve(conn):
        conn.head()
        conn.send(answer(400, message="too early"))
        conn.drain()

    stage.script(node(lambda _: None))
    with open_bot(stage), stage.connect() as rest:
        stage.script(serve)
        assert rest.send(SLOW_CHANGE + b'{"volume"').read_answer().status == 400
        wait_lines(stage, [(f"400 player.patch: too early (guild {GUILD})", 1)])
        assert not stage.proxy.get("/api/players")["players"]


def test_a_node_that_says_too_much_hides_nobody(tmp_path):
    """More events than the books can be told of in time; another bot of the same worker comes, and is known by its session."""
    stage = Stage(tmp_path, config={"proxy": {"workers": 1}, "log": {"level": "info"}})
    stuck = text_frame('{"op":"event","type":"TrackStuckEvent","guildId":"1","thresholdMs":1,"track":{}}') * 2000
    enough = threading.Event()

    def serve(conn):
        got = read_request(conn)
        conn.send(switching(got))
        conn.send(ready_frame(SESSION))
        while got.header("User-Id") == b"8" and not enough.is_set():
            conn.send(stuck)
        conn.drain()

    def dropped():
        text = stage.proxy.api("/metrics").text
        return int(next(line for line in text.splitlines() if line.startswith("lavaproxy_notes_dropped_total ")).split()[1])

    try:
        stage.script(serve)
        with stage.connect() as loud:
            stage.upgrade(loud, websocket_request(user_id="8"))
            reader = threading.Thread(target=lambda: all(iter(lambda: loud.sock.recv(1 << 20), b"")), daemon=True)
            reader.start()
            wait_until(dropped, 20, "more than can be told")
            before = dropped()
            with open_bot(stage), open_bot(stage, "9"):
                wait_until(lambda: dropped() > before, 20, "still more")
            enough.set()
            loud.half_close()
            reader.join(20)
    finally:
        enough.set()
        stage.stop()
