#!/usr/bin/env python3
"""Settings and where they come from, and the signals that reload and end."""
import signal
import ssl
import time

from wire import (EXIT_FAILED, EXIT_MISUSED, Server, check_refusal, contains, demo_server, equal,
                  metric)
from certificates import authority
from harness import chart, chart_of_size, command, main, must, need, settled, table, temporary, test


def settings_file(text):
    path = temporary() / "settings.yaml"
    path.write_text(text)
    return path


@test
def flag_over_environment_over_file_over_default():
    file = settings_file("upload:\n  max_bytes: 3m\n  max_parallel: 33\ncreate_on_push: false\n")
    env = {"CHARTLOCKER_UPLOAD_MAX_BYTES": "2m", "CHARTLOCKER_UPLOAD_MAX_PARALLEL": "22"}
    running = Server(args=("--config", file, "--set", "upload.max_bytes=1m"), env=env)
    too_large = running.request("POST", "/api/charts", chart_of_size(2 << 20))
    contains(check_refusal(running, too_large, 413)["error"], str(1 << 20))
    check_refusal(running, running.publish(chart("x"), "new"), 404, "repository_not_found")
    running.stop()
    with_environment = Server(args=("--config", file), env=env)
    too_large = with_environment.request("POST", "/api/charts", chart_of_size(3 << 20))
    contains(check_refusal(with_environment, too_large, 413)["error"], str(2 << 20))


@test
def config_print_says_where_from():
    file = settings_file("upload:\n  max_bytes: 3m\n  max_parallel: 33\n")
    text = must("config", "print", "--config", file,
                env={"CHARTLOCKER_UPLOAD_MAX_PARALLEL": "22", "CHARTLOCKER_LOG_LEVEL": "debug"})
    rows = {line.split()[0]: line for line in text.splitlines() if line.strip()}
    for name, value, origin in (("upload.max_bytes", "3145728", f"{file}:2"),
                                ("upload.max_parallel", "22", "CHARTLOCKER_UPLOAD_MAX_PARALLEL"),
                                ("log.level", "debug", "CHARTLOCKER_LOG_LEVEL"),
                                ("listen", "127.0.0.1:8879", "default")):
        contains(rows[name], value)
        contains(rows[name], origin)


@test
def values_from_files():
    secret = temporary() / "value"
    secret.write_text("1m\n")
    running = Server(env={"CHARTLOCKER_UPLOAD_MAX_BYTES_FILE": str(secret)})
    too_large = running.request("POST", "/api/charts", chart_of_size(2 << 20))
    contains(check_refusal(running, too_large, 413)["error"], str(1 << 20))


@table(
    ("unknown", "uplod:\n  max_bytes: 1m\n", ["{file}:1:", '"uplod"']),
    ("nearly right", "upload:\n  max_byte: 1m\n",
     ["{file}:2:", '"upload.max_byte"', 'did you mean "upload.max_bytes"?']),
    ("wrong type", "\n\nupload:\n  max_bytes: many\n", ["{file}:4: upload.max_bytes:", '"many"']),
    ("wrong unit", "shutdown:\n  grace: 30x\n", ["{file}:2: shutdown.grace:"]),
    ("out of range", "upload:\n  max_bytes: 1\n", ["{file}:2: upload.max_bytes:", "1024"]),
    ("too large for a number", "workers: 99999999999999999999999\n", ["{file}:1: workers:"]),
    ("no choice", "index_format: xml\n", ["{file}:1: index_format:", "json yaml"]),
    ("no boolean", "overwrite: maybe\n", ["{file}:1: overwrite:"]),
    ("list for one value", "index_format: [json]\n", ["{file}:1: index_format:"]),
    ("map for one value", "index_format: {a: b}\n", ["{file}:1:"]),
    ("null for a text", "data: ~\n", ["{file}:1: data: must have 1"]),
    ("one address twice", "listen: ['127.0.0.1:1', '0.0.0.0:1']\n",
     ["{file}:1: listen: 127.0.0.1:1 and 0.0.0.0:1 cannot both be listened on"]),
    ("a proxy that is anybody", "auth.proxy_user_header: X-User\ntrusted_proxies: 0.0.0.0/0\n",
     ["{file}:2: trusted_proxies: with auth.proxy_user_header, whoever connects from 0.0.0.0/0"]),
    ("a header of the protocol", "auth.proxy_user_header: Host\ntrusted_proxies: unix\n",
     ["{file}:1: auth.proxy_user_header: Host is a header"]),
    ("twice", "workers: 1\nworkers: 2\n", ["{file}:2"]),
    ("no map", "- a\n", ["{file}:1:"]),
    ("no YAML", "a: [\n", ["{file}"]),
    ("all of them at once", "a: 1\nworkers: x\nb: 2\n", ["{file}:1:", "{file}:2:", "{file}:3:"]))
def t_ops_01_settings_file(text, wanted):
    file, data = settings_file(text), temporary() / "data"
    for arguments in (("serve", "--data", data), ("config", "check")):
        done = command(*arguments, "--config", file, timeout=30)
        equal(done.returncode, EXIT_MISUSED, done.stderr)
        for part in wanted:
            contains(done.stderr, part.format(file=file))
        equal(data.exists(), False)


@table(
    ("unknown", {"CHARTLOCKER_UPLOD_MAX_BYTES": "1"}, "CHARTLOCKER_UPLOD_MAX_BYTES"),
    ("wrong", {"CHARTLOCKER_UPLOAD_MAX_BYTES": "x"}, "CHARTLOCKER_UPLOAD_MAX_BYTES"),
    ("file that is not there", {"CHARTLOCKER_UPLOAD_MAX_BYTES_FILE": "/nowhere/at/all"},
     "CHARTLOCKER_UPLOAD_MAX_BYTES_FILE"))
def t_ops_01_environment(env, text):
    data = temporary() / "data"
    done = command("serve", "--data", data, env=env, timeout=30)
    equal(done.returncode, EXIT_MISUSED, done.stderr)
    contains(done.stderr, text)
    equal(data.exists(), False)


@table(
    ("file that is not there", ["--config", "/nowhere/settings.yaml"], "/nowhere/settings.yaml"),
    ("unknown setting", ["--set", "uplod=1"], "uplod"),
    ("no value", ["--set", "workers"], "NAME=VALUE"),
    ("wrong value", ["--set", "workers=x"], "workers"),
    ("address without a port", ["--listen", "127.0.0.1"], "127.0.0.1"),
    ("no address", ["--listen", "nowhere.invalid:80"], "nowhere.invalid"),
    ("port too large", ["--listen", "127.0.0.1:99999"], "99999"),
    ("reserved repository", ["--set", "default_repository=api"], "api"),
    ("unknown flag", ["--nothing"], "nothing"),
    ("more arguments", ["more"], "more"))
def t_ops_01_flags(arguments, text):
    data = temporary() / "data"
    done = command("serve", "--data", data, *arguments, timeout=30)
    assert done.returncode in (EXIT_FAILED, EXIT_MISUSED), done
    contains(done.stderr, text)


@test
def t_ops_01_port_in_use():
    data = temporary() / "data"
    address = f"127.0.0.1:{demo_server().port}"
    done = command("serve", "--data", data, "--listen", address, timeout=30)
    equal(done.returncode, EXIT_FAILED)
    contains(done.stderr, address)


@test
def t_crash_07_sighup_reloads():
    file = settings_file("upload:\n  max_bytes: 1m\nlog:\n  format: text\nindex_format: json\n")
    running = Server(args=("--config", file, "--set", "upload.max_parallel=7"))
    large = chart_of_size(2 << 20)
    equal(running.publish(large).status, 413)

    def reload(text, wanted):
        seen = running.log().count(wanted)
        file.write_text(text)
        running.process.send_signal(signal.SIGHUP)
        assert settled(lambda: running.log().count(wanted) > seen), running.log()[-2000:]

    reload("upload:\n  max_bytes: 3m\n  max_parallel: 1\nlog:\n  format: json\n"
           "index_format: yaml\n", '"msg":"config.reloaded"')
    contains(running.log(), '"needs_restart":"index_format"')
    equal(running.publish(large).status, 201)
    equal(running.get("/index.yaml").body[:1], b"{")
    # What is wrong is said, and the old settings stay.
    reload("upload:\n  max_bytes: wrong\n", '"msg":"config.not_reloaded"')
    contains(running.log(), f"{file}:2: upload.max_bytes:")
    equal(running.publish(chart_of_size(2 << 20, "again")).status, 201)
    file.unlink()
    running.process.send_signal(signal.SIGHUP)
    assert settled(lambda: running.log().count('"msg":"config.not_reloaded"') == 2)
    equal(running.publish(chart_of_size(2 << 20, "third")).status, 201)


@table(("no network", "trusted_proxies: nonsense\n", "trusted_proxies: "),
       ("no URL", "public_url: junk\n", "public_url: "),
       ("no such credentials", "upstreams:\n  - {name: up, url: 'https://charts.example.org', refresh_minutes: 0, "
        "credentials: nope}\n", "credentials: there are none by the name"),
       ("half a pair", "tls.key: /k.pem\n", "tls.cert and tls.key belong together"))
def t_crash_07_reload_refuses_what_a_start_does(text, told):
    """All sources together are looked at, and nothing of what is wrong is applied."""
    file = settings_file("")
    running = Server(args=("--config", file, "--set", "upload.max_parallel=7"))
    file.write_text("overwrite: false\ncreate_on_push: false\nrepositories: [{name: fresh}]\n" + text)
    running.process.send_signal(signal.SIGHUP)
    assert settled(lambda: "config.not_reloaded" in running.log()), running.log()
    contains(running.log(), told)
    equal(running.get("/fresh/index.yaml").status, 404)
    equal(running.publish(chart("x"), "new").status, 201)
    equal(command("config", "check", "--config", file).returncode, EXIT_MISUSED)


@test
def t_crash_07_a_reload_with_what_flags_say():
    """A file that is right only with the flags of this start."""
    certificate, key = authority(temporary(), "server")
    file = settings_file(f"tls.cert: {certificate}\n")
    running = Server(args=("--config", file, "--set", f"tls.key={key}"),
                     tls=ssl.create_default_context(cafile=str(certificate)))
    running.process.send_signal(signal.SIGHUP)
    assert settled(lambda: "config.reloaded" in running.log() or "not_reloaded" in running.log())
    assert "not_reloaded" not in running.log(), running.log()


@test
def t_crash_07_sighup_before_there_is_a_server():
    """It comes while the settings are read for the first time."""
    file = settings_file("workers: 1\n")
    line = (need("strace"), "-D", "-qq", "-o", temporary() / "calls", "-P", file, "-e",
            "inject=open,openat:signal=SIGHUP:when=1")
    running = Server(args=("--config", file), wrap=line, env={"ASAN_OPTIONS": "detect_leaks=0"})
    assert settled(lambda: "config.reloaded" in running.log()), running.log()


@test
def t_crash_07_second_signal_ends_at_once():
    running = Server()
    with running.begin_upload(b"x" * 1000, 1):
        assert settled(lambda: metric(running, "chartlocker_uploads_running") == 1)
        running.process.terminate()
        assert settled(lambda: "serve.draining" in running.log())
        began = time.monotonic()
        running.process.terminate()
        running.stop(expect=EXIT_FAILED)
        assert time.monotonic() - began < 10
    must("fsck", "--data", running.data)


@test
def t_crash_07_grace_ends():
    """An upload that does not come to an end does not hold the program longer than its grace."""
    running = Server(args=("--set", "shutdown.grace=1s"))
    with running.begin_upload(b"x" * 1000, 1):
        assert settled(lambda: metric(running, "chartlocker_uploads_running") == 1)
        began = time.monotonic()
        running.stop()
        assert 0.5 < time.monotonic() - began < 15
    equal(list((running.data / "tmp").iterdir()), [])


if __name__ == "__main__":
    main()
