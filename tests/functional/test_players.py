"""Players as the proxy sees them: what a guild plays, where, since when, and that it leaves when it is over. The node
(lavanode) and the proxy are the real programs; the bot is a socket here, so that it can be v3 of any age."""

import http.client
import json
import time

import pytest

from fleet import read_op
from stage import masked_frame
from support import patience, request, wait_until, websocket_request

GUILD = "817403182526365706"
VOICE = {"token": "voicetoken1", "endpoint": "eu.discord.media", "sessionId": "voicesession1"}


class Caller:
    """One bot: its WebSocket, and REST connections of its own."""

    def __init__(self, proxy, version=4, user="77001", headers=()):
        self.proxy = proxy
        self.version = version
        self.sock = proxy.connect()
        self.sock.send(websocket_request(f"/v{version}/websocket", headers, user_id=user))
        assert self.sock.read_answer().status == 101
        ready = read_op(self.sock, "ready")
        self.session, self.resumed = ready["sessionId"], ready["resumed"]

    def call(self, method, rest, body=None, status=200):
        data = b"" if body is None else json.dumps(body).encode()
        headers = [("Content-Type", "application/json")] if data else []
        answer = self.proxy.exchange(request(method, f"/v{self.version}{rest}", headers, data))
        assert answer.status == status, answer
        return answer

    def search(self, words):
        found = self.call("GET", f"/loadtracks?identifier=ytsearch:{words}").json()
        return (found["data"] if self.version == 4 else found["tracks"])[0]

    def change(self, body, guild=GUILD, status=200):
        return self.call("PATCH", f"/sessions/{self.session}/players/{guild}", body, status)

    def play(self, encoded, **more):
        return self.change({"track": {"encoded": encoded}, **more} if self.version == 4 else
                           {"encodedTrack": encoded, **more})

    def event(self, kind):
        while True:
            message = read_op(self.sock, "event")
            if message["type"] == kind:
                return message

    def op(self, **fields):
        self.sock.send(masked_frame(json.dumps(fields).encode()))


def players(proxy):
    return proxy.get("/api/players")["players"]


def wait_player(proxy, is_so, what, guild=GUILD):
    def found():
        row = next((p for p in players(proxy) if p["guildId"] == guild), None)
        return row if row and is_so(row) else None

    return wait_until(found, 5, what)


def wait_none(proxy, what):
    wait_until(lambda: not players(proxy), 5, what)


@pytest.fixture(params=[4, 3], ids=["v4", "v3"])
def stand(request, lavanode, lavaproxy):
    node = lavanode("--player-update", "1", "--seed", "7", version=request.param)
    return lavaproxy(backends=[node], config={"proxy": {"workers": 2}}), request.param


def test_a_guild_from_voice_to_destroyed(stand):
    proxy, version = stand
    bot = Caller(proxy, version)
    track = bot.search("a+song")
    bot.change({"voice": dict(VOICE, **({"channelId": "5"} if version == 4 else {}))})
    bot.play(track["encoded"])
    assert bot.event("TrackStartEvent")["guildId"] == GUILD
    row = wait_player(proxy, lambda p: p["playing"], "it to play")
    assert (row["title"], row["author"]) == (track["info"]["title"], track["info"]["author"])
    assert row["length"] == track["info"]["length"] and row["version"] == f"v{version}"
    assert row["bot"]["userId"] == "77001" and row["startedAt"]
    first = row["position"]
    row = wait_player(proxy, lambda p: p["position"] > first and p["voice"]["connected"], "it to move on, connected")

    bot.change({"paused": True})
    row = wait_player(proxy, lambda p: p["paused"], "the pause")
    bot.change({"position": 60000, "volume": 42})
    row = wait_player(proxy, lambda p: p["volume"] == 42, "the volume")
    assert not row["playing"] and row["position"] == 60000
    bot.change({"paused": False})
    row = wait_player(proxy, lambda p: p["position"] > 60000 and p["playing"], "it to play on")
    assert row["position"] < 70000

    other = bot.search("other+song")
    bot.play(other["encoded"])
    wait_player(proxy, lambda p: p["title"] == other["info"]["title"], "the next track")
    bot.change({"track": {"encoded": None}} if version == 4 else {"encodedTrack": None})
    row = wait_player(proxy, lambda p: not p["hasTrack"], "it to stop")
    assert not row["playing"] and not row["title"]

    bot.call("DELETE", f"/sessions/{bot.session}/players/{GUILD}", status=204)
    wait_none(proxy, "it to be destroyed")
    log = proxy.log()
    assert VOICE["token"] not in log and bot.session not in log


def beat(proxy):
    """Waits for the picture that a second ends with."""
    client = http.client.HTTPConnection("127.0.0.1", proxy.web_port, timeout=patience(20))
    client.request("GET", "/api/stream")
    stream = client.getresponse()
    for _ in range(2):  # the first one comes at once
        while not stream.readline().startswith(b"data:"):
            pass
    client.close()


def test_what_begins_is_shown_before_the_second_ends(stand):
    proxy, version = stand
    bot = Caller(proxy, version)
    encoded = bot.search("a+song")["encoded"]
    wait_until(lambda: any(b["session"] for b in proxy.get("/api/bots")["bots"]), 5, "the bot")
    took = []
    for guild in map(str, range(1, 6)):  # once is enough, on a machine that is busy
        beat(proxy)
        begun = time.monotonic()
        bot.change({"track": {"encoded": encoded}} if version == 4 else {"encodedTrack": encoded}, guild)
        wait_player(proxy, lambda p: p["title"], "the title", guild)
        took.append(time.monotonic() - begun)
        if took[-1] < 0.7:
            return
    raise AssertionError(f"seconds until the title is there: {took}")


def test_ops_of_v3(lavanode, lavaproxy):
    """Before 3.7 all is told by the socket; the blob itself names the track."""
    proxy = lavaproxy(backends=[lavanode("--player-update", "1", version=3)])
    bot = Caller(proxy, 3)
    track = bot.search("a+song")
    bot.op(op="voiceUpdate", guildId=GUILD, sessionId="v", event={"token": "t1", "endpoint": "e", "guild_id": GUILD})
    bot.op(op="play", guildId=GUILD, track=track["encoded"], startTime="30000")
    row = wait_player(proxy, lambda p: p["playing"] and p["position"] >= 30000, "it to play from there")
    assert row["title"] == track["info"]["title"]
    bot.op(op="pause", guildId=GUILD, pause=True)
    wait_player(proxy, lambda p: p["paused"], "the pause")
    bot.op(op="play", guildId=GUILD, track=bot.search("kept+out")["encoded"], noReplace=True)
    other = bot.search("other")
    bot.op(op="play", guildId=GUILD, track=other["encoded"])
    wait_player(proxy, lambda p: p["title"] == other["info"]["title"] and p["playing"], "the next one, not paused")
    bot.op(op="volume", guildId=GUILD, volume=15)
    wait_player(proxy, lambda p: p["volume"] == 15, "the volume")
    bot.op(op="stop", guildId=GUILD)
    wait_player(proxy, lambda p: not p["hasTrack"], "it to stop")
    bot.op(op="destroy", guildId=GUILD)
    wait_none(proxy, "it to be destroyed")


def test_a_session_that_is_lost_takes_its_players_along(stand):
    proxy, version = stand
    bot = Caller(proxy, version)
    bot.play(bot.search("x")["encoded"])
    wait_player(proxy, lambda p: p["playing"], "it to play")
    bot.sock.reset()
    wait_none(proxy, "it to leave with its session")


def test_a_session_that_is_resumed_keeps_them(lavanode, lavaproxy):
    proxy = lavaproxy(backends=[lavanode("--player-update", "1")], config={"proxy": {"workers": 2}})
    bot = Caller(proxy)
    bot.call("PATCH", f"/sessions/{bot.session}", {"resuming": True, "timeout": 60})
    bot.play(bot.search("x")["encoded"])
    before = wait_player(proxy, lambda p: p["playing"], "it to play")
    bot.sock.reset()
    wait_until(lambda: proxy.get("/api/bots")["bots"][0]["state"] == "gone", 5, "the bot to be gone")
    assert players(proxy)[0]["title"] == before["title"]
    again = Caller(proxy, headers=[("Session-Id", bot.session)])
    assert again.resumed
    after = wait_player(proxy, lambda p: p["position"] > before["position"], "it to be told of again")
    assert (after["title"], after["since"], after["startedAt"]) == (before["title"], before["since"], before["startedAt"])

    # A bot that comes back without its session has lost it.
    again.sock.reset()
    fresh = Caller(proxy)
    assert not fresh.resumed
    wait_none(proxy, "the old session's to leave")


def test_what_is_refused_is_no_player(lavanode, lavaproxy):
    proxy = lavaproxy(backends=[lavanode()])
    bot = Caller(proxy)
    bot.change({"volume": 5000}, status=400)
    bot.change({"track": {"encoded": "no blob"}}, guild="5", status=500)
    bot.change({"volume": 50}, guild="6")
    wait_player(proxy, lambda p: p["volume"] == 50, "the one that is", guild="6")
    assert [p["guildId"] for p in players(proxy)] == ["6"]
