"""What the tests of the pages share: a person's view of a page, and what no page may do."""

import json

from axe_playwright_python.sync_playwright import Axe

# The model of the tests is slow on a small machine, and says what it likes.
# The small model now and then talks on until it is cut off after 1,000 tokens: minutes, on a busy machine.
PATIENCE_MS = 300_000
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 800}


class Person:
    """A browser profile of its own; `open` opens a tab. At its end it holds every tab to what no page may do: errors on the
    console, and requests to any other host. A test that breaks a connection says which errors it wants by `expected`."""

    def __init__(self, browser, url, *, expected=(), storage=None, **options):
        self.url = url
        self.expected = expected
        self.complaints = []
        self.context = browser.new_context(viewport=options.pop("viewport", DESKTOP), **options)
        self.context.set_default_timeout(PATIENCE_MS)
        if storage:
            lines = [f"localStorage.setItem({json.dumps(key)}, {json.dumps(value)});" for key, value in storage.items()]
            # At the first visit only: what a page has stored since then counts.
            self.context.add_init_script(f"if (localStorage.length == 0) {{ {''.join(lines)} }}")

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self.context.close()
        if kind is None:
            assert self.complaints == []

    def open(self, path="/"):
        tab = self.context.new_page()
        tab.on("console", lambda message: message.type in ("error", "warning") and self._complain(message.text))
        tab.on("pageerror", lambda error: self._complain(str(error)))
        tab.on("dialog", lambda dialog: self._complain(f"a dialog: {dialog.message}"))
        tab.on("request", lambda request: request.url.startswith((self.url, f"blob:{self.url}")) or self._complain(f"a request to {request.url}"))
        tab.goto(self.url + path)
        return tab

    def _complain(self, text):
        if not any(word in text for word in self.expected):
            self.complaints.append(text)


def ask(tab, text):
    tab.get_by_label("Message", exact=True).fill(text)
    tab.keyboard.press("Enter")


def answers(tab):
    return tab.locator(".answer .markdown")


def wait_for_end(tab, count=1):
    """Until so many answers are there, whole."""
    tab.wait_for_function(
        "count => document.querySelectorAll('.answer footer:not([hidden])').length == count", arg=count)


def session(tab):
    tab.wait_for_url("**/?session=*")
    return tab.url.rpartition("=")[2]


# axe's rules of colours, as far as it follows them by itself: the only ones that another colour scheme can break.
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}


def violations(tab, only=None):
    """What axe finds that shuts people out, by all of its rules or by those that its options name."""
    found = Axe().run(tab, options={"resultTypes": ["violations"], **(only or {})})
    return [
        f"{violation['id']}: {node['html']}" for violation in found.response["violations"] for node in violation["nodes"]]
