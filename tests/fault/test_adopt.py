"""Adopting ChartMuseum's storage, ended or failing at any call: the next start has all of it, once."""
import errno
import http.client

from inject import CREATES, FAIL, KILL, LOOKS, OPENS, READS, STORES, SYNCS, Fault, spread
from harness import LONG, chart, contains, digest, equal, main, must, provenance, table
from museum import CREATED, Museum, put, report, small_storage, statefile, traces

POINTS_MAX = 2000
OTHER = chart("other")


def storage_to_adopt():
    storage, _ = small_storage(1, {
        "demo-1.0.0.tgz.prov": provenance(chart()), "other-1.0.0.tgz": OTHER,
        "a-demo.tgz": chart(description="old"), "index-cache.yaml": statefile([("demo", "1.0.0", chart())], CREATED)})
    put(storage / "team/far-1.0.0.tgz", chart("far"))
    return storage


def start(storage, fault=None):
    """None when it did not start, which is for the next one to mend."""
    try:
        return Museum(storage, "--depth=1", env=fault.env if fault else None)
    except (AssertionError, OSError, http.client.HTTPException):
        if not fault:
            raise
        return None


def names_of_calls(mask):
    fault = Fault()
    fault.arm(mask, POINTS_MAX, FAIL)
    start(storage_to_adopt(), fault).stop()
    names = [name for _, name in fault.calls]
    assert 10 < len(names) < POINTS_MAX, names
    return names


def check(storage):
    server = start(storage)
    counts = report(server)
    assert counts["adopted"] + counts["known"] - 3 in (0, 1), counts     # a .prov that was left may come alone
    equal(counts["passed_by"], 1)
    for path, body in (("org/charts/demo-1.0.0.tgz", chart()), ("org/charts/demo-1.0.0.tgz.prov", provenance(chart())),
                       ("org/charts/other-1.0.0.tgz", OTHER), ("team/charts/far-1.0.0.tgz", chart("far"))):
        equal(digest(server.get("/" + path).body), digest(body), path)
    server.stop()
    contains(must("fsck", "--data", server.data), "all is well")


@table(("power goes", STORES, KILL, 0), ("no space", STORES & ~SYNCS, FAIL, errno.ENOSPC),
       ("sync: no space", SYNCS, FAIL, errno.ENOSPC),
       ("I/O error", STORES | OPENS | READS | LOOKS, FAIL, errno.EIO),
       ("no descriptors", CREATES | OPENS, FAIL, errno.EMFILE), ("no memory", OPENS | READS, FAIL, errno.ENOMEM))
def each_call(mask, action, error):
    names = names_of_calls(mask)
    for at in range(len(names) + 1) if LONG else spread(names, 0, 12):
        storage, fault = storage_to_adopt(), Fault()
        before = traces(storage)
        fault.arm(mask, at, action, error)
        server = start(storage, fault)
        fault.disarm()
        if server:
            (server.kill if action == KILL else server.stop)()
        equal({path: trace[:-1] for path, trace in traces(storage).items()},
              {path: trace[:-1] for path, trace in before.items()}, f"call {at} ({fault.where})")
        check(storage)


if __name__ == "__main__":
    main()
