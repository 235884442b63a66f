"""Many at once."""
import threading

SECONDS_MAX = 250


def together(functions):
    """Runs all of them at the same moment, each in a thread, and returns what they return."""
    results, errors = [None] * len(functions), []
    gate = threading.Barrier(len(functions))

    def run(number, function):
        try:
            gate.wait(60)
            results[number] = function()
        except Exception as error:    # reported below: a thread's failure must fail the row
            errors.append(error)
            gate.abort()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(functions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS_MAX)
    assert not any(thread.is_alive() for thread in threads), "a thread does not end"
    if errors:
        raise errors[0]
    return results
