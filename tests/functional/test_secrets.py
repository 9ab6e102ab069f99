"""What must be told to nobody: passwords, voice tokens, session ids, resume keys, bodies. Each is a word that occurs nowhere
else; then everything the program says is searched for them: log, events, pages, API, metrics, stream, screen, core files."""

import concurrent.futures
import contextlib
import http.client
import json
import os
import re
import resource
import signal
import socket
import subprocess
import threading
import urllib.parse

import pytest

from clients import Library, installed
from support import BACKEND_PASSWORD, PASSWORD, exchange, patience, request, wait_until
from test_screen import Proxy

SECRETS = {
    "web password": "web-password-5ecre7",
    "wrong password": "wrong-password-5ecre7",
    "voice token": "voice-token-5ecre7",
    "voice session": "voice-session-5ecre7",
    "resume key": "resume-key-5ecre7",
    "user data": "user-data-5ecre7",
    "body": "body-5ecre7",
    "query": "query-5ecre7",
    "own password": PASSWORD,
    "backend password": BACKEND_PASSWORD,
}
VOICE = {"VOICE_TOKEN": SECRETS["voice token"], "VOICE_SESSION": SECRETS["voice session"]}
API = ["/api/bots", "/api/players", "/api/connections", "/api/clients", "/api/data-usage", "/api/health", "/api/blocked",
       "/api/version", "/api/bots?format=csv", "/api/players?format=csv", "/api/connections?format=csv", "/metrics"]


class Watched:
    """A proxy with a screen, a debug log, both outlets of events and two nodes behind it."""

    def __init__(self, directory, nodes):
        self.directory = directory
        self.proxy = Proxy(directory, nodes, rows=40, cols=160, group="", config={
            "web": {"password": SECRETS["web password"]},
            "log": {"level": "debug", "file": str(directory / "debug.log")},
            "events": {"file": str(directory / "events.jsonl"), "unix": str(directory / "events.sock")},
        })
        self.heard = bytearray()
        self.proxy.wait_for(r"CLIENT|BOT|STATE", 20)
        self.reader = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        wait_until(lambda: self.attached(), 5, "the events' socket")  # pylint: disable=unnecessary-lambda
        threading.Thread(target=self._listen, daemon=True).start()

    def attached(self):
        with contextlib.suppress(OSError):
            self.reader.connect(str(self.directory / "events.sock"))
            return True
        return False

    def _listen(self):
        with contextlib.suppress(OSError):
            while data := self.reader.recv(65536):
                self.heard += data

    def get(self, path, password=SECRETS["web password"]):
        """The whole answer, head and body."""
        client = http.client.HTTPConnection("127.0.0.1", self.proxy.web_port, timeout=patience(20))
        try:
            client.request("GET", path, headers={"Authorization": f"Bearer {password}"})
            answer = client.getresponse()
            return answer.status, f"{answer.getheaders()}\n{answer.read().decode()}"
        finally:
            client.close()

    def listen(self, path, events=2):
        """The head and the first events of a stream."""
        client = http.client.HTTPConnection("127.0.0.1", self.proxy.web_port, timeout=patience(20))
        try:
            client.request("GET", path, headers={"Authorization": f"Bearer {SECRETS['web password']}"})
            answer = client.getresponse()
            assert answer.status == 200, (path, answer.status)
            lines = []
            while sum(line.startswith(b"data: ") for line in lines) < events:
                lines.append(answer.readline())
                assert lines[-1], f"{path} ended"
            return f"{answer.getheaders()}\n".encode() + b"".join(lines)
        finally:
            client.close()

    def streams(self, pages):
        """The compact stream and that of every kind of page: {path: text}."""
        views = {path.split("?")[0] for path in pages if not re.match("/(api|assets|metrics)", path)}
        kinds = {re.sub(r"\d+", "1", view): view for view in views}
        paths = ["/api/stream", *("/api/stream?view=" + urllib.parse.quote(view, safe="") for view in kinds.values())]
        with concurrent.futures.ThreadPoolExecutor(2) as pool:  # one address may have four
            return dict(zip(paths, pool.map(self.listen, paths)))

    def json(self, path):
        status, text = self.get(path)
        assert status == 200
        return json.loads(text.split("\n", 1)[1])

    def crawl(self):
        """Every page that links lead to, and all of the API: {path: text}."""
        found, ahead = {}, ["/", *API, *(f"/api/bots/{b['id']}" for b in self.json("/api/bots")["bots"])]
        while ahead:
            path = ahead.pop()
            if path in found or len(found) > 200:
                continue
            status, text = self.get(path)
            assert status in (200, 303) or (status == 404 and path.startswith("/connections/")), (path, status)
            found[path] = text
            if "text/html" in text.split("\n", 1)[0]:
                ahead += [link for link in re.findall(r'href="(/[^"#]*)"', text) if "logout" not in link]
        return found

    def tour(self):
        """Panels, details and the events on the screen, each drawn."""
        for key in (b"1", b"2", b"3", b"4", b"5", b"j", b"\r", b"\x1b", b"t", b"j", b"\r"):
            before = len(self.proxy.received())
            self.proxy.send(key)
            wait_until(lambda: len(self.proxy.received()) > before, 10, f"the screen after {key}")  # noqa: B023

    def stop(self):
        self.reader.close()
        self.proxy.stop()


@pytest.fixture
def watched(tmp_path, lavanode):
    made = Watched(tmp_path, [lavanode("--player-update", "0.3", version=version) for version in (4, 3)])
    yield made
    made.stop()


def play(bot, words):
    bot.search(identifier=f"ytsearch:{words}")
    bot.join()
    return bot.play()


@installed
def test_no_secret_is_said_anywhere(watched):
    proxy = watched.proxy
    with contextlib.ExitStack() as stack:
        new = Library("shoukaku-4", proxy.port, env=VOICE)
        stack.callback(new.stop)
        old = Library("shoukaku-3", proxy.port, env=VOICE)
        stack.callback(old.stop)
        bots = [new.bot(userId="901", resume=True, userData={"by": SECRETS["user data"]}),
                old.bot(userId="902", resume=True, key=SECRETS["resume key"])]
        titles = [play(bot, SECRETS["query"]) for bot in bots]
        sessions = dict(zip(("session of v4", "session of v3"), (bot.session for bot in bots)))
        # A body that the node refuses, one that is no JSON, a password that is wrong, a web password that is wrong.
        player = f"/v4/sessions/{bots[0].session}/players/1"
        for body in ({"voice": {"token": SECRETS["body"]}}, {"volume": SECRETS["body"]}):
            assert exchange(proxy.port, request("PATCH", player, body=json.dumps(body).encode())).status == 400
        exchange(proxy.port, request("PATCH", player, body=b'{"a": "' + SECRETS["body"].encode()))
        exchange(proxy.port, request(target=f"/v4/loadtracks?identifier={SECRETS['query']}"))
        assert exchange(proxy.port, request(password=SECRETS["wrong password"])).status == 403
        assert watched.get("/api/bots", password=SECRETS["wrong password"])[0] == 401

        wait_until(lambda: {p["title"] for p in watched.json("/api/players")["players"]} >= set(titles), 10, "the titles")
        # The killed bots resume, which names their sessions and the key again.
        kill_tunnels(watched)
        for bot in bots:
            assert bot.ready(times=2)["resumed"] is True
        pages = watched.crawl()
        assert {"/bots", "/players", "/events"} <= set(pages), list(pages)
        assert any(title in pages["/players"].replace("&amp;", "&") for title in titles)
        streams = watched.streams(pages)
        assert {"/api/stream", "/api/stream?view=%2F", "/api/stream?view=%2Fplayers"} <= set(streams), list(streams)
        watched.tour()
        shown = proxy.received() + proxy.text().encode()

    directory = watched.directory
    said = {**{path: text.encode() for path, text in pages.items()}, **streams, "screen": bytes(shown),
            "log": (directory / "debug.log").read_bytes(), "events.file": (directory / "events.jsonl").read_bytes(),
            "events.unix": bytes(watched.heard)}
    for place, needed in (("log", b" DEBUG "), ("events.file", b"track.start"), ("events.unix", b"track.start"),
                          ("screen", b"shoukaku")):
        assert needed in said[place], f"{place} says less than usual"
    for secret, word in {**SECRETS, **sessions}.items():
        for place, text in said.items():
            at = text.find(word.encode())
            assert at < 0, f"the {secret} is in {place}: {text[max(0, at - 200):at + 100]!r}"


def kill_tunnels(watched):
    for conn in watched.json("/api/connections")["connections"]:
        if conn["kind"] == "websocket":
            client = http.client.HTTPConnection("127.0.0.1", watched.proxy.web_port, timeout=patience(20))
            client.request("DELETE", f"/api/connections/{conn['id']}",
                           headers={"Authorization": f"Bearer {SECRETS['web password']}"})
            assert client.getresponse().status == 200
            client.close()


def unlimited():
    resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def how_it_died(process):
    """CLD_DUMPED or CLD_KILLED, without reaping it."""
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT).si_code


def test_there_is_no_core_file(lavaproxy, tmp_path):
    """Even where whoever starts it allows one of any size."""
    with subprocess.Popen(["sh", "-c", "kill -ABRT $$"], preexec_fn=unlimited, cwd=tmp_path) as other:
        if how_it_died(other) != os.CLD_DUMPED:
            pytest.skip("nobody leaves core files here")
    proxy = lavaproxy(preexec=unlimited)
    # 0 would still hand it to a program that collects them.
    assert re.search(r"Max core file size +1 +1 ", open(f"/proc/{proxy.pid}/limits", encoding="ascii").read())
    proxy.signal(signal.SIGABRT)
    assert how_it_died(proxy.process) == os.CLD_KILLED
    assert not [name for name in os.listdir(tmp_path / "proxy0") if name.startswith("core")]
    proxy.stop(status=-signal.SIGABRT)
