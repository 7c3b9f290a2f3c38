"""scripts/run --watch: who writes a script sees at once what it does, and readers never see a broken one."""

import json
import os
import signal
import subprocess
import threading

import pytest

from harness import dataset, handlers
from harness.faults import wait_until
from harness.stack import ROOT, Stack

FIELDS = [{"name": "id", "type": "int"}, {"name": "nom", "type": "text"}]


def says(word):
    return f'function on_record(row)\n    row.nom = "{word}"\nend\n'


class Terminal:
    """scripts/run in front of somebody: every line that it says, and Ctrl-C."""

    def __init__(self, stack, *words):
        command = [ROOT / "scripts/run", "--no-feed", "--run", stack.run, "--port", stack.port, *words]
        self.process = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, text=True, start_new_session=True, env=stack.environment)
        self.lines = []
        self.reader = threading.Thread(target=lambda: self.lines.extend(self.process.stdout))
        self.reader.start()

    def waits_for(self, *texts, since=0):
        """Each of them in a line said since then; how many lines there are by now."""
        def said():
            return all(any(text in line for line in self.lines[since:]) for text in texts)
        wait_until(lambda: said() or self.process.poll() is not None, 300, "".join(self.lines))
        assert said(), "".join(self.lines)
        return len(self.lines)

    def interrupt(self):
        os.killpg(self.process.pid, signal.SIGINT)
        self.process.wait(300)
        self.reader.join()
        return self.process.returncode


class Author:
    """The folder that is watched, and what readers get."""

    name = "surveille"

    def __init__(self, stack, folder):
        self.stack, self.folder = stack, folder / self.name
        self.hook, self.manifest = self.folder / "hook.lua", self.folder / "dataset.json"
        content = dataset.manifest(self.name, fields=FIELDS)
        del content["geometry"]
        self.text = json.dumps(content)
        self.folder.mkdir()
        self.manifest.write_text(self.text, encoding="utf-8")

    def saves(self, text, file=None):
        """As most editors do: a new file takes the place of the old one."""
        file = file or self.hook
        fresh = file.with_suffix(".swp")
        fresh.write_text(text, encoding="utf-8")
        os.replace(fresh, file)

    def answer(self):
        answer = self.stack.get(f"/api/explore/v2.1/catalog/datasets/{self.name}/records")
        return answer.json()["results"][0]["nom"] if answer.status == 200 else answer.status

    def is_answered(self, word):
        wait_until(lambda: self.answer() == word, 120, f"{self.answer()} is answered, {word} is not")


@pytest.fixture
def own():
    stack = Stack()
    yield stack
    stack.end()


def test_the_life_of_a_script(own, tmp_path):
    author = Author(own, tmp_path)
    author.saves(says("first"))
    terminal = Terminal(own, "--watch", author.folder)
    terminal.waits_for("Ctrl-C stops it.", "applying")
    handlers.settle(own, author.name)
    handlers.fill(own, author.name, [{"id": 1, "nom": "stored"}])
    author.is_answered("first")

    # An edit is answered without anybody applying it, also one that is written in place.
    author.saves(says("second"))
    author.is_answered("second")
    author.hook.write_text(says("third"), encoding="utf-8")
    author.is_answered("third")

    # A broken script: its author reads why and where, its readers nothing of it.
    seen = len(terminal.lines)
    author.saves(says("broken").replace("end", ""))
    seen = terminal.waits_for("hook.lua:", "near <eof>", "it stays as it was", since=seen)
    assert author.answer() == "third"
    author.saves(says("mended"))
    author.is_answered("mended")

    # Many in a row, some of them broken: the last one counts.
    for number in range(20):
        author.saves(says(f"edit {number}") if number % 3 else "function on_record(row")
    author.is_answered("edit 19")

    # Without a manifest there is nothing to apply; it comes back with another word.
    seen = len(terminal.lines)
    author.manifest.unlink()
    terminal.waits_for("dataset.json", "it stays as it was", since=seen)
    assert author.answer() == "edit 19"
    author.saves(author.text, author.manifest)
    author.saves(says("again"))
    author.is_answered("again")

    # A script that is deleted is a dataset without one.
    author.hook.unlink()
    author.is_answered("stored")

    # The folder itself may go: what was applied is served on, and the watch goes on.
    seen = len(terminal.lines)
    moved = author.folder.rename(tmp_path / "moved")
    terminal.waits_for("it stays as it was", since=seen)
    moved.rename(author.folder)
    author.saves(says("last"))
    author.is_answered("last")

    assert terminal.interrupt() == 0, "".join(terminal.lines)
    assert not own.processes(), "what it watched with is gone, too"
