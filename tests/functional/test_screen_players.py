"""Players on the screen: what a bot plays at a real node appears, moves, pauses and leaves; the demo's do, too."""

import csv
import http.client
import json
import re

import pytest

from musician import Musician
from support import RawSocket, wait_until
from test_screen import Proxy

GUILD = "810011220033445566"


class Stage(Proxy):
    """The screen, for a Musician."""

    def connect(self, **options):
        return RawSocket(self.port, **options)

    def get(self, target):
        client = http.client.HTTPConnection("127.0.0.1", self.web_port, timeout=20)
        try:
            client.request("GET", target)
            response = client.getresponse()
            assert response.status == 200
            return json.loads(response.read())
        finally:
            client.close()


@pytest.fixture
def playing(tmp_path, lavanode):
    node = lavanode("--player-update", "1")
    proxy = Stage(tmp_path, [node], group="", rows=42, cols=140)
    try:
        proxy.wait_for("BOT +STATE", 20)
        bot = Musician(proxy, name="tunes/1.2")
        song = bot.play(GUILD)
        yield proxy, bot, song
        bot.close()
    finally:
        proxy.stop()


def row(proxy):
    return proxy.wait_for(rf"[ >]{GUILD} [^\n]*").group()


def position(proxy):
    """Seconds into the track; None where the row does not say."""
    found = re.search(r" (\d+):(\d\d)/\d", row(proxy))
    return int(found[1]) * 60 + int(found[2]) if found else None


def test_a_player_from_play_to_stop(playing):
    proxy, bot, song = playing
    proxy.send(b"5")
    title = re.escape(song["title"][:20])
    proxy.wait_for(rf"{GUILD} +tunes/1\.2 +b0-v4 +play +{title}")
    proxy.wait_for(r"1/1 playing")
    proxy.wait_for(r"times (search p95|play p95|patch p95|voice p95)")
    # It moves between what the node tells of it, and stands still while paused.
    first = wait_until(lambda: position(proxy) is not None and (position(proxy) + 1), 10, "a position")
    wait_until(lambda: (position(proxy) or 0) > first, 10, "the position to move")
    bot.player(GUILD, paused=True)
    proxy.wait_for(rf"{GUILD} [^\n]* pause ")
    proxy.wait_for(r"0/1 playing")
    bot.player(GUILD, position=60000)
    proxy.wait_for(rf"{GUILD} [^\n]* pause [^\n]* 1:00/")
    clock = proxy.wait_for(r"\d\d:\d\d:\d\d\n").group()
    wait_until(lambda: clock not in proxy.text(), 5, "another second")
    assert position(proxy) == 60
    bot.player(GUILD, volume=55, paused=False)
    proxy.wait_for(rf"{GUILD} [^\n]* play [^\n]* 55 ")
    bot.stop(GUILD)
    proxy.wait_gone(GUILD)
    proxy.wait_for("no players seen so far")
    # The same key gives the window back.
    proxy.send(b"5")
    proxy.wait_for("IPs by rate")


def test_the_connection_of_a_player(playing):
    proxy, *_ = playing
    proxy.send(b"t")
    socket = proxy.wait_for(r"\n[ >] *(\d+) v4 WS +127\.0\.0\.1 +tunes/1\.2 [^\n]* 1 +\d+ ")  # its player, its requests
    proxy.send(b"\\kind:ws\r")
    proxy.wait_for("filter: kind:ws")
    proxy.send(b"g")
    proxy.wait_for(rf"\n> *{socket[1]} v4 WS ")
    proxy.send(b"\r")
    proxy.wait_for(rf"Connection #{socket[1]} .*messages +[\d.]+/s, \d+ in all +session +\w\w\.\.\w\w ")


def test_details_filter_and_file(playing, tmp_path):
    proxy, _, song = playing
    proxy.send(b"5")
    proxy.wait_for(GUILD)
    proxy.send(b"j\r")
    proxy.wait_for(rf"Player of guild {GUILD}.*bot +tunes/1\.2.*node +b0-v4 \(v4\).*track +{re.escape(song['title'][:20])}.*"
                   r"position +\d+:\d\d/.* left.*state +play.*since")
    proxy.send(b"\x1b")
    proxy.wait_gone("Player of guild")
    proxy.send(b"P\r")
    proxy.wait_for(r"Player of guild id-[0-9a-f]{8}")
    assert GUILD not in proxy.text()
    proxy.send(b"\x1b")
    proxy.wait_gone("Player of guild")
    proxy.send(b"P")
    proxy.wait_for(GUILD)
    proxy.send(b"\\nobody-plays-this\r")
    proxy.wait_for("no player matches the filter")
    proxy.send(b"\\\x15bot:tunes\r")
    proxy.wait_for(GUILD)
    proxy.send(b"w\x15" + str(tmp_path / "players.csv").encode() + b"\r")
    proxy.wait_for("1 row, .* written")
    [player] = csv.DictReader((tmp_path / "players.csv").open())
    assert player["guildId"] == GUILD and player["title"] == song["title"]


def test_killing_a_player_ends_its_bot(playing):
    proxy, bot, _ = playing
    proxy.send(b"5")
    proxy.wait_for(GUILD)
    proxy.send(b"jK")
    proxy.wait_for(r"Kill bot\?.*of bot tunes/1\.2.*1 player \(1 playing\)")
    proxy.send(b"y")
    bot.wait_cut()


def test_the_demo_plays(tmp_path):
    proxy = Proxy(tmp_path, [], ["--demo"], group="", rows=24, cols=80)
    try:
        proxy.wait_for("LIVE", 20)
        proxy.send(b"5sjjj\r")  # what plays comes first
        proxy.wait_for("Players by state")
        # Of any player that stays in sight: others end or move down the list meanwhile.
        seen = {}

        def one_moved():
            now = dict(re.findall(r"(\d{15,}) [^\n]* play +[A-Za-z][^\n]* (\d+:\d\d)/\d", proxy.text()))
            return [guild for guild, at in now.items() if seen.setdefault(guild, at) != at]

        wait_until(one_moved, 40, "a position to move")
        # While the screen stands, positions do.
        proxy.send(b"p")
        proxy.wait_for("PAUSED 1s")
        rows = re.findall(r"\d{15,} [^\n]*", proxy.text())
        proxy.wait_for("PAUSED 3s")
        assert re.findall(r"\d{15,} [^\n]*", proxy.text()) == rows
        proxy.send(b"[")
        proxy.wait_for("players are not kept for the past")
        proxy.send(b"p")
        proxy.wait_for(r"\d{15,} [^\n]* play ")
    finally:
        proxy.stop()
