"""A publisher whose every whim is the test's, and datasets that the server fetches from it.

It is a real HTTP server in a thread of the test; what it answers next is a function.
"""

import contextlib
import http.server
import json
import socketserver
import sys
import threading

from harness.dataset import apply, manifest
from harness.faults import wait_until

FIELDS = [
    {"name": "id", "type": "int"},
    {"name": "nom", "type": "text"},
    {"name": "velos", "type": "int"},
    {"name": "geo", "type": "geo_point_2d"},
]


def stations(n, start=0):
    return [{"id": i, "nom": f"Station {i}", "velos": i % 7, "geo": {"lon": 3.0 + i / 100, "lat": 50.6}} for i in range(start, start + n)]


def write_credential(stack, name, text):
    """A credential as a manifest's source names it; the file."""
    folder = stack.run / "secrets"
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)
    file = folder / name
    file.write_text(text, encoding="utf-8")
    file.chmod(0o600)
    return file


class Publisher:
    """`answer` is what the next requests get: a function of the handler. With `tls`, an ssl.SSLContext, it speaks HTTPS."""

    def __init__(self, tls=None):
        self.requests = []
        self.answer = lambda request: None
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                outer.requests.append((self.path, dict(self.headers.items())))
                with contextlib.suppress(ConnectionError):
                    outer.answer(self)
                self.close_connection = True

            def log_message(self, *_):
                pass

        class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
            daemon_threads = True

            def get_request(self):
                connection, address = super().get_request()
                if tls:  # the handshake is the thread's, at its first read
                    connection = tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
                return connection, address

            def handle_error(self, request, client_address):
                if not isinstance(sys.exc_info()[1], OSError):  # a client that goes away, or does not believe us
                    super().handle_error(request, client_address)

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    # ---- answers
    @staticmethod
    def _reply(request, status, headers, body):
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        request.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            request.send_header(name, value)
        request.end_headers()
        request.wfile.write(body)

    def gives(self, body, status=200, **headers):
        """One answer for every request."""
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answer = lambda request: self._reply(request, status, headers, body)

    def gives_by_path(self, answers):
        """path -> body, or (status, headers, body)."""

        def answer(request):
            found = answers.get(request.path.partition("?")[0], (404, {}, b""))
            self._reply(request, *(found if isinstance(found, tuple) else (200, {}, found)))

        self.answer = answer


def source(stack, folder, publisher, name, path="/data", every="P1D", fields=None, **changes):
    """A dataset with a source; the scheduler has made its first run when this comes back. A member that is None is left out."""
    told = {"url": publisher.url + path, "format": "json", "every": every, **changes.pop("source", {})}
    whole = manifest(name, fields=fields or FIELDS, source=told, **changes)
    address = apply(stack, folder, {member: value for member, value in whole.items() if value is not None})
    wait_until(lambda: shown(stack, name).get("ended") and not shown(stack, name)["running"], why="the first run")
    return address


def shown(stack, name):
    done = stack.beffroi("source", "show", name, "--json", check=False)
    return json.loads(done.stdout)["sources"][0] if done.returncode == 0 else {}


def run(stack, name, word="run"):
    """(exit status, what it says)"""
    done = stack.beffroi("source", word, name, check=False)
    return done.returncode, done.stdout + done.stderr
