"""The configuration as the program takes it: --check, precedence, hostile files, and no secret in what it says."""

import os
import resource
import socket
import subprocess

import pytest

from stage import Stage, assert_refusal
from support import BACKEND_PASSWORD, ROOT, binary, flavour, free_port, patience, request, websocket_request

SECRET = "hunter2-Tr0ub4dor"
OURS = ("PROXY_", "WEB_", "LAVALINK_", "HEALTH_", "RATE_", "MAX_", "LOG_LEVEL", "ENABLE_")


def bound_memory():
    """24 MB of data, which leaves 8 of the 32 for code. (The peak of a child's resident set would begin with Python's.)"""
    if flavour() in ("release", "clang"):
        resource.setrlimit(resource.RLIMIT_DATA, (24 << 20, 24 << 20))


def spent():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def run(*arguments, cwd, env=None):
    """(status, what it said on both outputs, seconds of CPU: others on the machine do not count)."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(OURS)}
    environment.update(env or {})
    begin = spent()
    done = subprocess.run(
        [binary("lavaproxy"), *arguments],
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        preexec_fn=bound_memory,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout.decode("utf-8", "replace"), spent() - begin


def check(tmp_path, text=None, env=None, dotenv=None, arguments=("--check",)):
    if text is not None:
        mode = "wb" if isinstance(text, bytes) else "w"
        with open(tmp_path / "lavaproxy.yaml", mode) as file:
            file.write(text)
        os.chmod(tmp_path / "lavaproxy.yaml", 0o600)
    if dotenv is not None:
        (tmp_path / ".env").write_text(dotenv)
        os.chmod(tmp_path / ".env", 0o600)
    return run(*arguments, cwd=tmp_path, env=env)


def test_shipped_file_is_good(tmp_path):
    status, said, _ = run("--check", "-c", str(ROOT / "lavaproxy.yaml"), cwd=tmp_path)
    assert status == 0, said
    # All it warns of is what everybody has to change.
    assert [line for line in said.splitlines() if "warning" in line] == [
        "proxy.password is the default: only loopback may connect until it is set (warning)"]


def test_no_file_is_good_but_a_named_one_must_be_there(tmp_path):
    assert check(tmp_path)[0] == 0
    status, said, _ = run("--check", "-c", "other.yaml", cwd=tmp_path)
    assert status == 2
    assert "other.yaml: there is no such file" in said


def test_every_problem_with_its_place(tmp_path):
    text = (
        "proxy:\n"
        "  listne: 0.0.0.0:1\n"
        "  workers: 1000\n"
        f"  password: {SECRET}\n"
        f"  password: {SECRET}\n"
        "timeouts: {idle: soon}\n"
        "backends:\n"
        f"- {{name: a, version: 9, address: 'u:{SECRET}@h', password: [{SECRET}]}}\n"
    )
    status, said, _ = check(tmp_path, text, env={"PROXY_PORT": "none", "HEALTH_CHECK_TIMEOUT": "3s"})
    assert status == 2
    for line in (
        "lavaproxy.yaml:2:3: proxy.listne: unknown key; did you mean listen?",
        "lavaproxy.yaml:3:12: proxy.workers: must be auto, or 1 to 64",
        "lavaproxy.yaml:5:13: proxy.password: given twice; first in line 4",
        'lavaproxy.yaml:6:18: timeouts.idle: "soon" is not a duration',
        "lavaproxy.yaml:8:22: backends[0].version: must be 3 to 4",
        "lavaproxy.yaml:8:34: backends[0].address: that value is not HOST:PORT",
        "backends[0].password: must be a plain value, not a list",
        'environment: PROXY_PORT: "none" is not a port from 1 to 65535',
        "environment: HEALTH_CHECK_TIMEOUT: must be a whole number of milliseconds",
    ):
        assert line in said, said
    assert SECRET not in said


@pytest.mark.parametrize(
    "text",
    [
        "a: &a [x, x]\n" + "".join(f"b{i}: &b{i} [*a, *a, *a]\n" for i in range(5000)),
        "[" * 10000,
        "{a: " * 10000,
        "proxy: {listen: " + "[" * 10000,
        "- " * 10000,
        "proxy: {password: " + "x" * 1000000 + "}\n",
        "limits: {deny: [" + "1, " * 300000 + "]}\n",
        "x" * 5000000,
        b"\0" * 1000000,
        b"\xff\xfe" * 1000,
        "".join(f"lisen{i}: 1\n" for i in range(70000)),
        "".join(f"%TAG !{i}! b\n" for i in range(60000)) + "--- a\n",
    ],
    ids=["aliases", "lists", "maps", "value", "blocks", "long", "elements", "large", "zeros", "utf16", "keys", "directives"],
)
def test_hostile_files_end_soon_and_small(tmp_path, text):
    status, said, took = check(tmp_path, text)
    assert status == 2
    assert "lavaproxy.yaml:" in said
    assert took < patience(1.0)
    assert "out of memory" not in said
    assert len(said) < 64 * 1024


@pytest.mark.parametrize(
    "value, said_of_it",
    [
        ("[]", "1:19: proxy.password: must have 1 to 8 elements"),
        (f"[{SECRET}, other, {SECRET}]", "1:46: proxy.password: is in the list already"),
        (f"[{SECRET}, '']", "1:39: proxy.password: must not be empty"),
        (f"[{SECRET}, ' {SECRET}']", "1:39: proxy.password: must not begin or end with a space"),
        (f"[{SECRET}, [{SECRET}x]]", "1:39: proxy.password: must be a plain value, not a list"),
        (f"[{SECRET}, {{a: {SECRET}x}}]", "1:39: proxy.password: must be a plain value, not a mapping"),
        (f"[{SECRET}, ~]", "1:39: proxy.password: has no value"),
        (f"[{SECRET}, {'x' * 513}]", "1:39: proxy.password: is longer than 512 bytes"),
    ],
    ids=["empty list", "twice", "empty", "space", "nested", "mapping", "null", "long"],
)
def test_bad_lists_of_passwords(tmp_path, value, said_of_it):
    status, said, _ = check(tmp_path, f"proxy: {{password: {value}}}\n")
    assert status == 2
    assert said.splitlines()[0].startswith(f"lavaproxy.yaml:{said_of_it}"), said
    assert len([line for line in said.splitlines() if "password" in line]) == 1, said
    assert SECRET not in said


def test_the_default_among_other_passwords_is_a_warning(tmp_path):
    warning = "proxy.password is the default"
    assert warning in check(tmp_path, f"proxy: {{password: [{SECRET}, DevamOP]}}\n")[1]
    assert warning not in check(tmp_path, f"proxy: {{password: [{SECRET}, DevamOP2]}}\n")[1]
    # The environment has one, in the place of all of the file.
    assert warning not in check(tmp_path, f"proxy: {{password: [{SECRET}, DevamOP]}}\n", env={"PROXY_PASSWORD": "x, y"})[1]


def test_every_password_of_a_list_is_accepted(tmp_path):
    made = Stage(tmp_path / "list", password=["new-password", f"{SECRET} old"])
    try:
        for password in ("new-password", f"{SECRET} old", "Bearer new-password"):
            assert made.ask(request(target="/v4/x", password=password)).status == 200
            assert made.last.header("Authorization") == BACKEND_PASSWORD.encode()
            with made.connect() as sock:
                made.upgrade(sock, websocket_request(password=password))
        for password in ("third", "new-password,", f"new-password, {SECRET} old", "new-password new-password", SECRET):
            assert_refusal(made.ask(request(target="/v4/x", password=password)), 403)
            assert_refusal(made.ask(websocket_request(password=password)), 401)
        assert_refusal(made.ask(request(target="/v4/x", password=None)), 401)
        assert len(made.requests) == 6
        assert SECRET not in made.proxy.log() and "new-password" not in made.proxy.log()
    finally:
        made.stop()


@pytest.mark.parametrize("make", ["directory", "pipe", "unreadable"])
def test_what_is_no_file(tmp_path, make):
    path = tmp_path / "lavaproxy.yaml"
    if make == "directory":
        path.mkdir()
    elif make == "pipe":
        os.mkfifo(path)
    else:
        if os.geteuid() == 0:
            pytest.skip("root can read everything")
        path.write_text("proxy: {}\n")
        path.chmod(0)
    status, said, took = check(tmp_path)
    assert status == 2
    assert "lavaproxy.yaml: " in said
    assert took < patience(1.0)


def test_a_bad_configuration_opens_no_port(tmp_path):
    port = free_port()
    text = f"proxy: {{listen: '127.0.0.1:{port}', workers: none}}\n"
    status, said, took = check(tmp_path, text, arguments=("--headless",))
    assert status == 2
    assert "proxy.workers" in said
    assert took < patience(1.0)
    with socket.socket() as sock:
        assert sock.connect_ex(("127.0.0.1", port)) != 0


def test_problems_of_the_env_file(tmp_path):
    status, said, _ = check(tmp_path, dotenv=f"# fine\nexport PROXY_PORT=7000\n{SECRET}\nWEB_PORT='1\nLOG_LEVEL=x\n")
    assert status == 2
    assert ".env:3:1: a line must read NAME=value" in said
    assert ".env:4:10: the quotes of a value must close in its line" in said
    assert '.env:5:1: LOG_LEVEL: "x" is none of debug, info, warn, error' in said
    assert SECRET not in said


def test_precedence(tmp_path):
    """Environment over .env over file: the bad one is only seen where it is in force."""
    text = "web: {listen: 127.0.0.1:7001}\n"
    assert check(tmp_path, text, dotenv="PROXY_PORT=7001\n")[0] == 2
    assert check(tmp_path, text, dotenv="PROXY_PORT=7001\n", env={"PROXY_PORT": "7000"})[0] == 0
    assert check(tmp_path, text, dotenv="PROXY_PORT=7001\nWEB_PORT=7002\n")[0] == 0
    assert check(tmp_path, text, dotenv="", env={"WEB_PORT": "6923"})[0] == 2
    # An empty variable is not set.
    assert check(tmp_path, text, dotenv="", env={"WEB_PORT": "", "PROXY_PASSWORD": ""})[0] == 0
    # The command line over all.
    assert check(tmp_path, "tui: {theme: light}\n", arguments=("--check", "--theme", "mono"))[0] == 0
    status, said, _ = check(tmp_path, arguments=("--check", "--theme", "drak"))
    assert status == 2
    assert 'theme: there is no theme "drak"; did you mean dark?' in said


def test_a_public_file_with_a_password_is_a_warning(tmp_path):
    path = tmp_path / "lavaproxy.yaml"
    path.write_text(f"proxy: {{password: {SECRET}}}\n")
    path.chmod(0o644)
    status, said, _ = run("--check", cwd=tmp_path)
    assert status == 0
    assert "everybody on this machine can read it" in said
    assert SECRET not in said
    path.chmod(0o640)
    assert "everybody" not in run("--check", cwd=tmp_path)[1]
