"""Themes and colours on a real terminal: every theme starts, a broken one falls back, and what is sent has the colours that
were asked for, and no others."""

import re

import pytest

import support
from test_screen import bots, screen  # noqa: F401  (the fixture)

COLOR = re.compile(rb"\x1b\[[0-9;]*\b(?:3[0-7]|4[0-7]|9[0-7]|10[0-7]|[34]8;[25];[0-9;]+)[0-9;]*m")
THEMES = ["cvd-safe", "dark", "gruvbox-like", "high-contrast", "light", "mono", "neon", "nord-like", "solarized-dark",
          "solarized-light"]


@pytest.mark.parametrize("theme", THEMES)
def test_every_theme_starts(screen, theme):  # noqa: F811
    proxy = screen(args=["--theme", theme], env={"COLORTERM": ""})
    assert "theme" not in proxy.text()
    assert bool(re.search(rb"38;5;|\x1b\[3[1-7]m", proxy.received())) == (theme != "mono")
    assert b"38;2;" not in proxy.received()


def test_a_broken_theme_falls_back_with_a_word(screen, tmp_path):  # noqa: F811
    path = tmp_path / "mine.yaml"
    path.write_text("roles:\n  title: {fg: [red]}\n")
    proxy = screen(args=["--theme", str(path)], cols=200)
    proxy.wait_for(r"mine\.yaml:2:15: fg: must have a plain value")
    proxy.wait_for(r"WARN theme: [^\n]*mine\.yaml:2:15")
    path.write_text('roles:\n  title: {fg: "#123456"}\n')
    proxy.send(b":theme " + str(path).encode() + b"\r")
    proxy.wait_for(r"(?m)^ theme .*mine\.yaml")
    proxy.send(b":theme drak\r")
    proxy.wait_for(r'there is no theme "drak"; did you mean dark\?')


@pytest.mark.parametrize("args, env", [([], {"NO_COLOR": "1"}), (["--no-color"], {}), (["--color=never"], {}),
                                       (["--theme", "mono"], {}), ([], {"TERM": "vt100"})])
def test_no_colours_where_none_are_wanted(screen, args, env):  # noqa: F811
    proxy = screen(args=args, env={"COLORTERM": "truecolor", **env})
    with bots(proxy, ["alpha/1.0"]):
        proxy.send(b"jT")
        proxy.wait_for("Enter keep")
        proxy.send(b"\x1b")
        proxy.wait_gone("Enter keep")
    assert not COLOR.search(proxy.received())


@pytest.mark.parametrize("args, env, sent, not_sent", [
    ([], {"COLORTERM": "truecolor"}, rb"38;2;136;192;208m", None),
    (["--color=true"], {}, rb"38;2;136;192;208m", None),
    (["--color=256"], {"COLORTERM": "truecolor"}, rb"38;5;\d+m", rb"[34]8;2;"),
    (["--color=16"], {"COLORTERM": "truecolor"}, rb"\x1b\[(3[1-7]|9[0-7])m", rb"[34]8;[25];"),
    (["--color=always"], {"NO_COLOR": "1"}, rb"38;5;\d+m", rb"[34]8;2;"),
    ([], {"NO_COLOR": ""}, rb"38;5;\d+m", rb"[34]8;2;"),
    ([], {"TERM": "xterm"}, rb"\x1b\[3[1-7]m", rb"[34]8;[25];"),
    ([], {"TERM": "xterm", "COLORTERM": "truecolor"}, rb"38;2;136;192;208m", None),
])
def test_as_many_colours_as_asked_for(screen, args, env, sent, not_sent):  # noqa: F811
    proxy = screen(args=["--theme", "nord-like", *args], env={"COLORTERM": "", **env})
    support.wait_until(lambda: re.search(sent, proxy.received()), 5, "the colours")
    assert not_sent is None or not re.search(not_sent, proxy.received())


def test_the_chooser_previews_and_forgets(screen):  # noqa: F811
    proxy = screen(env={"COLORTERM": "truecolor"}, rows=40)
    proxy.send(b"T")
    proxy.wait_for(r"> dark +now")
    before = len(proxy.received())
    for _ in range(6):
        proxy.send(b"\x1b[B")
    proxy.wait_for(r"> nord-like")
    support.wait_until(lambda: b"48;2;46;52;64m" in proxy.received()[before:], 5, "nord's ground")
    proxy.wait_for("Enter keep")  # a new ground clears the screen first: only with the last line is the box there
    proxy.send(b"\x1b")
    proxy.wait_gone("Enter keep")
    proxy.send(b"T")
    proxy.wait_for(r"> dark +now")
    proxy.send(b"\x1b[B\r")
    proxy.wait_for("theme gruvbox-like; :save keeps it")
    proxy.send(b"T")
    proxy.wait_for(r"> gruvbox-like +now")


def test_setup_changes_in_place(screen):  # noqa: F811
    proxy = screen(rows=40)
    proxy.send(b"\x1bOQ")  # F2
    proxy.wait_for(r"Setup.*> theme +< dark >")
    proxy.send(b"\x1b[C")
    proxy.wait_for(r"> theme +< gruvbox-like >")
    proxy.send(b"\x1b[D\x1b[B\x1b[C")
    proxy.wait_for(r"> refresh +< 2s >.*")
    proxy.wait_for("LIVE 2s.*Left Right change")
    proxy.send(b"\x1b")
    proxy.wait_gone("Left Right change")
