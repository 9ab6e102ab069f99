"""The list of connections in a pseudo-terminal: groups, tags, following, details, columns, masking, units."""

import contextlib
import re

from support import RawSocket, wait_until, websocket_request
from test_screen import bots, screen  # noqa: F401

RIGHT, LEFT = b"\x1b[C", b"\x1b[D"


@contextlib.contextmanager
def visitors(proxy, people):
    """WebSockets of (client name, user id)."""
    with contextlib.ExitStack() as stack:
        sockets = []
        for name, user in people:
            sock = stack.enter_context(RawSocket(proxy.port))
            sock.send(websocket_request(client_name=name, user_id=user))
            assert sock.read_answer(to_head=True).status == 101
            sockets.append(sock)
        proxy.wait_for(rf"{len(people)} conns")
        yield sockets


def selected(proxy):
    """The screen's line that is selected, -1 if none."""
    marked = [i for i, line in enumerate(proxy.lines()) if re.match(r"[>F][ *]", line)]
    return marked[0] if marked else -1


def select(proxy, name):
    """Moves the selection to the row of this client."""
    first = [i for i, line in enumerate(proxy.lines()) if re.match(r"[ <] +# ", line)][0] + 1
    proxy.send(b"g")
    for at in range(first, first + 20):
        wait_until(lambda: selected(proxy) == at, 10, f"line {at} to be selected")  # noqa: B023
        if name in proxy.lines()[at]:
            return
        proxy.send(b"j")
    raise AssertionError(f"{name} is not in the list:\n{proxy.text()}")


def test_groups_are_a_tree(screen):  # noqa: F811
    proxy = screen(rows=30, cols=120)
    people = [("alpha/1.0", "1"), ("alpha/1.0", "2"), ("beta/2.0", "3")]
    with visitors(proxy, people) as sockets:
        proxy.send(b"v")
        proxy.wait_for(r"Group connections by.*none +now.*bot.*IP.*client.*user id.*backend")
        proxy.send(b"vvv\r")  # on to bots, on to IP, on to client
        proxy.wait_for("grouped by client")
        proxy.wait_for(r"\+ +2c alpha/1\.0 +v4 +127\.0\.0\.1 +b0-v4")
        proxy.wait_for(r"\+ +1c beta/2\.0")
        select(proxy, "alpha")
        proxy.send(b"\r")
        proxy.wait_for(r"- +2c alpha/1\.0[^\n]*\n +\d+ alpha/1\.0[^\n]*\n +\d+ alpha/1\.0")
        proxy.send(b"j" + LEFT)  # from within
        proxy.wait_for(r">.*\+ +2c alpha/1\.0[^\n]*\n *\+? +1?c? *")
        proxy.send(RIGHT)
        proxy.wait_for(r"> - +2c alpha")
        sockets[0].close()
        proxy.wait_for(r"> - +1c alpha/1\.0[^\n]*\n +\d+ alpha/1\.0[^\n]*\n +\+")
        proxy.send(b"v")
        proxy.wait_for("close all groups")
        proxy.send(b"\x1b[A" * 6 + b"\r")
        proxy.wait_for("not grouped")
        proxy.wait_for(r"\d+ v4 127\.0\.0\.1 +beta")


def test_tags_stay_with_their_rows(screen):  # noqa: F811
    proxy = screen()
    with bots(proxy, ["alpha/1.0", "beta/2.0", "gamma/3.0"]) as (alpha, _, _):
        proxy.send(b" ")
        proxy.wait_for("select a connection first")
        select(proxy, "alpha")
        proxy.send(b" ")
        proxy.wait_for("tagged 1")
        proxy.wait_for(r"(?m)^ \*.*alpha/1\.0")
        select(proxy, "gamma")
        proxy.send(b" ")
        proxy.wait_for("tagged 2")
        proxy.send(b"Ar")  # whatever the order
        proxy.wait_for(r"\*[^\n]*gamma/3\.0[^\n]*\n[^*\n]*beta[^\n]*\n.\*[^\n]*alpha")
        alpha.close()
        proxy.wait_gone(r"v4 127\.0\.0\.1 +alpha/1\.0")
        select(proxy, "beta")
        proxy.send(b" ")
        proxy.wait_for("tagged 2")
        proxy.send(b"U")
        proxy.wait_for("nothing is tagged any more")
        proxy.wait_gone(r"(?m)^.\*")


def test_follows_a_row_until_it_ends(screen):  # noqa: F811
    proxy = screen()
    with bots(proxy, ["alpha/1.0", "beta/2.0", "gamma/3.0"]) as (alpha, _, _):
        select(proxy, "alpha")
        proxy.send(b"F")
        number = proxy.wait_for(r"following #(\d+)").group(1)
        proxy.wait_for(rf"(?m)^F +{number} .*alpha/1\.0")
        proxy.send(b"Ar")
        proxy.wait_for(rf"gamma/3\.0[^\n]*\n[^\n]*beta[^\n]*\nF +{number} [^\n]*alpha")
        proxy.send(b"\\client:beta\r")
        proxy.wait_for(f"#{number} is hidden: no longer followed")
        proxy.send(b"\x1b")
        proxy.wait_gone("filter: ")
        select(proxy, "alpha")
        proxy.send(b"F")
        proxy.wait_for(rf"(?m)^F +{number} ")
        alpha.close()
        proxy.wait_for(f"#{number} has ended: no longer followed")
        proxy.wait_gone(r"(?m)^F +\d")


def test_details_of_a_connection(screen):  # noqa: F811
    proxy = screen(rows=30, cols=100)
    with bots(proxy, ["alpha/1.0", "beta/2.0"]) as (alpha, beta):
        select(proxy, "alpha")
        proxy.send(b"\r")
        proxy.wait_for(rf"Connection #\d+ .*from +127\.0\.0\.1:{alpha.address[1]} \(2 conns, .*opened +20\d\d-\d\d-\d\d")
        proxy.wait_for(r"client +alpha/1\.0.*path +/v4/websocket.*WebSocket, 1 request")
        proxy.wait_for(r"backend +b0-v4 v4 127\.0\.0\.1:\d+ UP [\d.]+ ms")
        proxy.wait_for(r"OUT .*total +102 .*IN .*F9 kill.*Esc back")
        alpha.send(bytes(5000))
        proxy.wait_for(r"IN +[\d.]+K?/s.*max 5\.\d+K/s")
        alpha.close()
        proxy.wait_for(r"Connection #\d+, ended \d\d:\d\d:\d\d.*alpha/1\.0.*max 5\.\d+K/s")
        proxy.wait_gone("F9 kill")
        proxy.wait_for(r"OUT[^\n]*\n.*Esc back")
        proxy.send(b"\x1b")
        proxy.wait_gone("Connection #")
        select(proxy, "beta")
        proxy.send(b"\r")
        proxy.wait_for(r"Connection #.*beta/2\.0")
        proxy.send(b"K")
        proxy.wait_for(r"Kill connection\?.*beta/2\.0")
        proxy.send(b"Y")
        assert beta.is_closed()


def test_details_lead_to_a_filter(screen):  # noqa: F811
    proxy = screen()
    with bots(proxy, ["alpha/1.0"]):
        select(proxy, "alpha")
        proxy.send(b"\r")
        proxy.wait_for("filter on this")
        proxy.send(b"f")
        proxy.wait_gone("Connection #")
        proxy.send(b"\\")
        proxy.wait_for(r"filter> ip:127\.0\.0\.1")


def test_columns_scroll_sideways(screen):  # noqa: F811
    proxy = screen(rows=24, cols=80)
    with visitors(proxy, [("alpha/1.0", "4711"), ("beta/2.0", "4712")]):
        head = proxy.wait_for(r"(?m)^ +# V +IP .* >$").group()
        assert "USER-ID" not in head
        for _ in range(5):
            proxy.send(RIGHT)
        proxy.wait_for(r"(?m)^< +# USER-ID.*\n.*471\d")
        proxy.send(b"llllllllll")
        proxy.wait_for(r"(?m)^< +# .*PATH .*60 s OUT *$")
        proxy.wait_for(r"/v4/websocket")
        for _ in range(14):
            proxy.send(LEFT)
        proxy.wait_for(r"(?m)^ +# V +IP .* >$")


def test_masks_addresses_and_ids(screen):  # noqa: F811
    proxy = screen(rows=42, cols=150)
    with visitors(proxy, [("alpha/1.0", "1043556677889900112"), ("beta/2.0", "77")]):
        proxy.wait_for(r"127\.0\.0\.1 +alpha/1\.0 +1043556677889900112")
        proxy.send(b"P")
        word = proxy.wait_for(r"(ip-[0-9a-f]{8}) +alpha/1\.0 +id-[0-9a-f]{8}").group(1)
        proxy.wait_for(r" masked ")
        wait_until(lambda: not re.search(r"127\.0\.0\.1|1043556677889900112", proxy.text()), 5, "all to be masked")
        assert len(re.findall(word, proxy.text())) >= 4  # both rows, the IP's row, events
        select(proxy, "alpha")
        proxy.send(b"K")
        proxy.wait_for(rf"Kill connection\?.*{word}")
        proxy.send(b"\x1b")
        proxy.wait_gone(r"Kill connection\?")
        proxy.send(b"P")
        proxy.wait_for(r"127\.0\.0\.1 +alpha/1\.0 +1043556677889900112")


def test_rates_in_bits_and_messages(screen):  # noqa: F811
    proxy = screen()
    proxy.wait_for(r"IN/s.*OUT/s")
    proxy.send(b"%")
    proxy.wait_for(r"INb/s.*OUTb/s")
    proxy.wait_for(r"in +0b/s")
    proxy.send(b"%")
    with bots(proxy, ["alpha/1.0"]):
        proxy.wait_for(r"MSGS.*MSG/s")
        proxy.wait_for(r"alpha/1\.0[^\n]* 1 +0\.2 ")  # its handshake, over five seconds
    proxy.send(b"%")
    proxy.wait_for(r"IN/s.*OUT/s")
