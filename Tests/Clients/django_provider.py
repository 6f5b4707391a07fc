"""A provider of OpenID Connect by Django OAuth Toolkit, which wants PKCE: a program, and who runs it."""

import json
import os
import socket
import subprocess
import sys
import time

import httpx

CLIENT, SECRET = "ollama-gateway", "Marked-client-secret"
NAME, PASSWORD = "ann", "Marked-issuer-password"
START_SECONDS = 60


class DjangoProvider:
    """One client and one user, who signs in by name and password and is asked whether she allows it."""

    def __init__(self, folder):
        self._folder = folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/o"

    def register(self, redirect_url):
        """Starts it, with a client that is sent back to this address alone: its name and its secret."""
        self._start(redirect_url)
        return CLIENT, SECRET

    def _start(self, redirect_url):
        key = self._folder / "provider.pem"
        subprocess.run(
            ["openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", key], check=True,
            stderr=subprocess.DEVNULL)
        settings = {"port": self.port, "redirect_url": redirect_url, "key": key.read_text(), "database": str(self._folder / "provider.db")}
        with open(self._folder / "provider.log", "ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, __file__], stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
                env={**os.environ, "PROVIDER": json.dumps(settings)})
        deadline = time.monotonic() + START_SECONDS
        while True:
            assert self._process.poll() is None, self.log()
            try:
                httpx.get(f"{self.url}/.well-known/openid-configuration", trust_env=False).raise_for_status()
                return
            except httpx.TransportError:
                pass  # It does not listen yet.
            assert time.monotonic() < deadline, self.log()
            time.sleep(0.05)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.terminate()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def log(self):
        return (self._folder / "provider.log").read_text(errors="replace")


LOGIN = """<!doctype html><title>Provider</title><link rel=icon href="data:,"><form method=post>{% csrf_token %}
<label>Name <input name=username></label> <label>Password <input name=password type=password></label>
<input type=hidden name=next value="{{ next }}"><button>Sign in at the provider</button>{{ form.non_field_errors }}</form>"""


def serve(port, redirect_url, key, database):
    import django
    from django.conf import settings

    settings.configure(
        SECRET_KEY=os.urandom(32).hex(), ALLOWED_HOSTS=["127.0.0.1"], ROOT_URLCONF="__main__", USE_TZ=True, STATIC_URL="/static/",
        LOGIN_URL="/login/", DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "django.contrib.staticfiles",
                        "oauth2_provider"],
        MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware", "django.middleware.csrf.CsrfViewMiddleware",
                    "django.contrib.auth.middleware.AuthenticationMiddleware"],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": database}},
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "OPTIONS": {
            "context_processors": ["django.template.context_processors.request", "django.contrib.auth.context_processors.auth"],
            "loaders": [("django.template.loaders.locmem.Loader", {"registration/login.html": LOGIN}),
                        "django.template.loaders.app_directories.Loader"]}}],
        OAUTH2_PROVIDER={
            "OIDC_ENABLED": True, "OIDC_RSA_PRIVATE_KEY": key, "OIDC_ISS_ENDPOINT": f"http://127.0.0.1:{port}/o", "PKCE_REQUIRED": True,
            "OIDC_RP_INITIATED_LOGOUT_ENABLED": True, "OAUTH2_VALIDATOR_CLASS": "__main__.Validator",
            "SCOPES": {"openid": "Who you are", "profile": "Your name", "email": "Your e-mail address"}})
    django.setup()

    from django.contrib.auth.models import User
    from django.contrib.auth.views import LoginView
    from django.core.management import call_command
    from django.core.servers.basehttp import run
    from django.core.wsgi import get_wsgi_application
    from django.urls import include, path
    from oauth2_provider.models import Application
    from oauth2_provider.oauth2_validators import OAuth2Validator

    class Validator(OAuth2Validator):
        oidc_claim_scope = None

        def get_additional_claims(self, request):
            user = request.user
            return {"preferred_username": user.username, "name": user.get_full_name(), "email": user.email, "email_verified": True}

    globals().update(Validator=Validator, urlpatterns=[
        path("login/", LoginView.as_view()), path("o/", include("oauth2_provider.urls", namespace="oauth2_provider"))])
    call_command("migrate", verbosity=0)
    User.objects.create_user(NAME, "ann@example.org", PASSWORD, first_name="Ann", last_name="Example")
    Application.objects.create(
        name="the gateway", client_id=CLIENT, client_secret=SECRET, client_type=Application.CLIENT_CONFIDENTIAL,
        authorization_grant_type=Application.GRANT_AUTHORIZATION_CODE, redirect_uris=redirect_url, algorithm=Application.RS256_ALGORITHM)
    run("127.0.0.1", port, get_wsgi_application(), threading=True)


if __name__ == "__main__":
    serve(**json.loads(os.environ["PROVIDER"]))
