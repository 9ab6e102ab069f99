#!/usr/bin/python3
"""The web port with thousands of connections behind the proxy: pages, lists, streams, visitors that get stuck. Prints each
figure beside its bar; exit status 1 when one is missed.

usage: web.py [CONNECTIONS]        default 9600: visitors need descriptors, too
"""
import contextlib
import http.client
import json
import pathlib
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

from parts import BUILD, NODE_PASSWORD, PASSWORD, Node, Proxy, finish_load, free_port, spawn_load

missed = []


def figure(what, value, bar, unit, more=""):
    ok = value <= bar
    if not ok:
        missed.append(what)
    print(f"{what:<52} {value:>9.2f} {unit:<4} bar {bar:<7g} {'ok' if ok else 'MISS':<4} {more}", flush=True)


def start(node, folder):
    port, web = free_port(), free_port()
    path = pathlib.Path(folder) / "web.yaml"
    path.write_text(json.dumps({
        "proxy": {"listen": f"127.0.0.1:{port}", "password": PASSWORD, "workers": 1},
        "web": {"listen": f"127.0.0.1:{web}"},
        "backends": [{"name": "node", "version": 4, "address": f"127.0.0.1:{node.port}", "password": NODE_PASSWORD}],
    }))
    path.chmod(0o600)
    proxy = Proxy("lavaproxy", [str(BUILD / "lavaproxy"), "--headless", "-c", str(path)], port)
    proxy.web = web
    return proxy


def get(proxy, target):
    """(bytes, milliseconds) of one GET on a connection of its own."""
    client = http.client.HTTPConnection("127.0.0.1", proxy.web, timeout=20)
    with contextlib.closing(client):
        begin = time.monotonic()
        client.request("GET", target)
        answer = client.getresponse()
        body = answer.read()
        assert answer.status == 200, (target, answer.status)
        return len(body), (time.monotonic() - begin) * 1000


def control_cpu(proxy):
    """CPU seconds of the control thread, which is the main one."""
    pid = proxy.process.pid
    return int(pathlib.Path(f"/proc/{pid}/task/{pid}/schedstat").read_text().split()[0]) / 1e9


def share(proxy, seconds):
    """Its CPU in per cent of a core while `seconds` pass."""
    before, begin = control_cpu(proxy), time.monotonic()
    time.sleep(seconds)
    return (control_cpu(proxy) - before) / (time.monotonic() - begin) * 100


def answers(proxy):
    for target, what, size in (("/", "the first page", 15000), ("/?sort=user&q=v%3A4", "the same, searched and sorted", 15000),
                               ("/metrics", "/metrics", 65536)):
        results = [get(proxy, target) for _ in range(30)]
        figure(f"{what}: size", max(length for length, _ in results), size, "B")
        figure(f"{what}: time, median of 30", statistics.median(ms for _, ms in results), 5, "ms")


def whole_list(proxy):
    """Everybody else's turn while somebody reads all rows, and what that takes of memory."""
    done = threading.Event()
    sizes = []

    def read():
        sizes.append(get(proxy, "/api/connections")[0])
        done.set()

    get(proxy, "/livez")
    before = proxy.memory("Rss")
    peak, waits = before, []
    reader = threading.Thread(target=read)
    reader.start()
    while not done.is_set():
        waits.append(get(proxy, "/livez")[1])
        peak = max(peak, proxy.memory("Rss"))
    reader.join()
    figure("/api/connections whole: others wait, median", statistics.median(waits), 2, "ms",
           f"worst {max(waits):.1f} of {len(waits)}; {sizes[0] / 1e6:.1f} MB")
    # The snapshot that it is written from stays for the while: that is one of this size, beside the newest.
    print(f"{'  resident memory more at its peak':<52} {(peak - before) / 1e6:>9.2f} MB   (with the snapshot held)")


class Viewer:
    """Reads a stream of events and counts."""

    def __init__(self, proxy, number):
        self.sock = socket.create_connection(("127.0.0.1", proxy.web), 10, (f"127.0.0.{10 + number // 4}", 0))
        self.sock.sendall(b"GET /api/stream?view=%2F HTTP/1.1\r\nHost: localhost\r\n\r\n")
        self.sock.setblocking(False)

    def take(self):
        taken = 0
        with contextlib.suppress(BlockingIOError):
            while data := self.sock.recv(1 << 20):
                taken += len(data)
        return taken


def viewers(proxy):
    alone = share(proxy, 8)
    crowd = [Viewer(proxy, i) for i in range(32)]
    time.sleep(4)
    for viewer in crowd:
        viewer.take()
    with_them, begin = share(proxy, 10), time.monotonic() - 10
    taken = sum(viewer.take() for viewer in crowd)
    figure("32 viewers: CPU more", max(0, with_them - alone), 2, "%", f"{alone:.2f} % and {with_them:.2f} %")
    figure("bytes a second for each", taken / (time.monotonic() - begin) / 32, 4096, "B")
    for viewer in crowd:
        viewer.sock.close()


def stuck(proxy):
    """Visitors that begin a request and never end it."""
    def p99():
        times = [finish_load(spawn_load("rate", proxy.port, 16, 5, 300))["p99_us"] for _ in range(2)]
        if not all(times):
            raise SystemExit("the proxy did not answer: too few descriptors?")
        return min(times) / 1000

    quiet, lag = share(proxy, 5), p99()
    crowd = []
    for _ in range(250):
        sock = socket.create_connection(("127.0.0.1", proxy.web), 10)
        sock.sendall(b"GET / HTTP/1.1\r\nHost: loc")
        crowd.append(sock)
    busy = share(proxy, 5)
    behind = p99()
    for sock in crowd:
        sock.close()
    figure("250 stuck visitors: CPU more", max(0, busy - quiet), 1, "%")
    figure("250 stuck visitors: answers of the proxy later, p99", max(0, behind - lag), 5, "ms", f"{lag:.2f} and {behind:.2f} ms")


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 9600
    with tempfile.TemporaryDirectory() as folder:
        node = Node()
        proxy = start(node, folder)
        loads = [spawn_load("idle", proxy.port, count - count // 10, 0, stdin=subprocess.PIPE)]
        loads[0].stdout.readline()
        loads.append(spawn_load("read", proxy.port, count // 10, 600, "push=1,300"))
        loads[1].stdout.readline()
        try:
            time.sleep(2)
            print(f"{count} connections, {count // 10} of them busy")
            answers(proxy)
            whole_list(proxy)
            viewers(proxy)
            stuck(proxy)
        finally:
            for load in loads:
                load.kill()
                load.communicate()
            proxy.stop()
            node.kill()
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
