"""nginx with the shipped configuration, on free ports of 127.0.0.1."""

import os
import pathlib
import re
import shutil
import socket
import ssl
import subprocess
import time

import httpx
import pytest

CONFIGURATION = pathlib.Path(__file__).parent.parent.parent / "nginx" / "ollama-gateway.conf"
START_SECONDS = 60
STOP_SECONDS = 60


def replace_once(text, old, new):
    assert text.count(old) == 1, f"{old} stands {text.count(old)} times in {CONFIGURATION}"
    return text.replace(old, new)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Nginx:
    """Started by `with`. What stands in the shipped file stays, but for ports, the certificate and, if asked for, TLS."""

    # Who is asked for a name and a password.
    auth = None

    def __init__(self, folder, gateway_port, tls, unix_path=None, base_path=""):
        self.folder = folder
        self.base_path = base_path
        self.plain_port, self.port = free_port(), free_port()
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        self.certificate = folder / "certificate.pem"
        site = re.sub(r"\n *listen \[::\].*", "", CONFIGURATION.read_text())
        site = replace_once(site, "listen 80;", f"listen 127.0.0.1:{self.plain_port};")
        site = replace_once(site, "listen 443 ssl http2;", f"listen 127.0.0.1:{self.port}{' ssl http2' if tls else ''};")
        if unix_path:
            site = replace_once(site, "  server 127.0.0.1:10200;\n", "")
            site = replace_once(site, "# server unix:/run/ollama-gateway.socket;", f"server unix:{unix_path};")
        else:
            site = replace_once(site, "server 127.0.0.1:10200;", f"server 127.0.0.1:{gateway_port};")
        site = replace_once(site, "/etc/ssl/certs/chat.example.com.pem", str(self.certificate))
        site = replace_once(site, "/etc/ssl/private/chat.example.com.key", str(folder / "key.pem"))
        if base_path:
            site = replace_once(site, "# location /ai/ {\n  location / {", f"location {base_path}/ {{")
            site = replace_once(
                site, "# location /ai/api/blobs/ {\n  location /api/blobs/ {", f"location {base_path}/api/blobs/ {{")
        self.write(site)
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
             "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", folder / "key.pem", "-out", self.certificate],
            check=True, stderr=subprocess.DEVNULL)

    def write(self, site):
        folder = self.folder
        (folder / "site.conf").write_text(site)
        kinds = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        paths = "".join(f"{kind}_temp_path {folder}/{kind};\n" for kind in kinds)
        # As root it would give its workers to a user who may not enter the folder of the UNIX socket.
        user = "user root;\n" if os.geteuid() == 0 else ""
        (folder / "nginx.conf").write_text(
            f"{user}daemon off;\npid {folder}/pid;\nerror_log stderr;\nevents {{}}\n"
            f"http {{\naccess_log off;\n{paths}include {folder}/site.conf;\n}}\n")

    def command(self, *more):
        program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin") or pytest.fail("nginx is not installed")
        return [program, "-e", "stderr", "-p", self.folder, "-c", self.folder / "nginx.conf", *more]

    @property
    def trust(self):
        """What a client needs to believe the certificate."""
        return ssl.create_default_context(cafile=self.certificate)

    def check(self):
        """What `nginx -t` says, and whether it is content."""
        done = subprocess.run(self.command("-t"), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        return done.returncode == 0, done.stdout

    def __enter__(self):
        with open(self.folder / "log", "wb") as log:
            self.process = subprocess.Popen(
                self.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
        try:
            self.wait_until_it_passes_on()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(timeout=STOP_SECONDS)

    def wait_until_it_passes_on(self):
        deadline = time.monotonic() + START_SECONDS
        while True:
            assert self.process.poll() is None, f"nginx ended at its start:\n{(self.folder / 'log').read_text()}"
            try:
                if httpx.get(
                        f"{self.url}{self.base_path}/health", trust_env=False, verify=self.trust, auth=self.auth,
                        ).status_code == 200:
                    return
            except httpx.TransportError:
                pass  # It does not listen yet.
            assert time.monotonic() < deadline, "nginx does not pass anything on"
            time.sleep(0.02)


class BareNginx(Nginx):
    """One that was told no more than where to pass requests on: it buffers whatever does not say that it should not."""

    def __init__(self, folder, gateway_url):
        self.folder, self.base_path, self.certificate = folder, "", None
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.write(f"server {{ listen 127.0.0.1:{port}; location / {{ proxy_pass {gateway_url}; }} }}\n")
