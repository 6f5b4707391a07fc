"""A provider of OpenID Connect that is not ours: oidc-provider-mock, which is built on Authlib. docs/access.md has it as its example."""

import json
import socket
import subprocess
import sys
import time
import urllib.parse

import httpx

SUBJECT = "248289761001"
CLAIMS = {
    "sub": SUBJECT, "preferred_username": "ann", "name": "Ann Example", "email": "ann@example.org", "email_verified": True}
#: What its pages fetch from elsewhere, which they do without.
ELSEWHERE = "https://cdn.jsdelivr.net/"
START_SECONDS = 60


class Provider:
    """Everybody can be everybody there. With `strict` it knows its clients, their secrets and redirect URIs, and wants a nonce."""

    def __init__(self, folder, strict=False):
        self._log = folder / "provider.log"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._arguments = ["--port", str(self.port), "--user-claims", json.dumps(CLAIMS)]
        self._arguments += ["--require-registration", "true", "--require-nonce", "true"] if strict else []
        self.strict = strict

    def __enter__(self):
        with open(self._log, "ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", *self._arguments], stdin=subprocess.DEVNULL, stdout=log,
                stderr=subprocess.STDOUT)
        deadline = time.monotonic() + START_SECONDS
        while True:
            assert self._process.poll() is None, self.log()
            try:
                httpx.get(f"{self.url}/.well-known/openid-configuration", trust_env=False).raise_for_status()
                return self
            except httpx.TransportError:
                pass  # It does not listen yet.
            assert time.monotonic() < deadline, self.log()
            time.sleep(0.05)

    def __exit__(self, *_):
        self._process.terminate()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def log(self):
        return self._log.read_text(errors="replace")

    def register(self, redirect_url):
        """The name and the secret of a client."""
        if not self.strict:
            return "ollama-gateway", "Marked-client-secret"
        made = httpx.post(f"{self.url}/oauth2/clients", json={"redirect_uris": [redirect_url]}, trust_env=False)
        made.raise_for_status()
        return made.json()["client_id"], made.json()["client_secret"]

    def token(self, client, secret, redirect_url, subject=SUBJECT):
        """An id_token for the client, as a program gets it for somebody: it is a bearer token of whom it is about."""
        with httpx.Client(base_url=self.url, trust_env=False) as http:
            query = {
                "response_type": "code", "client_id": client, "redirect_uri": redirect_url, "scope": "openid profile email",
                "state": "of-the-program", "nonce": "of-the-program"}
            allowed = http.post("/oauth2/authorize", params=query, data={"sub": subject})
            assert allowed.status_code == 302, allowed.text
            back = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(allowed.headers["location"]).query))
            made = http.post(
                "/oauth2/token", auth=(client, secret),
                data={"grant_type": "authorization_code", "code": back["code"], "redirect_uri": redirect_url})
            assert made.status_code == 200, made.text
            return made.json()["id_token"]
