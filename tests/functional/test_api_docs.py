"""docs/api.md: its examples work as they stand there and answer with the fields that they show; its tables name every field."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from support import SWITCHING, patience, wait_until, websocket_request

TEXT = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
WEB_PASSWORD = "web-password"


def blocks():
    """(line, heading, script) of each sh block."""
    found, heading, start = [], "", 0
    for number, line in enumerate(TEXT.splitlines(), 1):
        if line.startswith("## "):
            heading = line[3:]
        elif line == "```sh":
            start = number
        elif line == "```" and start:
            found.append((start, heading, "\n".join(TEXT.splitlines()[start:number - 1])))
            start = 0
    return found


def tables():
    """Field names of each table of fields, in order."""
    found = []
    for table in re.findall(r"\| field.*\n\|-.*\n((?:\|.*\n)+)", TEXT):
        found.append({name for cell in re.findall(r"^\| (.*?) \|", table, re.M) for name in re.findall(r"`([\w.]+)`", cell)})
    return found


def documents(text):
    """The JSON objects one after the other in a text, without what stands between."""
    found, at = [], 0
    while (at := text.find("{", at)) >= 0:
        try:
            value, at = json.JSONDecoder().raw_decode(text, at)
        except ValueError:
            at += 1
            continue
        found.append(value)
    return found


def shape(value):
    """Keys all the way down; of a list, those of its first element."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items()}
    return [shape(value[0])] if isinstance(value, list) and value and isinstance(value[0], dict) else None


def alike(shown, real):
    """Whether an answer has the shape that is shown; what is null or empty in either says nothing."""
    if isinstance(shown, dict) and isinstance(real, dict):
        return set(shown) == set(real) and all(alike(shown[key], real[key]) for key in shown)
    if isinstance(shown, list) and isinstance(real, list):
        return alike(shown[0], real[0])
    return shown is None or real is None


def node(conn):
    conn.head()
    conn.send(SWITCHING)
    conn.drain()


def tunnel(proxy):
    """A WebSocket to the v3 node, and its number."""
    sock = proxy.connect().send(websocket_request(target="/v3/websocket", client_name="bot"))
    assert sock.read_answer(to_head=True).status == 101
    wait_until(lambda: proxy.connection_of(sock)["kind"] == "websocket", 5, "the tunnel")
    return sock, proxy.connection_of(sock)["id"]


@pytest.fixture
def documented(lavaproxy, scripted):
    """A proxy with the names of the examples."""
    nodes = [(4, "eu-1", scripted(node, version=4)), (3, "old", scripted(node, version=3))]
    backends = [{"name": name, "version": version, "address": backend.address} for version, name, backend in nodes]
    return lambda **options: lavaproxy(backends=backends, **options)


def run(script, proxy):
    environment = {**os.environ, "WEB_PASSWORD": WEB_PASSWORD}
    script = re.sub(r"(127\.0\.0\.1|localhost):6980", f"127.0.0.1:{proxy.web_port}", script)
    return subprocess.run(["bash", "-euc", script], env=environment, text=True, capture_output=True, timeout=patience(30))


@pytest.mark.parametrize("line, script", [pytest.param(line, script, id=f"{heading or 'top'}-{line}") for line, heading, script in blocks()])
def test_example(documented, line, script):
    proxy = documented(web_password=WEB_PASSWORD if "WEB_PASSWORD" in script else "")
    sock = None
    if not proxy.web_password:
        sock, number = tunnel(proxy)
        script = script.replace("1188", number)
    done = run(script, proxy)
    assert done.returncode == 0 and not done.stderr, f"line {line}: {done}"
    assert done.stdout.strip(), f"line {line}: nothing was answered"
    told = documents(done.stdout)
    shown = documents("\n".join(re.findall(r"(?:^|\s)# *(\{.*)", script)))
    assert "error" in str(shown) or not any("error" in document for document in told), f"line {line}: {done.stdout}"
    if shown:
        assert len(shown) == len(told), f"line {line}: {done.stdout}"
        for one, real in zip(shown, told):
            assert alike(shape(one), shape(real)), f"line {line}: shown {one}, answered {real}"
    for word in re.findall(r"jq .*# (\w+)$", script, re.M):
        assert word in done.stdout.split(), f"line {line}: {done.stdout}"
    if sock:
        sock.close()


def test_fields(documented):
    proxy = documented()
    sock, _ = tunnel(proxy)
    health = proxy.get("/api/health")
    real = [proxy.connections()[0], proxy.get("/api/data-usage")["ipUsage"][0], health, health["backendList"][0], proxy.reload(),
            proxy.get("/api/blocked"), wait_until(lambda: proxy.get("/api/clients")["clients"], 5, "the client")[0]]
    beside = {"total", "blocked"}  # said in words, of the list of blocks
    assert len(tables()) == len(real)
    for named, document in zip(tables(), real):
        told = {name.split(".")[0] for name in named}
        real_names = set(document) - (beside if "blocked" in document else set())
        assert told == real_names, told ^ real_names
    sock.close()


def test_every_path_stands_there(documented):
    """Each row of the table of paths is one that the program knows, with these methods."""
    proxy = documented()
    rows = re.findall(r"^\| \[?`(/[^`?]+)`.*?\| ([A-Z, ]+) \|", TEXT, re.M)
    assert len(rows) > 12
    for path, methods in rows:
        path = path.replace("{id}", "1").replace("{name}", "eu-1")
        allow = proxy.api(path, "PATCH").header("Allow")
        assert set(methods.split(", ")) == set(allow.split(", ")) - {"HEAD"}, (path, methods, allow)
