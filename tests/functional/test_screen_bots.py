"""Bots as the first table of the screen: who they are, what is below them, and ending and blocking them."""

import contextlib
import re

import support
from support import RawSocket, websocket_request
from test_screen import Proxy, screen  # noqa: F401

RIGHT = b"\x1b[C"
ONE, TWO = "1043556677889900112", "88112233445566778"


@contextlib.contextmanager
def connected(proxy, *people):
    """WebSockets of (client name, user id)."""
    with contextlib.ExitStack() as stack:
        sockets = []
        for name, user in people:
            sock = stack.enter_context(RawSocket(proxy.port))
            sock.send(websocket_request(client_name=name, user_id=user))
            assert sock.read_answer(to_head=True).status == 101
            sockets.append(sock)
        yield sockets


def pick(proxy, name):
    """Selects the head of this bot."""
    proxy.wait_for(r"[-+] +\d+c " + re.escape(name))
    proxy.send(b"g")
    proxy.wait_for(r"\n>")
    for _ in range(20):
        if re.search(r"\n[>F] *[-+] +\d+c " + re.escape(name), proxy.text()):
            return
        before = proxy.text()
        proxy.send(b"j")
        support.wait_until(lambda: proxy.text() != before, 5, "the next row")  # noqa: B023
    raise AssertionError(proxy.text())


def knock(proxy, user):
    with RawSocket(proxy.port) as sock:
        sock.send(websocket_request(user_id=user))
        return sock.read_answer(to_head=True).status


def test_the_screen_begins_with_bots(screen):  # noqa: F811
    proxy = screen(group="", rows=30, cols=140)
    people = [("alpha/1.0", ONE), ("alpha/1.0", ONE), ("beta/2.0", TWO)]
    with connected(proxy, *people) as sockets:
        proxy.wait_for(r"BOT +STATE +PL +SOCK")
        # Two sockets of one bot are one row; what is asked with its User-Id belongs to it.
        proxy.wait_for(r"\+ +2c alpha/1\.0 +on +0/0 +2 alpha/1\.0 +" + ONE)
        proxy.wait_for(r"\+ +1c beta/2\.0 +on +0/0 +1 ")
        pick(proxy, "alpha/1.0")
        proxy.send(RIGHT)
        proxy.wait_for(r"- +2c alpha/1\.0[^\n]*\n +\d+ 127\.0\.0\.1 +WS [^\n]*\n +\d+ 127\.0\.0\.1 +WS ")
        proxy.send(b"t")
        proxy.wait_for("not grouped")
        proxy.wait_for(r"# +V +KIND +IP +CLIENT")
        proxy.send(b"t")
        proxy.wait_for("grouped by IP")
        proxy.wait_for(r"\+ +3c 127\.0\.0\.1")
        proxy.send(b"t")
        proxy.wait_for("grouped by bot")
        # One that has nothing left stays listed.
        sockets[2].close()
        proxy.wait_for(r"\+ +0c beta/2\.0 +gone +\d+s +0/0 +0 ")
        proxy.wait_for(r"[-+] +2c alpha/1\.0 +on ")


def test_all_that_is_known_of_a_bot(screen):  # noqa: F811
    proxy = screen(group="", rows=40, cols=120)
    with connected(proxy, ("alpha/1.0", ONE)):
        pick(proxy, "alpha/1.0")
        proxy.send(b"\r")
        proxy.wait_for(r"Bot alpha/1\.0.*state +on, connected since.*user-id +" + ONE + r".*IPs +127\.0\.0\.1.*backends +b0-v4"
                       r".*sockets +1 WebSocket, 1 connection.*OUT .*IN .*players +0")
        proxy.send(b"\x1b")
        proxy.wait_gone("first 2")
        proxy.send(b"P\r")
        proxy.wait_for(r"user-id +id-[0-9a-f]{8}.*IPs +ip-[0-9a-f]{8}")
        proxy.wait_gone(ONE)


def test_a_bot_is_ended(screen):  # noqa: F811
    proxy = screen(group="", rows=30, cols=120)
    with connected(proxy, ("alpha/1.0", ONE), ("alpha/1.0", ONE), ("beta/2.0", TWO)) as sockets:
        proxy.wait_for(r"\+ +2c alpha/1\.0")
        pick(proxy, "alpha/1.0")
        proxy.send(b"K")
        proxy.wait_for(r"Kill bot\?.*2 connections of bot alpha/1\.0.*No players are known there.*block User-Id " + ONE)
        proxy.send(b"Y")
        assert sockets[0].is_closed() and sockets[1].is_closed()
        assert not sockets[2].is_closed(0.5)
        proxy.wait_for(r"0c alpha/1\.0 +gone")
        assert knock(proxy, ONE) == 101  # ended, not blocked


def test_a_bot_is_blocked_and_let_in_again(screen):  # noqa: F811
    proxy = screen(group="", rows=30, cols=120)
    with connected(proxy, ("alpha/1.0", ONE), ("beta/2.0", TWO)) as sockets:
        proxy.wait_for(r"\+ +1c beta/2\.0")
        pick(proxy, "alpha/1.0")
        proxy.send(b"b")
        proxy.wait_for(r"Block bot\?.*User-Id " + ONE + r".*for 10 minutes.*rather its IP, 127\.0\.0\.1")
        proxy.send(b"2")
        proxy.wait_for("u undoes the block")
        assert sockets[0].is_closed() and not sockets[1].is_closed(0.5)
        assert knock(proxy, ONE) == 403
        proxy.send(b"u")
        proxy.wait_for("what was closed stays closed")
        assert knock(proxy, ONE) == 101


def test_filters_know_bots(screen):  # noqa: F811
    proxy = screen(group="", rows=30, cols=120)
    with connected(proxy, ("alpha/1.0", ONE), ("beta/2.0", TWO)) as sockets:
        proxy.wait_for(r"\+ +1c alpha/1\.0")
        proxy.wait_for(r"\+ +1c beta/2\.0")
        sockets[1].close()
        proxy.wait_for(r"0c beta/2\.0 +gone")
        proxy.send(b"\\bot:beta\r")
        proxy.wait_gone(r"\dc alpha/1\.0")
        proxy.wait_for(r"\+ +0c beta/2\.0")
        proxy.send(b"\x1b")
        proxy.wait_for(r"\+ +1c alpha/1\.0")


def test_the_demo_plays(tmp_path):
    proxy = Proxy(tmp_path, [], ["--demo"], group="", rows=45, cols=140)
    try:
        proxy.wait_for(r"\+ +\d+c [^\n]* on +[1-9]\d*/[1-9]\d* ", 30)
        pick(proxy, "Groove Station")  # others play nothing
        proxy.send(b"\r")
        proxy.wait_for(r"players +[1-9]\d*, \d+ playing", 20)
    finally:
        proxy.stop()
