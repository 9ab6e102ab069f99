"""Every kind of terminal, and what terminals and shells do to a screen: the mouse, pastes, stops, jobs in the background,
windows being dragged, readers that stall."""

import contextlib
import os
import re
import signal
import sys
import termios
import time

import pytest

import wire
from test_agreement import get
from test_metrics import samples
from support import RawSocket, exchange, ok, patience, request, wait_until, websocket_request  # noqa: F401
from test_screen import Proxy, answer, bots, fill, screen  # noqa: F401

TERMS = ["xterm-256color", "xterm", "screen", "tmux-256color", "linux", "putty", "rxvt", "vt100", "foot", "no-such-terminal"]
LOCALES = ["C.UTF-8", "C"]
SIZES = [(24, 80, "Events"), (42, 140, "USER-ID"), (60, 200, "USER-ID"), (12, 60, r"\[1 Conns"), (5, 30, "need 60x12")]
ERASE = re.compile(rb"\x1b\[H\x1b\[2J|\x1b\[H\x1b\[J|\x1b\[2J")
COLOR = re.compile(rb"\x1b\[(?:[0-9]+;)*(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])(?:;[0-9]+)*m")
MOUSE_ON, MOUSE_OFF = b"\x1b[?1000h", b"\x1b[?1000l"
PASTE_ON, PASTE_OFF = b"\x1b[?2004h", b"\x1b[?2004l"


def assert_aligned(proxy):
    """Heads stand above what they name."""
    lines = proxy.lines()
    head = next(line for line in lines if " CLIENT" in line and "IP" in line)
    row = next(line for line in lines if "alpha/1.0" in line)
    assert row.index("alpha/1.0") == head.index("CLIENT")
    assert row.index("127.0.0.1") == head.index("IP")
    if "BACKEND" in head:
        assert row.index("b0-v4") == head.index("BACKEND")


def settles(check, proxy):
    """`check` holds once the frame is whole."""
    deadline = time.monotonic() + patience(5)
    while True:
        try:
            return check(proxy)
        except (AssertionError, StopIteration, ValueError) as error:
            if time.monotonic() > deadline:
                raise AssertionError(f"{error}:\n{proxy.text()}") from error
        time.sleep(0.02)


@pytest.mark.parametrize("color", [True, False])
@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("term", TERMS)
def test_every_terminal(screen, term, locale, color):
    env = {"TERM": term, "LC_ALL": locale} | ({} if color else {"NO_COLOR": "1"})
    proxy = screen(rows=24, cols=80, env=env)
    if term in ("foot", "no-such-terminal"):
        proxy.wait_for(f"terminal type {term} is unknown")
    with bots(proxy, ["alpha/1.0"]):
        for rows, cols, shows in SIZES:
            proxy.resize(rows, cols)
            proxy.wait_for(shows)
            if cols >= 60:
                proxy.wait_for("alpha/1.0")
                settles(assert_aligned, proxy)
    proxy.send(b"q")
    proxy.wait_for(r"Quit, end")
    proxy.send(b"Y")
    assert proxy.wait() == 0, proxy.text()
    assert termios.tcgetattr(proxy.slave) == proxy.modes
    text = wire.check(proxy.received())
    if locale == "C" or term == "linux":
        assert text.isascii()
    else:
        assert "\u2500" in text
    if not color:
        assert not COLOR.search(proxy.received())
    elif term not in ("vt100", "no-such-terminal"):
        assert COLOR.search(proxy.received())


def click(row, col, button=0):
    return b"\x1b[<%d;%d;%dM\x1b[<%d;%d;%dm" % (button, col + 1, row + 1, button, col + 1, row + 1)


def place_of(proxy, text):
    for number, line in enumerate(proxy.lines()):
        if text in line:
            return number, line.index(text)
    raise AssertionError(f"{text!r} is not on the screen:\n{proxy.text()}")


def test_mouse(screen):
    proxy = screen(rows=30, cols=100)
    assert MOUSE_ON in proxy.received() and b"\x1b[?1006h" in proxy.received()
    assert not re.search(rb"\x1b\[\?100[23]h", proxy.received())  # no motion
    names = ["alpha/1.0", "beta/2.0"]
    with bots(proxy, names) as (alpha, beta):
        proxy.send(click(*place_of(proxy, "beta/2.0")))
        proxy.wait_for(r">[^\n]*beta/2\.0")
        proxy.send(click(*place_of(proxy, "AGE")))
        proxy.wait_for("sorted by age, descending")
        proxy.send(click(*place_of(proxy, "AGE")))
        proxy.wait_for("sorted by age, ascending")
        proxy.wait_for("F9Kill", 20)
        proxy.send(click(*place_of(proxy, "F9Kill")))
        proxy.wait_for(r"Kill connection\?.*beta/2\.0")
        proxy.send(click(0, 0, 64))  # the wheel
        proxy.wait_gone(r"Kill connection\?")
        proxy.wait_for("F9Kill", 20)
        proxy.send(click(*place_of(proxy, "F9Kill")))
        proxy.wait_for(r"Kill connection\?")
        proxy.send(click(0, 0))
        proxy.wait_gone(r"Kill connection\?")
        assert not beta.is_closed(0.2)
        proxy.send(b"\x1b[20~")
        proxy.wait_for(r"Kill connection\?.*\[ Y ")
        proxy.send(click(*place_of(proxy, "[ Y ")))
        assert beta.is_closed()
        assert not alpha.is_closed(0.2)
    proxy.send(b"M")
    wait_until(lambda: proxy.received().rfind(MOUSE_OFF) > proxy.received().rfind(MOUSE_ON), 5, "the mouse given back")
    proxy.send(b"M")
    wait_until(lambda: proxy.received().rfind(MOUSE_ON) > proxy.received().rfind(MOUSE_OFF), 5, "the mouse taken")
    proxy.process.send_signal(signal.SIGTERM)
    assert proxy.wait() == 0
    proxy.assert_restored()
    assert proxy.received().rfind(MOUSE_OFF) > proxy.received().rfind(MOUSE_ON)
    assert proxy.received().rfind(PASTE_OFF) > proxy.received().rfind(PASTE_ON)


def test_no_mouse(screen):
    proxy = screen(args=["--no-mouse"])
    assert MOUSE_ON not in proxy.received()


def test_mouse_is_off_after_a_crash(screen):
    proxy = screen()
    os.kill(proxy.process.pid, signal.SIGSEGV)
    assert proxy.wait() != 0
    proxy.assert_restored()
    assert proxy.received().rfind(MOUSE_OFF) > proxy.received().rfind(MOUSE_ON)


def test_pasted_text_never_acts(screen):
    proxy = screen()
    with bots(proxy, ["alpha/1.0"]) as (alpha,):
        proxy.send(b"j")
        proxy.wait_for(r">[^\n]*alpha/1\.0")
        proxy.send(b"\x1b[200~KY\rqY\r:quit\r\x03\x03\x1b[201~")
        assert not alpha.is_closed(0.5)
        assert not re.search(r"Quit lavaproxy\?|Kill connection\?", proxy.text())
        proxy.send(b"K")
        proxy.wait_for(r"Kill connection\?")
        proxy.send(b"\x1b[200~Y\x1b[201~")
        assert not alpha.is_closed(0.5)
        proxy.send(b"n")
        proxy.wait_gone(r"Kill connection\?")
        proxy.send(b":\x1b[200~quit\r\xc3\xa9\x1b[201~")
        proxy.wait_for(r"(?m)^:quit \u00e9")
        assert proxy.process.poll() is None
        proxy.send("x\u6f22\x7f\x1b".encode())
        proxy.wait_for("F1Help")


# --- stops and jobs ---

# What a shell does: the job in a process group of its own, in the foreground. USR1: stops it, takes the terminal and lets it
# go on in the background; USR2: brings it to the front again; ALRM: takes the terminal, no more. With "orphan" the job's parent
# has died.
SHELL = """
import os, signal, sys
orphan, note, *command = sys.argv[1:]
signals = {signal.SIGUSR1, signal.SIGUSR2, signal.SIGALRM}
signal.pthread_sigmask(signal.SIG_BLOCK, signals)
signal.signal(signal.SIGTTOU, signal.SIG_IGN)
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
reading, writing = os.pipe()
between = os.fork() if orphan == "orphan" else 0
if between == 0:
    job = os.fork()
    if job == 0:
        os.setpgid(0, 0)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, signals)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGTTOU, signal.SIG_DFL)
        os.execv(command[0], command)
    os.write(writing, str(job).encode())
    if orphan == "orphan":
        os._exit(0)
job = int(os.read(reading, 20))
while True:
    try:
        os.setpgid(job, job)
    except OSError:
        pass
    try:
        os.tcsetpgrp(0, job)
        break
    except OSError:
        continue
open(note, "w").write(str(job))
while True:
    got = signal.sigwait(signals)
    if got == signal.SIGALRM:
        os.tcsetpgrp(0, os.getpgrp())
    elif got == signal.SIGUSR1:
        os.kill(job, signal.SIGSTOP)
        os.tcsetpgrp(0, os.getpgrp())
        os.kill(job, signal.SIGCONT)
    else:
        os.tcsetpgrp(0, job)
        os.kill(job, signal.SIGCONT)
"""


@pytest.fixture(params=["job", "orphan"])
def job(request, screen, tmp_path):
    note = tmp_path / "job"
    proxy = screen(launcher=[sys.executable, "-c", SHELL, request.param, str(note)])
    proxy.job = int(wait_until(lambda: note.exists() and note.read_text(), 5))
    yield proxy
    with contextlib.suppress(ProcessLookupError):
        os.kill(proxy.job, signal.SIGKILL)


def is_raw(proxy):
    return not termios.tcgetattr(proxy.slave)[3] & termios.ICANON


def state_of(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        return file.read().rsplit(")", 1)[1].split()[0]


def test_goes_on_after_a_stop_at_the_new_size(job):
    os.kill(job.job, signal.SIGTSTP)
    assert exchange(job.port, request()).status == 200
    assert state_of(job.job) != "T"
    os.kill(job.job, signal.SIGSTOP)
    wait_until(lambda: state_of(job.job) == "T", 5)
    termios.tcsetattr(job.slave, termios.TCSANOW, job.modes)  # as a shell would
    job.resize(42, 140)
    seen = len(job.received())
    os.kill(job.job, signal.SIGCONT)
    job.wait_for("USER-ID")
    assert is_raw(job)
    again = job.received()[seen:]
    assert MOUSE_ON in again and PASTE_ON in again and b"\x1b[?1049h" in again
    job.send(b"?")
    job.wait_for(r"Help[^\n]*lavaproxy")


def test_in_the_background_the_terminal_is_the_shells(job):
    os.kill(job.process.pid, signal.SIGUSR1)
    wait_until(lambda: os.tcgetpgrp(job.master) == job.process.pid, 5)
    termios.tcsetattr(job.slave, termios.TCSANOW, job.modes)
    job.send(b"qY")  # to the shell
    wait_until(lambda: state_of(job.job) != "T", 5)
    end, seen = time.monotonic() + 0.5, None
    while time.monotonic() < end:
        assert exchange(job.port, request()).status == 200
    seen = len(job.received())
    with RawSocket(job.port) as sock:
        sock.send(websocket_request(client_name="in-the-back/1"))
        assert sock.read_answer(to_head=True).status == 101
        wait_until(lambda: time.monotonic() - end > 1.5, 5)
        assert len(job.received()) == seen and not is_raw(job)
        termios.tcflush(job.slave, termios.TCIFLUSH)
        os.kill(job.process.pid, signal.SIGUSR2)
        job.wait_for("in-the-back/1")
        assert is_raw(job)


def test_ends_in_the_background_without_a_word(job):
    os.kill(job.process.pid, signal.SIGUSR1)
    wait_until(lambda: os.tcgetpgrp(job.master) == job.process.pid, 5)
    termios.tcsetattr(job.slave, termios.TCSANOW, job.modes)
    seen = len(job.received())
    os.kill(job.job, signal.SIGTERM)
    wait_until(lambda: not os.path.exists(f"/proc/{job.job}"), 5, "the end")
    assert termios.tcgetattr(job.slave) == job.modes
    assert b"\x1b[?1049l" not in job.received()[seen:]


def test_ends_in_the_background_before_it_knows(job):
    """The shell has taken the terminal, and what would tell the job of it is still on its way when it is to end."""
    os.kill(job.process.pid, signal.SIGALRM)
    wait_until(lambda: os.tcgetpgrp(job.master) == job.process.pid, 5)
    seen = len(job.received())
    os.kill(job.job, signal.SIGTERM)
    wait_until(lambda: not os.path.exists(f"/proc/{job.job}"), 5, "the end")
    assert b"\x1b[?1049l" not in job.received()[seen:]


# --- readers that stall ---


def test_a_dragged_window_is_drawn_ten_times_a_second_at_most(screen):
    proxy = screen(rows=42, cols=140)
    proxy.wait_for("F10Quit")
    before, start = len(proxy.received()), time.monotonic()
    for step in range(60):
        proxy.resize(42 - step % 7, 140 - step % 5)
        time.sleep(0.01)
    took = time.monotonic() - start
    proxy.resize(30, 100)
    wait_until(lambda: proxy.lines()[29].startswith("F1"), 5, "the last size")
    assert len(ERASE.findall(proxy.received()[before:])) <= took / 0.1 + 2


def test_after_a_stall_one_frame(screen):
    proxy = screen(rows=42, cols=140)
    with bots(proxy, ["alpha/1.0"]):
        fill(proxy)
        before = len(proxy.received())
        with RawSocket(proxy.port) as sock:
            sock.send(websocket_request(client_name="latecomer/1"))
            assert sock.read_answer(to_head=True).status == 101
            proxy.go_on()
            proxy.wait_for("latecomer/1")
        # What had left before the stall is still in the kernel's buffer; behind it comes the present, once.
        sizes = [len(frame) for frame in ERASE.split(proxy.received()[before:])]
        assert max(sizes) <= 12000
        assert sum(sizes[1:]) - sizes[-1] <= 70000


def test_a_slow_link_gets_fewer_frames_until_it_has_recovered(screen):
    proxy = screen(args=["--refresh", "0.5s"], rows=42, cols=140)
    proxy.wait_for("LIVE 0.5s")
    fill(proxy)
    start = time.monotonic()
    wait_until(lambda: time.monotonic() - start > patience(2.5), 10)
    proxy.go_on()
    proxy.wait_for("slow link")
    assert exchange(proxy.port, request()).status == 200
    proxy.wait_gone("slow link", 30)


def test_frames_are_counted(screen):
    def frames(result):
        return samples(get(proxy, "/metrics"))["lavaproxy_ui_frames_total", frozenset({("result", result)})]

    proxy = screen(args=["--refresh", "0.5s"], rows=42, cols=140)
    wait_until(lambda: frames("drawn") > 1, 10, "pictures drawn")
    assert frames("skipped") == 0
    fill(proxy)
    wait_until(lambda: frames("skipped") > 1, 10, "pictures left out")
    drawn = frames("drawn")
    proxy.go_on()
    wait_until(lambda: frames("drawn") > drawn, 10, "pictures drawn again")


STALLED_KEYS = [
    (b"jK", b"Y", r"Kill connection\?", "killed|has ended|by hand"),
    (b"jK", b"y", r"Kill connection\?", "killed|has ended|by hand"),
    (b"jb", b"1", r"Block IP\?", "blocked"),
    (b"3jd", b"y", r"Drain backend\?", "takes no new sessions"),
    (b"q", b"h", r"Quit lavaproxy\?", None),
    (b"q", b"Y", r"Quit lavaproxy\?", None),
]


@pytest.mark.parametrize("opens,answers,question,done", STALLED_KEYS)
def test_nothing_acts_that_is_not_on_the_terminal(screen, opens, answers, question, done):
    proxy = screen(rows=42, cols=140)
    with bots(proxy, ["alpha/1.0"]) as (alpha,):
        fill(proxy)
        proxy.send(opens + answers)
        assert not alpha.is_closed(0.7)
        proxy.send(answers * 3)
        assert not alpha.is_closed(0.3)
        health = exchange(proxy.web_port, request(target="/api/health", password=None)).json()
        assert not health["backendList"][0]["draining"]
        proxy.go_on()
        proxy.wait_for(question)
        assert not alpha.is_closed(0.2)
        proxy.send(answers)
        if done:
            proxy.wait_for(done)
        elif answers == b"Y":
            assert alpha.is_closed()
        else:
            wait_until(lambda: b"\x1b[?1049l" in proxy.received(), 5, "the screen to go")
            assert not alpha.is_closed(0.2)


def test_hang_up_that_is_ignored_ends_the_screen_all_the_same(screen):
    proxy = screen()
    with bots(proxy, ["alpha/1.0"]) as (alpha,):
        tasks = f"/proc/{proxy.process.pid}/task"
        before = len(os.listdir(tasks))
        proxy.close()
        wait_until(lambda: len(os.listdir(tasks)) < before, 5, "the end of the screen's thread")
        alpha.send(b"x")
        assert alpha.read_exact(1) == b"x"
    proxy.process.send_signal(signal.SIGTERM)
    assert proxy.wait() == 0
