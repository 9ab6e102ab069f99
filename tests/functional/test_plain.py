"""Line mode: events and a summary in words on standard output, commands by number on standard input; through pipes and
on a terminal, and with a reader that is slow, stops or goes away."""

import fcntl
import json
import os
import re
import select
import signal
import subprocess
import termios
import threading
import time

import pytest

import support
from support import PASSWORD, RawSocket, exchange, patience, request, wait_until, websocket_request
from test_screen import Proxy, answer

SUMMARY = r"\d\d:\d\d:\d\d summary: "


class Plain:
    """lavaproxy in line mode between two pipes."""

    def __init__(self, directory, backends, args=("--plain=1",), config=None, env=None, stdin=subprocess.PIPE,
                 stdout=None, stderr=subprocess.DEVNULL):
        self.port, self.web_port = support.free_port(), support.free_port()
        path = directory / "plain.yaml"
        path.write_text(json.dumps(support.merge({
            "proxy": {"listen": f"127.0.0.1:{self.port}", "password": PASSWORD},
            "web": {"listen": f"127.0.0.1:{self.web_port}"},
            "backends": [support.backend_entry(b, i) for i, b in enumerate(backends)],
            "timeouts": {"drain": "1s"},
            "health": {"check": "tcp", "slow": "1m"},
        }, config)))
        path.chmod(0o600)
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("PROXY_", "WEB_", "LAVALINK_"))}
        environment.update({"LC_ALL": "C.UTF-8", **(env or {})})
        self.output, self.lock, self.ended = bytearray(), threading.Lock(), threading.Event()
        self.reading = threading.Event()
        self.reading.set()
        self.source, sink = os.pipe() if stdout is None else (-1, stdout)
        self.process = subprocess.Popen([support.binary("lavaproxy"), "-c", str(path), *args], stdin=stdin, stdout=sink,
                                        stderr=stderr, env=environment)
        self.thread = threading.Thread(target=self._read, daemon=True)
        if stdout is None:
            os.close(sink)
            self.thread.start()

    def _read(self):
        while not self.ended.is_set():
            if not self.reading.wait(0.1) or not select.select([self.source], [], [], 0.05)[0]:
                continue
            data = os.read(self.source, 65536)
            if not data:
                return
            with self.lock:
                self.output += data

    def text(self):
        with self.lock:
            return self.output.decode()

    def wait_for(self, pattern, timeout=10.0, since=0):
        deadline = time.monotonic() + patience(timeout)
        while True:
            found = re.search(pattern, self.text()[since:], re.S)
            if found:
                return found
            assert time.monotonic() < deadline, f"never read {pattern!r}:\n{self.text()}"
            time.sleep(0.01)

    def send(self, text):
        self.process.stdin.write(text.encode())
        self.process.stdin.flush()

    def ask(self, line, pattern):
        """Types a line and waits for what is said after it."""
        since = len(self.text())
        self.send(line + "\n")
        return self.wait_for(pattern, since=since)

    def close_output(self):
        self.ended.set()
        self.thread.join()
        os.close(self.source)
        self.source = -1

    def term(self):
        start = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(patience(10)) == 0
        return time.monotonic() - start

    def stop(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.ended.set()
        if self.thread.is_alive():
            self.thread.join()
        if self.source >= 0:
            os.close(self.source)
        if self.process.stdin:
            self.process.stdin.close()


@pytest.fixture
def plain(tmp_path, scripted):
    made = []

    def make(*args, **options):
        made.append(Plain(tmp_path, [scripted(answer)], *args, **options))
        if made[-1].source >= 0:
            made[-1].wait_for("commands, a number and Enter", 20)
        return made[-1]

    yield make
    support.stop_all(made)


@pytest.fixture
def terminal(tmp_path, scripted):
    made = []

    def make(args=(), config=None, **options):
        made.append(Proxy(tmp_path, [scripted(answer)], args, config, **options))
        return made[-1]

    yield make
    support.stop_all(made)


def bot(proxy, name="alpha/1.0"):
    sock = RawSocket(proxy.port)
    sock.send(websocket_request(client_name=name))
    assert sock.read_answer(to_head=True).status == 101
    return sock


def number_of(proxy, name="alpha/1.0"):
    """The connection's number, as the list of the busiest tells it."""
    proxy.wait_for(f"open 127.0.0.1 {re.escape(name)}")
    return proxy.ask("2", rf"connection (\d+): 127\.0\.0\.1, {re.escape(name)},").group(1)


def test_says_in_words_what_happens(plain):
    proxy = plain()
    proxy.wait_for(SUMMARY + r"[^\n]*no connections; backends: [^\n]*b0-v4 up|the only one is up")
    with bot(proxy):
        proxy.wait_for(r"information: #\d+ open 127\.0\.0\.1 alpha/1\.0 -> b0-v4 v4\n")
        proxy.wait_for(SUMMARY + "1 connection from 1 address, 1 more than before; out ")
        assert exchange(proxy.port, request(password="wrong")).status == 403
        proxy.wait_for("login refused: 127.0.0.1 wrong password")
    proxy.wait_for(SUMMARY + "no connections, [12] fewer than before; ")
    assert re.fullmatch(r"[\n\x20-\x7e]*", proxy.text())
    assert PASSWORD not in proxy.text() and support.BACKEND_PASSWORD not in proxy.text()
    proxy.term()
    proxy.wait_for("lavaproxy leaves\n$")


def test_names_a_backend_that_goes_down(tmp_path, scripted):
    backend = scripted(answer)
    proxy = Plain(tmp_path, [backend, scripted(answer)], config={"health": {"interval": "1s", "timeout": "1s"}})
    try:
        proxy.wait_for("backends: all up")
        backend.stop()
        proxy.wait_for(SUMMARY + r"backends: b0-v4 down \([^)]+\), was up; the other one up; out ")
        proxy.wait_for(r"backends: b0-v4 down \([^)]+\); the other one up\n")
    finally:
        proxy.stop()


def test_commands(plain):
    proxy = plain(["--plain=off"])
    with bot(proxy) as alpha, bot(proxy, "beta/2.0"):
        proxy.wait_for("open 127.0.0.1 beta/2.0")
        number = number_of(proxy)
        proxy.ask("1", SUMMARY)
        proxy.ask("3", r"b0-v4, version 4: [^\n]*2 connections")
        proxy.ask("4", r"(checked\nb0-v4, version 4: up)|(not done: a check is under way)")
        proxy.ask("7", "reloaded")
        proxy.ask("what", "not a command")
        proxy.ask("x" * 300, "not a command")
        for keep in ("", "no", "y"):
            proxy.ask("5", "which connection")
            proxy.ask(number, f"end connection {number}: 127.0.0.1, alpha/1.0.*type yes")
            proxy.ask(keep, "nothing was done")
        assert not alpha.is_closed(0.3)
        proxy.ask("5", "which connection")
        proxy.ask(number, "type yes")
        proxy.ask("yes", f"#{number} killed by hand\n")
        assert alpha.is_closed(5)
        assert len(re.findall("summary:", proxy.text())) == 1
        proxy.ask("8", "which backend")
        proxy.ask("b0-v4", "drain b0-v4.*type yes")
        proxy.ask("yes", "takes no new sessions")
        proxy.ask("8", "which backend")
        proxy.ask("b0-v4", "takes sessions again")
    wait_until(lambda: f"#{number} 127.0.0.1 ended" in proxy.text(), 5, "its end in the events")
    assert proxy.text().count(f"#{number} killed by hand") == 1
    assert "left out" not in proxy.text()
    proxy.ask("9", r"quit: the proxy ends for everybody, \d connections? with it\n.*type yes")
    proxy.ask("yes", "ending as soon as")
    assert proxy.process.wait(patience(10)) == 0


def test_left_alone_the_proxy_runs_on(plain):
    proxy = plain()
    proxy.ask("9", "headless instead ends line mode alone")
    proxy.ask("headless", "line mode ends, the proxy runs on\n")
    assert exchange(proxy.port, request()).status == 200
    assert proxy.process.poll() is None
    proxy.term()
    assert proxy.text().endswith("line mode ends, the proxy runs on\n")


def test_answers_typed_ahead_do_not_count(plain):
    proxy = plain()
    with bot(proxy) as alpha:
        number = number_of(proxy)
        proxy.ask(f"5\n{number}\nyes", "what was typed ahead of the question does not count")
        assert not alpha.is_closed(0.5)
        proxy.ask("yes", f"#{number} killed by hand\n")
        assert alpha.is_closed(5)


def test_read_only_refuses(plain):
    proxy = plain(["--plain=1", "--read-only"])
    with bot(proxy) as alpha:
        number_of(proxy)
        proxy.ask("6", "no address and no bot is blocked\n")
        for command in "4578":
            proxy.ask(command, "read-only: [a-z ]+ refused")
        assert not alpha.is_closed(0.3)
    assert "5 end a connection" not in proxy.text()


def test_standard_input_at_its_end(plain):
    proxy = plain(stdin=subprocess.DEVNULL)
    proxy.wait_for("standard input has ended: no more commands")
    with bot(proxy):
        proxy.wait_for("open 127.0.0.1 alpha/1.0")
    assert proxy.text().count("standard input has ended") == 1
    proxy.term()


def cpu(proxy):
    with open(f"/proc/{proxy.process.pid}/stat", encoding="ascii") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_a_reader_that_goes_away(plain):
    proxy = plain()
    with bot(proxy) as alpha:
        proxy.wait_for("open 127.0.0.1 alpha/1.0")
        proxy.close_output()
        proxy.send("1\n1\n")
        before, start = cpu(proxy), time.monotonic()
        wait_until(lambda: time.monotonic() - start > 1, 5)
        assert cpu(proxy) - before < 0.2 * patience(1)
        alpha.send(b"x")
        assert alpha.read_exact(1) == b"x"
        assert exchange(proxy.port, request()).status == 200
        assert proxy.process.poll() is None
    proxy.term()


def test_a_reader_that_stops(plain):
    proxy = plain(["--plain=off"])
    fcntl.fcntl(proxy.source, fcntl.F_SETPIPE_SZ, 4096)
    proxy.reading.clear()
    with bot(proxy) as alpha:
        for _ in range(300):
            proxy.send("?\n" * 10)
        # Much more than pipe and queue hold: lines are left out, and nobody waits.
        start = time.monotonic()
        assert exchange(proxy.port, request()).status == 200
        alpha.send(b"x")
        assert alpha.read_exact(1) == b"x"
        assert time.monotonic() - start < patience(1)
        proxy.reading.set()
        proxy.wait_for(r"\(\d+ lines left out\)")
        # Until the queue has room again, what is asked for may be left out as well.
        wait_until(lambda: (proxy.send("1\n"), re.search(SUMMARY, proxy.text()))[1], 10, "a summary")
    assert proxy.text().count("? this list\n") < 3001
    for line in proxy.text().splitlines():
        assert re.fullmatch(r"(\d\d:\d\d:\d\d .*|\d+ .*|[a-z?(].*)", line), line


def test_term_while_the_reader_stands_still(plain):
    proxy = plain(["--plain=off"], config={"timeouts": {"drain": "0s"}})
    fcntl.fcntl(proxy.source, fcntl.F_SETPIPE_SZ, 4096)
    proxy.reading.clear()
    for _ in range(100):
        proxy.send("?\n" * 10)
    wait_until(lambda: not select.select([], [], [proxy.source], 0)[2] and cpu(proxy) >= 0, 1)
    assert proxy.term() < patience(1)


def test_flags_of_shared_descriptors_stay(plain):
    read_end, write_end = os.pipe()
    proxy = plain(stdin=read_end)
    proxy.wait_for("commands")
    assert not fcntl.fcntl(read_end, fcntl.F_GETFL) & os.O_NONBLOCK
    assert not fcntl.fcntl(proxy.source, fcntl.F_GETFL) & os.O_NONBLOCK
    with open(f"/proc/{proxy.process.pid}/fdinfo/1", encoding="ascii") as file:
        flags = int(re.search(r"flags:\s*(\d+)", file.read()).group(1), 8)
    assert not flags & os.O_NONBLOCK
    os.close(read_end)
    os.close(write_end)


def test_into_a_file_behind_what_is_there(plain, tmp_path):
    path = tmp_path / "lines.txt"
    with open(path, "w", encoding="utf-8") as file:
        file.write("before\n")
        file.flush()
        proxy = plain(stdin=subprocess.DEVNULL, stdout=file.fileno())
        wait_until(lambda: "summary" in path.read_text(), 20, "a summary")
        proxy.term()
    assert path.read_text().startswith("before\nlavaproxy ")
    assert path.read_text().endswith("lavaproxy leaves\n")


def test_sockets_do_as_well(plain):
    import socket
    ours, theirs = socket.socketpair()
    with ours, theirs:
        proxy = plain(stdin=theirs.fileno(), stdout=theirs.fileno())
        ours.settimeout(patience(10))
        got = b""
        while b"? this list\n" not in got:
            got += ours.recv(4096)
        ours.sendall(b"9\n")
        while b"type yes" not in got:
            got += ours.recv(4096)
        ours.sendall(b"yes\n")
        assert proxy.process.wait(patience(10)) == 0


def test_log_is_not_doubled(plain, tmp_path):
    # On the same pipe as the lines: no log. Apart from them: the log as ever.
    proxy = plain(stderr=subprocess.STDOUT)
    with bot(proxy):
        proxy.wait_for("open 127.0.0.1 alpha/1.0")
    proxy.term()
    assert proxy.text().count("open 127.0.0.1 alpha/1.0") == 1
    with open(tmp_path / "log.txt", "wb") as file:
        proxy = plain(stderr=file)
        with bot(proxy):
            proxy.wait_for("open 127.0.0.1 alpha/1.0")
        proxy.term()
    assert "open 127.0.0.1 alpha/1.0" in (tmp_path / "log.txt").read_text()
    assert "INFO" not in proxy.text()


@pytest.mark.parametrize("locale,shown", [("C", "caf??"), ("C.UTF-8", "caf\u00e9\ufffd")])
def test_locale(plain, locale, shown):
    proxy = plain(env={"LC_ALL": locale})
    with RawSocket(proxy.port) as sock:
        sock.send(websocket_request(client_name="caf\u00e9\u202e"))
        assert sock.read_answer(to_head=True).status == 101
        proxy.wait_for(re.escape(f"open 127.0.0.1 {shown}"))


# --- on a terminal ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("args,env", [(["--plain"], {}), ([], {"TERM": "dumb"})])
def test_on_a_terminal(terminal, args, env):
    proxy = terminal(args, env=env, cols=200)
    proxy.wait_for("line mode: this terminal cannot show a screen" if env else "line mode\n")
    proxy.wait_for("commands, a number and Enter")
    proxy.send(b"3\n")
    proxy.wait_for("b0-v4, version 4: ")
    assert b"\x1b" not in proxy.received()
    assert termios.tcgetattr(proxy.slave) == proxy.modes
    assert not fcntl.fcntl(proxy.slave, fcntl.F_GETFL) & os.O_NONBLOCK
    proxy.send(b"9\n")
    proxy.wait_for("type yes")
    proxy.send(b"yes\n")
    assert proxy.wait() == 0
    assert not fcntl.fcntl(proxy.slave, fcntl.F_GETFL) & os.O_NONBLOCK


def test_stalled_terminal_and_term(terminal):
    proxy = terminal(["--plain"], {"timeouts": {"drain": "0s"}})
    proxy.wait_for("commands, a number and Enter")
    proxy.stall()
    for _ in range(100):
        proxy.send(b"?\n" * 20)
        time.sleep(0.01)
    wait_until(lambda: not select.select([], [proxy.slave], [], 0)[1], 5, "the terminal to be full")
    assert exchange(proxy.port, request()).status == 200
    start = time.monotonic()
    proxy.process.send_signal(signal.SIGTERM)
    assert proxy.wait() == 0
    assert time.monotonic() - start < patience(1)


def test_hang_up(terminal):
    proxy = terminal(["--plain"])
    proxy.wait_for("commands, a number and Enter")
    proxy.close()
    before, start = cpu(proxy), time.monotonic()
    wait_until(lambda: time.monotonic() - start > 1, 5)
    assert cpu(proxy) - before < 0.2 * patience(1)
    assert exchange(proxy.port, request()).status == 200
    proxy.process.send_signal(signal.SIGTERM)
    assert proxy.wait() == 0


def test_commands_without_end_hold_nothing_up(plain):
    """Whoever connects `yes 4` to the standard input gets as many answers as there is time for; the rest waits in the pipe."""
    proxy = plain()
    over = threading.Event()

    def flood():
        try:
            while not over.is_set():
                os.write(proxy.process.stdin.fileno(), b"4\n" * 2000)
        except OSError:
            pass

    thread = threading.Thread(target=flood, daemon=True)
    thread.start()
    slowest, end = 0, time.monotonic() + 3
    while time.monotonic() < end:
        start = time.monotonic()
        assert exchange(proxy.web_port, request(target="/login")).status
        slowest = max(slowest, time.monotonic() - start)
    assert slowest < patience(0.5), "the control loop was held up"
    assert proxy.term() < patience(3)
    over.set()
    thread.join(10)
