"""The harness of tests/http and tests/faults: a real nginx, real workers, a real PostgreSQL, all of them this session's own.

    def test_page(stack):
        answer = stack.get("/api/explore/v2.1/catalog/datasets?limit=2")
        assert answer.status == 200 and answer.json()["total_count"] == 2

After each test two things are checked that no test has to ask for:
* no log of the stack got a line that tells of an error. A test that provokes one names it:
  @pytest.mark.expects_log_errors("regular expression", ...)
* each 2xx JSON answer of an Explore address, of any stack, fits the OpenAPI description of the contract, when that lies
  beside the checkout; and each answer of every API, refusals as well, the server's own (harness/described.py).

BEFFROI_BUILD=asan (or build/asan) runs the stack on the build with sanitizers.
"""

import contextlib

import pytest

from harness import described, prepared
from harness.log_watch import LogWatch
from harness.openapi import ExploreDescription
from harness.stack import Stack


def pytest_configure(config):
    if not hasattr(config, "workerinput"):  # those of xdist share that of the process that started them
        resources = contextlib.ExitStack()
        resources.enter_context(prepared.place())
        config.add_cleanup(resources.close)
    config.addinivalue_line(
        "markers",
        "expects_log_errors(*patterns): log lines that tell of an error and match one of them are right here",
    )
    Stack.checks += [ExploreDescription.find().check, described.hold]
    Stack.on_start.append(described.learn)


@pytest.fixture(scope="session")
def stack():
    with Stack(pull_http=1, pull_private="127.0.0.1") as running:  # publishers of tests/http/test_pull.py
        yield running


@pytest.fixture(autouse=True)
def quiet_logs(request):
    """Watches the logs of the session's stack while a test runs that uses it."""
    if "stack" not in request.fixturenames:
        yield
        return
    running = request.getfixturevalue("stack")
    watch = LogWatch(running.logs)
    yield
    running.settle()
    expected = [p for mark in request.node.iter_markers("expects_log_errors") for p in mark.args]
    unexpected = watch.errors(expected)
    assert not unexpected, "log lines that tell of an error:\n" + "\n".join(unexpected)


def pytest_terminal_summary(terminalreporter):
    description = ExploreDescription.find()
    if not description:
        terminalreporter.write_line(f"answers were not held against the OpenAPI description: {description.why_not}")
