"""What the kernel says about IPv4 sockets and threads: events a test can wait for without touching the programs."""

import contextlib
import re
import signal
from pathlib import Path

from support import wait_until

OPEN_STATES = (0x01, 0x08)  # ESTABLISHED, CLOSE_WAIT: the owner has not closed or shut it down
DIALLING = 0x02  # SYN_SENT
# Local port, remote port, state and queues of a line, in hexadecimal. Not what only waits to be forgotten (06, TIME_WAIT): a
# machine that runs tests has tens of thousands of those.
LINE = re.compile(r": \w{8}:(\w{4}) \w{8}:(\w{4}) (?!06)(\w\w) (\w{8}):(\w{8})")


def sockets():
    """{(local port, remote port): (state, bytes sent and not acknowledged, bytes received and not read)}; an end (FIN)
    counts as a byte in both queues."""
    lines = LINE.findall(Path("/proc/net/tcp").read_text())
    return {(int(local, 16), int(remote, 16)): (int(state, 16), int(sent, 16), int(received, 16))
            for local, remote, state, sent, received in lines}


def under_way(sender, receiver, table=None):
    """Bytes of the connection between two ports, an end included, that the receiver's program has not read."""
    table = sockets() if table is None else table
    nothing = (0, 0, 0)
    return table.get((sender, receiver), nothing)[1] + table.get((receiver, sender), nothing)[2]


def unread(proxy, client):
    """How much of what a RawSocket sent the proxy has not read."""
    return under_way(client.address[1], proxy.port)


def is_open(proxy, client):
    """Whether the proxy still has its end of a RawSocket's connection fully open."""
    return sockets().get((proxy.port, client.address[1]), (0,))[0] in OPEN_STATES


def is_dialling(port):
    """Whether somebody waits for `port` to accept."""
    return any(remote == port and row[0] == DIALLING for (_, remote), row in sockets().items())


def thread_states(program):
    """A letter for each thread: S sleeps, T is stopped."""
    tasks = Path(f"/proc/{program.pid}/task").iterdir()
    return {(task / "stat").read_text().rsplit(")", 1)[1].split()[0] for task in tasks}


@contextlib.contextmanager
def frozen(program):
    """Everything done inside happens at once as far as the program can tell."""
    program.signal(signal.SIGSTOP)
    try:
        wait_until(lambda: thread_states(program) == {"T"}, 5, "the program to stop")
        yield
    finally:
        program.signal(signal.SIGCONT)


def wait_read(proxy, client, all_but=0):
    """Waits until the proxy has read what a RawSocket sent, up to `all_but` bytes of it."""
    wait_until(lambda: unread(proxy, client) <= all_but, 5, "the proxy to read")
