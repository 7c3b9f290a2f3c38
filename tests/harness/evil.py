"""Ten plain datasets, and one beside them for each way in which a handler can fall or spoil its process."""

from harness import handlers

# The ways of tests/handlers/falls, and what `status` says of each.
EVIL = {
    "segv": "Segmentation fault", "abort": "Aborted", "overflow": "Segmentation fault", "exit": "it ended the process",
    "at-once": "it ended the process", "loop": "it did not come back", "deadlock": "it did not come back",
    "runaway": "Segmentation fault", "leak": "it took too much memory",
    "close": "it closed a descriptor of the server", "signals": "it changed a signal handler",
    "locale": "it changed the locale", "timer": "it left a timer running",
}


class Chaos:
    """Publishes them; `paths` is what readers of the plain ones ask for, `evil` the addresses of the others."""

    def __init__(self, stack, folder):
        self.stack = stack
        rows = [{"id": 1, "nom": "fine", "x": 1}, {"id": 2, "nom": "also fine", "x": 2}]
        plain = handlers.publish_all(stack, folder, [f"plain-{n}" for n in range(10)], None, rows)
        self.paths = [address + "/records?limit=2" for address in plain]
        self.evil = handlers.publish_all(stack, folder, [f"evil-{kind}" for kind in EVIL], "falls",
                                         rows[:1] + [{"id": 10 + n, "nom": kind, "x": 1} for n, kind in enumerate(EVIL)])

    def provoke(self):
        """One request that makes each of them fall; their statuses."""
        return [self.stack.get(f"{address}/records?where=id={10 + n}").status for n, address in enumerate(self.evil)]
