"""Datasets with a handler of tests/handlers, published on a running stack."""

import json
import subprocess
import time

from harness import dataset
from harness.stack import ROOT

FIELDS = [
    {"name": "id", "type": "int", "sortable": True},
    {"name": "nom", "type": "text", "facet": True},
    {"name": "x", "type": "double", "sortable": True},
]


def compiled(stack):
    """The folder of the compiled test handlers."""
    name = stack.build.relative_to(ROOT)
    command = ["make", "-s", "-f", "Makefile", "-f", "tests/handlers/handlers.mk", f"BUILD={name}", "test-handlers"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return stack.build / "tests/handlers"


def settle(stack, name):
    """Waits until the old workers, which do not know the dataset yet, are gone; its address."""
    address = f"/api/explore/v2.1/catalog/datasets/{name}"
    until, good = time.monotonic() + 60, 0
    while good < 40:
        assert time.monotonic() < until, f"{name} is not served 60 s after it was applied"
        good = good + 1 if stack.get(address).status == 200 else 0
        time.sleep(0.01)
    return address


def fill(stack, name, rows):
    until = time.monotonic() + 60
    while (answer := stack.push(name, rows)).status == 404:
        assert time.monotonic() < until, answer
        time.sleep(0.05)
    assert answer.status == 200, answer


def publish_all(stack, folder, names, handler, rows, **changes):
    """Applies datasets with that handler (None: plain tables), pushes the rows to each; their addresses, when every
    worker serves them."""
    for name in names:
        wanted = {"fields": FIELDS, "geometry": None, "handler": handler, **changes}
        content = {k: v for k, v in dataset.manifest(name, **wanted).items() if v is not None}
        (folder / name).mkdir()
        (folder / name / "dataset.json").write_text(json.dumps(content), encoding="utf-8")
    stack.beffroi("apply", "--handlers", str(compiled(stack)), *[str(folder / name) for name in names])
    last = settle(stack, names[-1])  # who knows it knows those before it
    for name in names:
        fill(stack, name, rows)
    return [last.removesuffix(names[-1]) + name for name in names]


def publish(stack, folder, name, handler, rows, **changes):
    """The same with one; its address."""
    return publish_all(stack, folder, [name], handler, rows, **changes)[0]
