"""What is said in plain words of set-ups that real client libraries are found in: each once for a bot, then counted."""

import json
import re

import pytest

from clients import Library, installed
from support import BACKEND_PASSWORD, PASSWORD, exchange, request, wait_until

pytestmark = installed
USER = "701"
STARVED = {"op": "stats", "players": 1, "playingPlayers": 1, "uptime": 1,
           "memory": {"free": 1, "used": 1, "allocated": 1, "reservable": 1},
           "cpu": {"cores": 2, "systemLoad": 0.97, "lavalinkLoad": 0.5},
           "frameStats": {"sent": 2400, "nulled": 0, "deficit": 600}}


@pytest.fixture
def stage(lavanode, lavaproxy):
    """A factory: a proxy before a node of a version, and a library; (proxy, node, library)."""
    made = []

    def make(name, version, *args, password=PASSWORD, env=None):
        node = lavanode(*args, version=version)
        proxy = lavaproxy(backends=[node])
        made.append(Library(name, proxy.port, password=password, env=env))
        return proxy, node, made[-1]

    yield make
    for one in made:
        one.stop()


def found(proxy, name):
    """How often that was found, over all bots."""
    return sum(d["count"] for b in proxy.get("/api/bots")["bots"] for d in b["diagnosis"] if d["name"] == name)


def wait_told(proxy, name, line, least=2):
    """It is counted `least` times, but said once; nothing else is found."""
    wait_until(lambda: found(proxy, name) >= least, 15, f"{least} times {name}")
    bots = proxy.get("/api/bots")["bots"]
    assert {d["name"] for b in bots for d in b["diagnosis"]} == {name}
    proxy.wait_log(line)
    said = [text for text in proxy.log().splitlines() if re.search(line, text)]
    assert len(said) == 1 and " WARN " in said[0], proxy.log()


def tell_all(node, message):
    """The node sends this to every bot."""
    body = json.dumps(message).encode()
    assert exchange(node.port, request("POST", "/test/event", body=body, password=BACKEND_PASSWORD)).status == 204


def test_a_v3_client_on_a_v4_node(stage):
    proxy, _, library = stage("shoukaku-3", 4)
    bot = library.begin(userId=USER)
    bot.errors()
    wait_told(proxy, "v3-on-v4", r"is a v3 client on a v4 node \(200 to its upgrade\)")


def test_no_user_id(stage):
    proxy, _, library = stage("shoukaku-4", 4)
    library.begin(userId="0")  # what Lavalink 4 takes for none
    wait_told(proxy, "no-user-id", "connects without a User-Id")


@pytest.mark.parametrize("name, version", [("shoukaku-4", 4), ("lavalink-client", 4), ("shoukaku-3", 3)])
def test_a_timeout_in_milliseconds(name, version, stage):
    proxy, node, library = stage(name, version)
    bot = library.bot(userId=USER, resume=True, timeout=60000)
    wait_until(lambda: found(proxy, "timeout-in-ms") == 1, 10, "the first time")
    # With its next session it says so again.
    exchange(node.port, request("POST", "/test/drop", password=BACKEND_PASSWORD))
    bot.closed()
    bot.ready(times=2)
    wait_told(proxy, "timeout-in-ms", "asks for a resume timeout of more than an hour")


def test_reconnecting_again_and_again(stage):
    proxy, node, library = stage("shoukaku-4", 4)
    bot = library.bot(userId=USER)
    for times in range(2, 14):
        exchange(node.port, request("POST", "/test/drop", password=BACKEND_PASSWORD))
        bot.ready(times=times)
    wait_told(proxy, "reconnect-storm", "reconnects again and again without resuming")


def test_no_channel_id(stage):
    proxy, _, library = stage("shoukaku-4", 4, "--needs-channel", env={"OMIT_CHANNEL": "1"})
    bot = library.bot(userId=USER)
    for _ in range(2):
        bot.try_to_join()
    wait_told(proxy, "no-channel-id", "sends voice updates without channelId")


@pytest.mark.parametrize("name, version", [("shoukaku-4", 4), ("erela", 3)])
def test_a_wrong_password_again_and_again(name, version, stage):
    proxy, _, library = stage(name, version, password="wrong")
    library.begin(userId=USER)
    line = "127.0.0.1 tries a wrong password again and again"
    proxy.wait_log(line, 20)
    counted = wait_until(lambda: guessed(proxy), 10, "the count")
    wait_until(lambda: guessed(proxy) > counted + 5, 20, "more of them")
    assert proxy.log().count(line) == 1


def guessed(proxy):
    line = re.search(r'^lavaproxy_diagnoses_total\{\w+="wrong-password"\} (\d+)', proxy.api("/metrics").text, re.M)
    return int(line.group(1)) if line else 0


def test_a_starved_node(stage):
    proxy, node, library = stage("shoukaku-4", 4)
    library.bot(userId=USER)
    for deficit in (0, 29, 600, 900):
        tell_all(node, {**STARVED, "frameStats": {"sent": 3000 - deficit, "nulled": 0, "deficit": deficit}})
    wait_told(proxy, "starved", r"hears gaps: backend b0-v4 misses audio frames \(deficit 600 of 3000 a minute at 97 % CPU\)")
    bot, = proxy.get("/api/bots")["bots"]
    assert bot["trouble"]["framesDeficit"] == 1529
