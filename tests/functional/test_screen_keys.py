"""Keys of one's own: presets, re-binding, conflicts, and what the program says of them."""

import os
import signal
import subprocess

import support
from support import wait_until
from test_screen import bots, screen  # noqa: F401 (a fixture)


def keys(**bound):
    return {"tui": {"keys": {name.replace("_", "."): key for name, key in bound.items()}}}


def check(config):
    return subprocess.run([support.binary("lavaproxy"), "--check", "-c", str(config)], capture_output=True, text=True,
                          timeout=support.patience(10))


def test_preset_htop_kills_with_k(screen):
    proxy = screen(config=keys(preset="htop"))
    with bots(proxy, ["alpha/1.0"]):
        proxy.send(b"\x1b[B")
        proxy.wait_for(r">\s*\d+ +v4")
        proxy.send(b"j")  # not a movement there
        proxy.send(b"k")
        proxy.wait_for("Kill connection")
        proxy.send(b"\x1b")
        proxy.wait_gone("Kill connection")


def test_a_command_gets_other_keys(screen):
    proxy = screen(config=keys(kill=["x", "F9"], row_next="Ctrl-N", check=[]))
    with bots(proxy, ["alpha/1.0"]):
        proxy.wait_for("F9 ?Kill|x ?Kill")
        assert "Check" not in proxy.text()  # it has no key, hence no place in the bar
        proxy.send(b"j")
        proxy.send(b"K")
        proxy.send(b"\x0e")
        proxy.wait_for(r">\s*\d+ +v4")
        proxy.send(b"x")
        proxy.wait_for("Kill connection")


def test_a_conflict_is_named_and_the_usual_keys_stay(screen, tmp_path):
    proxy = screen(config=keys(row_next="x", row_prev="x"))
    proxy.wait_for(r"usual keys, since screen\.yaml:1:\d+: tui\.keys: x is")
    with bots(proxy, ["alpha/1.0"]):
        proxy.send(b"j")
        proxy.wait_for(r">\s*\d+ +v4")
    proxy.process.send_signal(signal.SIGTERM)
    assert proxy.wait() == 0
    shown = check(proxy.path)
    assert shown.returncode == 2
    assert shown.stdout == ""
    assert shown.stderr.count("screen.yaml:1:") == 2  # where the one stands, and the other
    assert "row.next" in shown.stderr and "row.prev" in shown.stderr


def test_unknown_commands_and_keys_are_problems(tmp_path):
    path = tmp_path / "keys.yaml"
    path.write_text("proxy: {password: x}\ntui:\n  keys:\n    kil: x\n    help: [F1, Hyper-Q]\n    quit: []\n")
    shown = check(path)
    assert shown.returncode == 2
    assert f"{path}:4:10: tui.keys: kil: unknown command; did you mean kill?" in shown.stderr
    assert f"{path}:5:16: tui.keys: Hyper-Q is no key" in shown.stderr
    assert f"{path}:6:11: tui.keys: quit must have a key" in shown.stderr


def test_settings_are_kept_only_on_request(screen, tmp_path):
    state = tmp_path / "state"
    saved = state / "lavaproxy" / "screen.yaml"
    proxy = screen(group="")
    before = proxy.path.read_bytes()
    proxy.send(b":sort client desc\r")
    proxy.wait_for("sort client desc")
    proxy.send(b"++")
    proxy.wait_for("refresh 5s")
    assert not saved.exists()
    proxy.send(b":save\r")
    proxy.wait_for("saved in ")
    assert saved.stat().st_mode & 0o7777 == 0o600
    assert os.listdir(saved.parent) == ["screen.yaml"]
    assert proxy.path.read_bytes() == before
    proxy.send(b"\x03\x03")
    assert proxy.wait() == 0

    proxy = screen()
    proxy.send(b":set sort\r")
    proxy.wait_for("sort client desc")
    proxy.send(b":set refresh\r")
    proxy.wait_for("refresh 5s")
    proxy.send(b"\x03\x03")
    assert proxy.wait() == 0

    proxy = screen(args=["--refresh", "1s"])  # the command line counts more
    proxy.send(b":set refresh\r")
    proxy.wait_for("refresh 1s")
    proxy.send(b"\x03\x03")
    assert proxy.wait() == 0

    saved.write_text("sort: client desc\nrefresh: soon\n")
    proxy = screen()
    proxy.wait_for(r"saved settings: screen\.yaml:2:1: refresh: not a duration")
    proxy.send(b":save\r")
    proxy.wait_for("saved in ")
    assert (saved.parent / "screen.yaml.bad").read_text() == "sort: client desc\nrefresh: soon\n"


def test_words_ask_as_their_keys_do(screen):
    proxy = screen()
    with bots(proxy, ["alpha/1.0", "beta/2.0"]) as (alpha, beta):
        number = int(proxy.wait_for(r"(\d+) v4 127\.0\.0\.1 +alpha/1\.0").group(1))
        proxy.send(f":kill {number} reset\r".encode())
        shown = proxy.wait_for(rf"Kill connection\?.*#{number}.*\[ Y  cut now \]").group()
        assert "politely" not in shown and "block" not in shown  # what was said, and no
        assert not alpha.is_closed(0.2)
        proxy.send(b"\r")  # the safe answer is the marked one
        proxy.wait_gone("Kill connection")
        assert not alpha.is_closed(0.2)
        proxy.send(b":\x1b[A\r")  # the same line again
        proxy.wait_for("Kill connection")
        proxy.send(b"Y")
        wait_until(lambda: alpha.is_closed(0.05), 5, "the connection to be cut")
        assert not beta.is_closed(0.2)
        proxy.send(b":block 192.0.2.77 15m\r")
        proxy.wait_for(r"Block IP\?.*192\.0\.2\.77.*y  for 15 min")
        proxy.send(b"y")
        proxy.wait_for(r"WARN 192\.0\.2\.77 blocked by hand")
        proxy.send(b":unblock 192.\t\r")
        proxy.wait_for(r"Unblock IP\?.*192\.0\.2\.77, by hand, is blocked for another 1[45]m")
        proxy.send(b"y")
        proxy.send(b":unblock 192.0.2.77\r")
        proxy.wait_for("192.0.2.77 is not blocked|Unblock IP")


def test_words_set_what_is_shown(screen):
    proxy = screen()
    with bots(proxy, ["alpha/1.0", "beta/2.0"]):
        proxy.send(b":filter client:alpha\r")
        proxy.wait_gone(r"beta/2\.0 +b0")
        proxy.send(b":filter off\r")
        proxy.wait_for(r"beta/2\.0 +b0")
        proxy.send(b":so\tcl\tdesc\r")
        proxy.wait_for("sort client desc")
        proxy.send(b":panel events\r")
        proxy.wait_gone(r"alpha/1\.0 +b0")
        proxy.send(b":panel all\r")
        proxy.send(b":mask on\r")
        proxy.wait_for(r"ip-[0-9a-f]{8}")
        proxy.send(b":mask off\r")
        proxy.wait_for(r"127\.0\.0\.1 +alpha")
        proxy.send(b":relaod\r")
        proxy.wait_for(r"unknown command: relaod; did you mean reload\?")
        proxy.send(b":readonly\r")
        proxy.wait_for("read-only from now on")
        proxy.send(b":check\r")
        proxy.wait_for("read-only: check refused")
        proxy.send(b"jK")
        proxy.wait_for("read-only: kill refused")
