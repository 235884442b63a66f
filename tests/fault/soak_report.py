"""What a soak says at the end, and what of it is wrong."""
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
import soak_figures as figures
from harness import SANITIZED

WAL_MAX_BYTES = 16 << 20
GROWTH_MAX_KIB, GROWTH_MAX_SHARE, GROWTH_PER_VERSION_KIB = 8 << 10, 0.1, 8


def judged(world, plan):
    """Memory and the like of the steady stretch, and of all lives; what is too much is wrong."""
    steady = [s for life, s in world.samples if life == 1]
    steady = steady[len(steady) // 3:]
    if len(steady) < 5:
        return
    seconds = steady[-1].at - steady[0].at
    grown = figures.slope([(s.at, s.pss - s.cached) for s in steady]) * seconds
    mean = sum(s.pss for s in steady) / len(steady)
    allowed = max(GROWTH_MAX_KIB, mean * GROWTH_MAX_SHARE) + GROWTH_PER_VERSION_KIB * (
        steady[-1].versions - steady[0].versions)
    world.say(f"memory in the last {seconds:.0f} s of life 1: {steady[0].pss >> 10} … {steady[-1].pss >> 10} MiB, of these "
              f"caches and indexes {steady[0].cached >> 10} … {steady[-1].cached >> 10}; the rest grew by "
              f"{grown / 1024:+.1f} MiB (allowed {allowed / 1024:.1f})")
    if grown > allowed and not SANITIZED:
        world.fail("memory grows")
    half = len(steady) // 2
    for name, more in (("descriptors", 8), ("threads", 2)):
        before, after = (max(getattr(s, name) for s in part) for part in (steady[:half], steady[half:]))
        world.say(f"{name}: {before}, then {after}; most of all lives {max(getattr(s, name) for _, s in world.samples)}")
        if after > before + more:
            world.fail(f"{name} grow")
    wal = max(s.wal for _, s in world.samples)
    world.say(f"largest write-ahead log {wal >> 10} KiB")
    if wal > WAL_MAX_BYTES:
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
        of = [s for number, s in world.samples if number == life]
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
    print("log: " + (", ".join(f"{key} × {value}" for key, value in world.lines.most_common()) or "nothing to warn of"))
