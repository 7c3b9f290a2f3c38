"""What came into the logs since a moment, and which of it tells of an error."""

import re

# beffroi and error-log write JSON lines with a level; nginx has [level]; PostgreSQL has "ERROR:  ".
# Sanitizers and assertions have words of their own.
TELLS_OF_AN_ERROR = re.compile(
    r'"level": ?"(?:error|crit|alert|emerg)"'
    r"|\[(?:error|crit|alert|emerg)\]"
    r"|\b(?:ERROR|FATAL|PANIC):  "
    r"|ERROR: \w+Sanitizer|runtime error:|SUMMARY: |Assertion"
)
# A change of a table ends an autovacuum that holds it, which comes again by itself: no error but in name.
NO_ERROR = re.compile(r"ERROR:  canceling autovacuum task")


class LogWatch:
    def __init__(self, logs):
        self.start = {log: log.stat().st_size if log.exists() else 0 for log in logs}

    def lines(self):
        for log, start in self.start.items():
            if not log.exists():
                continue
            if log.stat().st_size < start:
                start = 0  # it was turned since
            with log.open("rb") as file:
                file.seek(start)
                for line in file.read().decode("utf-8", "replace").splitlines():
                    yield log.name, line

    def errors(self, expected=()):
        """Lines that tell of an error and match none of the expected patterns."""
        return [
            f"{name}: {line}"
            for name, line in self.lines()
            if TELLS_OF_AN_ERROR.search(line) and not NO_ERROR.search(line) and not any(re.search(p, line) for p in expected)
        ]
