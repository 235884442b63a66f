"""kill -9 under load, again and again on one data directory, with a ledger.

The ledger says what was intended and what was acknowledged. After each kill: the server starts,
fsck finds nothing, what was acknowledged is there with its bytes and in the index, what was
acknowledged as deleted is gone, and nothing is there that nobody sent.
"""
import http.client
import json
import os
import random
import threading

from changes import indexed
from harness import LONG, Server, chart, contains, digest, equal, main, must, temporary, test

ROUNDS = 1000 if LONG else 12
WRITERS, READERS = 10, 4
LIFE_MAX_SECONDS = 0.3
GONE = (http.client.HTTPException, OSError, AssertionError)


class Ledger:
    """What is known of every version: the bytes that were sent, and what may be there now."""

    def __init__(self):
        self.lock = threading.Lock()
        self.sent = {}       # file -> digest of the only bytes that were ever sent for it
        self.state = {}      # file -> "there", "gone", or "unknown" while nobody answered

    def note(self, file, state, sent=None):
        with self.lock:
            if sent:
                equal(self.sent.setdefault(file, sent), sent)
            self.state[file] = state

    def some(self, rng, state):
        with self.lock:
            files = [file for file, now in self.state.items() if now == state]
        return rng.choice(files) if files else None


def write(running, ledger, rng, prefix):
    """Publishes and deletes until the server is gone."""
    number = 0
    try:
        while True:
            number += 1
            version = f"{number}.0.0"
            file = f"{prefix}-{version}.tgz"
            archive = chart(prefix, version)
            ledger.note(file, "unknown", digest(archive))
            answer = running.publish(archive)
            equal(answer.status, 201, answer.body)
            ledger.note(file, "there")
            if rng.random() < 0.2:
                delete(running, ledger, file, f"{prefix}/{version}")
    except GONE as error:
        return None if running.process.poll() is not None or running.killed else error


def delete(running, ledger, file, path):
    ledger.note(file, "unknown")
    answer = running.request("DELETE", f"/api/charts/{path}")
    equal(answer.status, 200, answer.body)
    ledger.note(file, "gone")


def read(running, ledger, rng, _):
    try:
        while True:
            json.loads(running.get("/index.yaml").body)
            file = ledger.some(rng, "there")
            if file:
                answer = running.get(f"/charts/{file}")
                if answer.status == 200:    # else it was deleted just now
                    equal(digest(answer.body), ledger.sent[file])
    except GONE as error:
        return None if running.process.poll() is not None or running.killed else error


def load(running, ledger, seed):
    """Runs the threads until the server has been killed; returns what went wrong before."""
    wrong = []
    running.killed = False

    def work(function, number):
        error = function(running, ledger, random.Random(seed * 100 + number), f"c{seed}-{number}")
        if error:
            wrong.append(error)

    threads = [threading.Thread(target=work, args=(function, number), daemon=True)
               for number, function in enumerate([write] * WRITERS + [read] * READERS)]
    for thread in threads:
        thread.start()
    threading.Event().wait(random.Random(seed).uniform(0, LIFE_MAX_SECONDS))
    running.killed = True
    running.kill()
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()
    return wrong


def check(running, ledger, recent):
    index = indexed(running)
    equal(os.listdir(running.data / "tmp"), [])
    for file, shown in index.items():
        equal(shown, ledger.sent.get(file), f"{file} is there: it was sent with this digest")
    for file, state in ledger.state.items():
        assert state != "there" or file in index, f"{file} was acknowledged and is gone"
        assert state != "gone" or file not in index, f"{file} was deleted and is there"
    on_disk = {path.name for path in (running.data / "repos/main/charts").iterdir()}
    equal(on_disk, set(index), "files against the index")
    for file in recent & set(index):
        answer = running.get(f"/charts/{file}")
        equal((answer.status, digest(answer.body)), (200, index[file]), file)
    for file in ledger.state:    # now it is known
        ledger.state[file] = "there" if file in index else "gone"


@test
def t_crash_06_kill_under_load_with_a_ledger():
    data, ledger = temporary() / "data", Ledger()
    for seed in range(ROUNDS):
        known = set(ledger.state)
        running = Server(data)
        equal(load(running, ledger, seed), [], f"round {seed}")
        running = Server(data)
        check(running, ledger, set(ledger.state) - known)
        contains(must("fsck", "--data", data), "all is well")
        running.stop()
    states = list(ledger.state.values())
    print(f"# {ROUNDS} rounds, {len(states)} versions, {states.count('gone')} of them gone")
    assert states.count("there") > ROUNDS


if __name__ == "__main__":
    main()
