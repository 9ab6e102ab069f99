"""Taking things out of the screen: lists into files, rows into the clipboard of the terminal."""

import base64
import csv
import json
import os
import re
import stat

import pytest

from support import wait_until
from test_screen import bots, screen  # noqa: F401 (a fixture)

NAMES = ["alpha/1.0", "beta, the \"2nd\"", "=1+1"]
OSC52 = re.compile(rb"\x1b\]52;c;([A-Za-z0-9+/=]*)\x07")


def write_to(proxy, name, says):
    proxy.send(b"w")
    proxy.wait_for(r"write to: [a-z]+-\d{8}-\d{4}\.csv")
    proxy.send(b"\x15" + name.encode() + b"\r")
    return proxy.wait_for(says)


def rows_of(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_writes_the_list_as_csv_and_json(screen, tmp_path):
    proxy = screen(env={"HOME": str(tmp_path)}, cols=140)
    with bots(proxy, NAMES):
        proxy.send(b"Ar")
        proxy.wait_for("sorted by age, ascending")
        # The order is new by the time the list says so.
        wait_until(lambda: proxy.text().index("=1+1") < proxy.text().index("alpha/1.0"), 5, "youngest first")
        write_to(proxy, "~/list.csv", r"3 rows, \d+(\.\d+K)?, written to ~/list\.csv")
        path = tmp_path / "list.csv"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        rows = rows_of(path)
        assert [row["clientName"] for row in rows] == ["'=1+1", "beta, the \"2nd\"", "alpha/1.0"]
        assert {row["clientIp"] for row in rows} == {"127.0.0.1"}
        assert {row["backendName"] for row in rows} == {"b0-v4"}
        assert all(line.endswith(b"\r\n") for line in path.read_bytes().splitlines(keepends=True))
        write_to(proxy, "~/list.json", r"3 rows, [\d.]+K, written to ~/list\.json")
        data = json.loads((tmp_path / "list.json").read_text())
        assert [row["clientName"] for row in data["rows"]] == NAMES[::-1]
        assert data["view"] == "connections" and data["filter"] is None


def test_writes_what_the_filter_shows(screen, tmp_path):
    proxy = screen(env={"HOME": str(tmp_path)}, cols=140)
    with bots(proxy, NAMES):
        proxy.send(b"\\client:alpha\r")
        write_to(proxy, "~/some.json", r"1 row, \d+, written")
        data = json.loads((tmp_path / "some.json").read_text())
        assert [row["clientName"] for row in data["rows"]] == ["alpha/1.0"]
        assert data["filter"] == "client:alpha"


def test_each_panel_alone_has_its_list(screen, tmp_path):
    proxy = screen(env={"HOME": str(tmp_path)})
    with bots(proxy, NAMES[:1]):
        for digit, name, column, value in [(b"2", "ips", "ip", "127.0.0.1"), (b"3", "backends", "name", "b0-v4"),
                                           (b"4", "events", "level", "INFO")]:
            proxy.send(digit)
            proxy.send(b"w")
            proxy.wait_for(rf"write to: {name}-\d")
            proxy.send(b"\x15~/" + name.encode() + b".csv\r")
            proxy.wait_for(rf"rows?, [\d.]+K?, written to ~/{name}\.csv")
            assert rows_of(tmp_path / f"{name}.csv")[0][column] == value


def test_nothing_is_overwritten(screen, tmp_path):
    proxy = screen(env={"HOME": str(tmp_path)})
    proxy.wait_for("b0-v4")
    (tmp_path / "there.csv").write_text("mine\n")
    (tmp_path / "link.csv").symlink_to(tmp_path / "target.csv")
    os.mkfifo(tmp_path / "fifo.csv")
    for name in ("there.csv", "link.csv", "fifo.csv"):
        write_to(proxy, f"~/{name}", "there is such a file already")
    assert (tmp_path / "there.csv").read_text() == "mine\n"
    assert not (tmp_path / "target.csv").exists()
    write_to(proxy, "~/no/such.csv", "there is no such directory")
    write_to(proxy, "~/list.txt", r"must end in \.csv or \.json")
    before = set(os.listdir(tmp_path))
    proxy.send(b"w\x1b")
    proxy.wait_gone("write to:")
    assert set(os.listdir(tmp_path)) == before


def test_read_only_writes_nothing(screen):
    proxy = screen(args=["--read-only"])
    proxy.send(b"w")
    proxy.wait_for("read-only: writing files refused")


def copied(proxy, count):
    """What the last of `count` copies holds."""
    wait_until(lambda: len(OSC52.findall(proxy.received())) >= count, 5, "a copy on its way")
    found = OSC52.findall(proxy.received())
    assert len(found) == count
    return base64.b64decode(found[-1], validate=True).decode()


def test_copies_into_the_clipboard(screen):
    proxy = screen()
    with bots(proxy, NAMES[:1]):
        proxy.send(b"y")
        proxy.wait_for("nothing is selected that could be copied")
        proxy.send(b"jy")
        assert copied(proxy, 1) == "127.0.0.1"
        proxy.wait_for("sent to the terminal's clipboard: 127.0.0.1")
        proxy.send(b"Y")
        row = json.loads(copied(proxy, 2))
        assert (row["clientName"], row["clientIp"], row["backendName"]) == ("alpha/1.0", "127.0.0.1", "b0-v4")
        proxy.send(b"2")
        proxy.wait_for("IPs by")
        proxy.send(b"jy")
        assert copied(proxy, 3) == "127.0.0.1"
        proxy.send(b"3jy")
        assert copied(proxy, 4) == "b0-v4"
        proxy.send(b"Y")
        assert json.loads(copied(proxy, 5))["status"] == "online"


@pytest.mark.parametrize("config,env", [({"tui": {"clipboard": "off"}}, {}), ({}, {"TERM": "linux"})])
def test_without_a_clipboard_the_text_is_shown(screen, config, env):
    proxy = screen(config=config, env=env)
    with bots(proxy, NAMES[:1]):
        proxy.send(b"jY")
        proxy.wait_for(r"select it with.*\}")
        shown = "".join(line.ljust(100) for line in proxy.lines()[2:]).strip()
        assert json.loads(re.match(r"\{.*\}", shown).group())["clientName"] == "alpha/1.0"
        proxy.send(b"\x1b")
        proxy.wait_for("Backends")
    assert not OSC52.search(proxy.received())


def test_in_gnu_screen_it_is_wrapped(screen):
    proxy = screen(env={"TERM": "screen", "STY": "1.tty.host", "TMUX": ""})
    with bots(proxy, NAMES[:1]):
        proxy.send(b"jy")
        wait_until(lambda: b"\x1bP\x1b]52;c;MTI3LjAuMC4x\x07\x1b\\" in proxy.received(), 5, "the wrapped copy")


def test_masked_is_copied_and_written_masked(screen, tmp_path):
    proxy = screen(env={"HOME": str(tmp_path)})
    with bots(proxy, NAMES[:1]):
        proxy.send(b"Pj")
        proxy.wait_for(r"> *\d+ .*ip-[0-9a-f]{8}")
        proxy.send(b"y")
        word = copied(proxy, 1)
        assert re.fullmatch(r"ip-[0-9a-f]{8}", word)
        proxy.send(b"Y")
        row = json.loads(copied(proxy, 2))
        assert row["clientIp"] == word and row["clientAddress"].startswith(word + ":")
        assert re.fullmatch(r"id-[0-9a-f]{8}", row["userId"])
        write_to(proxy, "~/masked.csv", "1 row, ")
        assert "127.0.0.1" not in (tmp_path / "masked.csv").read_text()


def test_a_group_is_copied_as_what_its_rows_share(screen):
    proxy = screen()
    with bots(proxy, NAMES[:2]):
        proxy.send(b"vjj")
        proxy.wait_for("Group connections by")
        proxy.send(b"\r")
        proxy.wait_gone("Group connections by")
        proxy.send(b"gy")
        assert copied(proxy, 1) == "127.0.0.1"
        proxy.send(b"Y")
        assert json.loads(copied(proxy, 2))["connections"] == 2
