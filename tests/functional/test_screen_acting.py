"""What the screen's keys do to the outside world, each behind its question: kill, block and its undo, the block list,
drain, check, leaving."""

import contextlib
import fcntl
import os
import re
import signal
import struct
import termios
import time

import pytest

from support import RawSocket, exchange, request, wait_until, websocket_request
from test_screen import screen  # noqa: F401  pylint: disable=unused-import

ALLOW = {"limits": {"allow": ["127.0.0.1"]}}
POLITE = b"\x88\x17\x03\xe9ended by the operator"
F9 = b"\x1b[20~"


@contextlib.contextmanager
def bots(proxy, *wanted):
    """WebSockets of (name, source address), each seen on the screen before the next comes."""
    with contextlib.ExitStack() as stack:
        sockets = []
        for name, source in wanted:
            sock = stack.enter_context(RawSocket(proxy.port, source=source))
            sock.send(websocket_request(client_name=name))
            assert sock.read_answer(to_head=True).status == 101
            sockets.append(sock)
            proxy.wait_for(re.escape(name[:10]))
        yield sockets


def select(proxy, name, place=0):
    """The row of this client is picked: the one in this place by age, the oldest first."""
    if not re.search("AGE ?v", proxy.text()):
        proxy.send(b"A")
        proxy.wait_for("AGE ?v")
    proxy.send(b"g" + b"j" * place)
    proxy.wait_for(rf"\n>[^\n]*{name}")


def test_every_way_to_keep(screen):  # noqa: F811
    proxy = screen()
    with bots(proxy, ("alpha/1.0", None)) as (alpha,):
        select(proxy, "alpha")
        row, col = 29, 1
        for keep in (b"\r", b"n", b"q", b"\x1b", b"\x1b[<0;%d;%dM\x1b[<0;%d;%dm" % (col, row, col, row),
                     b"\x1b[<64;50;15M", b"\x1b[<65;50;15M"):
            proxy.send(F9)
            proxy.wait_for(r"Kill connection\?.*alpha/1\.0.*No players are known there.*held still.*No, keep")
            proxy.send(keep)
            proxy.wait_gone(r"Kill connection\?")
        assert not alpha.is_closed(0.5)


def test_close_politely(screen):  # noqa: F811
    proxy = screen()
    with bots(proxy, ("alpha/1.0", None), ("beta/1.0", None)) as (alpha, beta):
        select(proxy, "alpha")
        proxy.send(b"Ky")  # typed ahead of the question
        proxy.wait_for(r"y  close politely")
        assert not alpha.is_closed(1)
        proxy.send(b"y")
        assert alpha.read_to_end() == POLITE
        proxy.wait_for(r"#\d+ closed by hand")
        assert not beta.is_closed(0.5)


def test_ended_meanwhile(screen):  # noqa: F811
    proxy = screen()
    with bots(proxy, ("alpha/1.0", None), ("beta/1.0", None)) as (alpha, beta):
        select(proxy, "alpha")
        proxy.send(F9)
        proxy.wait_for(r"Kill connection\?")
        alpha.close()
        proxy.wait_for(r"ended in the meantime.*\[ Close \]")
        proxy.wait_gone("cut now")
        proxy.send(b"Y\r")
        proxy.wait_gone(r"Kill connection\?")
        assert not beta.is_closed(0.5)


def test_kill_an_ip(screen):  # noqa: F811
    proxy = screen()
    with bots(proxy, ("alpha/1.0", "127.0.0.20"), ("beta/1.0", "127.0.0.20"),
              ("gamma/1.0", "127.0.0.21")) as (alpha, beta, gamma):
        proxy.send(b"2")
        proxy.wait_for(r"127\.0\.0\.2[01][^\n]*\n.*127\.0\.0\.2[01]")
        proxy.send(b"j")
        proxy.wait_for(r"\n> ?127")
        if not re.search(r"\n> ?127\.0\.0\.20", proxy.text()):
            proxy.send(b"j")
            proxy.wait_for(r"\n> ?127\.0\.0\.20")
        proxy.send(b"K")
        proxy.wait_for(r"Kill connections\?.*2 connections of 127\.0\.0\.20.*alpha/1\.0.*beta/1\.0")
        proxy.send(b"Y")
        assert alpha.is_closed() and beta.is_closed()
        proxy.wait_for(r"2 connections of 127\.0\.0\.20 killed by hand")
        assert not gamma.is_closed(0.5)


def test_kill_and_block_and_undo(screen):  # noqa: F811
    proxy = screen(config=ALLOW)
    with bots(proxy, ("alpha/1.0", "127.0.0.20"), ("beta/1.0", "127.0.0.20")) as (alpha, beta):
        select(proxy, "alpha")
        proxy.send(b"K")
        proxy.wait_for(r"b  close \+ block 127\.0\.0\.20 for 10 min \(ends 2\)")
        proxy.send(b"b")
        assert alpha.read_to_end() == POLITE and beta.read_to_end() == POLITE
        proxy.wait_for("u undoes the block, not what was closed")
        assert exchange(proxy.port, request(), source="127.0.0.20").status == 403
        proxy.send(b"u")
        proxy.wait_for(r"127\.0\.0\.20 unblocked by hand; what was closed stays closed")
        assert exchange(proxy.port, request(), source="127.0.0.20").status == 200
        proxy.send(b"u")
        proxy.wait_for("nothing to undo")


def test_block_and_the_list(screen):  # noqa: F811
    proxy = screen(config=ALLOW)
    with bots(proxy, ("alpha/1.0", "127.0.0.20"), ("beta/1.0", "127.0.0.1")) as (alpha, beta):
        select(proxy, "alpha")
        proxy.send(b"b3")
        proxy.wait_for(r"Block IP\?.*127\.0\.0\.20.*403.*1 open connection is cut.*for 1 hour")
        assert not alpha.is_closed(0.5)
        proxy.send(b"3")
        assert alpha.is_closed()
        proxy.wait_for(r"127\.0\.0\.20 blocked by hand for 1h")
        proxy.send(b"L")
        proxy.wait_for(r"Blocked IPs and bots \(1\).*> 127\.0\.0\.20 +(59m\d\ds|1h\S*) +by hand")
        proxy.send(b"\r")
        proxy.wait_for(r"Unblock IP\?.*127\.0\.0\.20, by hand, is blocked")
        proxy.send(b"\r")
        proxy.wait_gone(r"Unblock IP\?")
        assert exchange(proxy.port, request(), source="127.0.0.20").status == 403
        proxy.send(b"L")
        proxy.wait_for(r"Blocked IPs and bots \(1\)")
        proxy.send(b"\r")
        proxy.wait_for(r"Unblock IP\?")
        proxy.send(b"y")
        proxy.wait_for(r"127\.0\.0\.20 unblocked by hand")
        assert exchange(proxy.port, request(), source="127.0.0.20").status == 200
        proxy.send(b"L")
        proxy.wait_for(r"Nobody is blocked")
        proxy.send(b"\x1b")
        proxy.wait_gone("Nobody is blocked")
        # Who is allowed is told apart, and is not cut.
        select(proxy, "beta")
        proxy.send(b"b")
        proxy.wait_for(r"Block IP\?.*127\.0\.0\.1\b")
        proxy.send(b"1")
        proxy.wait_for(r"127\.0\.0\.1 not blocked: it is on the allow list")
        assert not beta.is_closed(0.5)


def test_drain_and_undrain(screen):  # noqa: F811
    proxy = screen()
    with bots(proxy, ("alpha/1.0", None)) as (alpha,):
        proxy.send(b"d")
        proxy.wait_for("select a backend first")
        proxy.send(b"3j")
        proxy.wait_for(r"> ?b0-v4")
        proxy.send(b"d")
        proxy.wait_for(r"Drain backend\?.*b0-v4.*1 session and 0 that may resume stay there.*"
                       r"No other v4 backend is up: new sessions are refused \(503\).*Nothing is cut")
        proxy.send(b"\r")
        proxy.wait_gone(r"Drain backend\?")
        proxy.send(b"d")
        proxy.wait_for(r"Drain backend\?")
        proxy.send(b"y")
        proxy.wait_for("b0-v4 takes no new sessions")
        proxy.wait_for("DRAIN")
        assert not alpha.is_closed(0.5)
        proxy.send(b"d")
        proxy.wait_for(r"Undrain backend\?.*takes new sessions again")
        proxy.send(b"y")
        proxy.wait_for("b0-v4 takes sessions again")


def test_check(screen):  # noqa: F811
    proxy = screen()
    proxy.send(b"c")
    proxy.wait_for("checked by hand: 1 of 1 backends up")
    proxy.send(b"\t\tj")
    proxy.wait_for(r"> ?b0-v4")

    def checked():
        proxy.send(b"c")  # for two seconds ignored
        return re.search("checked by hand: backend b0-v4 is online", proxy.text())

    wait_until(checked, 10, "the check of the one that is picked")
    assert proxy.text().count("checked by hand: 1 of 1") == 1


def test_read_only_refuses_all(screen):  # noqa: F811
    proxy = screen(args=["--read-only"], config=ALLOW)
    with bots(proxy, ("alpha/1.0", "127.0.0.20")) as (alpha,):
        select(proxy, "alpha")
        for key, word in ((b"K", "kill"), (b"b", "block"), (b"u", "undo"), (b"d", "drain"), (b"c", "check")):
            proxy.send(key)
            proxy.wait_for(f"read-only: {word} refused")
        assert not alpha.is_closed(0.5)


@pytest.mark.parametrize("signal_after", [False, True])
def test_carry_on_headless(screen, signal_after):  # noqa: F811
    proxy = screen()
    with bots(proxy, ("alpha/1.0", None)) as (alpha,):
        proxy.send(b"q")
        proxy.wait_for(r"This ends 1 connection, and the proxy with it.*h  carry on headless")
        proxy.send(b"h")
        proxy.wait_for("the screen was left, carrying on without it")
        proxy.assert_restored()
        assert not alpha.is_closed(0.5)
        assert exchange(proxy.port, request()).status == 200
        assert proxy.process.poll() is None
        # The terminal is an ordinary one again: what is typed is the shell's business, Ctrl-C a signal.
        if signal_after:
            os.kill(proxy.process.pid, signal.SIGTERM)
        else:
            proxy.send(b"\x03")
        assert proxy.wait() == 0
        assert alpha.is_closed()


def test_ctrl_c_over_a_question(screen):  # noqa: F811
    proxy = screen()
    with bots(proxy, ("alpha/1.0", None)) as (alpha,):
        select(proxy, "alpha")
        proxy.send(b"b")
        proxy.wait_for(r"Block IP\?")
        proxy.send(b"\x03")
        proxy.wait_for(r"Quit lavaproxy\?.*Ctrl-C once more quits at once")
        proxy.send(b"n")
        proxy.wait_gone(r"Quit lavaproxy\?")
        assert not alpha.is_closed(0.5)


def test_paused_keys_act_on_the_present(screen):  # noqa: F811
    """The picture stands still; who is in it no more is not ended, who is, is."""
    proxy = screen()
    with bots(proxy, ("alpha/1.0", None), ("beta/1.0", None)) as (alpha, beta):
        select(proxy, "alpha")
        proxy.send(b"p")
        proxy.wait_for("PAUSED")
        alpha.close()

        def told():
            proxy.send(b"K")
            if re.search(r"Kill connection\?", proxy.text()):
                proxy.send(b"n")
                proxy.wait_gone(r"Kill connection\?")
            return "has ended" in proxy.text()

        wait_until(told, 10, "its end")
        assert "alpha/1.0" in proxy.text()
        select(proxy, "beta", 1)
        proxy.send(b"K")
        proxy.wait_for(r"Kill connection\?.*beta/1\.0")
        proxy.send(b"Y")
        assert beta.is_closed()


def test_tagged(screen):  # noqa: F811
    """Several at once: named, counted, ended by one order."""
    proxy = screen(config=ALLOW)
    names = [f"bot{i}/1.0" for i in range(6)]
    with bots(proxy, *[(name, f"127.0.0.{30 + i % 3}") for i, name in enumerate(names)]) as socks:
        for i, name in enumerate(names[:5]):
            select(proxy, name, i)
            proxy.send(b" ")
            proxy.wait_for(rf"\n[> ]\*[^\n]*{name}")
        proxy.send(b"K")
        proxy.wait_for(r"Kill connections\?.*5 tagged connections.*bot0.*bot1.*bot2.*and 2 more"
                       r".*block 3 IPs for 10 min \(ends 6\)")
        proxy.send(b"\r")
        proxy.wait_gone(r"Kill connections\?")
        socks[0].close()
        proxy.wait_gone("bot0")
        proxy.send(b"K")
        proxy.wait_for("4 tagged connections")
        proxy.send(b"y")
        for sock in socks[1:5]:
            assert sock.read_to_end() == POLITE
        proxy.wait_for("4 connections closed by hand, 4 asked for")
        assert not socks[5].is_closed(0.5)


def test_a_group(screen):  # noqa: F811
    proxy = screen()
    with bots(proxy, ("alpha/1.0", "127.0.0.20"), ("beta/1.0", "127.0.0.20"), ("gamma/1.0", "127.0.0.21")) as socks:
        proxy.send(b"v")
        proxy.wait_for("Group connections by")
        proxy.send(b"jj\r")
        proxy.wait_for(r"\+ 2c 127\.0\.0\.20")
        proxy.send(b"g")
        proxy.wait_for(r"\n>")
        if not re.search(r"\n>[^\n]*127\.0\.0\.20", proxy.text()):
            proxy.send(b"j")
        proxy.wait_for(r"\n>[^\n]*127\.0\.0\.20")
        proxy.send(b"K")
        proxy.wait_for(r"Kill connections\?.*2 connections of this group.*alpha/1\.0.*beta/1\.0")
        proxy.send(b"Y")
        assert socks[0].is_closed() and socks[1].is_closed()
        assert not socks[2].is_closed(0.5)


def test_a_question_on_its_way_is_not_answered(screen):  # noqa: F811
    """The terminal takes nothing while the question opens: what is typed then was typed without seeing it."""
    proxy = screen()

    def waiting():
        return struct.unpack("i", fcntl.ioctl(proxy.master, termios.FIONREAD, b"\0" * 4))[0]

    def is_full():
        before = waiting()
        for _ in range(10):
            proxy.send(b"\x0c")  # everything anew
            time.sleep(0.03)
        return before > 2000 and waiting() == before

    with bots(proxy, ("alpha/1.0", None)) as (alpha,):
        select(proxy, "alpha")
        proxy.stall()
        wait_until(is_full, 20, "the terminal to be full")
        for key in (b"K", b"y", b"Y", b"b", b"\t", b"\r"):
            proxy.send(key)
        assert not alpha.is_closed(1)
        proxy.go_on()
        proxy.wait_for("alpha/1.0")
        assert not alpha.is_closed(1)
        proxy.wait_for(r"Kill connection\?")
        proxy.send(b"n")
        proxy.wait_gone(r"Kill connection\?")
        proxy.send(b"K")
        proxy.wait_for(r"Kill connection\?")
        proxy.send(b"Y")
        assert alpha.is_closed()
