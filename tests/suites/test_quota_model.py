"""A model of leases, windows and crashes: every state that two nodes can reach with a small quota is visited.

The steps are those of worker/ledger and sql/NNNN_quota.sql, cut wherever a process may be killed: between what PostgreSQL
commits and what the node's memory learns of it. Any node may lose its lease at any time (its sign of life came late), its
processes may be killed at any time, and its machine may restart, which loses the memory.

What must hold in every state: admitted <= quota in every window, and when everybody has started again and returned what
it held, what PostgreSQL counts is what was admitted, plus what machines that restarted had announced. So all of the
quota can then be spent. The same model with one rule left out has to fail: it sees what it should.
"""

import collections
import functools
import os

import pytest

Purse = collections.namedtuple("Purse", "start spent ceiling closed")
# known: its accountant has resumed; pending: what PostgreSQL has committed and the memory does not know yet.
Node = collections.namedtuple("Node", "purse known pending life")
# leases: {(node, life, window): (granted, announced)} as a sorted tuple; lives: of nodes, a restart begins another one.
State = collections.namedtuple("State", "window taken admitted lost leases nodes")

NODES, WINDOWS, WANT = 2, 2, 2
# A quota, and how often each machine may start. QUOTA_MODEL=full: 600,000 states, some minutes.
SIZES = [(2, (2, 2))] if os.environ.get("QUOTA_MODEL") == "full" else [(1, (2, 1)), (2, (1, 1))]
EMPTY = Purse(None, 0, 0, True)


def replaced(items, at, item):
    return items[:at] + (item,) + items[at + 1:]


def changed(state, key, lease, taken=0):
    """A lease (None: gone), and so much more taken of its window."""
    leases = dict(state.leases)
    leases.pop(key, None)
    if lease is not None:
        leases[key] = lease
    window = key[2]
    return state._replace(leases=tuple(sorted(leases.items())),
                          taken=replaced(state.taken, window, state.taken[window] + taken))


class Model:
    def __init__(self, quota, lives, broken=None):
        self.quota, self.lives, self.broken = quota, lives, broken

    def first(self):
        none = (0,) * WINDOWS
        return State(0, none, none, none, (), (Node(EMPTY, False, None, 0),) * NODES)

    def with_node(self, state, n, **fields):
        return state._replace(nodes=replaced(state.nodes, n, state.nodes[n]._replace(**fields)))

    def key(self, state, n, window):
        return n, state.nodes[n].life, window

    # ---- workers ----
    def spend(self, state, n):
        purse = state.nodes[n].purse
        late = purse.start != state.window and self.broken != "no deadline"
        if purse.start is None or purse.closed or late or purse.spent >= purse.ceiling:
            return None
        window = state.window if self.broken == "no deadline" else purse.start
        state = state._replace(admitted=replaced(state.admitted, window, state.admitted[window] + 1))
        return self.with_node(state, n, purse=purse._replace(spent=purse.spent + 1))

    # ---- the accountant: PostgreSQL first, then the memory ----
    def take(self, state, n):
        node, window = state.nodes[n], state.window
        fresh = node.purse.start is None
        if not node.known or node.pending or (not fresh and node.purse.closed):
            return None
        key = self.key(state, n, window)
        lease = dict(state.leases).get(key, (0, 0))
        if fresh and lease != (0, 0):
            state = changed(state, key, None, lease[1] - lease[0])
            lease = (0, 0)
        given = max(0, min(WANT, self.quota - state.taken[window]))
        granted = lease[0] + given
        announced = max(lease[1], min(granted, node.purse.spent + 1))
        state = changed(state, key, (granted, announced) if granted else None, given)
        if not fresh and node.purse.start != window:  # midnight came between: the new lease was never opened
            return self.with_node(changed(state, key, None, -given) if lease == (0, 0) else state, n)
        return self.with_node(state, n, pending=("open", window, announced))

    def announce(self, state, n):
        node = state.nodes[n]
        if not node.known or node.pending or node.purse.start is None or node.purse.closed:
            return None
        if self.broken == "spends before it announces":
            return self.with_node(state, n, purse=node.purse._replace(ceiling=min(node.purse.ceiling + 1, self.quota)))
        key = self.key(state, n, node.purse.start)
        granted, announced = dict(state.leases).get(key, (0, 0))
        if announced >= granted:
            return None
        return self.with_node(changed(state, key, (granted, announced + 1)), n, pending=("raise", None, announced + 1))

    def close(self, state, n):
        node = state.nodes[n]
        if node.pending or node.purse.start is None or node.purse.closed:
            return None
        return self.with_node(state, n, purse=node.purse._replace(closed=True))

    def give_back(self, state, n):
        node = state.nodes[n]
        closed = node.purse.closed or self.broken == "returns what is open"
        if node.pending or node.purse.start is None or not closed:
            return None
        key = self.key(state, n, node.purse.start)
        lease = dict(state.leases).get(key)
        if lease:
            state = changed(state, key, None, node.purse.spent - lease[0])
        return self.with_node(state, n, pending=("empty", None, 0))

    def learn(self, state, n):
        node = state.nodes[n]
        if not node.pending:
            return None
        kind, window, announced = node.pending
        purse = node.purse
        if kind == "empty":
            purse = EMPTY
        elif kind == "open" and purse.start is None:
            purse = Purse(window, 0, announced, False)
        else:
            purse = purse._replace(ceiling=max(announced, purse.ceiling))
        return self.with_node(state, n, purse=purse, pending=None)

    # ---- what befalls ----
    def kill(self, state, n):
        """The accountant, or all processes of the node: the memory stays."""
        node = state.nodes[n]
        return self.with_node(state, n, known=False, pending=None) if node.known or node.pending else None

    def resume(self, state, n):
        """One step of it: a lease that no purse knows, then the purse; known when there is nothing left to return."""
        node = state.nodes[n]
        if node.known or node.pending:
            return None
        for key, lease in state.leases:
            if key[:2] == (n, node.life) and key[2] != node.purse.start:
                return changed(state, key, None, -lease[0])
        if node.purse.start is None:
            return self.with_node(state, n, known=True)
        return self.close(state, n) or self.give_back(state, n)

    def restart(self, state, n):
        """The machine: what was in memory is lost, and what had been announced counts as spent."""
        node = state.nodes[n]
        if node.life + 1 == self.lives[n]:
            return None
        for key, lease in state.leases:
            if key[:2] == (n, node.life):
                spent = node.purse.spent if key[2] == node.purse.start else 0
                rest = lease[1] - spent
                state = state._replace(lost=replaced(state.lost, key[2], state.lost[key[2]] + rest))
        return self.with_node(state, n, purse=EMPTY, known=False, pending=None, life=node.life + 1)

    def expire(self, state, n):
        """Somebody takes what the node did not announce, whether it lives or not."""
        for key, (granted, announced) in state.leases:
            rest = granted - (0 if self.broken == "takes what is announced" else announced)
            if key[0] == n and granted > announced:
                return changed(state, key, (granted - rest, announced) if rest <= granted - announced else None, -rest)
        return None

    def midnight(self, state, n):
        return state._replace(window=state.window + 1) if n == 0 and state.window + 1 < WINDOWS else None

    STEPS = (spend, take, announce, close, give_back, learn, kill, resume, restart, expire, midnight)

    def next(self, state):
        for step in self.STEPS:
            for n in range(NODES):
                after = step(self, state, n)
                if after is not None and after != state:
                    yield step.__name__, n, after

    # ---- what must hold ----
    @functools.lru_cache(maxsize=None)
    def at_rest(self, state):
        """Everybody is killed, starts again and returns; leases that nobody returns end."""
        for n in range(NODES):
            state = self.kill(state, n) or state
            while not state.nodes[n].known:
                state = self.learn(state, n) or self.resume(state, n)
        for n in range(NODES):
            while (after := self.expire(state, n)) is not None:
                state = after
        return state

    def fault(self, state):
        if max(state.admitted) > self.quota:
            return "more was admitted than the quota"
        rest = self.at_rest(state)
        for window in range(WINDOWS):
            if rest.taken[window] != rest.admitted[window] + rest.lost[window]:
                return "what is counted is not what was spent"
        return None

    def explore(self):
        """How many states there are, and the way to the first that is wrong."""
        first = self.first()
        came_from, queue = {first: None}, collections.deque([first])
        while queue:
            state = queue.popleft()
            if fault := self.fault(state):
                way = []
                while came_from[state]:
                    name, n, state = came_from[state]
                    way.append(f"{name} {n}")
                return len(came_from), f"{fault}: " + ", ".join(reversed(way))
            for name, n, after in self.next(state):
                if after not in came_from:
                    came_from[after] = (name, n, state)
                    queue.append(after)
        return len(came_from), None


@pytest.mark.parametrize("quota, lives", SIZES)
def test_no_state_is_wrong(quota, lives):
    states, wrong = Model(quota, lives).explore()
    assert wrong is None
    assert states > 10_000, "there was something to explore"


@pytest.mark.parametrize("broken", ["no deadline", "spends before it announces", "returns what is open",
                                    "takes what is announced"])
def test_the_model_sees_a_rule_that_is_left_out(broken):
    _, wrong = Model(2, (2, 2), broken).explore()
    assert wrong is not None
