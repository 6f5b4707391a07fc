"""An OpenID provider of one user, who is asked for nothing but a button. It holds the gateway to what it has to send."""

import base64
import hashlib
import http.server
import json
import secrets
import subprocess
import threading
import time
import urllib.parse

SUBJECT = "248289761001"
CLIENT = "ollama-gateway"
SECRET = "Marked-client-secret"


def encoded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Issuer:
    """What went wrong with a request of the gateway's is in `faults`."""

    def __init__(self, folder, **claims):
        self.claims = {"email": "dora@example.org", "email_verified": True, "preferred_username": "dora", "name": "Dora Example", **claims}
        self.faults = []
        self.ended = 0
        self.codes = {}
        self._key = folder / "issuer.pem"
        subprocess.run(
            ["openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", self._key], check=True,
            stderr=subprocess.DEVNULL)
        modulus = subprocess.run(
            ["openssl", "rsa", "-in", self._key, "-noout", "-modulus"], check=True, capture_output=True, text=True).stdout
        number = bytes.fromhex(modulus.strip().partition("=")[2])
        self.key_set = {"keys": [{"kty": "RSA", "kid": "one", "alg": "RS256", "use": "sig", "n": encoded(number), "e": "AQAB"}]}

    def start(self):
        issuer = self

        class Handler(_Handler):
            owner = issuer

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    def stop(self):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def signed(self, claims):
        parts = [{"alg": "RS256", "typ": "JWT", "kid": "one"}, claims]
        text = ".".join(encoded(json.dumps(part).encode()) for part in parts)
        signature = subprocess.run(
            ["openssl", "dgst", "-sha256", "-sign", self._key], input=text.encode(), check=True, capture_output=True).stdout
        return f"{text}.{encoded(signature)}"

    def require(self, holds, what):
        if not holds:
            self.faults.append(what)
        return holds


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.0"

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        issuer = self.owner
        if url.path == "/.well-known/openid-configuration":
            return self._json({
                "issuer": issuer.url, "authorization_endpoint": f"{issuer.url}/authorize", "token_endpoint": f"{issuer.url}/token",
                "jwks_uri": f"{issuer.url}/keys", "end_session_endpoint": f"{issuer.url}/end",
                "response_types_supported": ["code"], "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"], "code_challenge_methods_supported": ["S256"],
                "authorization_response_iss_parameter_supported": True})
        if url.path == "/keys":
            return self._json(issuer.key_set)
        if url.path == "/authorize":
            for name in ["state", "nonce", "code_challenge", "redirect_uri"]:
                issuer.require(query.get(name), f"no {name}")
            issuer.require(query.get("client_id") == CLIENT, "another client")
            issuer.require(query.get("response_type") == "code", "another response type")
            issuer.require(query.get("code_challenge_method") == "S256", "another challenge")
            issuer.require("openid" in query.get("scope", "").split(), "no openid")
            code = secrets.token_urlsafe()
            issuer.codes[code] = query
            back = urllib.parse.urlencode({"code": code, "state": query.get("state", ""), "iss": issuer.url})
            return self._page(f'<a href="{query.get("redirect_uri")}?{back.replace("&", "&amp;")}">I am Dora</a>')
        if url.path == "/end":
            issuer.ended += 1
            return self._page("<p>Signed out at the issuer</p>")
        return self._json({"error": "not_found"}, 404)

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        form = dict(urllib.parse.parse_qsl(body))
        issuer = self.owner
        asked = issuer.codes.pop(form.get("code"), None)
        if not issuer.require(asked, "another code"):
            return self._json({"error": "invalid_grant"}, 400)
        challenge = encoded(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        holds = [
            issuer.require(challenge == asked["code_challenge"], "another verifier"),
            issuer.require(form.get("redirect_uri") == asked["redirect_uri"], "another redirect URI"),
            issuer.require(form.get("grant_type") == "authorization_code", "another grant"),
            issuer.require(self._client(form) == (CLIENT, SECRET), "another secret"),
        ]
        if not all(holds):
            return self._json({"error": "invalid_request"}, 400)
        now = int(time.time())
        claims = {
            "iss": issuer.url, "sub": SUBJECT, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": asked["nonce"], **issuer.claims}
        return self._json({
            "access_token": secrets.token_urlsafe(), "token_type": "Bearer", "expires_in": 300, "id_token": issuer.signed(claims)})

    def _client(self, form):
        kind, _, value = self.headers.get("Authorization", "").partition(" ")
        if kind != "Basic":
            return form.get("client_id"), form.get("client_secret")
        name, _, secret = base64.b64decode(value).decode().partition(":")
        return urllib.parse.unquote_plus(name), urllib.parse.unquote_plus(secret)

    def _json(self, value, status=200):
        self._send(status, "application/json", json.dumps(value))

    def _page(self, content):
        self._send(200, "text/html", f"<!doctype html><title>Issuer</title><link rel=icon href='data:,'>{content}")

    def _send(self, status, kind, text):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass
