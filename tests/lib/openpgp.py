"""Keys of OpenPGP, and what is signed with them."""
import functools
import os
import subprocess

from charts import provenance
from tap import cleanup, need, temporary

# Of Signer <signer@example.org>, whose secret key was thrown away.
PUBLIC = """-----BEGIN PGP PUBLIC KEY BLOCK-----

mDMEawEm3RYJKwYBBAHaRw8BAQdAjLMeVYff8/+/iJVMVXoP3aXgmUlK+fUz8VyD
mYNMiNS0G1NpZ25lciA8c2lnbmVyQGV4YW1wbGUub3JnPoiQBBMWCAA4FiEEhXcA
qJ0DCFK1hUA45hqkpHb8poUFAmsBJt0CGwMFCwkIBwIGFQoJCAsCBBYCAwECHgEC
F4AACgkQ5hqkpHb8poWnGgD+JydTZWygdAh3PbiREOL5vVVR8tyzaUz+DxfocU1E
EWEBAKbznEHnIxz2d0BFccKH0nrHMgeEb1Al4jsKECny4DkL
=nWUN
-----END PGP PUBLIC KEY BLOCK-----
"""


class Key:
    """One that is made for this run: name, secret and public keyrings as Helm wants them, and `ring`, the public
    key as text."""

    name = "Chartlocker Test"

    def __init__(self, algorithm="rsa2048"):
        need("gpg")
        home = temporary(keep=True)
        home.chmod(0o700)
        self._environment = {**os.environ, "GNUPGHOME": str(home)}
        cleanup(self._run, "gpgconf", "--kill", "all", keep=True)
        self._gpg("--passphrase", "", "--quick-generate-key", f"{self.name} <test@example.org>",
                  algorithm, "sign", "never")
        self.secret, self.public, self.ring = (home / name for name in ("secring.gpg", "pubring.gpg", "ring.asc"))
        self.secret.write_bytes(self._gpg("--passphrase", "", "--export-secret-keys"))
        self.public.write_bytes(self._gpg("--export"))
        self.ring.write_bytes(self._gpg("--export", "--armor"))

    def signed(self, archive, name):
        """The archive's provenance file, signed as helm does it."""
        text = temporary() / "text"
        text.write_bytes(provenance(archive, name).split(b"\n\n", 1)[1].split(b"-----BEGIN")[0])
        return self._gpg("--clearsign", "--digest-algo", "SHA512", "--output", "-", text)

    def _gpg(self, *arguments):
        return self._run("gpg", "--batch", "--quiet", "--no-tty", "--pinentry-mode", "loopback",
                         *arguments)

    def _run(self, *command):
        return subprocess.run(command, env=self._environment, check=True, timeout=120,
                              capture_output=True).stdout


@functools.cache
def key():
    return Key()
