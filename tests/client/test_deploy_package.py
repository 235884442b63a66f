"""The Debian package and the container image. `make check` builds the package and looks into it;
`make check-long` installs it in a bare Debian, runs what its unit runs, upgrades and purges it,
installs it from its offline set where there is no network, and builds the image with that Debian as
its base.

DEBIAN_ROOT= names a bare Debian 12 (made by debootstrap), which is copied and saves the download.
"""
import functools
import json
import os
import re
import shutil
import subprocess
import urllib.request

from helm import NEWEST, Helm
from typed import blocks, section
from harness import (LONG, TOP, Skip, chart, cleanup, contains, equal, free_port, main, must, need,
                     settled, temporary, test)

# A sanitizer's build is not packaged.
PACKAGED = "CHARTLOCKER" not in os.environ
QUIET = {**os.environ, "MAKEFLAGS": "", "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}


def run(*line, timeout=600, **options):
    done = subprocess.run(list(map(str, line)), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, timeout=timeout, check=False, env=QUIET, **options)
    assert done.returncode == 0, f"{' '.join(map(str, line))}: {done.returncode}\n{done.stdout}"
    return done.stdout


def when(condition):
    return test if condition else lambda function: function


@functools.cache
def package():
    for tool in ("dpkg-buildpackage", "dh"):
        need(tool)
    folder = temporary(keep=True)
    run("make", "-C", TOP, "deb", f"DEB={folder}")
    [deb] = folder.glob("chartlocker_*.deb")
    return deb


def answer(url, data=None):
    try:
        with urllib.request.urlopen(url, data, timeout=30) as response:
            return response.status, response.read()
    except OSError as error:
        return getattr(error, "code", None), b""


@when(PACKAGED)
def package_has_everything():
    listed = re.findall(r"^-\S+ (\S+) .* \./(\S+)$", run("dpkg-deb", "-c", package()), re.M)
    equal({owner for owner, _ in listed}, {"root/root"})
    equal({path.removesuffix(".gz") for _, path in listed} ^ {
        "etc/chartlocker.yaml", "lib/systemd/system/chartlocker.service",
        "lib/systemd/system/chartlocker.socket", "usr/bin/chartlocker",
        "lib/systemd/system/chartlocker-bundle@.service", "lib/systemd/system/chartlocker-bundle@.timer",
        "lib/systemd/system/chartlocker-import.service", "lib/systemd/system/chartlocker-import.path",
        "lib/systemd/system/chartlocker-import.timer", "usr/lib/chartlocker/next-bundle",
        "usr/lib/chartlocker/take-bundles",
        "usr/share/bash-completion/completions/chartlocker",
        "usr/share/zsh/vendor-completions/_chartlocker",
        "usr/share/fish/vendor_completions.d/chartlocker.fish",
        "usr/share/man/man1/chartlocker.1", "usr/share/man/man5/chartlocker-config.5",
        "usr/share/doc/chartlocker/README.md", "usr/share/doc/chartlocker/copyright",
        "usr/share/doc/chartlocker/changelog"}, set())


@when(PACKAGED)
def package_says_what_it_needs_and_is():
    version = re.search(r"^VERSION := (\S+)", (TOP / "Makefile").read_text(), re.M)[1]
    equal(run("dpkg-deb", "-f", package(), "Version").strip(), version.replace("-", "~"))
    needed = run("dpkg-deb", "-f", package(), "Depends")
    for library in ("libmicrohttpd12", "libpcre2-8-0"):
        contains(needed, library)
    contains(run("dpkg-deb", "-I", package(), "conffiles"), "/etc/chartlocker.yaml")


# ---- in a bare Debian ----

@functools.cache
def bare():
    if os.getuid():
        raise Skip("debootstrap and chroot need root")
    if os.environ.get("DEBIAN_ROOT"):
        return os.environ["DEBIAN_ROOT"]
    folder = temporary(keep=True) / "root"
    run(need("debootstrap"), "--variant=minbase", "bookworm", folder, timeout=3000)
    return folder


def copy_of_bare():
    root = temporary() / "root"
    run("cp", "-a", "--one-file-system", bare(), root)
    return root


def inside(root, *line, **options):
    """Runs a line in the chroot, with a /proc of its own that is gone with it."""
    return run(*chrooted(root, *line), **options)


def chrooted(root, *line, before=":"):
    script = f'mount -t proc proc "$0/proc" && {before} && exec chroot "$@"'
    options = [word for word in line if str(word).startswith("--userspec=")]
    rest = [word for word in line if word not in options]
    return ["unshare", "--mount", "sh", "-c", script, str(root), *options, str(root), *rest]


class Running:
    """A service started by that line; ends with SIGTERM and status 0."""

    def __init__(self, line, port, **options):
        self.url = f"http://127.0.0.1:{port}"
        self.log = temporary() / "log"
        self.process = subprocess.Popen(line, stdin=subprocess.DEVNULL, stdout=open(self.log, "wb"),
                                        stderr=subprocess.STDOUT, **options)
        cleanup(self.process.kill)
        ready = settled(lambda: answer(f"{self.url}/readyz")[0] == 200)
        assert ready, self.log.read_text()

    def stop(self):
        self.process.terminate()
        equal(self.process.wait(60), 0, self.log.read_text())


def start_unit(root, port):
    """What ExecStart says, as its User, from its WorkingDirectory."""
    unit = (root / "lib/systemd/system/chartlocker.service").read_text()
    said = dict(re.findall(r"^(ExecStart|User|Group|WorkingDirectory)=(.*)$", unit, re.M))
    line = f"cd {said['WorkingDirectory']} && exec {said['ExecStart']}"
    return Running(chrooted(root, f"--userspec={said['User']}:{said['Group']}", "sh", "-c", line),
                   port)


def newer(deb):
    """The same package with a higher version."""
    folder = temporary()
    run("dpkg-deb", "-R", deb, folder / "tree")
    control = folder / "tree/DEBIAN/control"
    control.write_text(re.sub(r"^Version: .*", "Version: 99.0", control.read_text(), flags=re.M))
    run("dpkg-deb", "-b", folder / "tree", folder / "newer.deb")
    return folder / "newer.deb"


def install(root, deb):
    shutil.copy(deb, root / "srv/chartlocker.deb")
    return inside(root, "sh", "-c", "apt-get update -q && apt-get install -q -y "
                  "--no-install-recommends /srv/chartlocker.deb")


@when(PACKAGED and LONG)
def package_is_installed_run_upgraded_and_purged():
    root, port, archive = copy_of_bare(), free_port(), chart("demo", "1.0.0")
    install(root, package())
    settings = root / "etc/chartlocker.yaml"
    settings.write_text(settings.read_text().replace(":8879", f":{port}"))
    service = start_unit(root, port)
    equal(answer(f"{service.url}/api/charts", archive)[0], 201)
    service.stop()
    equal((root / "var/lib/chartlocker").stat().st_mode & 0o777, 0o750)

    install(root, newer(package()))
    contains(inside(root, "dpkg-query", "-W", "chartlocker"), "99.0")
    service = start_unit(root, port)
    equal(answer(f"{service.url}/charts/demo-1.0.0.tgz"), (200, archive))
    service.stop()

    said = inside(root, "dpkg", "--purge", "chartlocker")
    contains(said, "The charts stay in /var/lib/chartlocker")
    for gone in ("etc/chartlocker.yaml", "usr/bin/chartlocker",
                 "lib/systemd/system/chartlocker.service", "var/lib/dpkg/info/chartlocker.list"):
        assert not (root / gone).exists(), gone
    assert (root / "var/lib/chartlocker/repos/main/charts/demo-1.0.0.tgz").exists()


@when(PACKAGED and LONG)
def package_that_was_never_started_leaves_nothing():
    root = copy_of_bare()
    install(root, package())
    inside(root, "dpkg", "--purge", "chartlocker")
    assert not (root / "var/lib/chartlocker").exists()


# ---- from the offline set ----

# In a network namespace of its own, and with what a minimal Debian has; what is typed is the README's.
TYPED = "\n".join(blocks(section("deploy/airgap/README.md", "The program, where there is no network"))[1][1])
WITHOUT_A_NETWORK = r"""
[ "$(wc -l < /proc/net/route)" = 1 ]
if dpkg-query -W libmicrohttpd12 2>&-; then exit 1; fi
cd /srv
""" + TYPED + r"""
dpkg --audit
chartlocker version
chartlocker config check --config /etc/chartlocker.yaml
cd /var/lib/chartlocker
as="setpriv --reuid chartlocker --regid chartlocker --clear-groups chartlocker"
$as serve --config /etc/chartlocker.yaml &
trap "kill $! 2>&- || true" EXIT
for turn in $(seq 600); do
    chartlocker push /srv/demo.tgz http://127.0.0.1:8879 && break
    kill -0 $!
    sleep 0.1
done
chartlocker search demo --server http://127.0.0.1:8879
$as keys trust /media/usb/bundle.pub --data /var/lib/chartlocker
$as bundle import /media/usb/ --data /var/lib/chartlocker
chartlocker search carried --server http://127.0.0.1:8879
kill $!
wait $!
"""


def carry(stick, archive):
    """A bundle, and the key of who made it."""
    folder = temporary()
    (folder / "chart.tgz").write_bytes(archive)
    must("import", "--repo", "stable", "--data", folder / "data", folder / "chart.tgz")
    must("keys", "generate", "--data", folder / "data")
    must("bundle", "create", "--repo", "stable", "--data", folder / "data", "-o", stick)
    run("install", "-m", "0644", folder / "data/keys/bundle.pub", stick)


@when(PACKAGED and LONG)
def offline_set_is_installed_where_there_is_no_network():
    root, built = copy_of_bare(), temporary()
    need("ip")
    run("make", "-C", TOP, "deb-offline", f"DEB={built}/deb", f"OFFLINE={built}/set")
    [archive] = built.glob("set/*.tar")
    (root / "media/usb").mkdir()
    shutil.copy(archive, root / "media/usb")
    (root / "srv/demo.tgz").write_bytes(chart("demo", "1.0.0"))
    carry(root / "media/usb", chart("carried", "1.0.0"))
    said = run("unshare", "--net", *chrooted(root, "bash", "-euc", WITHOUT_A_NETWORK,
                                             before="ip link set lo up"))
    version = re.search(r"^VERSION := (\S+)", (TOP / "Makefile").read_text(), re.M)[1]
    contains(said, f" {version}\n")
    contains(said, "main/demo")
    contains(said, "stable/carried")

    folder = next((root / "srv").glob("chartlocker-offline_*/"))
    [deb] = built.glob("deb/chartlocker_*.deb")
    shutil.copy(newer(deb), root / "srv/newer.deb")
    inside(root, "dpkg", "-i", "/srv/newer.deb")
    inside(root, "sh", "-c", f"cd /srv/{folder.name} && dpkg -iEG *.deb")
    contains(inside(root, "dpkg-query", "-W", "chartlocker"), "99.0")


# ---- the image ----

class Buildah:
    """Debian's buildah with a storage of its own, in the mode that needs nothing of the kernel."""

    def __init__(self):
        folder = temporary()
        self._line = (need("buildah"), "--root", folder / "root", "--runroot", folder / "run",
                      "--storage-driver", "vfs")

    def __call__(self, *line):
        return run(*self._line, *line, timeout=3000).strip()

    def image_of(self, folder, name):
        container = self("from", "scratch")
        self("add", "--quiet", container, folder, "/")
        self("commit", "--quiet", container, name)
        self("rm", container)


def start_container(buildah, image, port, data):
    """As a container runtime would: the image's user, command and environment, a read-only root,
    a writable /data."""
    container = buildah("from", "--pull-never", image)
    root = buildah("mount", container)
    config = json.loads(buildah("inspect", container))["OCIv1"]["config"]
    equal(config["User"], "65532:65532")
    data.mkdir()
    os.chown(data, 65532, 65532)
    before = (f"mount --bind '{data}' '{root}/data' && mount --bind '{root}' '{root}' && "
              f"mount --bind '{data}' '{root}/data' && mount -t proc proc '{root}/proc' && "
              f"mount -o remount,bind,ro '{root}'")
    variables = dict(entry.split("=", 1) for entry in config["Env"])
    equal(variables["CHARTLOCKER_LISTEN"], "0.0.0.0:8879")
    return Running(chrooted(root, f"--userspec={config['User']}", *config["Entrypoint"],
                            *config["Cmd"], before=before), port,
                   env={**variables, "CHARTLOCKER_LISTEN": f"127.0.0.1:{port}"})


@when(PACKAGED and LONG)
def image_is_built_and_serves_a_chart():
    buildah, port = Buildah(), free_port()
    buildah.image_of(copy_of_bare(), "localhost/debian")
    buildah("build", "--isolation", "chroot", "--pull-never", "--build-arg",
            "BASE=localhost/debian", "--build-arg", "COMMIT=0123abcd", "--ignorefile", TOP / "deploy/Dockerfile.dockerignore",
            "--file", TOP / "deploy/Dockerfile", "--tag", "localhost/chartlocker", TOP)
    labels = json.loads(buildah("inspect", "localhost/chartlocker"))["OCIv1"]["config"]["Labels"]
    equal(labels["org.opencontainers.image.version"], must("version").split()[1])
    equal(labels["org.opencontainers.image.revision"], "0123abcd")
    service = start_container(buildah, "localhost/chartlocker", port, temporary() / "data")
    equal(answer(f"{service.url}/api/charts", chart("demo", "1.0.0"))[0], 201)
    equal(Helm(NEWEST).repository(service.url).versions(), {("demo", "1.0.0")})
    service.stop()


if __name__ == "__main__":
    main()
