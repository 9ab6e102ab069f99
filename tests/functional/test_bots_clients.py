"""Bots and players as real client libraries make them: what they play, where they are, what goes wrong, who is who."""

import html
import json
import re
import time

import pytest

from clients import GUILD, LIBRARIES, Library, installed
from support import patience, wait_until
from test_screen import Proxy

pytestmark = installed
NAMES = [name for name, _ in LIBRARIES]
FAILS = "https://www.youtube.com/watch?v=fail:one"
STICKS = "https://www.youtube.com/watch?v=stuck:one"
# There is a picture a second, so that what came just behind one waits for a whole one; and looking takes a moment, too.
SOON = 1.1
MINUTES = "https://www.youtube.com/watch?v=short:600000"


@pytest.fixture
def library(lavaproxy):
    """A factory of Library. It depends on the proxy's fixture so that the bots leave first."""
    made = []

    def make(name, port, **options):
        made.append(Library(name, port, **options))
        return made[-1]

    yield make
    for one in made:
        one.stop()


@pytest.fixture
def scene(lavanode, lavaproxy, tmp_path):
    """A factory of a proxy before one node of a version, with events.file; (proxy, node)."""

    def make(version, *args, **config):
        node = lavanode("--player-update", "0.3", "--seed", "7", *args, version=version)
        proxy = lavaproxy(backends=[node], config={"events": {"file": str(tmp_path / "events.jsonl")}, **config})
        return proxy, node

    return make


def bots(proxy):
    return proxy.get("/api/bots")["bots"]


def wait_bot(proxy, user, is_so, what):
    def found():
        bot = next((b for b in bots(proxy) if b["userId"] == user), None)
        return bot if bot and is_so(bot) else None

    return wait_until(found, 10, f"{what} of {user}")


def player_of(proxy, user):
    rows = proxy.get("/api/players")["players"]
    return next((p for p in rows if p["bot"]["userId"] == user and p["guildId"] == GUILD), None)


def wait_player(proxy, user, is_so, what, timeout=5):
    def found():
        player = player_of(proxy, user)
        return player if player and is_so(player) else None

    return wait_until(found, timeout, what)


def shown_on_page(proxy):
    """The words of the row of that guild on /players; "" without one."""
    page = proxy.api("/players").text
    row = re.search(rf"<tr[^>]*><th[^>]*>{GUILD}</th>.*?</tr>", page, re.S)
    return html.unescape(re.sub(r"<[^>]*>", " ", row.group())) if row else ""


def events_of(tmp_path, kind):
    lines = (tmp_path / "events.jsonl").read_text().splitlines()
    return [line for line in map(json.loads, lines) if line["event"] == kind]


@pytest.mark.parametrize("name, version", LIBRARIES, ids=NAMES)
def test_a_player_from_play_to_destroyed(name, version, library, scene):
    proxy, _ = scene(version)
    user = "501"
    bot = library(name, proxy.port).bot(userId=user)
    titles = bot.search(identifier="ytsearch:some song")["titles"]
    bot.search(identifier=MINUTES)
    bot.join()
    assert player_of(proxy, user) is None or not player_of(proxy, user)["hasTrack"]

    title = bot.play()
    started = time.monotonic()
    player = wait_player(proxy, user, lambda p: p["title"] == title, "the title", timeout=SOON)
    wait_until(lambda: title in shown_on_page(proxy), SOON, "the title on the page")
    assert time.monotonic() - started < patience(SOON)
    assert (player["playing"], player["paused"], player["length"]) == (True, False, 600000)
    assert player["version"] == f"v{version}"
    row = wait_bot(proxy, user, lambda b: (b["players"], b["playing"]) == (1, 1), "one player")
    assert player["bot"] == {"id": row["id"], "name": row["name"], "userId": user}
    player = wait_player(proxy, user, lambda p: p["voice"]["connected"], "the voice")
    assert player["voice"]["ping"] == 23
    first = wait_player(proxy, user, lambda p: p["position"] > 0, "it to move")
    wait_player(proxy, user, lambda p: p["position"] > first["position"] + 500, "it to move on")

    bot.pause()
    paused = wait_player(proxy, user, lambda p: p["paused"], "the pause")
    assert not paused["playing"] and paused["hasTrack"]
    # What the node says while paused repeats one position; two of its updates later that one still stands.
    stands = wait_stands(proxy, user)
    wait_bot(proxy, user, lambda b: (b["players"], b["playing"]) == (1, 0), "no sound")
    assert "paused" in shown_on_page(proxy)

    bot.seek(position=300000)
    jumped = wait_player(proxy, user, lambda p: p["position"] >= 300000, "the jump")
    assert jumped["position"] - stands["position"] > 200000 and jumped["position"] < 310000

    bot.unpause()
    wait_player(proxy, user, lambda p: p["playing"] and p["position"] > 300000, "it to play on")

    bot.search(identifier="ytsearch:some song")
    assert bot.play() == titles[0]
    wait_player(proxy, user, lambda p: p["title"] == titles[0] and p["position"] < 60000, "the other title")

    bot.stop()
    wait_player(proxy, user, lambda p: not p["hasTrack"] and p["title"] is None, "no track")
    bot.destroy()
    wait_until(lambda: player_of(proxy, user) is None, 5, "it to be gone")
    assert shown_on_page(proxy) == ""
    wait_bot(proxy, user, lambda b: (b["players"], b["playing"]) == (0, 0), "no player")


def ascii_one(titles):
    """The place of a title that is as wide as it is long, whatever counts columns."""
    return next(i for i, title in enumerate(titles) if title.isascii())


@pytest.mark.parametrize("name, version", LIBRARIES, ids=NAMES)
def test_a_player_on_the_screen(name, version, library, lavanode, tmp_path):
    node = lavanode("--player-update", "0.3", "--seed", "7", version=version)
    proxy = Proxy(tmp_path, [node], rows=30, cols=160, group="")
    try:
        proxy.wait_for(r"no bots at present", 20)
        bot = library(name, proxy.port).bot(userId="507")
        proxy.wait_for(r"\+ 1c ")
        proxy.send(b"5")
        proxy.wait_for(r"\[5 Players 0\]")
        titles = bot.search(identifier="ytsearch:some song")["titles"]
        bot.join()
        title = bot.play(index=ascii_one(titles))
        proxy.wait_for(rf"{GUILD} +[^\n]* play +{re.escape(title)} ", SOON)
        assert "1 of 1 playing" in proxy.text()
        bot.pause()
        proxy.wait_for(rf"{GUILD} +[^\n]* pause +{re.escape(title)} ")
        bot.stop()
        proxy.wait_gone(re.escape(title))
        bot.destroy()
        proxy.wait_gone(GUILD)
    finally:
        proxy.stop()


def wait_stands(proxy, user):
    """The player once its position is the same in two answers with an update of the node's between them."""
    seen = []

    def stands():
        player = player_of(proxy, user)
        if not seen or player["updatedAt"] != seen[-1]["updatedAt"]:
            seen.append(player)
        return seen[-1] if len(seen) > 2 and seen[-1]["position"] == seen[-2]["position"] else None

    return wait_until(stands, 8, "the position to stand")


@pytest.mark.parametrize("name, version", LIBRARIES, ids=NAMES)
def test_what_fails_and_what_gets_stuck(name, version, library, scene, tmp_path):
    proxy, _ = scene(version)
    user = "502"
    bot = library(name, proxy.port).bot(userId=user)
    bot.search(identifier=FAILS)
    bot.join()
    failed = bot.play()
    assert bot.event(type="TrackExceptionEvent")["severity"].lower() == "common"
    bot.search(identifier=STICKS)
    stuck = bot.play()
    bot.event(type="TrackStuckEvent")
    row = wait_bot(proxy, user, lambda b: b["trouble"]["stuck"] == 1, "the trouble")
    assert row["trouble"]["exceptions"] == {"common": 1, "suspicious": 0, "fault": 0}
    assert [(line["kind"], line["text"]) for line in row["trouble"]["last"]] == [
        ("stuck", f"for 10000 ms (guild {GUILD})"),
        ("exception", f"common: This video is unavailable (guild {GUILD})"),
    ]
    page = html.unescape(proxy.api(f"/bots/{row['id']}").text)
    assert "This video is unavailable" in page and "for 10000 ms" in page

    line, = wait_until(lambda: events_of(tmp_path, "track.stuck"), 5, "its line")
    assert (line["guild"], line["thresholdMs"]) == (GUILD, 10000)
    line, = events_of(tmp_path, "track.exception")
    assert (line["guild"], line["severity"], line["message"]) == (GUILD, "common", "This video is unavailable")
    assert [line["track"]["title"] for line in events_of(tmp_path, "track.start")] == [failed, stuck]
    assert "loadfailed" in [line["reason"].lower().replace("_", "") for line in events_of(tmp_path, "track.end")]


@pytest.mark.parametrize("name, version", [pair for pair in LIBRARIES if pair[0] != "erela"], ids=NAMES[:3])
def test_a_killed_bot_that_resumes_keeps_its_row(name, version, library, scene):
    proxy, _ = scene(version)
    user = "503"
    bot = library(name, proxy.port).bot(userId=user, resume=True)
    bot.search(identifier=MINUTES)
    bot.join()
    title = bot.play()
    before = wait_bot(proxy, user, lambda b: b["playing"] == 1 and b["resuming"], "it to play")
    tunnel, = [c for c in proxy.connections() if c["bot"] == before["id"] and c["kind"] == "websocket"]
    assert proxy.api(f"/api/connections/{tunnel['id']}", "DELETE").status == 200
    bot.closed()
    assert bot.ready(times=2) == {"session": bot.session, "resumed": True}
    after = wait_bot(proxy, user, lambda b: b["resumed"] == 1 and b["sockets"] == 1, "it to be back")
    assert (after["id"], after["reconnects"], after["handshakes"]) == (before["id"], 1, 2)
    assert after["bytesIn"] > before["bytesIn"] and after["resuming"] is True
    assert len([b for b in bots(proxy) if b["userId"] == user]) == 1
    wait_player(proxy, user, lambda p: p["title"] == title and p["playing"], "it to play on")


@pytest.mark.parametrize("name, version", LIBRARIES, ids=NAMES)
def test_two_bots_on_one_ip_stay_apart(name, version, library, scene):
    """Each has its own player and its own bytes, and all bots together have every byte there is."""
    proxy, _ = scene(version)
    users = ("504", "505")
    made = [library(name, proxy.port).bot(userId=user) for user in users]
    # Both are known, or what comes from there is taken for the first one's.
    for user in users:
        wait_bot(proxy, user, lambda b: b["sockets"] == 1, "its socket")
    for bot, searches in zip(made, (1, 4)):
        bot.search(identifier=f"ytsearch:song of {bot.name}")
        bot.join()
        for number in range(searches):
            bot.search(identifier=f"ytsearch:more {number}")
    titles = [bot.play() for bot in made]
    for user, title in zip(users, titles):
        wait_player(proxy, user, lambda p, title=title: p["title"] == title, title)
    for bot in made:
        bot.pause()
    # A picture in which nothing moved since the one before: all parts of it are of one moment.
    pages = wait_until(lambda: quiet(proxy), 20, "a moment of silence")
    rows = {b["userId"]: b for b in pages["bots"]}
    for user in users:
        own = [c for c in pages["connections"] if c["bot"] == rows[user]["id"]]
        assert len(own) >= 2, "a WebSocket and REST"
        assert all(c["clientAddress"].startswith("127.0.0.1:") for c in own)
        assert rows[user]["requests"] > 0
        for way in ("bytesIn", "bytesOut"):
            assert rows[user][way] >= sum(c[way] for c in own)
    # A search of v3 names no session, so that it may be of either: it is nobody's.
    whole = sum(b["bytesIn"] for b in pages["bots"]), sum(b["bytesOut"] for b in pages["bots"])
    totals = pages["totals"]["bytesIn"], pages["totals"]["bytesOut"]
    if version == 4:
        assert whole == totals
        # The first search of each came before its connection named a session; none counts for the other bot.
        searches = [rows[user]["flows"]["search"]["count"] for user in users]
        assert searches[0] in (1, 2) and searches[1] in (4, 5), searches
    else:
        assert whole[0] < totals[0] and whole[1] < totals[1]


def quiet(proxy):
    """Bots, connections and totals of one snapshot: asked for between two equal looks at the bots."""
    before = proxy.get("/api/bots")["bots"]
    found = {"connections": proxy.connections(), "totals": proxy.get("/api/data-usage")["totals"], "bots": proxy.get("/api/bots")["bots"]}
    same = [(b["id"], b["bytesIn"], b["bytesOut"]) for b in before] == [
        (b["id"], b["bytesIn"], b["bytesOut"]) for b in found["bots"]]
    return found if same else None


def test_one_bot_on_two_ips_is_one_row(library, scene):
    proxy, _ = scene(4)
    user = "506"
    homes = ("127.0.0.2", "127.0.0.3")
    made = [library("shoukaku-4", proxy.port, env={"LOCAL_ADDRESS": home}).bot(userId=user) for home in homes]
    for bot in made:
        bot.search(identifier=MINUTES)
        bot.join()
        bot.play()
    row = wait_bot(proxy, user, lambda b: b["sockets"] == 2 and b["playing"] >= 1, "both sockets")
    assert sorted(row["ips"]) == sorted(homes) and row["totalIps"] == 2
    assert len(bots(proxy)) == 1
    own = [c for c in proxy.connections() if c["bot"] == row["id"]]
    assert {c["clientAddress"].rsplit(":", 1)[0] for c in own} == set(homes)
