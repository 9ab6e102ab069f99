"""Filter, find and pause on the real screen: what is typed shows at once, a bad filter hides nothing, a paused picture
stands while the proxy runs on."""

import re

from support import RawSocket, exchange, request, wait_until, websocket_request
from test_screen import bots, screen  # noqa: F401

NAMES = ["alpha/1.0", "beta/2.0", "beta/3.0"]


def shown(proxy, names=NAMES):
    text = proxy.text()
    return [name for name in names if re.search(r"v4 +127\.0\.0\.1 +" + re.escape(name), text)]


def test_the_list_follows_the_filter_while_it_is_typed(screen):  # noqa: F811
    proxy = screen(cols=120)
    with bots(proxy, NAMES):
        wait_until(lambda: shown(proxy) == NAMES, 5, "all three")
        proxy.send(b"\\client:be")
        proxy.wait_for(r"filter> client:be *\n  2 of 3 shown \| bot: ip: client: user: backend: v: rate>")
        assert shown(proxy) == NAMES[1:]
        proxy.send(b"ta/3")
        proxy.wait_for("1 of 3 shown")
        assert shown(proxy) == NAMES[2:]
        proxy.send(b"\r")
        proxy.wait_for("F1Help")
        assert shown(proxy) == NAMES[2:]
        proxy.wait_for(r"filter: client:be\S+ +1 of 3")
        # A connection that comes later is filtered, too.
        with RawSocket(proxy.port) as late:
            late.send(websocket_request(client_name="beta/3.7"))
            proxy.wait_for("beta/3.7")
        # Off and on again, and away.
        proxy.send(b"f")
        wait_until(lambda: shown(proxy) == NAMES, 5, "all again")
        proxy.send(b"f")
        wait_until(lambda: shown(proxy) == NAMES[2:], 5, "the filter again")
        proxy.send(b"\x1b")
        wait_until(lambda: shown(proxy) == NAMES, 5, "Escape to clear it")
        proxy.send(b"\x1b[14~!ip:127.0.0.0/8\r")  # F4
        proxy.wait_for("no connection matches the filter")
        assert "no connections at present" not in proxy.text()


def test_a_bad_filter_is_explained_and_hides_nothing(screen):  # noqa: F811
    proxy = screen()
    with bots(proxy, NAMES):
        proxy.send(b"\\beta rate>10Q")
        proxy.wait_for(r"filter> beta rate>10Q *\n {13}~{8} unknown unit Q \(use K M G\); previous filter stays active")
        # Behind "rate>1" and "rate>10" nobody is fast enough; the line before them is what stays after erasing.
        proxy.send(b"\r")
        proxy.wait_for("filter> beta rate>10Q")
        proxy.send(b"\x7f" * 9)
        proxy.wait_for(r"filter> beta *\n  2 of 3 shown")
        assert shown(proxy) == NAMES[1:]
        proxy.send(b" ip:no")
        proxy.wait_for("no address")
        assert shown(proxy) == NAMES[1:]
        # Text beyond ASCII is text.
        proxy.send(b"\x15" + "grüß".encode())
        proxy.wait_for(r"filter> grüß *\n  0 of 3 shown")
        proxy.send(b"\x1b")
        wait_until(lambda: shown(proxy) == NAMES, 5, "all three")


def find_is_marked(proxy):
    """Whether "beta" of the row beta/2.0 looks of one kind, and of another than the rest of the row and other rows."""
    with proxy.lock:
        row = next(y for y, line in enumerate(proxy.screen.display) if "beta/2.0" in line)
        other = next(y for y, line in enumerate(proxy.screen.display) if "alpha/1.0" in line)
        col = proxy.screen.display[row].index("beta/2.0")
        marked = [proxy.screen.buffer[row][col + i] for i in range(4)]
        plain = [proxy.screen.buffer[row][col + 5], proxy.screen.buffer[other][col]]
    looks = {(cell.fg, cell.bg, cell.reverse, cell.bold) for cell in marked}
    return len(looks) == 1 and not looks & {(cell.fg, cell.bg, cell.reverse, cell.bold) for cell in plain}


def test_find_goes_from_row_to_row(screen):  # noqa: F811
    proxy = screen()
    with bots(proxy, NAMES):
        proxy.send(b"Ar")  # the youngest first
        proxy.wait_for("sorted by age, ascending")
        wait_until(lambda: proxy.text().index("beta/3.0") < proxy.text().index("alpha/1.0"), 5, "the order")
        proxy.send(b"/BETA")
        proxy.wait_for(r"> +\d+ v4 127\.0\.0\.1 +beta/3\.0")
        assert shown(proxy) == NAMES
        wait_until(lambda: find_is_marked(proxy), 5, "what was found to be marked")
        proxy.send(b"\rn")
        proxy.wait_for(r"> +\d+ v4 127\.0\.0\.1 +beta/2\.0")
        proxy.send(b"n")
        proxy.wait_for("on from the top")
        proxy.wait_for(r"> +\d+ v4 127\.0\.0\.1 +beta/3\.0")
        proxy.send(b"N")
        proxy.wait_for("on from the end")
        proxy.wait_for(r"> +\d+ v4 127\.0\.0\.1 +beta/2\.0")
        # The log of events has its own rows.
        proxy.send(b"4/alpha\r")
        proxy.wait_for(r"\n>[^\n]* INFO [^\n]*alpha/1\.0")
        proxy.send(b"\x1b[13~nowhere\r")  # F3
        proxy.wait_for("not found: nowhere")


def test_a_paused_picture_stands_while_traffic_goes_on(screen):  # noqa: F811
    proxy = screen(cols=120)
    with bots(proxy, NAMES[:2]) as (alpha, _beta):
        proxy.send(b"p")
        proxy.wait_for("PAUSED [0-9]s")
        proxy.wait_gone("LIVE")
        alpha.close()
        with RawSocket(proxy.port) as late:
            late.send(websocket_request(client_name="late/1.0"))
            assert late.read_answer(to_head=True).status == 101
            clients = '"clientName":"late/1.0"'
            wait_until(lambda: clients in json_of(proxy, "/api/connections"), 5, "the new one in the books")
            proxy.wait_for("PAUSED [2-9]s")
            # Neither the end of one nor the beginning of another is seen; lists work meanwhile.
            assert shown(proxy) == NAMES[:2]
            assert "late/1.0" not in proxy.text()
            proxy.send(b"jjA\\alpha\r")
            proxy.wait_for(r"filter: alpha +1 of 2")
            wait_until(lambda: shown(proxy) == NAMES[:1], 5, "only alpha")
            proxy.send(b"\x1b\x1b[19~")  # Escape, F8
            proxy.wait_for("LIVE")
            proxy.wait_for("late/1.0")
            wait_until(lambda: shown(proxy) == NAMES[1:2], 5, "alpha gone")


def test_steps_back_show_what_has_ended(screen):  # noqa: F811
    proxy = screen(cols=120)
    with bots(proxy, NAMES[:1]) as (alpha,):
        clock = proxy.wait_for(r"\d\d:\d\d:\d\d").group()
        wait_until(lambda: proxy.wait_for(r"\d\d:\d\d:\d\d").group() > clock, 5, "a second with it")
        alpha.close()
        proxy.wait_for("no connections at present")
        proxy.send(b"p")
        proxy.wait_for("PAUSED")
        back = 0
        while shown(proxy) != NAMES[:1]:
            back += 1
            proxy.send(b"\x1b[1;2D" if back % 2 else b"[")  # Shift-Left, or its twin
            proxy.wait_for(f"PAUSED -{back}s")
        assert back >= 1
        # Forth again, to where it is gone, and on to the present.
        for left in range(back - 1, 0, -1):
            proxy.send(b"\x1b[1;2C" if left % 2 else b"]")
            proxy.wait_for(f"PAUSED -{left}s")
        proxy.send(b"]")
        proxy.wait_for(r"PAUSED \d+s.*no connections at present")
        proxy.send(b"p")
        proxy.wait_for("LIVE")


def json_of(proxy, target):
    return exchange(proxy.web_port, request("GET", target, host="localhost")).body.decode()
