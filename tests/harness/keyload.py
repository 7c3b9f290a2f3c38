"""Requests with one key, one after the other on kept connections, each with the moment it was sent and its answer."""

import http.client
import threading
import time

RECORDS = "/api/explore/v2.1/catalog/datasets/vlille-realtime/records?limit=1"


class KeyLoad:
    """`with KeyLoad(stack, key) as load:` asks as fast as it can with `threads` threads until the block ends.

    load.sent is a list of (moment, status), moments of time.monotonic() before the request was written; the status of an
    exchange that broke is None.
    """

    def __init__(self, stack, key, path=RECORDS, threads=2):
        self.stack, self.path = stack, path
        self.headers = {"Authorization": f"Bearer {key}"}
        self.sent = []
        self.over = threading.Event()
        self.threads = [threading.Thread(target=self.run) for _ in range(threads)]

    def run(self):
        connection = None
        while not self.over.is_set():
            moment = time.monotonic()
            try:
                connection = connection or http.client.HTTPConnection(self.stack.host, self.stack.port, timeout=120)
                connection.request("GET", self.path, headers=self.headers)
                answer = connection.getresponse()
                answer.read()
                self.sent.append((moment, answer.status))
            except (http.client.HTTPException, OSError):
                self.sent.append((moment, None))
                connection.close()
                connection = None
        if connection:
            connection.close()

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        for thread in self.threads:
            thread.join()

    def statuses(self, since=0.0, until=float("inf")):
        return {status for moment, status in list(self.sent) if since <= moment < until}

    def count(self, since=0.0, status=None):
        return sum(1 for moment, got in list(self.sent) if moment >= since and status in (None, got))
