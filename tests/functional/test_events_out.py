"""What happens, for other programs: events.file and events.unix, their lines, rotation, slow readers, and what goes wrong."""

import http.client
import json
import os
import re
import signal
import socket
import stat
import subprocess
import threading
import time

import pytest

from stage import text_frame
from support import PASSWORD, SWITCHING, Lavaproxy, binary, free_port, patience, request, wait_until, websocket_request

SESSION = "abcdefghij0123456789"
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
LIMITS = {"allow": ["127.0.0.1"], "auth_failures": "1/60s"}


class Reader:
    """One that attached to the socket, with a thread that collects its lines; `slow`: it reads nothing."""

    def __init__(self, path, slow=False):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(patience(30))
        self.sock.connect(str(path))
        self.data = b""
        self.over = threading.Event()
        if not slow:
            threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        while True:
            try:
                more = self.sock.recv(65536)
            except OSError:
                more = b""
            if not more:
                self.over.set()
                return
            self.data += more

    def lines(self):
        return parsed(self.data)

    def wait_for(self, event, count=1):
        return wait_until(lambda: f if len(f := of_kind(self.lines(), event)) >= count else None, 10, f"{count} {event}")

    def close(self):
        # The thread may be in recv, which a mere close does not end.
        self.sock.shutdown(socket.SHUT_RDWR)
        self.sock.close()


def parsed(data):
    """The lines of a file or a reader, each of them whole."""
    whole = data[:data.rfind(b"\n") + 1]
    lines = [json.loads(line) for line in whole.splitlines()]
    for line in lines:
        assert list(line)[:2] == ["time", "event"] and TIME.fullmatch(line["time"]), line
    return lines


def of_kind(lines, event):
    return [line for line in lines if line["event"] == event]


def without_time(line):
    return {key: value for key, value in line.items() if key != "time"}


def node(conn):
    conn.head()
    conn.send(SWITCHING)
    conn.send(text_frame(json.dumps({"op": "ready", "resumed": False, "sessionId": SESSION})))
    conn.drain()


def tunnel(proxy, source=None):
    sock = proxy.connect(source=source).send(websocket_request())
    assert sock.read_answer(to_head=True).status == 101
    return sock, wait_until(lambda: row if (row := proxy.connection_of(sock))["kind"] == "websocket" else None, 5, "it")["id"]


def metric(proxy, name):
    return int(float(re.search(rf"^lavaproxy_events_{name} (\S+)$", proxy.api("/metrics").text, re.M).group(1)))


def post(proxy, target):
    answer = proxy.api(target, "POST")
    assert answer.status == 200, answer
    return answer.json()


class Poster:
    """Blocks one address again and again, on one connection: a line each."""

    def __init__(self, proxy):
        self.client = http.client.HTTPConnection("127.0.0.1", proxy.web_port, timeout=patience(20))

    def post(self, target):
        self.client.request("POST", target)
        answer = self.client.getresponse()
        answer.read()
        assert answer.status == 200, answer.status

    def lines(self, count):
        for _ in range(count):
            self.post("/api/block?ip=2001:db8:1234:5678::1&for=1h")


def outlets(tmp_path):
    return {"file": str(tmp_path / "events.jsonl"), "unix": str(tmp_path / "events.sock")}


@pytest.fixture
def proxy(lavaproxy, tmp_path, scripted):
    return lavaproxy(backends=[scripted(node)], config={"events": outlets(tmp_path), "limits": LIMITS})


def test_what_happens(proxy, tmp_path):
    """Blocks by hand and by themselves, kills and states of a backend: the same lines in the file and for every reader."""
    readers = [Reader(tmp_path / "events.sock") for _ in range(3)]
    wait_until(lambda: metric(proxy, "readers") == 3, 5, "three readers")
    assert stat.S_IMODE(os.stat(tmp_path / "events.sock").st_mode) == 0o660
    assert stat.S_IMODE(os.stat(tmp_path / "events.jsonl").st_mode) & 0o137 == 0

    sock, number = tunnel(proxy)
    post(proxy, f"/api/connections/{number}/kill?mode=close")
    sock.read_to_end()
    sock, _ = tunnel(proxy, "127.0.0.5")
    post(proxy, "/api/block?ip=127.0.0.5&for=90s")
    with pytest.raises(ConnectionError):
        sock.read_to_end()
    post(proxy, "/api/unblock?ip=127.0.0.5")
    post(proxy, "/api/block?ip=127.0.0.6&for=good")
    for _ in range(2):
        proxy.exchange(request(password="guessed-password"), source="127.0.0.7")
    post(proxy, "/api/backends/b0-v4/drain")
    post(proxy, "/api/backends/b0-v4/undrain")

    blocks = readers[0].wait_for("block", 3)
    assert [without_time(line) for line in blocks] == [
        {"event": "block", "ip": "127.0.0.5", "userId": None, "seconds": 90, "byHand": True},
        {"event": "block", "ip": "127.0.0.6", "userId": None, "seconds": None, "byHand": True},
        {"event": "block", "ip": "127.0.0.7", "userId": None, "seconds": 600, "byHand": False},
    ]
    states = readers[0].wait_for("backend.state", 2)
    assert [without_time(line) for line in states[-2:]] == [
        {"event": "backend.state", "backend": "b0-v4", "from": "online", "to": "draining", "reason": None},
        {"event": "backend.state", "backend": "b0-v4", "from": "draining", "to": "online", "reason": None},
    ]
    assert [without_time(line) for line in readers[0].wait_for("kill", 2)] == [
        {"event": "kill", "connection": int(number), "ip": None, "userId": None, "ended": 1, "blocked": 0, "mode": "close"},
        {"event": "kill", "connection": None, "ip": "127.0.0.5", "userId": None, "ended": 1, "blocked": 1, "mode": "reset"},
    ]
    assert [without_time(line) for line in readers[0].wait_for("unblock")] == [
        {"event": "unblock", "ip": "127.0.0.5", "userId": None}]

    proxy.stop()
    assert not (tmp_path / "events.sock").exists()
    for reader in readers:
        assert reader.over.wait(patience(5))
    file = (tmp_path / "events.jsonl").read_bytes()
    assert readers[0].data == readers[1].data == readers[2].data
    assert file.endswith(readers[0].data), "the file has what came before the readers too"
    first = parsed(file)[0]
    assert (first["event"], first["from"], first["to"]) == ("backend.state", "unknown", "online")
    for secret in (PASSWORD, "guessed-password", SESSION, "youshallnotpass"):
        assert secret.encode() not in file


def test_a_bot_comes_and_goes(proxy, tmp_path):
    """Once for all its sockets."""
    reader = Reader(tmp_path / "events.sock")
    wait_until(lambda: metric(proxy, "readers") == 1, 5, "the reader")
    socks = [tunnel(proxy)[0] for _ in range(2)]
    (line,) = reader.wait_for("bot.connected")
    bot = line["bot"]
    assert bot["id"] and bot["name"].startswith("tests") and bot["userId"] == "123456789012345678"
    assert without_time(line) == {"event": "bot.connected", "bot": bot, "backend": "b0-v4", "resumed": False}
    assert SESSION not in json.dumps(line)
    socks[0].close()
    wait_until(lambda: len(proxy.connections()) == 1, 5, "one socket less")
    assert not of_kind(reader.lines(), "bot.gone")
    socks[1].close()
    (line,) = reader.wait_for("bot.gone")
    assert without_time(line) == {"event": "bot.gone", "bot": bot}
    assert len(of_kind(reader.lines(), "bot.connected")) == 1


TRACK = {"encoded": "x", "info": {"identifier": "i", "isSeekable": True, "author": "Band \u202e", "length": 213000, "isStream": False,
                                  "position": 0, "title": "<Song>\n", "uri": None, "artworkUrl": None, "isrc": None, "sourceName": "http"}}
PLAYED = [
    ({"type": "TrackStartEvent"}, {"event": "track.start"}),
    ({"type": "TrackStuckEvent", "thresholdMs": 10000}, {"event": "track.stuck", "thresholdMs": 10000}),
    ({"type": "TrackExceptionEvent", "exception": {"message": "it broke", "severity": "fault", "cause": "a cause", "causeStackTrace": "at x"}},
     {"event": "track.exception", "severity": "fault", "message": "it broke"}),
    ({"type": "TrackEndEvent", "reason": "loadFailed"}, {"event": "track.end"}),
]


def test_tracks(lavaproxy, tmp_path, scripted):
    """A track that starts, gets stuck, fails and ends: a line each, its texts cleaned, nothing else of it."""
    attached = threading.Event()

    def playing(conn):
        conn.head()
        conn.send(SWITCHING)
        conn.send(text_frame(json.dumps({"op": "ready", "resumed": False, "sessionId": SESSION})))
        attached.wait(patience(20))
        for event, _ in PLAYED:
            conn.send(text_frame(json.dumps({"op": "event", "guildId": "81384788765712384", **event, "track": TRACK})))
        conn.drain()

    proxy = lavaproxy(backends=[scripted(playing)], config={"events": outlets(tmp_path)})
    reader = Reader(tmp_path / "events.sock")
    wait_until(lambda: metric(proxy, "readers") == 1, 5, "the reader")
    sock, _ = tunnel(proxy)
    attached.set()
    reader.wait_for("track.end")
    lines = [line for line in reader.lines() if line["event"].startswith("track.")]
    bot = reader.wait_for("bot.connected")[0]["bot"]
    for line, (_, told) in zip(lines, PLAYED, strict=True):
        found = without_time(line)
        title, author = found["track"].pop("title"), found["track"].pop("author")
        assert title.startswith("<Song>") and "\n" not in title and author.startswith("Band") and "\u202e" not in author
        assert found.items() >= {**told, "bot": bot, "backend": "b0-v4", "guild": "81384788765712384"}.items()
        assert found["track"] == {"lengthMs": 213000, "source": "http"}
    assert lines[-1]["reason"].lower() == "loadfailed"
    assert b"a cause" not in reader.data and SESSION.encode() not in reader.data
    sock.close()


def test_a_backend_that_goes_away(lavaproxy, tmp_path, scripted):
    backend = scripted(node)
    proxy = lavaproxy(backends=[backend], config={"events": outlets(tmp_path)})
    reader = Reader(tmp_path / "events.sock")
    wait_until(lambda: metric(proxy, "readers") == 1, 5, "the reader")
    backend.down()
    (line,) = reader.wait_for("backend.state")
    assert (line["from"], line["to"]) == ("online", "offline") and line["reason"]
    reader.close()


def test_rotation_loses_and_doubles_nothing(proxy, tmp_path):
    """Lines go on while the file is renamed and USR1 sent; all files together hold what a reader got."""
    reader = Reader(tmp_path / "events.sock")
    wait_until(lambda: metric(proxy, "readers") == 1, 5, "the reader")
    path, poster = tmp_path / "events.jsonl", Poster(proxy)
    for turn in range(5):
        poster.lines(60)
        path.rename(tmp_path / f"events.{turn}")
        proxy.signal(signal.SIGUSR1)
        poster.lines(60)
        wait_until(path.exists, 5, "a new file")
    reader.wait_for("block", 600)
    proxy.stop()
    assert reader.over.wait(patience(5))
    together = b"".join((tmp_path / f"events.{turn}").read_bytes() for turn in range(5)) + path.read_bytes()
    assert len(of_kind(parsed(together), "block")) == 600
    assert together.endswith(reader.data)


def test_a_slow_reader_is_dropped(proxy, tmp_path):
    """It is counted and told; who reads goes on, and what the slow one got are whole lines."""
    quick = Reader(tmp_path / "events.sock")
    slow = Reader(tmp_path / "events.sock", slow=True)
    wait_until(lambda: metric(proxy, "readers") == 2, 5, "both readers")
    poster, sent = Poster(proxy), 0
    while sent < 20000 and "was dropped" not in proxy.log():
        poster.lines(500)
        sent += 500
    proxy.wait_log(rf"events\.unix: the reader with pid {os.getpid()} was dropped, it reads too slowly")
    wait_until(lambda: metric(proxy, "readers") == 1, 5, "one reader left")
    assert metric(proxy, "readers_dropped_total") == 1
    assert metric(proxy, "lines_dropped_total") == 0
    poster.lines(1)
    assert len(quick.wait_for("block", sent + 1)) == sent + 1
    slow.read()
    assert slow.over.is_set() and slow.data.endswith(b"}\n") and 0 < len(parsed(slow.data)) < sent
    quick.close()


def test_readers_come_and_go(proxy, tmp_path):
    """What they send is thrown away; there is room for 64 of them."""
    path = tmp_path / "events.sock"
    readers = [Reader(path) for _ in range(64)]
    wait_until(lambda: metric(proxy, "readers") == 64, 5, "64 readers")
    one_more = Reader(path)
    assert one_more.over.wait(patience(5))
    proxy.wait_log("no place for one more reader beside 64")
    readers[0].sock.sendall(b"x" * 100000)
    for reader in readers[1:]:
        reader.close()
    wait_until(lambda: metric(proxy, "readers") == 1, 5, "one reader")
    Poster(proxy).lines(1)
    readers[0].wait_for("block")
    readers[0].close()
    wait_until(lambda: metric(proxy, "readers") == 0, 5, "no reader")
    assert metric(proxy, "readers_dropped_total") == 0


@pytest.mark.parametrize("which", ["full", "unwritable"])
def test_a_file_that_refuses(lavaproxy, tmp_path, which):
    """It is counted and told once; the proxy and the readers go on, and so does the file when it takes lines again."""
    places = outlets(tmp_path)
    path = tmp_path / "events.jsonl"
    if which == "full":
        path.symlink_to("/dev/full")
    proxy = lavaproxy(config={"events": places, "limits": LIMITS})
    reader = Reader(tmp_path / "events.sock")
    wait_until(lambda: metric(proxy, "readers") == 1, 5, "the reader")
    if which == "unwritable":
        path.unlink()
        path.mkdir()
        proxy.signal(signal.SIGUSR1)
        proxy.wait_log("events.file: lines are lost: Is a directory")
        path.rmdir()
    else:
        Poster(proxy).lines(3)
        proxy.wait_log("events.file: lines are lost: No space left on device")
        wait_until(lambda: metric(proxy, "lines_dropped_total") >= 3, 5, "the count")
        reader.wait_for("block", 3)
        path.unlink()
    proxy.signal(signal.SIGUSR1)
    wait_until(path.exists, 5, "the new file")
    Poster(proxy).lines(1)
    proxy.wait_log("events.file: takes lines again")
    proxy.stop()
    assert [line["ip"] for line in of_kind(parsed(path.read_bytes()), "block")] == ["2001:db8:1234:5678::/64"]
    assert len(re.findall("lines are lost", proxy.log())) == 1


def test_a_file_that_hangs(lavaproxy, tmp_path):
    """Nobody reads the pipe behind it: control goes on, lines beyond the room are counted and told, and the end comes in time."""
    os.mkfifo(tmp_path / "events.jsonl")
    pipe = os.open(tmp_path / "events.jsonl", os.O_RDONLY | os.O_NONBLOCK)
    proxy = lavaproxy(config={"events": outlets(tmp_path), "limits": LIMITS})
    reader = Reader(tmp_path / "events.sock")
    wait_until(lambda: metric(proxy, "readers") == 1, 5, "the reader")
    poster, sent = Poster(proxy), 0
    while sent < 60000 and metric(proxy, "lines_dropped_total") == 0:
        poster.lines(1000)
        sent += 1000
    poster.lines(10)
    reader.wait_for("block", sent + 10)
    got = b""

    def whole():
        nonlocal got
        try:
            got += os.read(pipe, 1 << 20)
        except BlockingIOError:
            pass
        return of_kind(parsed(got), "dropped")

    (told,) = wait_until(whole, 10, "the line that tells how many are lost")
    lost = told["lines"]
    assert len(of_kind(parsed(got), "block")) + lost == sent + 10
    wait_until(lambda: metric(proxy, "lines_dropped_total") == lost, 5, "the count")
    while sent < 120000 and metric(proxy, "lines_dropped_total") == lost:
        poster.lines(1000)
        sent += 1000
    began = time.monotonic()
    proxy.signal(signal.SIGTERM)
    assert proxy.wait(10) == 0
    assert 0.5 < time.monotonic() - began < patience(2), "it waits a second for the file, and no longer"
    os.close(pipe)


def test_a_stale_socket_is_replaced_and_a_living_one_is_not(lavaproxy, tmp_path):
    path = tmp_path / "events.sock"
    left = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    left.bind(str(path))
    left.close()
    first = lavaproxy(config={"events": {"unix": str(path)}})
    reader = Reader(path)
    wait_until(lambda: metric(first, "readers") == 1, 5, "the reader")

    second = Lavaproxy(tmp_path / "second", config={"events": {"unix": str(path)}}, wait="none")
    assert second.wait() == 1
    assert f"lavaproxy: events.unix: cannot listen on {path}: another process answers there" in second.log()
    second.assert_clean()
    Poster(first).lines(1)
    reader.wait_for("block")
    first.process.kill()
    first.wait()
    first.stopped = True
    assert path.exists()
    third = lavaproxy(config={"events": {"unix": str(path)}})
    wait_until(lambda: Reader(path) and metric(third, "readers") > 0, 5, "a reader of the third")


@pytest.mark.parametrize("config, said", [
    ({"file": "/nowhere/events"}, "cannot open events file /nowhere/events: No such file or directory"),
    ({"unix": "/nowhere/events"}, "events.unix: cannot listen on /nowhere/events: No such file or directory"),
    ({"unix": "lavaproxy.yaml"}, "there is a file of that name that is no socket"),
])
def test_what_cannot_be_opened_ends_the_start(tmp_path, config, said):
    proxy = Lavaproxy(tmp_path, config={"events": config}, wait="none")
    assert proxy.wait() == 1
    assert said in proxy.log()
    proxy.assert_clean()


@pytest.mark.parametrize("events, said", [
    ("{unix: /" + "x" * 107 + "}", "events.unix: is longer than 107 bytes"),
    ("{file: same}\nlog: {file: same}", "events.file: is log.file already"),
    ("{files: x}", "did you mean file?"),
])
def test_check(tmp_path, events, said):
    path = tmp_path / "lavaproxy.yaml"
    path.write_text(f"events: {events}\n")
    path.chmod(0o600)
    done = subprocess.run([binary("lavaproxy"), "--check", "-c", path], text=True, capture_output=True, timeout=patience(20))
    assert done.returncode == 2 and said in done.stdout + done.stderr


def test_a_daemon_keeps_relative_paths(tmp_path):
    """It goes on in the directory it was started in, so rotation finds the file and the end removes the socket."""
    port, pid_file = free_port(), tmp_path / "pid"
    path = tmp_path / "lavaproxy.yaml"
    config = {"proxy": {"listen": f"127.0.0.1:{port}", "password": PASSWORD}, "web": {"listen": "off"},
              "events": {"file": "events.jsonl", "unix": "events.sock"}, "log": {"file": "proxy.log"},
              "backends": [{"name": "one", "version": 4, "address": f"127.0.0.1:{free_port()}"}]}
    path.write_text(json.dumps(config))
    path.chmod(0o600)
    done = subprocess.run([binary("lavaproxy"), "--daemon", "--pid-file", pid_file, "-c", path], cwd=tmp_path,
                          timeout=patience(20), text=True, capture_output=True)
    assert done.returncode == 0, done.stderr
    pid, file = int(pid_file.read_text()), tmp_path / "events.jsonl"
    try:
        Reader(tmp_path / "events.sock")
        wait_until(lambda: of_kind(parsed(file.read_bytes()), "backend.state"), 5, "a line")
        file.rename(tmp_path / "events.1")
        os.kill(pid, signal.SIGUSR1)
        wait_until(file.exists, 5, "the new file")
    finally:
        os.kill(pid, signal.SIGTERM)
        wait_until(lambda: not pid_file.exists(), 10, "the daemon's end")
    assert not (tmp_path / "events.sock").exists()


def test_a_reload_moves_both(proxy, tmp_path):
    """New ones are opened before anything changes; what cannot be opened leaves all as it was."""
    old = Reader(tmp_path / "events.sock")
    wait_until(lambda: metric(proxy, "readers") == 1, 5, "the reader")
    Poster(proxy).lines(1)
    moved = {"file": str(tmp_path / "other.jsonl"), "unix": str(tmp_path / "other.sock")}
    proxy.reload({"events": {**moved, "unix": "/nowhere/other.sock"}, "rates": {"medium": "50KB"}}, 409)
    proxy.wait_log("not reloaded.*cannot listen on /nowhere/other.sock")
    Poster(proxy).lines(1)
    assert len(old.wait_for("block", 2)) == 2
    proxy.reload({"events": moved})
    assert old.over.wait(patience(5))
    assert not (tmp_path / "events.sock").exists()
    new = Reader(tmp_path / "other.sock")
    wait_until(lambda: metric(proxy, "readers") == 1, 5, "the new reader")
    Poster(proxy).lines(1)
    new.wait_for("block")
    wait_until(lambda: of_kind(parsed((tmp_path / "other.jsonl").read_bytes()), "block"), 5, "the line in the new file")
    assert len(of_kind(parsed((tmp_path / "events.jsonl").read_bytes()), "block")) == 2
    proxy.reload({"events": {"file": "", "unix": ""}})
    assert new.over.wait(patience(5))
    assert not (tmp_path / "other.sock").exists()
    before = (tmp_path / "other.jsonl").read_bytes()
    Poster(proxy).lines(1)
    assert metric(proxy, "readers") == 0
    proxy.stop()
    assert (tmp_path / "other.jsonl").read_bytes() == before
