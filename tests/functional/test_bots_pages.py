"""The pages of bots and players: what they show of bots that play, and what their forms do."""

import html
import re

import pytest

from musician import Musician
from support import wait_until
from test_stream import Stream

GUILD = 817403182526365706


@pytest.fixture
def playing(lavaproxy, lavanode):
    proxy = lavaproxy(backends=[lavanode("--player-update", "1")], config={"limits": {"allow": []}})
    bot = Musician(proxy, user="111", name="<b>tunes</b>/1.0")
    bot.resuming()
    song = bot.play(GUILD)
    wait_until(lambda: proxy.get("/api/players")["totals"]["playing"] == 1, 10, "the song")
    yield proxy, bot, song
    bot.close()


def page(proxy, path, status=200):
    answer = proxy.api(path)
    assert answer.status == status and answer.header("Content-Type").startswith("text/html")
    assert "<b>tunes" not in answer.text
    return answer.text


def number(proxy):
    return proxy.get("/api/bots")["bots"][0]["id"]


def fields(text, action):
    """The hidden fields of the form with this action."""
    form = re.search(rf'<form method="post" action="{action}".*?</form>', text, re.S).group(0)
    hidden = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', form)
    return {name: html.unescape(value) for name, value in hidden}


def post(proxy, path, form):
    return proxy.api(path, "POST", headers={"Content-Type": "application/x-www-form-urlencoded"},
                     body="&".join(f"{k}={v}" for k, v in form.items()).encode())


def test_what_the_pages_show(playing):
    proxy, _, song = playing
    text = page(proxy, "/bots")
    assert "&lt;b&gt;tunes" in text and re.search(r'<td id="p\d+">1/1</td>', text)
    text = page(proxy, "/players")
    assert html.escape(song["title"]).replace("&#x27;", "&#39;") in text and str(GUILD) in text and "playing</td>" in text
    assert "<progress " in text
    one = number(proxy)
    text = page(proxy, f"/bots/{one}")
    assert ">111<" in text and ">on for 60 s</dd>" in text and str(GUILD) in text and "nothing that is known" in text
    assert re.search(r"Search, to its answer</th><td>1</td>", text)
    text = page(proxy, f"/connections/{proxy.connections()[0]['id']}")
    assert f'<a href="/bots/{one}">' in text
    assert "<b data-silence>1 player (1 playing) may fall silent.</b> It can resume for 60 s.</p>" in text
    assert 'data-ask="End this connection?"' in text
    assert ">1 (1 playing)</dd>" in page(proxy, "/")
    for missing, words in (("/bots/9999", "There is no such bot"), ("/bots/9999/end", "It has no connections"),
                           ("/connections/9999", "There is no such connection")):
        answer = proxy.api(missing)
        assert answer.status == 404 and words in answer.text and "<nav" in answer.text, missing
    assert 'aria-current="page">Bots</a>' in page(proxy, "/bots") and 'aria-current="page">Players</a>' in page(proxy, "/players")


def test_players_and_bots_follow(playing):
    """What changes comes by the stream."""
    proxy, bot, _ = playing
    for path, wanted in (("/players", "paused"), ("/bots", "0/1"), (f"/bots/{number(proxy)}", "paused")):
        bot.player(GUILD, paused=False)
        wait_until(lambda: proxy.get("/api/players")["totals"]["playing"] == 1, 10, "the song to go on")
        stream = Stream(proxy, path)
        stream.event()
        bot.player(GUILD, paused=True)
        wait_until(lambda: any(wanted in part for part in stream.event()["set"].values()), 10, f"{wanted} on {path}")
        stream.sock.close()


def test_the_end_asks_first(playing):
    proxy, bot, _ = playing
    one = number(proxy)
    text = page(proxy, f"/bots/{one}/end")
    assert "1 player (1 playing) may fall silent." in text and "It can resume for 60 s." in text
    form = fields(text, "/api/kill")
    assert form["userId"] == "111" and form["back"] == f"/bots/{one}"
    assert set(form["ids"].split(",")) == set(proxy.get(f"/api/bots/{one}")["connectionList"])
    answer = post(proxy, "/api/kill", {**form, "mode": "reset"})
    assert answer.status == 303 and answer.header("Location") == f"/bots/{one}"
    bot.wait_cut()
    wait_until(lambda: proxy.get(f"/api/bots/{one}")["state"] == "gone", 5, "it to be gone")
    assert "It has no connections" in page(proxy, f"/bots/{one}/end") and "gone" in page(proxy, f"/bots/{one}")


def test_a_bot_can_be_blocked(playing):
    proxy, bot, _ = playing
    one = number(proxy)
    form = fields(page(proxy, f"/bots/{one}"), "/api/block")
    answer = post(proxy, "/api/block", {**form, "for": "1h"})
    assert answer.status == 303 and answer.header("Location") == f"/bots/{one}"
    bot.wait_cut()
    assert [row["userId"] for row in proxy.get("/api/blocked")["blocked"]] == ["111"]
