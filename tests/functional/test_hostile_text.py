"""Ten thousand hostile strings through every field that strangers fill, into the real program: not one byte outside our
repertoire reaches the terminal, and the columns stay where they are."""

import contextlib
import ctypes
import json
import locale
import random
import re
import time

import pytest

import support
import wire
from support import RawSocket, exchange, patience, request, wait_until, websocket_request
from test_screen import Proxy, Screen, Stream, screen  # noqa: F401

locale.setlocale(locale.LC_CTYPE, "C.UTF-8")
LIBC = ctypes.CDLL(None)
BATCH, BATCHES = 340, 5
ROWS, COLS = 360, 220

# Whatever has fooled a terminal or a table before; ESC and other C0 stand in fields that may hold them (a node's words).
PIECES = [
    "\u009b31m", "\u0085", "\u202e", "\u202d", "\u2066", "\u2069", "\u200b", "\u200d", "\ufeff", "\u2060", "\u00ad", "\u2028",
    "\u2029", "\U000e0041", "\ue000", "\U0010ffff", "\ufffe", "\u0378", "a" + "\u0301\u0302\u0303\u0304\u0305" * 6, "\u0301",
    "\u6f22\u5b57", "\uff21", "\u3000", "\U0001f469\u200d\U0001f4bb", "\U0001f1e9\U0001f1ea", "\u2764\ufe0f", "\U0001f3fd",
    "\u05e9\u05dc\u05d5\u05dd", "\u0645\u0631\u062d\u0628\u0627", "\u0e01\u0e34", "\u1100\u1161\u11a8", "\u034f", "\u180e",
    "<script>alert(1)</script>", "&amp;", "%1b%5b31m", "%s%n%x", "$(reboot)", "`id`", "'; DROP TABLE--", "../../etc", "\\x1b]0;x",
    "\\u001b", "=1+1", "normal/1.0", "x" * 300, "\t", " ", "   ",
]
RAW = [b"\xff\xfe", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf8\x88\x80\x80\x80", b"\x9b31m", b"\x9d0;x\x9c", b"\xe6\xbc", b"\xf0\x9f", b"\x80"]
CONTROLS = [b"\x1b[31m", b"\x1b]0;owned\x07", b"\x1b]52;c;S1k=\x07", b"\x1b[2J", b"\x1bP+q\x1b\\", b"\x0e", b"\b\b", b"\x7f", b"\r", b"\n"]


def hostile(chance, controls=False):
    """Bytes that may stand in a header (with `controls` not even that)."""
    parts = []
    for _ in range(chance.randint(1, 6)):
        kind = chance.random()
        if kind < 0.15:
            parts.append(chance.choice(RAW))
        elif kind < 0.25:
            parts.append(bytes(chance.randint(0x21, 0xff) for _ in range(chance.randint(1, 8))).replace(b"\x7f", b""))
        elif kind < 0.4:
            parts.append(chr(chance.choice([chance.randint(0xa0, 0xd7ff), chance.randint(0xe000, 0x1ffff)])).encode())
        elif controls and kind < 0.7:
            parts.append(chance.choice(CONTROLS))
        else:
            parts.append(chance.choice(PIECES).encode())
    return b"".join(parts)[:600] or b"?"


def node(chance, good):
    """A backend whose every word is hostile; a good one at least says its version."""

    def say(conn, text):
        payload = text.encode("utf-8", "surrogatepass")
        conn.send(b"\x81\x7e" + len(payload).to_bytes(2, "big") + payload)

    def handler(conn):
        head = conn.head()
        if b"websocket" not in head.lower():
            version = good and b"/version" in head
            body = b"4.0.8" if version else hostile(chance, True)
            conn.send(b"HTTP/1.1 %d %s\r\nContent-Length: %d\r\nServer: %s\r\n\r\n%s" % (
                200 if version else chance.choice([200, 418, 500]), hostile(chance), len(body), hostile(chance), body))
            return
        conn.send(support.SWITCHING)
        word = hostile(chance, True).decode("utf-8", "replace")
        say(conn, json.dumps({"op": "ready", "resumed": False, "sessionId": word}))
        say(conn, json.dumps({"op": "playerUpdate", "guildId": word, "state": {"connected": True, "position": 1}}))
        say(conn, json.dumps({"op": "event", "type": "TrackExceptionEvent", "guildId": word, "exception": {
            "message": word, "severity": word, "cause": word}, "track": {"info": {"title": word, "author": word}}}))
        conn.drain()

    return handler


def handshake(chance):
    fields = [(name, hostile(chance)) for name in ("User-Id", "Session-Id", "X-Forwarded-For", "User-Agent", "Origin")]
    if chance.random() < 0.6:
        fields.append(("Client-Name", hostile(chance)))
    target = "/v4/websocket?" + "".join(chance.choice(["%1b", "%9b", "%e2%80%ae", "x", "&", "=", "%00", "%0a", "%c2%85"]) for _ in range(9))
    return websocket_request(target, fields, user_id=None, client_name=None)


class Nothing:
    """In place of the emulator, which takes longer over a frame of this size than the program over all of them."""

    def feed(self, data):
        pass


def settled(proxy):
    """Waits for a pause of the terminal, and returns everything it got so far."""
    seen, since = -1, time.monotonic()
    while time.monotonic() - since < 0.3:
        if len(proxy.raw) != seen:
            seen, since = len(proxy.raw), time.monotonic()
        time.sleep(0.02)
    return proxy.received()


class Plain(Screen):
    """Other characters as stand-ins of their width: pyte's own table is older than the C library's, and it drops the rest of
    a text behind some of those that have none."""

    def draw(self, data):
        super().draw("".join(char if char < "\x7f" else ("", "x", "\u6f22")[max(0, LIBC.wcwidth(ord(char)))] for char in data))


def show(frame):
    emulator = Plain(COLS, ROWS)
    Stream(emulator).feed(frame)
    return emulator


def assert_columns(emulator):
    """Every row has the backend's name where the head has its word."""
    head = next(row for row in range(ROWS) if "BACKEND" in emulator.display[row])
    col, version_col = emulator.display[head].index("BACKEND"), emulator.display[head].index(" V ") + 1
    rows = 0
    for row in range(head + 1, ROWS):
        cells = emulator.buffer[row]
        version = "".join(cells[c].data for c in range(version_col, version_col + 2))
        if version != "v4":
            continue
        name = "".join(cells[c].data for c in range(col, col + 5))
        assert name in ("b0-v4", "-    "), emulator.display[row]
        rows += 1
    return rows


def test_ten_thousand_hostile_strings(tmp_path, scripted):
    chance = random.Random(4)
    backends = [scripted(node(chance, good)) for good in (True, False)]
    proxy = Proxy(tmp_path, backends, ["--no-mouse"], {"health": {"check": "http", "interval": "1s", "timeout": "500ms"}}, rows=ROWS, cols=COLS)
    proxy.stream = Nothing()
    strings, begun, checked = 0, 0, 0
    try:
        wait_until(lambda: b"BACKEND" in proxy.received(), 20)
        wait_until(lambda: exchange(proxy.web_port, request(target="/readyz", password=None)).status == 200, 10)
        for _ in range(BATCHES):
            with contextlib.ExitStack() as stack:
                for _ in range(BATCH):
                    sock = stack.enter_context(RawSocket(proxy.port))
                    sock.send(handshake(chance))
                    strings += 6
                    begun += sock.read_answer(to_head=True).status == 101
                proxy.send(b"1\x1b[6~")
                settled(proxy)
                before = len(proxy.received())
                proxy.send(b"\x0c")
                wait_until(lambda: b"\x1b[2J" in proxy.received()[before:], 10, "a whole frame")
                frame = settled(proxy)[before:]
                checked = max(checked, assert_columns(show(frame)))
                for keys in (b"2", b"3", b"4", b"\r", b"\x1b", b"1", b"1"):
                    proxy.send(keys)
                    settled(proxy)
        refused = 0
        for number in range(60):  # what may stand in no header at all
            with contextlib.suppress(EOFError, OSError), RawSocket(proxy.port) as sock:
                sock.send(request(headers=[("Client-Name", b"a" + CONTROLS[number % len(CONTROLS)]), ("User-Agent", hostile(chance, True))]))
                refused += sock.read_answer(to_head=True).status != 200
        assert refused
        settled(proxy)
        assert strings >= 10000 and begun > strings / 6 * 0.95 and checked > BATCH * 0.8, (strings, begun, checked)
        proxy.process.terminate()
        assert proxy.process.wait(patience(20)) == 0
        text = wire.check(proxy.received())
        assert "normal/1.0" in text and "\u6f22" in text and "\ufffd" in text
        assert not re.search(r"owned|front-password", text)
    finally:
        proxy.stop()


@pytest.mark.parametrize("data", [b"\x1b]0;x\x07", b"\x1b[5n", b"\x1b[?1003h", b"\x1bP+q\x1b\\", b"\xc2\x9b31m", b"\x07", b"\x7f",
                                  "\u202e".encode(), "\u200b".encode(), "\ue000".encode(), b"\x1b[6;22;0t"])
def test_such_bytes_would_be_noticed(data):
    with pytest.raises(wire.Violation):
        wire.check(b"before" + data + b"behind")
