"""The way of a music bot from search to the end of a track, leg by leg: a real client library before nodes that take known times
(searching, answering, connecting the voice, starting), and what is told of each leg."""

import html
import json
import re

import pytest

from clients import LIBRARIES, Library, installed
from support import BACKEND_PASSWORD, exchange, patience, request, wait_until

pytestmark = installed
# Seconds that a node takes, and the lower end of the grade that figures are interpolated in.
TIMES = {"search": (0.120, 0.100), "patch": (0.055, 0.050), "voice": (0.220, 0.200), "play": (0.320, 0.300), "ready": (0.015, 0.010)}
OPTIONS = ["--search-time", "120ms", "--patch-time", "55ms", "--voice-time", "220ms", "--start-time", "320ms"]
SHORT = "https://www.youtube.com/watch?v=short:400"
FAILS = "https://www.youtube.com/watch?v=fail:one"
METRIC = re.compile(r'^lavaproxy_flow_duration_seconds_(sum|count)\{leg="(\w+)",backend="b0-v\d",protocol="(v\d)"\} (\S+)$', re.M)


@pytest.fixture(params=LIBRARIES, ids=[name for name, _ in LIBRARIES])
def scene(request, lavanode, lavaproxy, tmp_path):  # pylint: disable=redefined-outer-name
    """(library, version, proxy, node), and a bot that is connected: the last of them."""
    name, version = request.param
    node = lavanode("--player-update", "0.3", *OPTIONS, version=version)
    proxy = lavaproxy(backends=[node], config={"events": {"file": str(tmp_path / "events.jsonl")}})
    library = Library(name, proxy.port)
    yield version, proxy, node, library.bot(userId="601")
    library.stop()


def counted(node):
    """How many requests of each kind came to the node: what the legs are counted by."""
    log = exchange(node.port, request(target="/test/log", password=BACKEND_PASSWORD)).json()["log"]
    lines = [f"{line['method']} {line['target']}" for line in log]
    return {"search": sum("loadtracks" in line for line in lines),
            "patch": sum(line.startswith("PATCH") and "/players/" in line for line in lines)}


def the_bot(proxy):
    """Its row, once there is one, and the flows of all."""
    bots = wait_until(lambda: b if (b := proxy.get("/api/bots"))["bots"] else None, 5, "the bot")
    return next(b for b in bots["bots"] if b["userId"] == "601"), bots["flows"]


def metrics(proxy):
    """{leg: (count, sum)} of the histograms."""
    found = {}
    for what, leg, _, value in METRIC.findall(proxy.api("/metrics").text):
        found.setdefault(leg, {})[what] = float(value)
    return {leg: (int(of["count"]), of["sum"]) for leg, of in found.items()}


def tracks_told(tmp_path):
    """What events.file says of tracks, in its order."""
    lines = map(json.loads, (tmp_path / "events.jsonl").read_text().splitlines())
    return [line["event"] for line in lines if line["event"].startswith("track.")]


def walk(bot):
    """Search, voice, play, an exception, the next one, its end."""
    bot.search(identifier="ytsearch:anything")
    bot.ask_to_join()
    bot.play()
    bot.search(identifier=FAILS)
    bot.play()
    bot.event(type="TrackExceptionEvent")
    bot.search(identifier=SHORT)
    bot.play()
    while bot.event(type="TrackEndEvent")["reason"].lower() != "finished":
        pass


def test_the_way_of_a_track_leg_by_leg(scene, tmp_path):
    version, proxy, node, bot = scene
    walk(bot)
    requests = counted(node)
    walked = {"search": 3, "patch": requests["patch"], "voice": 1, "play": 3, "ready": 1}
    assert requests["search"] == 3 and (requests["patch"] > 3 if version == 4 else requests["patch"] == 0)

    def told():
        flows = the_bot(proxy)[0]["flows"]
        found.update({leg: flows[leg]["count"] for leg in flows})
        return flows if found == walked else None

    found = {}
    try:
        flows = wait_until(told, 5, f"the legs {walked}")
    except AssertionError:
        assert found == walked
        raise
    for leg, (takes, grade) in TIMES.items():
        figures = flows[leg]
        if walked[leg] == 0:
            assert figures["p50"] is None
            continue
        assert grade * 1000 <= figures["p50"] <= figures["p95"] <= figures["p99"], leg
        assert figures["p50"] <= (takes + patience(0.5)) * 1000, leg
        assert figures["late"] is False, leg
    assert {leg: flows[leg]["target"] for leg in flows} == {
        "search": 1000, "patch": None, "play": 2000, "voice": None, "ready": None}
    # The same for the version and, in metrics, for the backend; their sums are exact.
    ours, other = (f"v{version}", f"v{7 - version}")
    of_versions = the_bot(proxy)[1]
    assert {leg: of_versions[ours][leg]["count"] for leg in walked} == walked
    assert all(of_versions[other][leg]["count"] == 0 for leg in walked)
    for leg, (count, total) in metrics(proxy).items():
        assert count == walked[leg]
        # A clock of the node's loop may be a moment behind.
        assert TIMES[leg][0] - 0.003 <= total / count <= TIMES[leg][0] + patience(0.5), leg
    assert set(metrics(proxy)) == {leg for leg, count in walked.items() if count}

    row, _ = the_bot(proxy)
    assert row["trouble"]["exceptions"] == {"common": 1, "suspicious": 0, "fault": 0}
    wait_until(lambda: tracks_told(tmp_path)[-1:] == ["track.end"] and len(tracks_told(tmp_path)) == 7, 5, "the last line")
    assert tracks_told(tmp_path) == ["track.start", "track.end", "track.start", "track.exception", "track.end", "track.start", "track.end"]


def test_a_search_over_its_target_is_marked(scene):
    _, proxy, _, bot = scene
    bot.search(identifier="ytsearch:quick")
    wait_until(lambda: the_bot(proxy)[0]["flows"]["search"]["count"] == 1, 5, "the quick one")
    assert the_bot(proxy)[0]["flows"]["search"]["late"] is False
    page = f"/bots/{the_bot(proxy)[0]['id']}"
    assert "missed!" not in legs_on(proxy, page)

    bot.search(identifier="delay:1200:ytsearch:slow")
    wait_until(lambda: the_bot(proxy)[0]["flows"]["search"]["count"] == 2, 5, "the slow one")
    figures = the_bot(proxy)[0]["flows"]["search"]
    assert figures["late"] is True and figures["p99"] > 1000
    assert "missed!" in legs_on(proxy, page)


def legs_on(proxy, path):
    """The words of the line about searches."""
    row = re.search(r"<tr[^>]*><th[^>]*>Search, .*?</tr>", proxy.api(path).text, re.S)
    return html.unescape(re.sub(r"<[^>]*>", " ", row.group()))
