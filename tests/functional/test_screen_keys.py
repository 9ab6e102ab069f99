"""Keys of one's own: presets, re-binding, conflicts, and what the program says of them."""

import signal
import subprocess

import support
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
