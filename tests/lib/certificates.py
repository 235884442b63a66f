"""Certificates for tests, made by openssl: authorities, servers of 127.0.0.1, clients."""
import subprocess

from tap import need

CURVE = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "3")


def _openssl(folder, *arguments):
    subprocess.run([need("openssl"), *map(str, arguments)], cwd=folder, check=True, timeout=60,
                   capture_output=True)


def authority(folder, name, names=("127.0.0.1", "localhost")):
    """NAME.pem and NAME.key: a certificate that signs itself, also good for these names."""
    good_for = ",".join(f"{'IP' if one[0].isdigit() else 'DNS'}:{one}" for one in names)
    _openssl(folder, "req", "-x509", *CURVE, "-keyout", f"{name}.key", "-out", f"{name}.pem",
             "-subj", f"/CN={name}", "-addext", f"subjectAltName={good_for}")
    return folder / f"{name}.pem", folder / f"{name}.key"


def client(folder, name, by):
    """The same for a client, signed by an authority made before."""
    _openssl(folder, "req", *CURVE[:-2], "-keyout", f"{name}.key", "-out", f"{name}.csr",
             "-subj", f"/CN={name}")
    _openssl(folder, "x509", "-req", "-in", f"{name}.csr", "-CA", f"{by}.pem", "-CAkey",
             f"{by}.key", "-out", f"{name}.pem", "-days", "3")
    return folder / f"{name}.pem", folder / f"{name}.key"


def expired(folder, name):
    """A certificate that signs itself, whose days are over."""
    _openssl(folder, "req", *CURVE[:-2], "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj",
             f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1")
    _openssl(folder, "x509", "-req", "-in", f"{name}.csr", "-signkey", f"{name}.key", "-out",
             f"{name}.pem", "-days", "-1", "-copy_extensions", "copy")
    return folder / f"{name}.pem", folder / f"{name}.key"
