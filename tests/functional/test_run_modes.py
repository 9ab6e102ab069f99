"""Run modes, exit statuses, signals: what init systems and operators rely on."""

import json
import os
import signal
import socket
import stat
import subprocess
import time

import pytest

from support import (BACKEND_PASSWORD, PASSWORD, RawSocket, binary, free_port, is_listening, patience, request, wait_until,
                     websocket_request, SWITCHING, exchange)


def write_config(directory, extra=None, name="lavaproxy.yaml"):
    """A configuration of its own for a program started by hand; returns (path, port, web port)."""
    port, web = free_port(), free_port()
    config = {
        "proxy": {"listen": f"127.0.0.1:{port}", "password": PASSWORD},
        "web": {"listen": f"127.0.0.1:{web}"},
        "backends": [{"name": "one", "version": 4, "address": f"127.0.0.1:{free_port()}", "password": BACKEND_PASSWORD}],
        "timeouts": {"drain": "1s"},
    }
    config.update(extra or {})
    path = directory / name
    path.write_text(json.dumps(config))
    path.chmod(0o600)
    return path, port, web


def run(*args, cwd=None, env=None):
    """Runs to the end with no terminal."""
    return subprocess.run(
        [binary("lavaproxy"), *map(str, args)], cwd=cwd, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=patience(20), check=False,
    )


def ended(pid):
    """Whether a process that is not our child is gone."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            return file.read().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True


@pytest.fixture
def daemon(tmp_path):
    """Starts a daemon in tmp_path; it is ended with the test."""
    pids = []

    def start(*args, extra=None, relative=False):
        path, port, web = write_config(tmp_path, extra)
        pid_file = tmp_path / "run.pid"
        config = path.name if relative else path
        result = run("--daemon", "-c", config, "--pid-file", pid_file.name if relative else pid_file, *args, cwd=tmp_path)
        pid = int(pid_file.read_text()) if result.returncode == 0 else None
        if pid:
            pids.append(pid)
        return result, pid, pid_file, port

    yield start
    for pid in pids:
        if not ended(pid):
            os.kill(pid, signal.SIGKILL)


# --- command line ------------------------------------------------------------------------------------------------


def test_version_and_help():
    for flag in ("-V", "--version"):
        result = run(flag)
        assert (result.returncode, result.stderr) == (0, "")
        assert result.stdout.startswith("lavaproxy ")
    for flag in ("-h", "--help"):
        result = run(flag)
        assert (result.returncode, result.stderr) == (0, "")
        for option in ("--config", "--check", "--headless", "--daemon", "--pid-file", "--demo", "--theme", "--ascii",
                       "--no-color", "--no-mouse", "--read-only", "--refresh", "--plain", "--version", "--help"):
            assert option in result.stdout


@pytest.mark.parametrize("args", [["--no-such-option"], ["-x"], ["-c"], ["--pid-file"], ["stray"], ["--headless=yes"],
                                  ["--plain", "--headless"], ["-d", "--plain=5"]])
def test_usage_errors_exit_2_with_a_hint(args, tmp_path):
    result = run(*args, cwd=tmp_path)
    assert result.returncode == 2
    assert "--help" in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize("option,wrong", [("--plain=soon", "is not a duration"), ("--plain=0s", "must be 1s to 1h"),
                                          ("--refresh=1h", "must be 100ms to 10s")])
def test_wrong_times_on_the_command_line(option, wrong, tmp_path):
    result = run(option, cwd=tmp_path)
    assert result.returncode == 2
    assert f"command line: {option.split('=')[0]}: " in result.stderr and wrong in result.stderr


# --- --check -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("flag", ["-t", "--check"])
def test_check_of_a_good_file(flag, tmp_path):
    path, port, _ = write_config(tmp_path)
    result = run(flag, "-c", path)
    assert (result.returncode, result.stdout, result.stderr) == (0, f"{path}: good\n", "")
    assert not is_listening(port)


def test_check_without_any_file(tmp_path):
    result = run("--check", cwd=tmp_path)
    assert result.returncode == 0
    assert result.stdout.rstrip().endswith("good")


def test_check_prints_every_problem(tmp_path):
    path = tmp_path / "bad.yaml"
    path.write_text("proxy:\n  pasword: topsecret\n  workers: many\nhealth:\n  interval: soon\n")
    path.chmod(0o600)
    result = run("--check", "-c", path)
    assert result.returncode == 2
    lines = result.stderr.splitlines()
    for place in (f"{path}:2:", f"{path}:3:", f"{path}:5:"):
        assert any(line.startswith(place) for line in lines), (place, lines)
    assert "topsecret" not in result.stderr
    assert "good" not in result.stdout
    # A start refuses the same file with the same words, before any port is open.
    started = run("--headless", "-c", path)
    assert (started.returncode, started.stderr) == (2, result.stderr)


def test_a_named_file_must_exist(tmp_path):
    for args in (["--check"], ["--headless"], ["--daemon"]):
        result = run(*args, "-c", tmp_path / "none.yaml")
        assert result.returncode == 2
        assert "none.yaml" in result.stderr


# --- start -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["--headless", "--daemon"])
@pytest.mark.parametrize("which", ["proxy", "web"])
def test_a_taken_port_is_one_clear_line_and_status_1(mode, which, tmp_path):
    path, port, web = write_config(tmp_path)
    taken = port if which == "proxy" else web
    pid_file = tmp_path / "run.pid"
    with socket.create_server(("127.0.0.1", taken)):
        result = run(mode, "-c", path, "--pid-file", pid_file)
    assert result.returncode == 1
    complaints = [line for line in result.stderr.splitlines() if "Address already in use" in line]
    assert complaints == [f"lavaproxy: cannot listen on 127.0.0.1:{taken}: Address already in use"]
    assert not pid_file.exists()
    assert not is_listening(port)


def test_a_pid_file_that_cannot_be_written_is_status_1(tmp_path):
    path, port, _ = write_config(tmp_path)
    result = run("--headless", "-c", path, "--pid-file", tmp_path / "none" / "run.pid")
    assert result.returncode == 1
    assert "run.pid" in result.stderr
    assert not is_listening(port)


@pytest.mark.parametrize("kind", ["fifo", "device"])
def test_a_pid_file_that_is_no_file_is_refused_and_left_alone(kind, tmp_path):
    target = tmp_path / "run.pid"
    if kind == "fifo":
        os.mkfifo(target)
    elif os.geteuid() == 0:
        try:
            os.mknod(target, 0o600 | stat.S_IFCHR, os.makedev(1, 3))
        except PermissionError:
            pytest.skip("may not make devices here")
    else:
        pytest.skip("only root can make devices, and remove them")
    path, _, _ = write_config(tmp_path)
    result = run("--headless", "-c", path, "--pid-file", target)
    assert result.returncode == 1
    assert "pid file" in result.stderr
    assert target.exists()


def test_the_pid_file_of_a_successor_stays(lavaproxy, tmp_path):
    pid_file = tmp_path / "run.pid"
    proxy = lavaproxy(args=["--pid-file", str(pid_file)])
    assert int(pid_file.read_text()) == proxy.process.pid
    pid_file.write_text("1\n")
    proxy.stop()
    assert pid_file.read_text() == "1\n"


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_standard_streams_are_not_taken_for_sockets(closed, tmp_path):
    path, port, _ = write_config(tmp_path)
    pid_file = tmp_path / "run.pid"
    result = subprocess.run(["sh", "-c", f'exec "$0" --daemon -c "$1" --pid-file "$2" {closed}', binary("lavaproxy"), str(path),
                             str(pid_file)], cwd=tmp_path, timeout=patience(20), check=False)
    assert result.returncode == 0
    pid = int(pid_file.read_text())
    try:
        assert all(os.readlink(f"/proc/{pid}/fd/{fd}") == "/dev/null" for fd in range(3))
        assert is_listening(port)
        assert exchange(port, request(password="wrong")).status == 403
    finally:
        os.kill(pid, signal.SIGTERM)
    wait_until(lambda: ended(pid), 10, "the end of the daemon")
    assert not pid_file.exists()


def test_without_a_terminal_it_runs_headless_and_says_so(lavaproxy):
    proxy = lavaproxy(args=())
    # The fixture passes --headless; the same without it, by hand.
    path = proxy.config_path
    proxy.stop()
    process = subprocess.Popen([binary("lavaproxy"), "-c", str(path)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE, text=True)
    try:
        assert "headless" in process.stderr.readline()
        wait_until(lambda: is_listening(proxy.port), 10, "the port")
        process.terminate()
        _, rest = process.communicate(timeout=patience(10))
        assert process.returncode == 0
        assert "Sanitizer" not in rest
    finally:
        process.kill()
        process.wait()


def test_passwords_are_not_in_the_argument_list(lavaproxy):
    proxy = lavaproxy()
    with open(f"/proc/{proxy.process.pid}/cmdline", "rb") as cmdline:
        assert PASSWORD.encode() not in cmdline.read()


# --- daemon ------------------------------------------------------------------------------------------------------


def test_a_daemon_is_up_when_its_parent_is_done(daemon):
    result, pid, pid_file, port = daemon("--headless")
    assert result.returncode == 0, result.stderr
    # No waiting: the port is open by now.
    assert is_listening(port)
    assert exchange(port, request()).status == 503
    assert os.getsid(pid) == pid
    assert os.readlink(f"/proc/{pid}/fd/0") == "/dev/null"
    assert os.readlink(f"/proc/{pid}/fd/2") == "/dev/null"
    assert not ended(pid)
    os.kill(pid, signal.SIGTERM)
    wait_until(lambda: ended(pid), 10, "the daemon's end")
    assert not pid_file.exists()
    assert not is_listening(port)


def test_a_daemon_keeps_relative_paths(daemon, tmp_path):
    result, pid, _, port = daemon(extra={"log": {"file": "proxy.log"}}, relative=True)
    assert result.returncode == 0, result.stderr
    assert is_listening(port)
    log = tmp_path / "proxy.log"
    wait_until(lambda: "starts with" in log.read_text(), 5, "the first line")
    log.rename(tmp_path / "proxy.log.1")
    os.kill(pid, signal.SIGUSR1)
    wait_until(log.exists, 5, "a new log file")
    os.kill(pid, signal.SIGTERM)
    wait_until(lambda: ended(pid), 10, "the daemon's end")
    assert "lavaproxy ends" in log.read_text()
    assert "lavaproxy ends" not in (tmp_path / "proxy.log.1").read_text()


def test_a_daemon_with_a_bad_configuration_says_so_to_the_caller(tmp_path):
    path, _, _ = write_config(tmp_path, {"health": {"interval": "soon"}})
    result = run("--daemon", "-c", path)
    assert result.returncode == 2
    assert "health.interval" in result.stderr


def test_a_daemon_whose_log_cannot_be_opened_fails(tmp_path):
    path, port, _ = write_config(tmp_path, {"log": {"file": str(tmp_path / "none" / "proxy.log")}})
    result = run("--daemon", "-c", path)
    assert result.returncode == 1
    assert "proxy.log" in result.stderr
    assert not is_listening(port)


# --- signals -----------------------------------------------------------------------------------------------------


def test_term_and_int_end_with_status_0(lavaproxy):
    for number in (signal.SIGTERM, signal.SIGINT):
        proxy = lavaproxy()
        began = time.monotonic()
        proxy.signal(number)
        assert proxy.wait(10) == 0
        assert time.monotonic() - began < patience(1.0), "nothing was open, so there was nothing to wait for"
        proxy.stop()


def test_term_lets_a_request_finish(lavaproxy, scripted):
    def slow(conn):
        conn.head()
        proxy.wait_log("TERM: no new connections")
        conn.send(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone")
        conn.drain()

    backend = scripted(slow)
    proxy = lavaproxy(backends=[backend], config={"timeouts": {"drain": "20s"}})
    with proxy.connect() as client:
        client.send(request(target="/v4/info"))
        wait_until(lambda: backend.connections and backend.connections[0].received, 5, "the request at the backend")
        proxy.signal(signal.SIGTERM)
        answer = client.read_answer()
        assert (answer.status, answer.body) == (200, b"done")
        assert client.is_closed()
    assert proxy.wait(10) == 0


def tunnel(proxy):
    client = proxy.connect()
    client.send(websocket_request())
    assert client.read_until(b"\r\n\r\n").startswith(b"HTTP/1.1 101 ")
    return client


def upgrade(conn):
    conn.head()
    conn.send(SWITCHING)
    conn.drain()


def test_a_tunnel_gets_the_drain_time(lavaproxy, scripted):
    proxy = lavaproxy(backends=[scripted(upgrade)], config={"timeouts": {"drain": "1s"}})
    with tunnel(proxy) as client:
        began = time.monotonic()
        proxy.signal(signal.SIGTERM)
        assert client.is_closed()
        assert time.monotonic() - began >= 0.9
    assert proxy.wait(10) == 0
    assert time.monotonic() - began < patience(3.0)


def test_a_second_term_ends_at_once(lavaproxy, scripted):
    proxy = lavaproxy(backends=[scripted(upgrade)], config={"timeouts": {"drain": "60s"}})
    with tunnel(proxy):
        proxy.signal(signal.SIGTERM)
        proxy.wait_log("TERM: no new connections")
        assert proxy.is_running()
        began = time.monotonic()
        proxy.signal(signal.SIGTERM)
        assert proxy.wait(10) == 0
        assert time.monotonic() - began < patience(1.0)


def test_hangup_and_stop_signals_never_end_or_stop_it(lavaproxy, scripted):
    proxy = lavaproxy(backends=[scripted(upgrade)])
    with tunnel(proxy):
        for number in (signal.SIGHUP, signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU, signal.SIGPIPE, signal.SIGWINCH,
                       signal.SIGHUP):
            proxy.signal(number)
        wait_until(lambda: "reloaded" in proxy.log(), 5, "the word about HUP")
        assert proxy.is_running()
        with open(f"/proc/{proxy.process.pid}/stat", encoding="ascii") as file:
            assert file.read().rsplit(")", 1)[1].split()[0] in "SR"
        wait_until(lambda: len(proxy.connections()) == 1, 3, "the tunnel in the list")


def test_usr1_opens_the_log_anew(lavaproxy, tmp_path):
    log = tmp_path / "proxy.log"
    proxy = lavaproxy(config={"log": {"file": str(log), "level": "info"}})
    wait_until(lambda: "listening on" in log.read_text(), 5, "the first lines")
    log.rename(tmp_path / "proxy.log.1")
    with RawSocket(proxy.port) as client:
        assert client.send(request(password="wrong")).read_answer().status == 403
    wait_until(lambda: "wrong password" in (tmp_path / "proxy.log.1").read_text(), 5, "the line in the old file")
    proxy.signal(signal.SIGUSR1)
    wait_until(log.exists, 5, "the new file")
    proxy.signal(signal.SIGHUP)
    wait_until(lambda: "reloaded" in log.read_text(), 5, "the line in the new file")
    assert "reloaded" not in (tmp_path / "proxy.log.1").read_text()


def test_the_json_log_is_json(lavaproxy, tmp_path):
    log = tmp_path / "proxy.log"
    proxy = lavaproxy(config={"log": {"file": str(log), "format": "json"}})
    proxy.stop()
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert any("listening on" in line["message"] for line in lines)


# --- health ------------------------------------------------------------------------------------------------------


def backend_of(proxy):
    return proxy.get("/api/health")["backendList"][0]


def test_health_follows_a_backend_down_and_up(lavaproxy, scripted):
    backend = scripted(upgrade)
    proxy = lavaproxy(backends=[backend], config={"health": {"interval": "60s", "timeout": "1s"}})
    up = backend_of(proxy)
    assert (up["status"], up["reason"]) == ("online", "")
    assert 0 <= up["responseTime"] < patience(1000)

    # The next check by the clock is a minute away: the failed connect makes it happen at once.
    backend.down()
    assert proxy.exchange(request(target="/v4/info")).status in (502, 503)
    down = wait_until(lambda: next((b for b in [backend_of(proxy)] if b["status"] == "offline"), None), 3, "offline")
    assert down["reason"] == "Connection refused"
    assert proxy.api("/readyz").status == 503

    backend.start()
    began = time.monotonic()
    with proxy.connect() as client:
        client.send(websocket_request())
        assert client.read_until(b"\r\n\r\n").startswith(b"HTTP/1.1 101 ")
        assert time.monotonic() - began < patience(1.5), "a backend that is back is used within a second"
    wait_until(lambda: backend_of(proxy)["status"] == "online", 3, "online")


def test_a_backend_that_does_not_answer_is_a_timeout(lavaproxy):
    # A listener whose queue is full: the kernel drops further handshakes.
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        fillers = []
        for _ in range(4):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", port))
            fillers.append(filler)
        proxy = lavaproxy(backends=[(4, f"127.0.0.1:{port}")], wait="started",
                          config={"health": {"interval": "1s", "timeout": "300ms"}})
        slow = wait_until(lambda: next((b for b in [backend_of(proxy)] if b["status"] != "unknown"), None), 5, "a verdict")
        assert (slow["status"], slow["responseTime"]) == ("timeout", None)
        assert "0.3 s" in slow["reason"]
        for filler in fillers:
            filler.close()


def test_a_name_that_does_not_resolve_is_offline_with_a_reason(lavaproxy):
    proxy = lavaproxy(backends=[(4, "nowhere.invalid:2333")], wait="started",
                      config={"health": {"interval": "1s", "timeout": "1s"}})
    gone = wait_until(lambda: next((b for b in [backend_of(proxy)] if b["status"] == "offline"), None), 10, "a verdict")
    assert "does not resolve" in gone["reason"]
    assert proxy.exchange(request(target="/v4/info")).status == 503


def test_a_name_that_resolves_is_used(lavaproxy, scripted):
    def answer(conn):
        conn.head()
        conn.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        conn.drain()

    backend = scripted(answer)
    proxy = lavaproxy(backends=[(4, f"localhost:{backend.port}")], wait="ready")
    assert proxy.exchange(request(target="/v4/info")).body == b"ok"
