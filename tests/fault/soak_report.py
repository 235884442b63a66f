"""What a soak says at the end, and what of it is wrong."""
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
import soak_figures as figures
from harness import SANITIZED

WAL_MAX_BYTES = 16 << 20
JUDGED_SECONDS = 180          # before that caches fill
GROWTH_MAX_KIB, GROWTH_MAX_SHARE, GROWTH_PER_VERSION_KIB = 8 << 10, 0.1, 16
LONGER_MAX_FACTOR = 1.25


def of_life(world, life):
    return [s for number, s in world.samples if number == life]


def memory(world, steady):
    """The fitted growth of life 1, and whether lives of a minute need as much for the same data."""
    seconds, more = steady[-1].at - steady[0].at, steady[-1].versions - steady[0].versions
    grown = figures.slope([(s.at, s.pss) for s in steady]) * seconds
    mean = sum(s.pss for s in steady) / len(steady)
    allowed = max(GROWTH_MAX_KIB, mean * GROWTH_MAX_SHARE) + GROWTH_PER_VERSION_KIB * more
    short = max((s.pss for life, s in world.samples if life > 1), default=0)
    world.say(f"memory in the last {seconds:.0f} s of life 1: {steady[0].pss >> 10} … {steady[-1].pss >> 10} MiB, "
              f"by the fitted line {grown / 1024:+.1f} MiB with {more} versions more (allowed {allowed / 1024:.1f}); "
              f"of later lives {short >> 10} MiB at most")
    if seconds >= JUDGED_SECONDS and grown > allowed and not SANITIZED:
        world.fail("memory grows")
    if short and steady[-1].pss > short * LONGER_MAX_FACTOR + GROWTH_MAX_KIB and not SANITIZED:
        world.fail("a long life needs more memory than a short one")


def judged(world, plan):
    """Memory and the like of the stretch without a kill, and of all lives; what is too much is wrong."""
    steady = of_life(world, 1)
    steady = steady[len(steady) // 3:]
    if len(steady) < 5:
        return
    memory(world, steady)
    half = len(steady) // 2
    for name, more in (("descriptors", 8), ("threads", 2)):
        before, after = (max(getattr(s, name) for s in part) for part in (steady[:half], steady[half:]))
        most = max(getattr(s, name) for _, s in world.samples)
        world.say(f"{name}: {before}, then {after}; most of all lives {most}")
        if after > before + more:
            world.fail(f"{name} grow")
    wal = max(s.wal for _, s in world.samples)
    world.say(f"largest write-ahead log {wal >> 10} KiB")
    if any(s.wal > WAL_MAX_BYTES + s.catalog for _, s in world.samples):      # a purge writes the catalog anew
        world.fail("the write-ahead log is too large")


def slow_answers(world, plan):
    for kind, path, began, seconds, request_id in world.answers.slow[:40]:
        world.say(f"slow: {kind} {path} {seconds:.2f} s at {began - world.began:.0f} s, {request_id}; "
                  f"{world.machine.at(began, began + seconds)}")
    if world.answers.slow and plan.limit:
        world.fail(f"{len(world.answers.slow)} answers took over {figures.LIMIT_SECONDS:g} s; see {world.out}")


def disk_use(world):
    used = lambda name: sum(f.stat().st_blocks * 512 for f in (world.data / name).rglob("*") if f.is_file())
    parts = {name: used(name) for name in ("repos", "quarantine")}
    parts["catalog"] = sum(f.stat().st_size for f in world.data.glob("*.db*"))
    world.say("disk: " + ", ".join(f"{name} {size >> 20} MiB" for name, size in parts.items()))


def report(world, plan):
    slow_answers(world, plan)
    judged(world, plan)
    disk_use(world)
    for life in range(1, world.lives + 1):
        of = of_life(world, life)
        if of:
            world.say(f"life {life}: {of[-1].at - of[0].at:.0f} s, started in {world.starts[life - 1]:.2f} s, "
                      f"{of[0].pss >> 10} … {of[-1].pss >> 10} MiB, {max(s.descriptors for s in of)} descriptors, "
                      f"catalog {of[-1].catalog >> 20} MiB")
    print("\n".join(world.answers.table()))
    stolen = [s[1] for s in world.machine.seconds] or [0]
    waited = [s[3] for s in world.machine.seconds] or [0]
    print(f"machine: {os.cpu_count()} processors; stolen {max(stolen):.0%} at most; somebody waited for one in "
          f"{sum(waited) / len(waited):.0%} of the time")
    print("ledger: " + ", ".join(f"{key} {value}" for key, value in sorted(world.ledger.count.items())))
    lines = [f"{key} × {value}" for key, value in world.lines.most_common()]
    print("log: " + (", ".join(lines) or "nothing to warn of"))
