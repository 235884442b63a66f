#!/usr/bin/env python3
"""Mixed load for a while, with kill -9 and a full disk: make soak MINUTES=n

The first two fifths of the time nothing is disturbed: there memory is judged. Then the server is killed
again and again, and once its disk is full for a while. After every start, and at the end, everything that
was acknowledged has to be there (soak_ledger.py); no answer may take over two seconds.
"""
import argparse
import json
import os
import random
import signal
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
import soak_figures as figures
import soak_ledger as ledgers
import soak_load as load
from harness import contains, equal, must, settled, temporary
from mounts import own_mounts
from soak_keep import Keeper
from soak_report import report
from soak_world import World, arrange, ballast, fill, mount
from tap import Skip, within

OWN_MOUNTS = "SOAK_OWN_MOUNTS"
STEADY_SHARE, KILL_SECONDS, BUNDLE_SECONDS, PROGRESS_SECONDS = 0.4, 60, 300, 10
FULL_SECONDS = 15


# ---- its course ----

def full_disk(world):
    world.full = world.was_full = True
    give_back = ballast(world)
    world.say("the disk is full")
    published = len(world.answers.seconds["publish"])
    course(world, min(FULL_SECONDS, world.plan.seconds / 8))
    give_back()
    world.had_room = time.monotonic()
    ready = lambda: json.loads(world.server.get("/readyz").body).get("ready") is True
    if not settled(lambda: ready() and world.server.get("/readyz").status == 200):
        world.fail(f"the disk has room again, and it does not recover: {world.server.get('/readyz').body}")
    time.sleep(2)
    world.full = False
    world.say(f"the disk has room again; {len(world.answers.seconds['publish']) - published} publishes were answered")


def course(world, seconds):
    """Lets so much time pass, with a sample every second and a line every ten."""
    end, said, number = time.monotonic() + seconds, time.monotonic(), world.answers.number()
    used = figures.processor(world.server.pid)
    while time.monotonic() < end:
        time.sleep(max(0, min(1, end - time.monotonic())))
        world.sample()
        if time.monotonic() - said >= PROGRESS_SECONDS:
            took, now, then = time.monotonic() - said, world.answers.number(), used
            used, last = figures.processor(world.server.pid), world.samples[-1][1]
            ran, waited = ((new - old) / 1e9 / took for new, old in zip(used, then))
            world.say(f"life {world.lives}: {now} answers, {(now - number) / took:.0f}/s; {last.versions} versions; "
                      f"{last.pss >> 10} MiB, {last.descriptors} descriptors, {last.threads} threads, wal "
                      f"{last.wal >> 10} KiB; ran {ran:.0%}, waited for a processor {waited:.0%}; slow "
                      f"{len(world.answers.slow)}, wrong {len(world.wrong)}; load {os.getloadavg()[0]:.1f}")
            said, number = time.monotonic(), now


def lives(world, plan):
    """The steady stretch, then a kill after each life; between two of them the disk is full."""
    course(world, plan.seconds * plan.steady)
    end = world.began + plan.seconds
    rng, number = random.Random(plan.seed), 0
    while (left := end - time.monotonic()) > 1:
        course(world, min(left, plan.kill_seconds * rng.uniform(0.8, 1.2)))
        world.kill()
        number += 1
        if number == (1 if plan.kills_few else 2):
            full_disk(world)


def finish(world, keeper):
    """The last comparison, and the other side."""
    world.over.set()
    world.close()
    keeper.thread.join(300)
    world.read_log()
    ledgers.check(world.ledger, world.server)
    began = time.monotonic()
    world.server.stop()
    world.say(f"ended on SIGTERM after {time.monotonic() - began:.2f} s")
    world.start()
    events = ledgers.check(world.ledger, world.server, everything=True)
    lines = must("log", "--json", "--data", world.data).encode().splitlines()
    equal(len(lines) >= events, True, "events")
    ledgers.check_events(world.ledger, lines)
    for size, root in random.sample(world.ledger.checkpoints, min(5, len(world.ledger.checkpoints))):
        said = json.loads(must("log", "--verify", "--json", "--data", world.data, "--since", size))
        equal(said["before"] if size < events else said["root"], root.hex(), f"root of the first {size} events")
    contains(must("fsck", "--data", world.data), "all is well")
    trips = keeper.same(world.server)
    world.say(f"{events} events; {trips} trips, the other side is the same; {keeper.backups} backups; "
              f"{keeper.cut} commands were cut short by a kill")
    world.server.stop()


def soak(plan):
    disk = temporary(True)
    kind = mount(disk, plan.disk_bytes)
    world = World(plan, disk)
    fill(world, plan)
    world.start()
    arrange(world, plan)
    ledgers.check(world.ledger, world.server)
    world.say(f"{len(world.fixed)} versions on {kind}; server {world.server.pid} started in {world.starts[0]:.2f} s")
    keeper = Keeper(world, plan.bundle_seconds)
    world.let_in()
    clients = [kind(world, number) for number, kind in enumerate(load.ALL)]
    world.began = time.monotonic()
    try:
        lives(world, plan)
        finish(world, keeper)
        for client in clients:
            client.thread.join(30)
    except KeyboardInterrupt:
        world.over.set()
        world.fail("interrupted")
    except Exception as error:      # what is known is said all the same
        world.over.set()
        world.fail(f"{type(error).__name__}: {error}")
    report(world, plan)
    print("\n".join(f"WRONG: {text[:400]}" for text in world.wrong[:20]) or "all is well", flush=True)
    return 1 if world.wrong else 0


# ---- how it is called ----

def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--versions", type=int, default=2000, help="at the beginning")
    parser.add_argument("--no-limit", dest="limit", action="store_false", help="an answer may take as long as it likes")
    parser.add_argument("--seed", type=int, default=1)
    plan = parser.parse_args()
    plan.seconds = plan.minutes * 60
    plan.steady = STEADY_SHARE
    plan.kills_few = plan.seconds < 120
    plan.kill_seconds = min(KILL_SECONDS, plan.seconds * (1 - plan.steady) / (3 if plan.kills_few else 4))
    plan.bundle_seconds = min(BUNDLE_SECONDS, plan.seconds / 3)
    plan.disk_bytes = 64 << 20 if plan.versions < 500 else 1 << 30
    return plan


def interrupted(*_):
    raise KeyboardInterrupt


if __name__ == "__main__":
    if OWN_MOUNTS not in os.environ:
        try:
            way = own_mounts()
        except Skip as skip:
            sys.exit(f"a soak fills a disk of its own, and cannot: {skip}")
        os.execvpe(way[0], [*way, sys.executable, *sys.argv], {**os.environ, OWN_MOUNTS: "1"})
    signal.signal(signal.SIGTERM, interrupted)
    sys.exit(within(soak, arguments()))
