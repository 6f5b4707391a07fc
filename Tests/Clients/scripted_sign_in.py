"""A gateway's sign-in as a test wants it, before a gateway without users: what the routes of sign-in answer, and who is let in."""

import json
import re

ISSUER = {"name": "Example", "url": "api/v1/auth/issuer/login"}
PASSWORD = "Marked-pass-1"


class ScriptedSignIn:
    """`user` is who is signed in, `by` what; `ways` is what the page is told of signing in. `requests` are those of sign-in."""

    def __init__(self, context, **ways):
        self.user = None
        self.by = "cookie"
        self.ways = {"password": True, "issuer": None, "registration": False, "refused": None, **ways}
        self.requests = []
        # What making a key takes beside.
        self.demand = None
        # What refuses the next password: a status and its words.
        self.refusal = None
        context.route(re.compile(r"/api/"), self._let_in)
        context.route(re.compile(r"/api/v1/auth/"), self._answer)

    def sign_in(self, name, number=7):
        self.user = {
            "id": number, "username": name, "full_name": None, "email": f"{name}@example.org", "is_active": True,
            "is_superuser": False, "is_verified": True, "created_at": "2026-11-26T11:08:28Z", "updated_at": None, "last_login": None}

    def _session(self):
        signed_in = self.user is not None
        return {
            "signed_in": signed_in, "by": self.by if signed_in else None, "user": self.user,
            "name": self.user and self.user["username"],
            "scopes": ["inference", "chat", "models.read"] if signed_in else [], "password": signed_in and self.by == "cookie",
            "own_keys": signed_in, "own_keys_take": self.demand if signed_in else None, "sign_in": self.ways}

    def _let_in(self, route):
        if self.user or "authorization" in route.request.headers:
            return route.continue_()
        return _fulfill(route, 401, {"detail": "Not authenticated"})

    def _answer(self, route):
        method, path = route.request.method, route.request.url.partition("/api/v1/auth/")[2]
        self.requests.append(f"{method} {path}")
        if (method, path) == ("GET", "session"):
            return _fulfill(route, 200, self._session())
        if (method, path) == ("POST", "session"):
            body = route.request.post_data_json
            status, words = self.refusal or (401, "Incorrect username or password")
            if self.refusal or body["password"] != PASSWORD:
                return _fulfill(route, status, {"detail": words})
            self.sign_in(body["username"])
            return _fulfill(route, 200, self._session())
        if not self.user:
            return _fulfill(route, 401, {"detail": "Not authenticated"})
        if (method, path) == ("DELETE", "session"):
            self.user = None
            return _fulfill(route, 200, {"message": "Successfully logged out"})
        if (method, path) == ("GET", "keys"):
            return _fulfill(route, 200, {"keys": []})
        if (method, path) == ("POST", "keys"):
            return self._make_key(route, route.request.post_data_json)
        raise AssertionError(f"{method} {path} is in no script")

    def _make_key(self, route, body):
        if self.demand == "sign_in" or self.demand and "current_password" not in body:
            return _fulfill(route, 403, {"detail": "You signed in more than five minutes ago"})
        if self.demand and body["current_password"] != PASSWORD:
            return _fulfill(route, 401, {"detail": "Incorrect username or password"})
        return _fulfill(route, 201, {"id": "4fXc0aQ2mZ9T", "name": body["name"], "key": "sk-og-made"})


def _fulfill(route, status, value):
    route.fulfill(status=status, content_type="application/json", body=json.dumps(value))
