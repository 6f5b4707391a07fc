"""The API reference, in Chromium."""

import json
import re
import subprocess

import httpx
import pytest
from playwright.sync_api import expect

from pages import COLOURS, DESKTOP, PATIENCE_MS, PHONE, Person, violations


def wait_for_status(part, pattern):
    part.locator(".status", has_text=re.compile(pattern)).wait_for(timeout=PATIENCE_MS)


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_it_has_all_that_the_documents_have(browser, url, viewport):
    document = httpx.get(f"{url}/openapi.json", trust_env=False).json()
    names = [operation["operationId"] for path in document["paths"].values() for operation in path.values()]
    messages = httpx.get(f"{url}/asyncapi.json", trust_env=False).json()["components"]["messages"]
    with Person(browser, url, color_scheme="light", viewport=viewport, bypass_csp=True) as person:
        tab = person.open("/docs")
        tab.locator(".operation").first.wait_for()
        # What they have inside comes only once they are unfolded.
        tab.locator(".operation").evaluate_all("all => { for (const operation of all) operation.open = true; }")
        expect(tab.locator(".operation > :nth-child(2)")).to_have_count(len(names) + len(messages), timeout=PATIENCE_MS)
        shown = set(tab.locator(".operation").evaluate_all("all => all.map(({ id }) => id)"))
        assert shown == {*names, *messages}
        assert tab.locator(".schema .name", has_text="max_tokens").count() > 3
        for nonsense in ("undefined", "[object Object]", "NaN"):
            assert nonsense not in tab.locator("main").inner_text()
        assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth"), "it is wider than the window"
        assert violations(tab) == []
        # All is unfolded: thirty thousand elements, at which axe looks for long.
        tab.emulate_media(color_scheme="dark")
        assert violations(tab, COLOURS) == []


def test_an_answer_that_streams(browser, url):
    with Person(browser, url) as person:
        tab = person.open("/docs#chat")
        operation = tab.locator("#chat")
        operation.get_by_label("Example").select_option(label="As a stream")
        operation.get_by_role("button", name="Send").click()
        wait_for_status(operation, r"^200.* s$")
        text = operation.locator(".answer-text").inner_text()
        raw = operation.locator(".output pre").inner_text()
        end = json.loads(raw.split("event: stream_end")[1].split("data: ")[1])
        assert text and text.split() == end["full_response"].split()


def test_an_answer_that_is_stopped(browser, url):
    with Person(browser, url) as person:
        tab = person.open("/docs#generate")
        operation = tab.locator("#generate")
        operation.get_by_label("Body").fill(json.dumps({
            "model": "tinyllama", "prompt": "Count to one thousand.", "options": {"num_predict": 4000}}))
        operation.get_by_role("button", name="Send").click()
        operation.locator(".answer-text").wait_for()
        operation.get_by_role("button", name="Stop").click()
        wait_for_status(operation, "stopped")
        assert operation.get_by_role("button", name="Stop").is_hidden()


def test_the_line_for_the_shell(browser, url):
    """It is run by a real shell, and does what the form does."""
    with Person(browser, url) as person:
        tab = person.open("/docs#chatSend")
        operation = tab.locator("#chatSend")
        operation.get_by_label("Body").fill(json.dumps({
            "message": "It's \"quoted\", $HOME, `x` & ünïcode.", "max_tokens": 1, "session_id": "quoted"}, indent=2))
        line = operation.locator(".line code").inner_text()
    run = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=True)
    assert json.loads(run.stdout)["status"] == "success"
    history = httpx.get(f"{url}/api/v1/chat/sessions/quoted", trust_env=False).json()
    assert history["messages"][0]["content"] == "It's \"quoted\", $HOME, `x` & ünïcode."


def test_parameters_and_failures(browser, url):
    with Person(browser, url, expected=["Failed to load resource"]) as person:
        tab = person.open("/docs#listSessions")
        operation = tab.locator("#listSessions")
        operation.get_by_label("limit").fill("501")
        assert operation.locator(".line code").inner_text().endswith("'" + f"{url}/api/v1/chat/sessions?limit=501" + "'")
        operation.get_by_role("button", name="Send").click()
        wait_for_status(operation, "^422")
        assert "1 to 500" in operation.locator(".output pre").inner_text()


def test_a_websocket(browser, url):
    with Person(browser, url) as person:
        tab = person.open("/docs#messages-try")
        part = tab.locator("#messages")
        part.get_by_role("button", name="Connect", exact=True).click()
        part.locator(".frames .from", has_text="connected").wait_for()
        part.get_by_label("Example").select_option(label="chat")
        part.get_by_role("button", name="Send").click()
        part.locator(".frames .from", has_text="stream_end").wait_for()
        part.get_by_role("button", name="Disconnect").click()
        wait_for_status(part, "^Closed with 1000")


def test_finding_a_path(browser, url):
    with Person(browser, url) as person:
        tab = person.open("/docs")
        tab.get_by_label("Find a path").fill("delete session")
        assert tab.locator(".operation:visible").count() == 3
        tab.get_by_label("Find a path").fill("nothing of the kind")
        tab.get_by_text("Nothing has these words.").wait_for()
        tab.get_by_label("Find a path").fill("")
        # By the keyboard alone: the contents lead to an operation, which opens.
        tab.get_by_role("navigation", name="Contents").get_by_role("link", name="GET /health", exact=True).focus()
        tab.keyboard.press("Enter")
        tab.locator("#health[open] .part").first.wait_for()


def test_under_a_base_path_behind_nginx(browser, proxied):
    _, base = proxied
    with Person(browser, base) as person:
        tab = person.open("/ai/docs#health")
        operation = tab.locator("#health")
        assert operation.locator(".line code").inner_text() == f"curl {base}/ai/health"
        operation.get_by_role("button", name="Send").click()
        wait_for_status(operation, "^200")


def test_without_documents(browser, url):
    with Person(browser, url, expected=["Failed to load resource"]) as person:
        person.context.route("**/asyncapi.json", lambda route: route.abort())
        tab = person.open("/docs")
        tab.get_by_role("alert").get_by_text("The documents cannot be read.").wait_for()
