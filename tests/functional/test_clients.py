"""Real client libraries: the same table of actions straight against a node and through the proxy must be equal."""

import json
import os
import shutil
import subprocess
import threading

import pytest

from support import BACKEND_PASSWORD, PASSWORD, ROOT, exchange, patience, request

CLIENTS = ROOT / "tests" / "clients"
LIBRARIES = [("shoukaku-4", 4), ("lavalink-client", 4), ("shoukaku-3", 3), ("erela", 3)]
ACTIONS = ["connect", "search", "play", "pause", "seek", "volume", "filters", "destroy", "searches at once",
           "big answer", "wrong password", "reconnect after a cut", "resume", "node restarted"]

pytestmark = pytest.mark.skipif(
    not shutil.which("node") or not (CLIENTS / "node_modules").is_dir(),
    reason="the libraries are not installed: npm ci in tests/clients",
)


def run(library, port, password, make_node, node):
    """The table of one library: {action: line}. Serves what the runner asks for."""
    process = subprocess.Popen(["node", "run.mjs", library, "127.0.0.1", str(port), password], cwd=CLIENTS,
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                               env={**os.environ, "NODE_NO_WARNINGS": "1"})
    complaints = []
    reader = threading.Thread(target=lambda: complaints.extend(process.stderr), daemon=True)
    reader.start()
    watchdog = threading.Timer(patience(60), process.kill)
    watchdog.start()
    table = {}
    try:
        for line in process.stdout:
            said = json.loads(line)
            if "ask" not in said:
                table[said["action"]] = said
                continue
            if said["ask"] == "drop":
                drop = request("POST", "/test/drop", [("Content-Length", "0")], password=BACKEND_PASSWORD)
                assert exchange(node.port, drop).status == 204
            else:
                node.stop()
                node = make_node(node.port)
            process.stdin.write("done\n")
            process.stdin.flush()
        process.wait(10)
    finally:
        watchdog.cancel()
        process.kill()
        process.wait()
        reader.join(5)
    assert list(table) == ACTIONS, f"{list(table)}\n{''.join(complaints)}"
    return table, "".join(complaints)


@pytest.mark.parametrize("library, version", LIBRARIES, ids=[name for name, _ in LIBRARIES])
def test_table_is_equal_directly_and_through_the_proxy(library, version, lavanode, lavaproxy):
    def make_node(port=0):
        return lavanode("--stats-interval", "0.3", "--player-update", "0.3", "--seed", "7", version=version, port=port)

    direct_node = make_node()
    direct, complaints = run(library, direct_node.port, BACKEND_PASSWORD, make_node, direct_node)
    for action, line in direct.items():
        assert line["ok"], f"directly against the node: {action}: {line}\n{complaints}"

    behind = make_node()
    proxy = lavaproxy(backends=[behind])
    proxied, complaints = run(library, proxy.port, PASSWORD, make_node, behind)
    for action in ACTIONS:
        assert proxied[action] == direct[action], f"{action}\n{complaints}\n{proxy.log()[-3000:]}"
