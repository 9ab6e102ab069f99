"""What was read along reaches the books once and whole, however it came, and nothing of it that is secret."""

import base64
import gzip
import json
import threading

import pytest

from stage import Stage, masked_frame, read_request, ready_frame, switching, text_frame
from support import PASSWORD, request, wait_until, websocket_request

SESSION = "onetwothreefourf"
GUILD = "817327181659111454"
PLAYER = f"/v4/sessions/{SESSION}/players/{GUILD}"
SEARCH = "/v4/loadtracks?identifier=ytsearch%3Ax"
FOUND = b'{"loadType":"search","data":[]}'
VOICE = {"token": "very-secret-token", "endpoint": "x.discord.media", "sessionId": "very-secret-id", "channelId": "5"}


def op(**fields):
    return json.dumps(fields).encode()


def track(title):
    return {"encoded": "QAAA" + base64.b64encode(title.encode()).decode(),
            "info": {"title": title, "author": "Someone", "length": 100000, "sourceName": "youtube", "isStream": False}}


def told_player(title, **more):
    return op(guildId=GUILD, track=track(title), volume=70, paused=False,
              state={"time": 1, "position": 0, "connected": True, "ping": 20}, voice=VOICE, filters={}, **more)


def answer(body, status=200, headers=()):
    head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return (head + "".join(f"{n}: {v}\r\n" for n, v in headers)).encode() + b"\r\n" + body


class Bot:
    """A proxy before scripted nodes: `node(conn, got)` answers each request but the handshake; a bot's tunnel that said
    `ready`, and a connection for REST."""

    def __init__(self, stage, node, target="/v4/websocket"):
        self.stage = stage
        self.tunnels = []

        def run(conn):
            while True:
                got = read_request(conn)
                if got.header("Upgrade"):
                    self.tunnels.append(conn)
                    conn.send(switching(got) + ready_frame(SESSION))
                    conn.drain()
                    return
                if node(conn, got) == "close":
                    return

        stage.script(run)
        self.tunnel = stage.connect().send(websocket_request(target=target))
        assert self.tunnel.read_answer(to_head=True).status == 101
        self.tunnel.read_exact(len(ready_frame(SESSION)))
        self.rest = stage.connect()

    def ask(self, method, target, body=b"", headers=()):
        length = [("Content-Length", len(body))] if body else []
        return self.rest.send(request(method, target, [*length, *headers]) + body).read_answer()

    def says(self, **fields):
        """The node says so through the tunnel."""
        frame = text_frame(json.dumps(fields))
        self.tunnels[0].send(frame)
        assert self.tunnel.read_exact(len(frame)) == frame

    @property
    def row(self):
        rows = self.stage.proxy.api("/api/bots").json()["bots"]
        return rows[0] if rows else None

    @property
    def players(self):
        return self.stage.proxy.api("/api/players").json()["players"]

    def wait_row(self, test, what):
        return wait_until(lambda: (row := self.row) and test(row) and row, 10, what)

    def wait_player(self, test, what):
        return wait_until(lambda: next(filter(test, self.players), None), 10, what)

    def close(self):
        self.tunnel.close()
        self.rest.close()


@pytest.fixture
def stand(tmp_path):
    made = []

    def make(node, **options):
        stage = Stage(tmp_path)
        made.append(stage)
        made.append(Bot(stage, node, **options))
        return made[-1]

    yield make
    if len(made) > 1:
        made[1].close()
    if made:
        made[0].stop()


def once_dead(answers):
    """A node that ends its connection at the second request on it, without a word."""
    seen = {}

    def node(conn, got):
        seen[conn.index] = seen.get(conn.index, 0) + 1
        if seen[conn.index] == 2:
            return "close"
        return conn.send(answers(got))

    return node


def test_a_request_that_is_sent_again_is_noted_once(stand):
    bot = stand(once_dead(lambda got: answer(FOUND)))
    for _ in range(3):
        assert bot.ask("GET", SEARCH).body == FOUND

    def results():
        return bot.stage.proxy.api("/api/bots").json()["tracks"]["loadResults"]

    wait_until(lambda: results()["search"] == 3, 10, "three searches")
    row = bot.wait_row(lambda r: r["flows"]["search"]["count"] >= 3, "their times")
    assert row["flows"]["search"]["count"] == 3 and row["requests"] == 3 and row["answers"]["2xx"] == 3
    assert results()["search"] == 3 and row["errors"] == 0


def test_an_ask_counts_when_its_body_is_whole(stand):
    """A PATCH byte by byte, in chunks; its answer as slowly: play and patch are timed once each, and from the request's
    head on."""
    told = told_player("Slow and steady")

    def node(conn, got):
        conn.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(told))
        for byte in told:
            conn.send(bytes([byte]))

    bot = stand(node)
    body = op(track={"encoded": "QAAA"}, voice=VOICE)
    bot.rest.send(request("PATCH", PLAYER, [("Transfer-Encoding", "chunked")]))
    for byte in body:
        bot.rest.send(b"1\r\n" + bytes([byte]) + b"\r\n")
    answered = bot.rest.send(b"0\r\n\r\n").read_answer()
    assert answered.body == told
    bot.says(op="event", type="TrackStartEvent", guildId=GUILD, track=track("Slow and steady"))
    bot.says(op="playerUpdate", guildId=GUILD, state={"time": 1, "position": 5, "connected": True, "ping": 3})
    player = bot.wait_player(lambda p: p["title"] == "Slow and steady" and p["voice"]["ping"] == 3 and p["volume"] == 70, "it")
    assert player["guildId"] == GUILD and player["playing"]
    row = bot.wait_row(lambda r: all(r["flows"][leg]["count"] for leg in ("patch", "play", "voice")), "times")
    assert [row["flows"][leg]["count"] for leg in ("patch", "play", "voice", "ready")] == [1, 1, 1, 1]


def test_a_compressed_answer_is_timed_all_the_same(stand):
    bot = stand(lambda conn, got: conn.send(answer(gzip.compress(FOUND), 200, [("Content-Encoding", "gzip")])))
    assert gzip.decompress(bot.ask("GET", SEARCH).body) == FOUND
    row = bot.wait_row(lambda r: r["flows"]["search"]["count"] == 1, "its time")
    assert row["errors"] == 0


def test_the_time_is_that_of_the_answers_head(stand):
    """A node that is slow with its body is not slow to answer."""
    go_on = threading.Event()

    def node(conn, got):
        data = answer(b'{"data":[],"loadType":"search"}')
        conn.send(data[:-5])
        go_on.wait(20)
        conn.send(data[-5:])

    bot = stand(node)
    bot.rest.send(request("GET", SEARCH))
    assert bot.rest.read_until(b"\r\n\r\n")
    threading.Timer(1.5, go_on.set).start()
    bot.rest.read_until(b'"search"}')
    row = bot.wait_row(lambda r: r["flows"]["search"]["count"] == 1, "its time")
    assert row["flows"]["search"]["p99"] < 1400


def test_an_opaque_track_of_v3_is_remembered_by_its_title(stand):
    """Blobs of a kind that cannot be decoded are called what the search said."""
    blob = base64.b64encode(b"no track that anybody knows " * 3).decode()
    found = op(loadType="SEARCH_RESULT", playlistInfo={}, tracks=[
        {"track": blob, "info": {"title": "Opaque", "author": "Nobody", "length": 5000, "sourceName": "tape"}}])
    bot = stand(lambda conn, got: conn.send(answer(found)), target="/")
    assert bot.ask("GET", "/loadtracks?identifier=x").body == found
    bot.tunnel.send(masked_frame(op(op="play", guildId=GUILD, track=blob)))
    bot.says(op="event", type="TrackStartEvent", guildId=GUILD, track=blob)
    player = bot.wait_player(lambda p: p["title"] == "Opaque", "the title")
    assert player["version"] == "v3" and player["author"] == "Nobody" and player["source"] == "tape"


def test_a_destroyed_player_is_gone_but_not_when_it_was_refused(stand):
    status = [500]
    bot = stand(lambda conn, got: conn.send(
        answer(told_player("x")) if got.method == b"PATCH" else
        b"HTTP/1.1 %d X\r\nContent-Length: 0\r\n\r\n" % status[0]))
    bot.ask("PATCH", PLAYER, op(track={"encoded": "QAAA"}))
    bot.wait_player(lambda p: p["title"] == "x", "the player")
    assert bot.ask("DELETE", PLAYER).status == 500
    bot.wait_row(lambda r: r["answers"]["5xx"] == 1, "the refusal")
    assert bot.players
    status[0] = 200
    assert bot.ask("DELETE", PLAYER).status == 200
    wait_until(lambda: not bot.players, 10, "its end")


def test_a_node_that_is_gone_counts_as_an_answer_of_ours(stand):
    bot = stand(lambda conn, got: "close")
    assert bot.ask("GET", PLAYER).status == 502
    row = bot.wait_row(lambda r: r["errors"] == 1, "the error")
    assert row["answers"]["5xx"] == 1 and sum(row["trouble"]["serverErrors"].values()) == 1


def test_nothing_secret_is_shown(stand):
    """Voice tokens, session ids and bodies: in no list, no page, no event, no log."""
    secrets = [SESSION, VOICE["token"], VOICE["sessionId"], PASSWORD, "resume-me-by-this", "very-private"]

    def node(conn, got):
        if got.method == b"PATCH":
            conn.send(answer(told_player("Open")))
        else:
            conn.send(answer(op(status=400, message="No", trace="very-private", path=f"/v4/sessions/{SESSION}"), 400))

    bot = stand(node)
    bot.ask("PATCH", PLAYER, op(track={"encoded": "QAAA", "userData": "very-private"}, voice=VOICE))
    bot.ask("PATCH", f"/v4/sessions/{SESSION}", op(resumingKey="resume-me-by-this", resuming=True, timeout=60))
    assert bot.ask("GET", PLAYER).status == 400
    bot.wait_row(lambda r: r["errors"] == 1 and r["players"] == 1, "all of it")
    assert bot.row["session"] == "on..rf"
    shown = bot.stage.proxy.log()
    for page in ("/api/bots", "/api/bots/1", "/api/players", "/api/connections", "/api/health", "/metrics", "/bots",
                 "/bots/1", "/players", "/events", "/connections"):
        got = bot.stage.proxy.api(page)
        assert got.status == 200, page
        shown += got.text
    for secret in secrets:
        assert secret not in shown, secret
