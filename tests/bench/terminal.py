#!/usr/bin/python3
"""The screen of the real program, with thousands of connections, on a terminal that reads, one that does not, and one that
goes away. Prints each figure beside its bar; exit status 1 when one is missed.

usage: terminal.py [CONNECTIONS]        default 9900: the descriptors of node and proxy allow no more where the limit is 20 000
"""
import contextlib
import fcntl
import http.client
import json
import os
import pathlib
import pty
import select
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time

from parts import BUILD, NODE_PASSWORD, PASSWORD, PROXY_CORE, Node, finish_load, free_port, spawn_load, wait_port

missed = []


def figure(what, value, bar, unit, more=""):
    ok = value <= bar
    if not ok:
        missed.append(what)
    print(f"{what:<44} {value:>9.2f} {unit:<3} bar {bar:<7g} {'ok' if ok else 'MISS':<4} {more}", flush=True)


class Screen:
    """The program on a terminal, whose bytes are counted and thrown away."""

    def __init__(self, node, folder, rows=42, cols=140, drain="1s"):
        self.port, self.web = free_port(), free_port()
        config = {
            "proxy": {"listen": f"127.0.0.1:{self.port}", "password": PASSWORD, "workers": 1},
            "web": {"listen": f"127.0.0.1:{self.web}"},
            "backends": [{"name": "node", "version": 4, "address": f"127.0.0.1:{node.port}", "password": NODE_PASSWORD}],
            "timeouts": {"drain": drain},
        }
        path = pathlib.Path(folder) / f"{self.port}.yaml"
        path.write_text(json.dumps(config))
        path.chmod(0o600)
        self.master, self.slave = pty.openpty()
        self.resize(rows, cols)
        self.bytes, self.last_at = 0, 0.0
        self.reading, self.closed = threading.Event(), threading.Event()
        self.reading.set()
        environment = os.environ | {"TERM": "xterm-256color", "LC_ALL": "C.UTF-8"}
        environment.pop("NO_COLOR", None)
        self.process = subprocess.Popen(
            ["taskset", "-c", PROXY_CORE, str(BUILD / "lavaproxy"), "-c", str(path)], env=environment,
            stdin=self.slave, stdout=self.slave, stderr=self.slave,
            preexec_fn=lambda: (os.setsid(), fcntl.ioctl(0, termios.TIOCSCTTY, 0)))
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()
        wait_port(self.port, self.process)

    def _read(self):
        while not self.closed.is_set():
            if not self.reading.wait(0.1) or not select.select([self.master], [], [], 0.1)[0]:
                continue
            with contextlib.suppress(OSError):
                self.bytes += len(os.read(self.master, 65536))
                self.last_at = time.monotonic()

    def resize(self, rows, cols):
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))

    def task(self):
        """The screen's thread in /proc, or None."""
        for task in pathlib.Path(f"/proc/{self.process.pid}/task").iterdir():
            with contextlib.suppress(OSError):
                if (task / "comm").read_text().strip() == "screen":
                    return task
        return None

    def cpu(self):
        """CPU seconds of the screen's thread so far."""
        return int((self.task() / "schedstat").read_text().split()[0]) / 1e9

    def quiet(self):
        """Waits for a pause between two frames."""
        while time.monotonic() - self.last_at < 0.15:
            time.sleep(0.01)

    def fill(self):
        """Lets the terminal stall: whole frames while nobody reads."""
        self.reading.clear()
        deadline = time.monotonic() + 10
        while select.select([], [self.slave], [], 0)[1] and time.monotonic() < deadline:
            os.write(self.master, b"\x0c")
            time.sleep(0.02)

    def close(self):
        self.closed.set()
        self.thread.join()
        for fd in (self.master, self.slave):
            with contextlib.suppress(OSError):
                os.close(fd)

    def stop(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.close()


def connections_of(screen):
    client = http.client.HTTPConnection("127.0.0.1", screen.web, timeout=10)
    with contextlib.closing(client):
        client.request("GET", "/api/health")
        return json.loads(client.getresponse().read())["connections"]["active"]


@contextlib.contextmanager
def crowd(screen, idle, busy):
    """So many tunnels that do nothing, and so many with a frame a second."""
    loads = [spawn_load("idle", screen.port, idle, 0, stdin=subprocess.PIPE)]
    loads[0].stdout.readline()
    if busy:
        loads.append(spawn_load("read", screen.port, busy, 600, "push=1,300"))
        loads[1].stdout.readline()
    try:
        yield
    finally:
        for load in loads:
            load.kill()
            load.communicate()


def refreshes(screen):
    for rows, cols, bar in ((24, 80, 1200), (42, 140, 2500), (60, 200, 3500)):
        screen.quiet()
        before = screen.bytes
        screen.resize(rows, cols)
        time.sleep(0.3)
        screen.quiet()
        figure(f"bytes after a resize to {cols}x{rows}", screen.bytes - before, 24000 if cols > 140 else 12000, "B")
        time.sleep(2)
        before, start = screen.bytes, time.monotonic()
        time.sleep(8)
        took = time.monotonic() - start
        figure(f"bytes of a busy refresh at {cols}x{rows}", (screen.bytes - before) / took, bar, "B")


def processor(screen):
    screen.resize(42, 140)
    time.sleep(1)
    before, start = screen.cpu(), time.monotonic()
    time.sleep(15)
    share = (screen.cpu() - before) / (time.monotonic() - start)
    figure("CPU of the screen's thread", share * 100, 1, "%")


def keys(screen):
    answers = []
    os.write(screen.master, b"gj")  # from now on every press moves the mark
    for i in range(60):
        screen.quiet()
        before, start = screen.bytes, time.monotonic()
        os.write(screen.master, b"j" if i % 2 == 0 else b"k")
        while screen.bytes == before and time.monotonic() - start < 1:
            time.sleep(0.0002)
        answers.append((screen.last_at - start) * 1000)
    figure("key to first byte, median", statistics.median(answers), 5, "ms")
    figure("key to first byte, worst of 60", max(answers), 30, "ms")


def lag(screen):
    """Answers of the proxy while the terminal reads, and while it does not."""
    def p99():
        return min(finish_load(spawn_load("rate", screen.port, 16, 5, 300))["p99_us"] for _ in range(2)) / 1000

    reading = p99()
    screen.fill()
    stalled = p99()
    screen.reading.set()
    figure("answers later while the terminal stalls, p99", max(0, stalled - reading), 5, "ms",
           f"{reading:.2f} and {stalled:.2f} ms")


def endings(node, folder):
    screen = Screen(node, folder)
    with crowd(screen, 5, 0):
        time.sleep(1)
        screen.fill()
        start = time.monotonic()
        screen.process.send_signal(signal.SIGTERM)
        screen.process.wait(20)
        figure("TERM while stalled, behind the drain", max(0, time.monotonic() - start - 1) * 1000, 200, "ms")
    screen.stop()

    screen = Screen(node, folder)
    with crowd(screen, 5, 0):
        time.sleep(1)
        before, start = screen.cpu(), time.monotonic()
        screen.close()
        spent = 0.0
        while screen.task() is not None and time.monotonic() - start < 10:
            with contextlib.suppress(OSError, AttributeError):
                spent = screen.cpu() - before
            time.sleep(0.001)
        gone = time.monotonic() - start
        figure("terminal closed: the screen is gone after", gone * 1000, 500, "ms")
        figure("CPU of the screen until then", spent / max(gone, 1) * 100, 1, "%")
        figure("tunnels that ended with it", 5 - connections_of(screen), 0, "")
    screen.stop()


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 9900
    busy = count // 10
    with tempfile.TemporaryDirectory() as folder:
        node = Node()
        screen = Screen(node, folder)
        try:
            with crowd(screen, count - busy, busy):
                deadline = time.monotonic() + 20
                while connections_of(screen) < count and time.monotonic() < deadline:
                    time.sleep(0.2)
                print(f"{connections_of(screen)} connections, {busy} of them busy, a terminal of 140x42")
                os.write(screen.master, b"t")  # connections: of their one bot there would be one row
                refreshes(screen)
                processor(screen)
                keys(screen)
                lag(screen)
        finally:
            screen.stop()
        endings(node, folder)
        node.kill()
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
