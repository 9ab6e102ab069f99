"""The screen's panels in a real terminal: focus, digits, what is picked, details, orders, alerts."""

from support import BACKEND_PASSWORD, RawSocket, exchange, request
from test_screen import bots, screen  # noqa: F401  pylint: disable=unused-import

ALLOW = {"limits": {"allow": ["127.0.0.1"]}}


def row_picked(proxy, pattern):
    """The row that is marked, once it is one of these."""
    return proxy.wait_for(rf"\n>{pattern}[^\n]*").group()


def test_tab_moves_the_keys_from_panel_to_panel(screen):  # noqa: F811
    proxy = screen()
    with bots(proxy, ["alpha/1.0", "beta/2.0"]):
        assert "[IPs" not in proxy.text()
        for title in (r"\[IPs by rate", r"\[Backends", r"\[Events"):
            proxy.send(b"\t")
            proxy.wait_for(title)
        proxy.send(b"j")
        row_picked(proxy, r"\d\d:\d\d:\d\d INFO #\d+ open 127\.0\.0\.1 beta/2\.0")
        proxy.send(b"\x1b[Z")  # Shift-Tab
        proxy.wait_for(r"\[Backends")
        proxy.send(b"j")
        row_picked(proxy, r"b0-v4 +v4 UP")
        proxy.send(b"\x1b")  # nothing is picked there any more
        proxy.wait_gone(r">b0-v4")
        proxy.send(b"\x1b")
        proxy.wait_gone(r"\[Backends")
        proxy.send(b"j")
        row_picked(proxy, r" *\d+ v4 127\.0\.0\.1")


def test_digits_give_the_window_and_take_it_back(screen):  # noqa: F811
    proxy = screen(rows=24, cols=80)
    with bots(proxy, ["alpha/1.0"]):
        for digit, alone, gone in ((b"2", r"\[2 IPs 1\]", "CLIENT"), (b"3", r"\[3 Backends 1\]", "CLIENT"),
                                   (b"4", r"\[4 Events \d+\]", "CLIENT"), (b"1", r"\[1 Conns 1\]", "IPs by"),
                                   (b"e", r"\[4 Events \d+\]", "IPs by")):
            proxy.send(digit)
            proxy.wait_for(alone)
            assert gone not in proxy.text()
            proxy.send(digit)
            proxy.wait_for(r"CLIENT.*IPs by rate.*Backends.*Events")
        proxy.resize(12, 60)
        proxy.wait_for(r"\[1 Conns 1\]")
        proxy.send(b"\t")
        proxy.wait_for(r"\[IPs by rate.*\[2 IPs 1\]")


def test_details_of_an_ip_and_the_filter_from_there(screen):  # noqa: F811
    proxy = screen(config=ALLOW)
    with bots(proxy, ["alpha/1.0", "beta/2.0"]):
        with RawSocket(proxy.port, source="127.0.0.7") as other:
            other.send(request(target="/v4/x"))
            other.read_answer()
            proxy.wait_for(r"127\.0\.0\.7 +1 conn")
            proxy.send(b"2I")
            proxy.wait_for(r"\[IPs by address.* 127\.0\.0\.1 .* 127\.0\.0\.7 ")
            proxy.send(b"gj\r")
            proxy.wait_for(r"IP 127\.0\.0\.7 .*1 connection now, 1 ever.*OUT .*max.*total.*#\d+ v4 \(none\)")
            proxy.send(b"\x1b")
            proxy.wait_gone("1 ever")
            proxy.send(b"g\r")
            proxy.wait_for(r"IP 127\.0\.0\.1 .*2 connections now.*alpha/1\.0.*beta/2\.0")
            proxy.send(b"f")  # on it: the list shows its connections alone
            proxy.wait_for(r"\[1 Conns 2\]")
            proxy.wait_for("filter.*2")
            assert "127.0.0.7" not in proxy.text()


def test_ips_have_orders_of_their_own(screen):  # noqa: F811
    proxy = screen()
    with bots(proxy, ["alpha/1.0"]):
        proxy.send(b"2s")
        proxy.wait_for(r"\[IPs by total\]")
        proxy.send(b"A")
        proxy.wait_for(r"IPs by connections, descending")
        proxy.send(b"r")
        proxy.wait_for(r"IPs by connections, ascending")
        proxy.send(b"1O")
        proxy.wait_for("sorted by total, descending")


def test_details_of_a_backend(screen):  # noqa: F811
    proxy = screen()
    with bots(proxy, ["alpha/1.0"]):
        proxy.send(b"3j\r")
        proxy.wait_for(r"Backend b0-v4 \(v4\).*state +UP since .* at 127\.0\.0\.1:\d+.*checked .*answer "
                       r".*serves +1 connection, 1 WebSocket, 0 may resume.*plays +0 of 0 players; it has not said")
        assert BACKEND_PASSWORD not in proxy.text()
        proxy.send(b"\r")
        proxy.wait_gone("serves")


def test_events_by_level_and_in_full(screen):  # noqa: F811
    proxy = screen(rows=24, cols=80)
    with bots(proxy, ["alpha/1.0"]):
        exchange(proxy.port, request(target="/v4/x", password="wrong"))
        proxy.wait_for(r"AUTH 127\.0\.0\.1 wrong password")
        proxy.send(b"e")
        proxy.wait_for(r"\[Events\].*\d{4}-\d\d-\d\d \d\d:\d\d:\d\d AUTH.*INFO #\d+ open")
        proxy.send(b"s")
        proxy.wait_for(r"\[Events: warnings only \(1 of \d+\)\]")
        proxy.wait_gone("INFO")
        proxy.send(b"s")
        proxy.wait_for(r"Events: errors only.*none of this level")
        proxy.send(b"s")
        proxy.wait_for("INFO #")
        proxy.send(b"j\r")
        proxy.wait_for(r"-- Event|── Event ")
        proxy.wait_for(r"Esc close")
        proxy.send(b"\x1b")
        proxy.wait_gone("Esc close")


def test_alerts_say_what_is_wrong_now(screen):  # noqa: F811
    proxy = screen(config={"proxy": {"password": "DevamOP"}})
    proxy.wait_for(r"alerts 1")
    proxy.send(b"a")
    proxy.wait_for(r"Alerts \(1\).*WARN set proxy\.password.*Esc close")
    settings = dict(proxy.settings)
    gone = {"name": "gone", "version": 4, "address": "127.0.0.1:1", "password": "x"}
    settings["backends"] = [*settings["backends"], gone]
    proxy.write(settings)
    proxy.send(b"\x1b")
    proxy.wait_gone(r"Alerts \(")
    proxy.send(b":reload\r")
    proxy.wait_for(r"alerts 2")
    proxy.send(b"a")
    proxy.wait_for(r"Alerts \(2\).*ERR +backend gone \(v4\) DOWN since \d\d:\d\d:\d\d: .*WARN set proxy")
    proxy.send(b"\x1b")
    proxy.wait_gone(r"Alerts \(")


def test_what_is_picked_stays_picked(screen):  # noqa: F811
    """News above it do not slip another event under the keys."""
    proxy = screen(rows=24, cols=80)
    with bots(proxy, ["alpha/1.0"]):
        proxy.send(b"4j")
        before = row_picked(proxy, r"\d[^\n]* is here")
        exchange(proxy.port, request(target="/v4/x", password="wrong"))
        proxy.wait_for("AUTH 127")
        assert row_picked(proxy, r"\d") == before
