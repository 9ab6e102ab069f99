"""Bots of real client libraries in the hands of a test: tests/clients/drive.mjs does what is said, one act after the other."""

import json
import os
import shutil
import subprocess
import threading

import pytest

from support import PASSWORD, ROOT, patience

CLIENTS = ROOT / "tests" / "clients"
LIBRARIES = [("shoukaku-4", 4), ("lavalink-client", 4), ("shoukaku-3", 3), ("erela", 3)]
GUILD = "817403182526365706"  # where all of them play

installed = pytest.mark.skipif(
    not shutil.which("node") or not (CLIENTS / "node_modules").is_dir(),
    reason="the libraries are not installed: npm ci in tests/clients",
)


class Library:
    """A process with bots of one library, each known by a name. `env`: more for its environment."""

    def __init__(self, library, port, password=PASSWORD, env=None):
        self.complaints = []
        self.process = subprocess.Popen(
            ["node", "drive.mjs", library, "127.0.0.1", str(port), password], cwd=CLIENTS, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env={**os.environ, "NODE_NO_WARNINGS": "1", **(env or {})})
        self.reader = threading.Thread(target=lambda: self.complaints.extend(self.process.stderr), daemon=True)
        self.reader.start()

    def bot(self, name="bot", **options):
        """A new one, connected; `options` are those of its library's adapter."""
        made = self.begin(name, **options)
        made.session = made.ready()["session"]
        return made

    def begin(self, name="bot", **options):
        """A new one, which may never come in."""
        made = Bot(self, name)
        made.start(**options)
        return made

    def act(self, name, what, given):
        """What came of it."""
        watchdog = threading.Timer(patience(30), self.process.kill)
        watchdog.start()
        try:
            self.process.stdin.write(json.dumps({"bot": name, "do": what, "with": given}) + "\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        finally:
            watchdog.cancel()
        assert line, f"it ended at {what}:\n{''.join(self.complaints)}"
        said = json.loads(line)
        assert said["ok"], f"{what}: {said}\n{''.join(self.complaints)}"
        return said["value"]

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.reader.join(5)
        for pipe in (self.process.stdin, self.process.stdout):
            pipe.close()


class Bot:
    """bot.play(), bot.seek(position=1000) and so on: the acts of drive.mjs."""

    def __init__(self, library, name):
        self.library = library
        self.name = name
        self.session = None

    def __getattr__(self, what):
        return lambda **given: self.library.act(self.name, what, given)
