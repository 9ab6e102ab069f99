"""What the benchmark's programs share: processes pinned to their core, their CPU time, nodes and load."""
import contextlib
import http.client
import json
import os
import pathlib
import random
import re
import signal
import socket
import subprocess
import sys
import time

BUILD = pathlib.Path(os.environ.get("BUILD", "build")).resolve()
LOAD = BUILD / "bench" / "load"
PROXY_CORE, LOAD_CORE = "0", "1" if os.cpu_count() > 1 else "0"
PASSWORD, NODE_PASSWORD = "bench", "youshallnotpass"


def free_port():
    """Below those the kernel gives outgoing connections, which could take it while nobody listens."""
    while True:
        port = random.randrange(12000, 32000)
        with socket.socket() as s, contextlib.suppress(OSError):
            s.bind(("127.0.0.1", port))
            return port


def wait_port(port, process):
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise SystemExit(f"{process.args[0]} ended with {process.returncode}")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.02)
    raise SystemExit(f"{process.args[0]} did not open its port")


class Proxy:
    """One proxy under test: its process, and what the kernel says of it."""

    def __init__(self, name, command, port):
        self.name, self.port = name, port
        self.process = subprocess.Popen(["taskset", "-c", PROXY_CORE, *command],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_port(port, self.process)

    def pids(self):
        """The process and its children (nginx works in one)."""
        out = subprocess.run(["pgrep", "-P", str(self.process.pid)], capture_output=True, text=True)
        return [self.process.pid, *map(int, out.stdout.split())]

    def cpu(self):
        """Seconds of CPU of all threads so far."""
        total = 0
        for pid in self.pids():
            for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
                total += int((task / "schedstat").read_text().split()[0])
        return total / 1e9

    def memory(self, key="Pss"):
        text = "".join(pathlib.Path(f"/proc/{p}/smaps_rollup").read_text() for p in self.pids())
        return sum(int(n) for n in re.findall(rf"^{key}:\s+(\d+) kB", text, re.M)) * 1024

    def descriptors(self):
        return len(list(pathlib.Path(f"/proc/{self.process.pid}/fd").iterdir()))

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(3)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def spawn_load(*words, **kw):
    return subprocess.Popen(["taskset", "-c", LOAD_CORE, str(LOAD), *map(str, words)], text=True,
                            stdout=subprocess.PIPE, **kw)


def finish_load(process):
    out, _ = process.communicate()
    if process.returncode != 0:
        raise SystemExit(f"{' '.join(process.args[3:])} ended with {process.returncode}")
    result = json.loads(out.strip().splitlines()[-1])
    if result["errors"]:
        print(f"  {result['errors']} errors in {' '.join(process.args[3:])}", file=sys.stderr)
    return result


def cpu_per(proxy, words, unit):
    """CPU seconds per unit(result) while the load runs; READ loads are measured once all sockets stand."""
    process = spawn_load(*words)
    if words[0] == "read":
        process.stdout.readline()
    before = proxy.cpu()
    result = finish_load(process)
    return (proxy.cpu() - before) / max(unit(result), 1e-9)


@contextlib.contextmanager
def background(*words):
    process = spawn_load(*words)
    process.stdout.readline()
    try:
        yield
    finally:
        process.kill()
        process.communicate()


class Node:
    """A lavanode, which may be killed and come back on the port it had."""

    def __init__(self, version=4):
        self.version = version
        self.port = free_port()
        self.start()

    def start(self):
        """Returns once it listens."""
        self.process = subprocess.Popen(
            ["taskset", "-c", LOAD_CORE, str(BUILD / "lavanode"), "--version", str(self.version), "--listen",
             f"127.0.0.1:{self.port}", "--password", NODE_PASSWORD, "--quiet"], stdout=subprocess.PIPE, text=True)
        if not self.process.stdout.readline().startswith("listening"):
            raise SystemExit(f"lavanode does not listen on port {self.port}")

    def kill(self):
        """As a crash: the kernel closes its sockets. Returns once it is gone."""
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def websockets(self):
        """How many it has, as it says itself. We close first: a port of the node that lies in TIME_WAIT for it would hold
        up for 8 ms whoever dials from the same one next."""
        client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        with contextlib.closing(client):
            client.request("GET", "/test/log?since=1000000000", headers={"Authorization": NODE_PASSWORD})
            return json.loads(client.getresponse().read())["websockets"]
