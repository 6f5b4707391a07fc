"""What a person does with the chat page, in Chromium, against the real Ollama."""

import re

import httpx
import pytest

from cutting_proxy import CuttingProxy
from pages import DESKTOP, PHONE, Person, answers, ask, session, violations, wait_for_end

SOBER = {"temperature": "0", "model": "tinyllama:latest"}
LONG = "Write a long story about a fox, with many sentences."
SHORT = "Say hello."


@pytest.fixture
def person(browser, url):
    with Person(browser, url, storage=SOBER) as person:
        yield person


def history(url, tab):
    answer = httpx.get(f"{url}/api/v1/chat/sessions/{session(tab)}?limit=500", trust_env=False)
    return [message["content"] for message in answer.raise_for_status().json()["messages"]]


def wait_for_text(tab, characters=40):
    tab.wait_for_function(
        "count => document.querySelector('.answer .markdown')?.textContent.length > count", arg=characters)


def raw_answer(tab):
    """The answer as the model gave it, by the button that copies it."""
    tab.context.grant_permissions(["clipboard-read", "clipboard-write"])
    tab.locator(".answer footer").last.get_by_role("button", name="Copy").click()
    tab.locator(".answer footer").last.get_by_role("button", name="Copied").wait_for()
    return tab.evaluate("navigator.clipboard.readText()")


def test_first_visit(browser, url):
    with Person(browser, url) as person:
        tab = person.open()
        tab.get_by_text("What is on your mind?").wait_for()
        tab.locator("#model option", has_text="tinyllama:latest · 98 MB").wait_for(state="attached")
        assert tab.evaluate("document.activeElement.id") == "message"
        assert tab.locator("#send").is_visible() and not tab.locator("#stop").is_visible()
        assert "session" not in tab.url, "who only looks has begun no chat"


def test_a_chat(person, url):
    tab = person.open()
    # An answer grows, and its end is told to screen readers once.
    tab.evaluate("""() => {
      window.lengths = new Set();
      window.announcements = [];
      new MutationObserver(() => lengths.add(document.querySelector('.answer .markdown')?.textContent.length))
        .observe(document.getElementById('messages'), {subtree: true, childList: true, characterData: true});
      const place = document.getElementById('announcement');
      new MutationObserver(() => announcements.push(place.textContent)).observe(place, {childList: true});
    }""")
    ask(tab, SHORT)
    wait_for_end(tab)
    assert tab.evaluate("document.activeElement.id") == "message"
    question, answer = history(url, tab)
    assert question == SHORT
    assert raw_answer(tab) == answer
    assert tab.locator(".user .text").inner_text() == SHORT
    assert tab.evaluate("lengths.size") > 2, "it came all at once"
    figures = tab.locator(".figures").inner_text()
    for piece in ("token", "tokens/s", "first after", "prompt"):
        assert piece in figures
    assert len(tab.evaluate("announcements")) == 1
    # The list of chats has it, by its question.
    tab.locator("#sessions li.current", has_text=SHORT).wait_for()
    assert SHORT in tab.title()


def test_stop_by_keyboard(person, url):
    tab = person.open()
    ask(tab, LONG)
    wait_for_text(tab)
    assert tab.get_by_role("button", name="Stop").is_visible()
    tab.keyboard.press("Escape")
    wait_for_end(tab)
    assert "Stopped" in tab.locator(".figures").inner_text()
    assert not tab.get_by_role("button", name="Stop").is_visible()
    assert raw_answer(tab) == history(url, tab)[1]


def test_reload_in_mid_answer(person, url):
    tab = person.open()
    ask(tab, LONG)
    wait_for_text(tab)
    tab.get_by_label("Message", exact=True).fill("not sent yet")
    tab.reload()
    wait_for_text(tab)
    assert tab.get_by_role("button", name="Stop").is_visible(), "the answer was over too soon for this test"
    assert tab.locator(".user .text").inner_text() == LONG
    assert tab.get_by_label("Message", exact=True).input_value() == "not sent yet"
    wait_for_text(tab, 200)
    tab.keyboard.press("Escape")
    wait_for_end(tab)
    assert raw_answer(tab) == history(url, tab)[1]


def test_connection_cut_in_mid_answer(browser, gateway):
    with CuttingProxy(gateway.port) as proxy, Person(
            browser, proxy.url, storage=SOBER, expected=["WebSocket connection", "Failed to load resource"]) as person:
        tab = person.open()
        ask(tab, LONG)
        for characters in (40, 120, 200):
            wait_for_text(tab, characters)
            proxy.cut()
            tab.get_by_text("The answer goes on meanwhile").wait_for()
            proxy.mend()
            tab.get_by_role("button", name="Try now").click()
        wait_for_text(tab, 300)
        tab.keyboard.press("Escape")
        wait_for_end(tab)
        assert tab.locator("#notice").inner_text() == ""
        assert raw_answer(tab) == history(gateway.url, tab)[1]


def test_two_tabs(person, url):
    first = person.open()
    ask(first, LONG)
    wait_for_text(first)
    second = person.open(f"/?session={session(first)}")
    wait_for_text(second)
    assert second.locator(".user .text").inner_text() == LONG
    second.keyboard.press("Escape")
    for tab in (first, second):
        wait_for_end(tab)
    assert answers(first).inner_text() == answers(second).inner_text()
    # What the second one asks, the first one sees as well, and may stop: the model has no end of its own after such a story.
    ask(second, SHORT)
    first.locator(".user .text", has_text=SHORT).wait_for()
    answers(first).nth(1).filter(has_text=re.compile(r"\w")).wait_for()
    first.keyboard.press("Escape")
    for tab in (first, second):
        wait_for_end(tab, 2)
    assert answers(first).all_inner_texts() == answers(second).all_inner_texts()
    assert raw_answer(first) == history(url, first)[3]


def test_an_earlier_chat(person, url):
    for text in ("Say one.", "Say two."):
        httpx.post(f"{url}/api/v1/chat/", trust_env=False, timeout=120, json={
            "message": text, "session_id": "yesterday", "max_tokens": 8}).raise_for_status()
    tab = person.open()
    tab.locator("#sessions a", has_text="Say one.").click()
    wait_for_end(tab, 2)
    assert tab.locator(".user .text").all_inner_texts() == ["Say one.", "Say two."]
    assert session(tab) == "yesterday"
    tab.go_back()
    tab.get_by_text("What is on your mind?").wait_for()
    tab.locator("#sessions li", has_text="Say one.").hover()
    tab.get_by_role("button", name="Delete “Say one.”").click()
    tab.get_by_role("dialog").get_by_role("button", name="Delete").click()
    tab.locator("#sessions a", has_text="Say one.").wait_for(state="detached")
    assert httpx.get(f"{url}/api/v1/chat/sessions/yesterday", trust_env=False).status_code == 404


def test_answer_anew(person, url):
    tab = person.open()
    ask(tab, SHORT)
    wait_for_end(tab)
    tab.get_by_role("button", name="Answer anew").click()
    tab.locator(".answer footer:not([hidden])").wait_for(state="detached")
    wait_for_end(tab)
    assert history(url, tab)[0] == SHORT and len(history(url, tab)) == 2
    assert tab.locator(".user .text").all_inner_texts() == [SHORT]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_it_shuts_nobody_out(browser, url, scheme, viewport):
    with Person(browser, url, storage=SOBER, color_scheme=scheme, viewport=viewport) as person:
        tab = person.open()
        tab.locator("#model option", has_text="tinyllama").wait_for(state="attached")
        assert violations(tab) == []
        ask(tab, SHORT)
        wait_for_end(tab)
        assert violations(tab) == []
        tab.get_by_role("button", name="Settings").click()
        assert violations(tab) == []
        tab.keyboard.press("Escape")
        assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth"), "it is wider than the window"


def test_by_keyboard_alone(person):
    tab = person.open()
    tab.locator("#model option", has_text="tinyllama").wait_for(state="attached")
    # As if nothing had had the focus yet.
    tab.evaluate("document.body.tabIndex = -1, document.body.focus()")
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.textContent") == "Skip to the message field"
    tab.keyboard.press("Enter")
    tab.wait_for_function("() => document.activeElement.id == 'message'")
    tab.keyboard.type("one")
    tab.keyboard.press("Shift+Enter")
    tab.keyboard.type("two")
    assert tab.get_by_label("Message", exact=True).input_value() == "one\ntwo"
    order = []
    for _ in range(4):
        tab.keyboard.press("Tab")
        order.append(tab.evaluate("document.activeElement.id"))
    assert order == ["attach", "model", "open-settings", "send"]


def test_behind_nginx_under_a_path(browser, proxied):
    _, nginx_url = proxied
    with Person(browser, nginx_url, storage=SOBER) as person:
        tab = person.open("/ai")
        assert tab.url == f"{nginx_url}/ai/"
        ask(tab, SHORT)
        wait_for_end(tab)
        assert tab.url.startswith(f"{nginx_url}/ai/?session=")
        tab.reload()
        wait_for_end(tab)
        tab.get_by_role("link", name="Status").click()
        tab.get_by_text("All is well").wait_for()
        assert tab.url == f"{nginx_url}/ai/status"
