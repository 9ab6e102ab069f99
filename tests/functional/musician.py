"""A bot that plays: it searches, plays and connects to voice through the proxy, at a real node."""

import contextlib
import json

from fleet import read_op
from support import request, wait_until, websocket_request

VOICE = {"token": "voice-t0ken", "endpoint": "e.discord.media", "sessionId": "voice-s3ssion", "channelId": "7"}


class Musician:
    """`rest` is its connection for requests; they name its session, or give none."""

    def __init__(self, proxy, user="123456789012345678", name="tunes/1.2", source="127.0.0.1", session=None):
        self.proxy, self.user, self.name = proxy, user, name
        headers = [("Session-Id", session)] if session else []
        self.sock = proxy.connect(source=source).send(websocket_request(user_id=user, client_name=name, headers=headers))
        assert self.sock.read_answer().status == 101
        ready = read_op(self.sock, "ready")
        self.session, self.resumed = ready["sessionId"], ready["resumed"]
        wait_until(self.is_known, 5, f"bot {user}")
        self.rest = proxy.connect(source=source)

    def is_known(self):
        """In the books: searches name no session, and are of the only bot that is known at their IP."""
        return any(b["userId"] == self.user and b["session"] for b in self.proxy.get("/api/bots")["bots"])

    def call(self, method, target, **body):
        head = request(method, target, [("Content-Type", "application/json")], body=json.dumps(body).encode() if body else b"")
        answer = self.rest.send(head).read_answer()
        assert answer.status in (200, 204), answer
        return answer.json() if answer.status == 200 else None

    def player(self, guild, **body):
        return self.call("PATCH", f"/v4/sessions/{self.session}/players/{guild}", **body)

    def play(self, guild, query="x", voice=True):
        """Searches, connects and plays; the track."""
        track = self.call("GET", f"/v4/loadtracks?identifier=ytsearch:{query}")["data"][0]
        self.player(guild, track={"encoded": track["encoded"]}, **({"voice": VOICE} if voice else {}))
        return track["info"]

    def stop(self, guild):
        self.call("DELETE", f"/v4/sessions/{self.session}/players/{guild}")

    def resuming(self, seconds=60):
        self.call("PATCH", f"/v4/sessions/{self.session}", resuming=True, timeout=seconds)

    def wait_cut(self):
        """Until the proxy has ended its WebSocket, however."""
        with contextlib.suppress(ConnectionResetError):
            self.sock.read_to_end()

    def close(self):
        self.rest.close()
        self.sock.close()
