"""Real client libraries, ten bots each, before two nodes of their version: spread, killed nodes, restarted nodes."""

import json
import os
import shutil
import signal
import subprocess
import threading

import pytest

from support import BACKEND_PASSWORD, PASSWORD, ROOT, exchange, patience, request, wait_until

CLIENTS = ROOT / "tests" / "clients"
LIBRARIES = [("shoukaku-4", 4), ("lavalink-client", 4), ("shoukaku-3", 3), ("erela", 3)]
COUNT = 10

pytestmark = pytest.mark.skipif(
    not shutil.which("node") or not (CLIENTS / "node_modules").is_dir(),
    reason="the libraries are not installed: npm ci in tests/clients",
)


class Bots:
    """Ten bots of one library in a process of their own."""

    def __init__(self, library, port):
        self.complaints = []
        self.process = subprocess.Popen(
            ["node", "bots.mjs", library, "127.0.0.1", str(port), PASSWORD, str(COUNT)], cwd=CLIENTS, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env={**os.environ, "NODE_NO_WARNINGS": "1"})
        self.reader = threading.Thread(target=lambda: self.complaints.extend(self.process.stderr), daemon=True)
        self.reader.start()

    def play(self, word):
        """Every bot plays, connected again first if need be; their session ids."""
        watchdog = threading.Timer(patience(60), self.process.kill)
        watchdog.start()
        try:
            self.process.stdin.write(f"{word}\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        finally:
            watchdog.cancel()
        assert line, f"it ended:\n{''.join(self.complaints)}"
        said = json.loads(line)
        assert said["ok"], f"{said}\n{''.join(self.complaints)}"
        assert len(set(said["sessions"])) == COUNT
        return said

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.reader.join(5)


def log_of(node):
    return exchange(node.port, request(target="/test/log", password=BACKEND_PASSWORD)).json()


@pytest.mark.parametrize("library, version", LIBRARIES, ids=[name for name, _ in LIBRARIES])
def test_ten_bots(library, version, lavanode, lavaproxy):
    def make_node(port=0):
        return lavanode("--stats-interval", "0.3", "--player-update", "0.3", version=version, port=port)

    nodes = [make_node(), make_node()]
    proxy = lavaproxy(backends=nodes, config={"health": {"check": "http"}})

    def rows():
        return proxy.get("/api/health")["backendList"]

    bots = Bots(library, proxy.port)
    try:
        bots.play("first")
        # They came at once, before anything played: five each.
        assert [log_of(n)["websockets"] for n in nodes] == [5, 5]
        assert [log_of(n)["strays"] for n in nodes] == [0, 0], "a call of a session went to the wrong node"
        wait_until(lambda: [r["playing"] for r in rows()] == [5, 5], 10, "five players each")

        # A node dies and stays away: its bots are on the other one.
        os.kill(nodes[0].pid, signal.SIGKILL)
        nodes[0].wait()
        bots.play("killed")
        assert log_of(nodes[1])["websockets"] == COUNT
        wait_until(lambda: [r["status"] for r in rows()] == ["offline", "online"], 10)

        # It returns on its port and takes over when the other one dies.
        nodes[0] = make_node(nodes[0].port)
        wait_until(lambda: rows()[0]["status"] == "online", 10)
        os.kill(nodes[1].pid, signal.SIGKILL)
        nodes[1].wait()
        bots.play("returned")
        assert log_of(nodes[0])["websockets"] == COUNT

        # The only node left is restarted, its sessions are lost.
        before = nodes[0].port
        nodes[0].stop()
        nodes[0] = make_node(before)
        bots.play("restarted")
        assert log_of(nodes[0])["websockets"] == COUNT
    finally:
        bots.stop()
