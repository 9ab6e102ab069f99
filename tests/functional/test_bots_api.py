"""/api/bots and /api/players: bots that play at a real node, in lists, one by one, as CSV; and that all sums agree."""

import csv
import io
import json
import re
import urllib.parse
from pathlib import Path

import pytest

from musician import VOICE, Musician
from support import wait_until
from test_metrics import samples

GUILDS = [817403182526365706 + i for i in range(5)]


@pytest.fixture
def concert(lavaproxy, lavanode):
    """A proxy with two bots: the first plays three songs, the second two."""
    proxy = lavaproxy(backends=[lavanode("--player-update", "1")])
    first = Musician(proxy, user="111", name="first/1.0")
    second = Musician(proxy, user="222", name="second/2.0", source="127.0.0.2")
    songs = {guild: first.play(guild) for guild in GUILDS[:3]}
    songs.update({guild: second.play(guild, "other") for guild in GUILDS[3:]})
    wait_until(lambda: sum(p["voice"]["connected"] is True for p in players(proxy)) == 5, 10, "all players")
    yield proxy, first, second, songs
    for bot in (first, second):
        bot.close()


def players(proxy, query=""):
    return proxy.get("/api/players" + query)["players"]


def bots(proxy, query=""):
    return proxy.get("/api/bots" + query)["bots"]


def test_players_say_what_is_played(concert):
    proxy, first, _, songs = concert
    found = {int(p["guildId"]): p for p in players(proxy)}
    assert set(found) == set(songs)
    for guild, song in songs.items():
        player = found[guild]
        assert (player["title"], player["author"], player["length"]) == (song["title"], song["author"], song["length"])
        assert player["playing"] and not player["paused"] and player["hasTrack"] and player["version"] == "v4"
        assert player["bot"]["userId"] == ("111" if guild in GUILDS[:3] else "222")
        assert 0 <= player["position"] < 60000
    first.player(GUILDS[0], paused=True, volume=50)
    one = wait_until(lambda: [p for p in players(proxy) if p["paused"]], 5, "the pause")[0]
    assert (one["guildId"], one["playing"], one["volume"]) == (str(GUILDS[0]), False, 50)
    first.stop(GUILDS[1])
    wait_until(lambda: str(GUILDS[1]) not in {p["guildId"] for p in players(proxy)}, 5, "the end of the second")
    text = proxy.api("/api/players").text + proxy.api("/api/bots").text + proxy.log()
    for secret in (VOICE["token"], VOICE["sessionId"], first.session):
        assert secret not in text


def test_lists_can_be_searched_sorted_and_paged(concert):
    proxy, _, second, songs = concert
    row = bots(proxy, "?q=SECOND")[0]
    assert row["userId"] == "222" and row["players"] == 2
    document = proxy.get(f"/api/players?bot={row['id']}")
    assert document["matching"] == 2 and document["totalPlayers"] == 5
    assert [p["guildId"] for p in document["players"]] == [str(g) for g in GUILDS[3:]]
    assert [p["guildId"] for p in players(proxy, f"?q={GUILDS[2]}")] == [str(GUILDS[2])]
    word = songs[GUILDS[0]]["title"].split()[0]
    assert all(word.lower() in p["title"].lower() + p["author"].lower() for p in players(proxy, "?q=" + urllib.parse.quote(word)))
    assert len(players(proxy, "?backend=b0-v4")) == 5
    assert proxy.api("/api/players?backend=none").status == 404
    assert proxy.api("/api/players?bot=x").status == 400 and proxy.api("/api/bots?sort=guild").status == 400
    seen, cursor = [], None
    while cursor != "":
        page = proxy.get("/api/players?sort=guild&order=desc&limit=2" + (f"&cursor={cursor}" if cursor else ""))
        seen += [int(p["guildId"]) for p in page["players"]]
        cursor = page["nextCursor"] or ""
    assert seen == sorted(GUILDS, reverse=True)
    assert [b["players"] for b in bots(proxy, "?sort=players")] == [3, 2]
    assert [b["name"] for b in bots(proxy, "?sort=name&order=desc")] == ["second/2.0", "first/1.0"]


def test_one_bot(concert):
    proxy, first, _, _ = concert
    row = bots(proxy, "?q=111")[0]
    one = proxy.get(f"/api/bots/{row['id']}")
    assert one["userId"] == "111" and set(one) == set(row) | {"connectionList", "playerList"}
    assert {p["guildId"] for p in one["playerList"]} == {str(g) for g in GUILDS[:3]}
    own = {c["id"] for c in proxy.connections() if c["bot"] == row["id"]}
    assert set(one["connectionList"]) == own and proxy.connection_of(first.sock)["id"] in own
    tunnel = proxy.connection_of(first.sock)
    assert (tunnel["players"], tunnel["playing"]) == (3, 3)
    assert proxy.connection_of(first.rest)["players"] is None
    assert one["flows"]["search"]["count"] == 3 and one["flows"]["ready"]["count"] == 1
    assert one["flows"]["play"]["count"] == 3 and not one["flows"]["play"]["late"]
    answer = proxy.api("/api/bots/9999")
    assert answer.status == 404 and json.loads(answer.body)["message"] == "There is no such bot."
    assert proxy.api(f"/api/bots/{row['id']}", "DELETE").status == 405


def test_docs_name_every_field(concert):
    """docs/api.md has each member of a bot and of a player in its tables, and no other."""
    proxy, *_ = concert
    text = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
    for name, row in (("bots", bots(proxy)[0]), ("players", players(proxy)[0])):
        table = re.search(rf"\| member of `{name}`.*\n\|-.*\n((?:\|.*\n)+)", text).group(1)
        told = {word for cell in re.findall(r"^\| (.*?) \|", table, re.M) for word in re.findall(r"`(\w+)`", cell)}
        assert told == set(row), told ^ set(row)


def test_as_csv(concert):
    proxy, *_ = concert

    def rows(path):
        answer = proxy.api(path)
        assert answer.header("Content-Type").startswith("text/csv")
        return list(csv.DictReader(io.StringIO(answer.text)))

    assert [(b["userId"], b["players"]) for b in rows("/api/bots?format=csv&sort=name")] == [("111", "3"), ("222", "2")]
    assert [p["guildId"] for p in rows("/api/players?format=csv&sort=guild")] == [str(g) for g in GUILDS]


def test_everything_tells_the_same(concert):
    """Lists, totals, health, connections and metrics are of one picture."""
    proxy, *_ = concert
    wait_until(lambda: sum(b["flows"]["voice"]["count"] for b in bots(proxy)) == 5, 10, "quiet")
    rows, songs, health = proxy.get("/api/bots"), proxy.get("/api/players"), proxy.get("/api/health")
    metrics = samples(proxy.api("/metrics").text)

    def measured(name, **labels):
        return sum(v for (known, told), v in metrics.items() if known == name and set(labels.items()) <= told)

    assert rows["totals"] == songs["totals"]
    usage = proxy.get("/api/data-usage")["totals"]
    for way in ("bytesIn", "bytesOut"):
        assert sum(b[way] for b in rows["bots"]) + rows["totals"]["nobody"][way] == usage[way]
    assert rows["totals"]["players"] == songs["totalPlayers"] == len(songs["players"]) == sum(b["players"] for b in rows["bots"]) == 5
    assert rows["totals"]["playing"] == sum(b["playing"] for b in rows["bots"]) == sum(p["playing"] for p in songs["players"]) == 5
    assert rows["totals"]["connected"] == len([b for b in rows["bots"] if b["state"] == "connected"]) == 2
    assert all(b["firstSeen"] <= b["connectedSince"] for b in rows["bots"])
    assert sum(b["seenPlayers"] for b in health["backendList"]) == 5
    assert sum(c["players"] or 0 for c in proxy.connections()) == 5
    assert measured("lavaproxy_players") == measured("lavaproxy_playing_players") == 5
    assert measured("lavaproxy_bots", state="connected") == 2
    assert measured("lavaproxy_track_starts_total") == sum(rows["tracks"]["starts"].values()) + rows["tracks"]["otherStarts"] == 5
    assert measured("lavaproxy_load_results_total", type="search") == rows["tracks"]["loadResults"]["search"] == 5
    assert measured("lavaproxy_flow_duration_seconds_count", leg="search", backend="b0-v4") == 5
    assert health["backendList"][0]["flows"]["search"]["count"] == 5
    assert rows["flows"]["v4"]["search"]["count"] == sum(b["flows"]["search"]["count"] for b in rows["bots"]) == 5


def test_empty_lists(lavaproxy):
    proxy = lavaproxy()
    wait_until(lambda: proxy.api("/api/bots").status == 200, 5, "the first figures")
    rows, songs = proxy.get("/api/bots"), proxy.get("/api/players?q=x&limit=3")
    assert rows["totalBots"] == 0 and rows["bots"] == []
    assert songs["players"] == [] and songs["matching"] == 0 and songs["nextCursor"] is None
    assert set(rows["flows"]) == {"v3", "v4"}
