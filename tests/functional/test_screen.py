"""The screen in a pseudo-terminal, read by a terminal emulator: what it shows, what keys do, and what a hostile terminal
(resized, stalled, closed) can do to it and to the proxy: nothing."""

import contextlib
import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import threading
import time

import pyte
import pytest

import support
from support import PASSWORD, RawSocket, exchange, ok, patience, request, wait_until, websocket_request

LEAVE = b"\x1b[?1049l"  # xterm's way back to the shell's screen
SHOW_CURSOR = re.compile(rb"\x1b\[\?25h|\x1b\[\?12l\x1b\[\?25h")


class Stream(pyte.ByteStream):
    """With REP, SU and SD, which ncurses uses where the terminal has them."""

    csi = pyte.ByteStream.csi | {"b": "repeat", "S": "scroll_up", "T": "scroll_down"}
    events = pyte.ByteStream.events | {"repeat", "scroll_up", "scroll_down"}


class Screen(pyte.Screen):
    last = " "

    def draw(self, data):
        super().draw(data)
        self.last = data[-1:] or self.last

    def repeat(self, count=1):
        self.draw(self.last * (count or 1))

    def scroll_up(self, count=1):
        self._scroll(count, self.index, (self.margins or pyte.screens.Margins(0, self.lines - 1)).bottom)

    def scroll_down(self, count=1):
        self._scroll(count, self.reverse_index, (self.margins or pyte.screens.Margins(0, self.lines - 1)).top)

    def _scroll(self, count, once, edge):
        row, self.cursor.y = self.cursor.y, edge
        for _ in range(count or 1):
            once()
        self.cursor.y = row


class Terminal:
    """A program on a terminal of its own, whose screen can be read, stalled, resized and closed."""

    def __init__(self, argv, rows=30, cols=100, env=None):
        self.master, self.slave = pty.openpty()
        self.screen = Screen(cols, rows)
        self.stream = Stream(self.screen)
        self.raw = bytearray()
        self.lock = threading.Lock()
        self.reading = threading.Event()
        self.reading.set()
        self.ended = threading.Event()
        self._size(rows, cols)
        self.modes = termios.tcgetattr(self.slave)
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("PROXY_", "WEB_", "LAVALINK_"))}
        environment.update({"TERM": "xterm-256color", "LC_ALL": "C.UTF-8"})
        environment.pop("NO_COLOR", None)
        environment.update(env or {})
        self.process = subprocess.Popen(
            argv, stdin=self.slave, stdout=self.slave, stderr=self.slave, env=environment,
            preexec_fn=lambda: (os.setsid(), fcntl.ioctl(0, termios.TIOCSCTTY, 0)),
        )
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _size(self, rows, cols):
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))

    def _read(self):
        while not self.ended.is_set():
            if not self.reading.wait(0.1) or not select.select([self.master], [], [], 0.05)[0]:
                continue
            try:
                data = os.read(self.master, 65536)
            except OSError:
                return
            with self.lock:
                self.raw += data
                self.stream.feed(data)

    def lines(self):
        with self.lock:
            return [line.rstrip() for line in self.screen.display]

    def text(self):
        return "\n".join(self.lines())

    def received(self):
        with self.lock:
            return bytes(self.raw)

    def wait_for(self, pattern, timeout=10.0):
        """The match of `pattern` on the screen, once it is there."""
        deadline = time.monotonic() + patience(timeout)
        while True:
            text = self.text()
            found = re.search(pattern, text, re.S)
            if found:
                return found
            assert time.monotonic() < deadline, f"never saw {pattern!r}:\n{text}"
            time.sleep(0.01)

    def wait_gone(self, pattern, timeout=10.0):
        wait_until(lambda: not re.search(pattern, self.text()), timeout, f"{pattern!r} to leave the screen")

    def send(self, keys):
        os.write(self.master, keys)

    def resize(self, rows, cols):
        with self.lock:
            self.screen.resize(rows, cols)
        self._size(rows, cols)

    def stall(self):
        self.reading.clear()

    def go_on(self):
        self.reading.set()

    def close(self):
        """The terminal goes away, as when a connection breaks."""
        self.ended.set()
        self.thread.join()
        os.close(self.master)
        os.close(self.slave)
        self.master = self.slave = -1

    def wait(self, timeout=10.0):
        return self.process.wait(patience(timeout))

    def assert_restored(self):
        """Modes and screen are the shell's again."""
        assert termios.tcgetattr(self.slave) == self.modes
        assert not fcntl.fcntl(self.slave, fcntl.F_GETFL) & os.O_NONBLOCK
        wait_until(lambda: LEAVE in self.received(), 5, "the way back to the shell's screen")
        rest = self.received()[self.received().rindex(LEAVE):]
        assert SHOW_CURSOR.search(rest) or SHOW_CURSOR.search(self.received()[-200:])

    def stop(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.ended.set()
        self.thread.join()
        for fd in (self.master, self.slave):
            if fd >= 0:
                os.close(fd)
        found = support.SANITIZER.search(self.raw.decode("utf-8", "replace"))
        assert not found or "DEADLYSIGNAL" in found.group(), self.raw[-4000:]


class Proxy(Terminal):
    """lavaproxy with its screen on a terminal."""

    def __init__(self, directory, backends, args=(), config=None, launcher=(), group="none", **options):
        """`group`: what the list is to begin with, "" for what it does by itself."""
        self.port = support.free_port()
        self.web_port = support.free_port()
        settings = support.merge({
            "proxy": {"listen": f"127.0.0.1:{self.port}", "password": PASSWORD, "workers": 3},
            "web": {"listen": f"127.0.0.1:{self.web_port}"},
            "backends": [support.backend_entry(b, i) for i, b in enumerate(backends)],
            "timeouts": {"drain": "1s"},
            # Scripted backends know no /version, and a loaded machine is no slow backend.
            "health": {"check": "tcp", "slow": "1m"},
        }, config)
        if not backends:
            del settings["backends"]
        self.path = directory / "screen.yaml"
        self.write(settings)
        # Not what the one who runs the tests has saved.
        saved = directory / "state" / "lavaproxy" / "screen.yaml"
        if group and not saved.exists():
            saved.parent.mkdir(parents=True)
            saved.write_text(f'group: "{group}"\n')
        options["env"] = {"XDG_STATE_HOME": str(directory / "state"), **(options.get("env") or {})}
        super().__init__([*launcher, support.binary("lavaproxy"), "-c", str(self.path), *args], **options)

    def write(self, settings):
        """The configuration file, whole at any moment."""
        self.settings = settings
        fresh = self.path.with_suffix(".new")
        fresh.write_text(json.dumps(settings))
        fresh.chmod(0o600)
        fresh.replace(self.path)


def answer(conn):
    """A backend: keeps WebSockets open and echoes, answers anything else with 200."""
    while True:
        head = conn.head()
        if b"websocket" not in head.lower():
            conn.send(ok())
            continue
        conn.send(support.SWITCHING)
        while conn.more():
            conn.send(bytes(conn.received[-1:]))
        return


@pytest.fixture
def screen(tmp_path, scripted):
    """A factory of Proxy on one v4 backend."""
    made = []

    def make(args=(), config=None, **options):
        backend = scripted(answer)
        made.append(Proxy(tmp_path, [backend], args, config, **options))
        made[-1].wait_for(r"CLIENT|STATE|need 60x12", 20)
        return made[-1]

    yield make
    support.stop_all(made)


@contextlib.contextmanager
def bots(proxy, names):
    with contextlib.ExitStack() as stack:
        sockets = []
        for name in names:
            sock = stack.enter_context(RawSocket(proxy.port))
            sock.send(websocket_request(client_name=name))
            assert sock.read_answer(to_head=True).status == 101
            sockets.append(sock)
            proxy.wait_for(re.escape(name[:12]))
        yield sockets


def order_of(proxy, names):
    text = proxy.text()
    return sorted(names, key=lambda name: text.index(name) if name in text else 1 << 30)


def test_shows_who_is_connected(screen):
    proxy = screen()
    with bots(proxy, ["alpha/1.0", "beta/2.0"]):
        proxy.wait_for(r"b0-v4\s+v4 UP")
        proxy.wait_for(r"2 conns   1 IP now")
        row = proxy.wait_for(r"\d+ v4 127\.0\.0\.1 +alpha/1\.0 +b0-v4 [^\n]*")
        assert re.search(r"\d+s", row.group())
        proxy.wait_for(r"127\.0\.0\.1 +2 conns")
        assert f"127.0.0.1:{proxy.port}" in proxy.text()
    proxy.wait_for("no connections at present")
    secrets = [PASSWORD.encode(), support.BACKEND_PASSWORD.encode()]
    assert not any(secret in proxy.received() for secret in secrets)


def test_sorts(screen):
    proxy = screen()
    names = ["zulu/1.0", "mike/1.0", "alpha/1.0"]
    with bots(proxy, names):
        proxy.send(b"A")
        proxy.wait_for("sorted by age, descending")
        proxy.wait_for("AGEv|AGE v")
        wait_until(lambda: order_of(proxy, names) == names, 5, "the oldest first")
        proxy.send(b"r")
        proxy.wait_for("sorted by age, ascending")
        wait_until(lambda: order_of(proxy, names) == names[::-1], 5, "the youngest first")
        proxy.send(b"\x1b[17~")  # F6
        proxy.wait_for("Sort by")
        proxy.send(b"\x1b[A" * 12 + b"\x1bOB" * 4 + b"\r")  # up to the top, down to client
        proxy.wait_for("sorted by client, ascending")
        wait_until(lambda: order_of(proxy, names) == sorted(names), 5, "clients by name")


def test_kill_asks_and_keeps_by_default(screen):
    proxy = screen()
    with bots(proxy, ["alpha/1.0", "beta/2.0"]) as (alpha, beta):
        proxy.send(b"K")
        proxy.wait_for("select a connection first")
        proxy.send(b"Ar")
        proxy.wait_for("sorted by age, ascending")
        proxy.send(b"j")
        proxy.wait_for(r"> +\d+ v4 127.0.0.1 +beta/2.0")
        for keep in (b"\r", b"\x1b", b"n"):
            proxy.send(b"\x1b[20~")  # F9
            proxy.wait_for(r"Kill connection\?.*beta/2\.0.*No, keep")
            proxy.send(keep)
            proxy.wait_gone(r"Kill connection\?")
        proxy.send(b"KY")  # typed ahead of the question
        proxy.wait_for(r"Kill connection\?")
        assert not beta.is_closed(1.5)
        proxy.send(b"Y")
        assert beta.is_closed()
        proxy.wait_gone(r"v4 127\.0\.0\.1 +beta/2\.0")
        assert not alpha.is_closed(0.5)


def test_read_only_refuses(screen):
    proxy = screen(args=["--read-only"])
    with bots(proxy, ["alpha/1.0"]) as (alpha,):
        proxy.send(b"jK")
        proxy.wait_for("read-only: kill refused")
        proxy.send(b"c")
        proxy.wait_for("read-only: check refused")
        for word in (b"drain b0-v4", b"undrain b0-v4", b"reload"):
            proxy.send(b":" + word + b"\r")
            proxy.wait_for(f"read-only: {word.split()[0].decode()} refused")
        assert not alpha.is_closed(0.5)
        proxy.send(b"\x1b")
        assert "F9" not in proxy.wait_for(r"F1Help[^\n]*F10Quit").group()
        proxy.send(b"q")
        proxy.wait_for(r"Quit lavaproxy\?")
        proxy.send(b"Y")
        assert proxy.wait() == 0, proxy.text()


def test_small_windows_show_one_panel_at_a_time(screen):
    proxy = screen(rows=12, cols=60)
    with bots(proxy, ["alpha/1.0"]):
        proxy.wait_for(r"\[1 Conns 1\]")
        for keys, shows in [(b"3", r"b0-v4 +v4 UP.*\[3 Backends 1\]"), (b"\t", r"\[Events\].*\[4 Events \d+\]"),
                            (b"2", r"127\.0\.0\.1 +1c.*\[2 IPs 1\]"), (b"\x1b[Z", r"alpha/1\.0.*\[1 Conns 1\]"),
                            (b"4", r"\[4 Events"), (b"4", r"alpha/1\.0.*\[1 Conns 1\]")]:
            proxy.send(keys)
            proxy.wait_for(shows)


def test_checks_backends(screen):
    proxy = screen(config={"health": {"interval": "1h"}})
    proxy.wait_for(r"b0-v4\s+v4 UP")
    proxy.send(b"\x1b[18~")  # F7
    proxy.wait_for("checking the backends|(?m:^ checked$)", 5)


def test_help_comes_from_the_key_table(screen):
    proxy = screen()
    proxy.send(b"?")
    proxy.wait_for(r"Help 1/\d.*F9 K +end connections; asks")
    proxy.send(b"drain")  # typing narrows it
    proxy.wait_for(r"d +drain, undrain; asks.*:drain NAME +no new sessions; asks.*search: drain")
    proxy.wait_gone("F9 K +end")
    proxy.send(b"\x1b")
    proxy.wait_gone(r"Help 1/\d")
    proxy.wait_for("F1Help.*F6Sort.*F7Check.*F9Kill.*F10Quit")


def test_drains_by_command(screen):
    proxy = screen()
    with bots(proxy, ["alpha/1.0"]) as (alpha,):
        proxy.wait_for(r"b0-v4\s+v4 UP")
        proxy.send(b":")
        proxy.wait_for(r"(?m)^: +kill block unblock blocks check drain undrain .*")
        proxy.send(b"dr\tb\t")
        proxy.wait_for(r"(?m)^:drain b0-v4 +b0-v4$")
        proxy.send(b"\r")
        proxy.wait_for(r"Drain backend\?")
        proxy.send(b"y")
        proxy.wait_for(r"b0-v4\s+v4 DRAIN +1 socket")
        proxy.wait_for("b0-v4 takes no new sessions")
        proxy.wait_for("v4 1/1 up, 1 drains")
        assert not alpha.is_closed(0.2)
    proxy.wait_for(r"b0-v4\s+v4 DRAIN +nothing lives there")
    proxy.send(b":undrain x\x7f\x7fb0-v4\r")
    proxy.wait_for("unknown command: undrainb0-v4")
    proxy.send(b":undrain x\x7fb0-v4\r")
    proxy.wait_for(r"Undrain backend\?")
    proxy.send(b"y")
    proxy.wait_for("b0-v4 takes sessions again")
    proxy.wait_for(r"b0-v4\s+v4 UP")


def test_reloads_by_command(screen):
    proxy = screen()
    proxy.wait_for(r"b0-v4\s+v4 UP")
    good = proxy.settings
    more = support.free_port()
    proxy.write(support.merge(good, {"backends": [*good["backends"], {
        "name": "another", "version": 4, "address": f"127.0.0.1:{more}", "password": "x"}]}))
    proxy.send(b":reload\r")
    proxy.wait_for(r"another\s+v4 DOWN +Connection refused")
    proxy.path.write_text("proxy: [")
    proxy.send(b":reload\r")
    proxy.wait_for(r"not reloaded|broken")
    assert exchange(proxy.port, request()).status == 200
    with bots(proxy, ["alpha/1.0"]):
        proxy.write(support.merge(good, {"backends": [{**good["backends"][0], "name": "new-name"}]}))
        proxy.send(b":reload\n")
        proxy.wait_for(r"new-name\s+v4 UP")
        proxy.wait_for(r"alpha/1\.0 +new-name")


def test_commands_that_mean_nothing(screen):
    proxy = screen(config={"health": {"interval": "1h"}})
    for typed, said in [(b":reboot\r", "unknown command: reboot"), (b":drain\r", "drain needs more: drain NAME"),
                        (b":check nobody\r", "there is no backend nobody"), (b":reload now\r", "reload stands alone")]:
        proxy.send(typed)
        proxy.wait_for(said)
    proxy.send(b":check b0-v4\r")
    proxy.wait_for("(?m)^ (check b0-v4|checked)$", 5)
    proxy.send(b":drain b0-v4")
    proxy.wait_for(r"(?m)^:drain b0-v4")
    proxy.send(b"\x1b")
    proxy.wait_for("F1Help")
    proxy.send(b":quit\r")
    proxy.wait_for(r"Quit lavaproxy\?")
    proxy.send(b"Y")
    assert proxy.wait() == 0, proxy.text()
    proxy.assert_restored()


def test_quit_asks_and_restores(screen):
    proxy = screen()
    with bots(proxy, ["alpha/1.0"]):
        proxy.send(b"q")
        proxy.wait_for(r"Quit lavaproxy\?.*This ends 1 connection")
        proxy.send(b"\r")
        proxy.wait_gone(r"Quit lavaproxy\?")
        proxy.send(b"\x1b[21~")
        proxy.wait_for(r"Quit lavaproxy\?")
        proxy.send(b"Y")
        assert proxy.wait() == 0, proxy.text()
        proxy.assert_restored()


def test_ctrl_c_twice_quits(screen):
    proxy = screen()
    proxy.send(b"\x03")
    proxy.wait_for(r"Quit lavaproxy\?")
    proxy.send(b"\x03")
    assert proxy.wait() == 0, proxy.text()
    proxy.assert_restored()


def test_ctrl_z_does_not_stop_the_proxy(screen):
    proxy = screen()
    proxy.send(b"\x1a")
    proxy.wait_for("Ctrl-Z is ignored")
    os.kill(proxy.process.pid, signal.SIGTSTP)
    assert exchange(proxy.port, request()).status == 200


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS])
def test_every_end_restores_the_terminal(screen, number, flavour):
    proxy = screen()
    os.kill(proxy.process.pid, number)
    status = proxy.wait()
    if number in (signal.SIGTERM, signal.SIGINT):
        assert status == 0
    elif flavour == "release":
        assert status == -number
    else:
        assert status != 0
    proxy.assert_restored()


def test_right_after_every_resize(screen):
    proxy = screen()
    # Only figures and lines of figures move with the time.
    def words():
        return [" ".join(re.sub(r"[\d.KMG▁-█]+", "0", line[:60]).replace(" 0", "").split()) for line in proxy.lines()]

    with bots(proxy, ["alpha/1.0", "beta/2.0"]):
        proxy.resize(24, 80)
        proxy.wait_for(r"alpha/1\.0.*beta/2\.0.*open 127\.0\.0\.1 beta/2\.0")
        seen = len(proxy.received())
        proxy.send(b"\x0c")
        wait_until(lambda: b"\x1b[2J" in proxy.received()[seen:], 5, "the whole screen anew")
        proxy.wait_for("F10Quit")
        whole = words()
        for rows, cols, shows in [(24, 80, "Events"), (42, 140, "USER-ID"), (12, 60, r"\[1 Conns 2\]"),
                                  (10, 40, "need 60x12, have 40x10"), (1, 1, ""), (50, 200, "USER-ID"),
                                  (24, 80, "Backends")]:
            proxy.resize(rows, cols)
            if shows:
                proxy.wait_for(shows)
        # What was drawn in pieces equals what is drawn whole.
        wait_until(lambda: words() == whole, 5, "the same screen")


def test_quiet_screen_is_quiet(screen):
    proxy = screen(config={"health": {"interval": "1h"}})
    proxy.wait_for(r"b0-v4\s+v4 UP")
    # Until the opening settles: what follows is the clock alone.
    def bytes_of_a_second():
        before, clock = len(proxy.received()), proxy.lines()[0][-8:]
        wait_until(lambda: proxy.lines()[0][-8:] != clock, 5, "the clock")
        return len(proxy.received()) - before
    wait_until(lambda: bytes_of_a_second() < 40, 10, "a quiet second")
    for _ in range(4):
        assert bytes_of_a_second() < 40


def fill(proxy):
    """Makes the terminal's buffer overflow: whole redraws while nobody reads."""
    proxy.stall()
    for _ in range(60):
        proxy.send(b"\x0c")
        time.sleep(0.01)
    wait_until(lambda: not select.select([], [proxy.slave], [], 0)[1], 5, "the terminal to be full")


def test_stalled_terminal_delays_nobody(screen):
    proxy = screen(rows=60, cols=200)
    fill(proxy)
    slowest, end = 0, time.monotonic() + 3
    while time.monotonic() < end:
        start = time.monotonic()
        assert exchange(proxy.port, request()).status == 200
        slowest = max(slowest, time.monotonic() - start)
    assert slowest < patience(0.5)
    start = time.monotonic()
    proxy.process.send_signal(signal.SIGTERM)
    assert proxy.wait() == 0, proxy.text()
    assert time.monotonic() - start < patience(1)
    assert termios.tcgetattr(proxy.slave) == proxy.modes
    proxy.go_on()
    proxy.assert_restored()


def test_after_a_stall_the_present(screen):
    proxy = screen(rows=60, cols=200)
    fill(proxy)
    with RawSocket(proxy.port) as sock:
        sock.send(websocket_request(client_name="latecomer/1"))
        assert sock.read_answer(to_head=True).status == 101
        proxy.go_on()
        proxy.wait_for("latecomer/1")


def test_closed_terminal_leaves_the_proxy_alone(screen):
    proxy = screen()
    with bots(proxy, ["alpha/1.0"]) as (alpha,):
        proxy.close()
        stat = f"/proc/{proxy.process.pid}/stat"

        def cpu():
            with open(stat, encoding="ascii") as file:
                fields = file.read().rsplit(")", 1)[1].split()
            return int(fields[11]) + int(fields[12])

        assert exchange(proxy.port, request()).status == 200
        alpha.send(b"x")
        assert alpha.read_exact(1) == b"x"
        before, start = cpu(), time.monotonic()
        wait_until(lambda: time.monotonic() - start > 1, 5)
        assert cpu() - before < 0.2 * os.sysconf("SC_CLK_TCK") * patience(1)
        assert proxy.process.poll() is None
    proxy.process.send_signal(signal.SIGTERM)
    assert proxy.wait() == 0, proxy.text()


def test_hostile_names_stay_text(screen):
    proxy = screen()
    with RawSocket(proxy.port) as sock:
        sock.send(websocket_request(client_name=None, headers=[("User-Agent", "<b>\u202ertl\u202c\u200b&amp;")]))
        assert sock.read_answer(to_head=True).status == 101
        proxy.wait_for(r"<b>[^\n]* b0-v4 +0 ")
        row = next(line for line in proxy.lines() if "<b>" in line)
        head = next(line for line in proxy.lines() if "CLIENT" in line)
        assert row.index("b0-v4") == head.index("BACKEND")
    assert "\u202e".encode() not in proxy.received()


def test_no_color_and_ascii(screen):
    proxy = screen(args=["--ascii"], env={"NO_COLOR": "1"})
    with bots(proxy, ["alpha/1.0"]):
        assert not re.search(rb"\x1b\[([0-9]+;)*(3[0-8]|9[0-7])(;[0-9]+)*m", proxy.received())
        assert all(byte < 0x80 for byte in proxy.received())


def test_other_locale_is_ascii(screen):
    proxy = screen(env={"LC_ALL": "C"})
    proxy.wait_for("Backends")
    assert all(byte < 0x80 for byte in proxy.received())


@pytest.mark.parametrize("term", ["no-such-terminal", "xterm-strange", "vt100", "screen", "linux", "tmux-256color"])
def test_terminal_types(screen, term):
    proxy = screen(env={"TERM": term})
    if term in ("no-such-terminal", "xterm-strange"):
        proxy.wait_for(f"terminal type {term} is unknown")
    proxy.wait_for("Backends")
    proxy.send(b"q")
    proxy.wait_for(r"Quit lavaproxy\?")
    proxy.send(b"Y")
    assert proxy.wait() == 0, proxy.text()
    assert termios.tcgetattr(proxy.slave) == proxy.modes


def test_demo_says_so(tmp_path):
    proxy = Proxy(tmp_path, [], ["--demo"], rows=42, cols=140)
    try:
        proxy.wait_for("DEMO", 20)
        proxy.wait_for(r" ([5-9]|\d\d) conns", 30)
        proxy.process.send_signal(signal.SIGTERM)
        assert proxy.wait(20) == 0
        proxy.assert_restored()
    finally:
        proxy.stop()
