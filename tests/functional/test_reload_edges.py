"""Reload, drain and the end at their edges: files that vanish, names that go over, questions asked too early or too late."""

import signal
import subprocess

import pytest

from fleet import Fleet, info
from support import binary, is_listening, patience, wait_until


@pytest.fixture
def fleet(tmp_path):
    with Fleet(tmp_path / "control", (4, 4), config={"proxy": {"workers": 2}}) as made:
        yield made


def test_a_default_file_that_vanished(tmp_path):
    """One that was found where it is looked for is missed like one that was named, and no default takes its place."""
    with Fleet(tmp_path / "named", (4,)) as fleet:
        config = fleet.proxy.config
    run = subprocess.Popen([binary("lavaproxy"), "--headless"], cwd=fleet.proxy.config_path.parent,
                           stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: is_listening(fleet.proxy.web_port), 15, "the web port")
        wait_until(lambda: fleet.proxy.api("/api/health").status == 200, 15, "the first snapshot")
        fleet.proxy.config_path.unlink()
        answer = fleet.proxy.post("/api/reload")
        assert answer.status == 409, answer
        assert any("no such file" in p for p in answer.json()["problems"])
        assert is_listening(fleet.proxy.port)
        fleet.proxy.config = config
        assert fleet.proxy.reload({"timeouts": {"header": "9s"}})["ok"]
    finally:
        run.send_signal(signal.SIGTERM)
        assert run.wait(patience(20)) == 0


def test_an_emptied_file(fleet):
    """Cut off by a full disk, or about to be written: no reason to fall back to the default password."""
    fleet.proxy.config_path.write_text("")
    answer = fleet.proxy.post("/api/reload")
    assert answer.status == 409, answer
    assert info(fleet) == 200


def test_new_node_under_a_drained_ones_old_name(fleet):
    """Who takes over the name of a node that is renamed is another node, and nobody drained it."""
    fleet.proxy.post("/api/backends/a/drain")
    node = fleet.add(4)
    fleet.entries[0]["name"] = "a-old"
    entry = node.entry(name="a")
    fleet.proxy.reload({"backends": [*fleet.entries, entry]})
    assert fleet.backend("a-old")["draining"] is True
    assert fleet.backend("a")["draining"] is False


def test_many_changes(tmp_path):
    """What needs a restart is told, however many lines come before it; and how many there were."""
    nodes = [{"name": f"n{i}", "version": 4, "address": f"127.0.0.1:{20000 + i}", "password": "x"} for i in range(60)]
    with Fleet(tmp_path / "many", (4,), config={"health": {"interval": "60s"}}, start=False) as fleet:
        fleet.entries += nodes
        fleet.begin()
        for i, entry in enumerate(nodes):
            entry.update(name=f"m{i}", password="y", weight=3)
        result = fleet.proxy.reload({"backends": fleet.entries, "log": {"format": "json"}, "limits": {"block": "3m"}})
        assert any("log.format" in r for r in result["restart"]), result["restart"]
        assert any("limits.block" in r for r in result["changes"]), result["changes"]
        assert not any("more" in r for r in result["restart"]), result["restart"]
        assert "more" in result["changes"][-1]
        fleet.proxy.wait_log("reloaded: 181 changed, 1 only after a restart")


def test_not_safe_to_stop_before_somebody_looked(fleet):
    """A bot that has only just come is not in the books yet: whoever stops the node on their word would cut it off."""
    bot = fleet.bot().greeted()
    row = fleet.proxy.post(f"/api/backends/{bot.node.name}/drain").json()
    assert row["draining"] and not row["safeToStop"], row
    fleet.wait_backend(bot.node.name, sockets=1, safeToStop=False)
    other = next(n for n in "ab" if n != bot.node.name)
    assert not fleet.proxy.post(f"/api/backends/{other}/drain").json()["safeToStop"]
    fleet.wait_backend(other, sockets=0, safeToStop=True)
    bot.echo()


def test_a_reload_while_the_program_ends_says_so(tmp_path):
    """And not what was wrong with the file the last time."""
    with Fleet(tmp_path / "ending", (4,), config={"timeouts": {"drain": "20s"}}) as fleet:
        bot = fleet.bot().greeted()
        fleet.proxy.write_config("proxy: [")
        assert not fleet.proxy.post("/api/reload").json()["ok"]
        fleet.proxy.write_config()
        fleet.proxy.signal(signal.SIGTERM)
        fleet.proxy.wait_log("TERM: no new connections")
        answer = fleet.proxy.post("/api/reload")
        assert (answer.status, answer.json()["message"]) == (409, "the proxy is ending"), answer
        bot.sock.close()


def test_asking_for_the_end_again_and_again(tmp_path):
    """Until the program is gone: its last words are written all the same, and the pid file goes."""
    pid_file = tmp_path / "pid"
    with Fleet(tmp_path / "again", (4,), args=["--pid-file", pid_file]) as fleet:
        while fleet.proxy.is_running():
            fleet.proxy.signal(signal.SIGTERM)
        fleet.proxy.stop()
        assert "lavaproxy ends after" in fleet.proxy.log()
    assert not pid_file.exists()
