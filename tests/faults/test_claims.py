"""The worker that makes keys is killed while devices claim theirs: who asks again gets it, and no place is given twice."""

import concurrent.futures
import http.client
import json
import threading

import pytest

from harness.faults import WORKER_DIED, send_signal, wait_ready, wait_until, workers

pytestmark = pytest.mark.expects_log_errors(*WORKER_DIED)

PLACES, DEVICES, KILLS = 60, 80, 5


def create(stack):
    done = stack.beffroi("event", "create", "--title", "Faults", "--devices", PLACES, "--until", "tomorrow 20:00", "--json")
    made = json.loads(done.stdout)
    return made["code"], made["about"]["id"]


def test_every_place_is_given_once(stack):
    wait_ready(stack)
    code, event = create(stack)
    done = threading.Semaphore(0)  # raised by each claim that was answered for good

    def claim(number):
        """A device that asks until it has an answer of ours."""
        headers = {"Content-Type": "application/json", "Idempotency-Key": f"device-{number}"}
        while True:
            try:
                answer = stack.request("POST", "/api/keys/v1/claim", json.dumps({"code": code}).encode(), headers)
            except (OSError, http.client.HTTPException):
                continue
            if answer.status in (201, 409):
                done.release()
                return answer
            assert answer.status in (502, 503, 504), answer

    def kill():
        """Each time somebody was answered since, so that killing never keeps everybody out."""
        for _ in range(KILLS):
            for _ in range(5):
                done.acquire()  # pylint: disable=consider-using-with
            found = []
            wait_until(lambda: found.extend(workers(stack, "admin")) or found)
            send_signal(found[0])

    killer = threading.Thread(target=kill)
    killer.start()
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(claim, range(DEVICES)))
    killer.join()
    wait_ready(stack)
    keys = [answer.json()["key"] for answer in answers if answer.status == 201]
    late = [answer for answer in answers if answer.status == 409]
    assert len(keys) == PLACES and all(answer.json()["type"].endswith("/event-full") for answer in late)
    shown = stack.get(f"/api/keys/v1/events/{event}").json()
    assert (shown["state"], shown["taken"], shown["free"]) == ("full", PLACES, 0)
    assert stack.sql(f"SELECT count(*) FROM catalog.api_key WHERE sub = 'event:{event}' AND revoked IS NULL") == [[str(PLACES)]]
    records = "/api/explore/v2.1/catalog/datasets/vlille-realtime/records?limit=1"
    for key in keys:
        assert stack.get(records, headers={"Authorization": f"Bearer {key}"}).status == 200
