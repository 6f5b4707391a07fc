"""The chat page: images that go along, what a model thinks, and keys of input methods."""

import base64
import re
import threading

import pytest

from pages import Person, answers, ask, session, violations, wait_for_end

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")

# What a person drops or pastes, as an event of the page.
GIVE = """([kind, bytes, name, type]) => {
  const data = new DataTransfer();
  data.items.add(new File([Uint8Array.from(bytes)], name, {type}));
  const event = kind === "drop"
    ? new DragEvent("drop", {dataTransfer: data, bubbles: true, cancelable: true})
    : new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true});
  document.getElementById("message").dispatchEvent(event);
}"""


@pytest.fixture
def person(browser, scripted_gateway):
    with Person(browser, scripted_gateway.url) as person:
        yield person


def give(tab, kind, content=PNG, name="fox.png", kind_of_file="image/png"):
    tab.evaluate(GIVE, [kind, list(content), name, kind_of_file])


def test_images(person, scripted_ollama):
    tab = person.open()
    scripted_ollama.answers = [["A fox."], ["Still a fox."]]
    tab.locator("#picker").set_input_files({"name": "fox.png", "mimeType": "image/png", "buffer": PNG})
    give(tab, "paste")
    # The same image twice would be one to the gateway: this is one of other bytes.
    other = PNG + b"\0"
    give(tab, "drop", other, "other.png", "image/png")
    assert tab.locator("#attached img").count() == 3
    tab.get_by_role("button", name="Remove fox.png").last.click()
    assert tab.locator("#attached img").count() == 2
    give(tab, "drop", b"GIF89a", "fox.gif", "image/gif")
    tab.get_by_text("Images are PNG, JPEG or WebP.").wait_for()
    assert violations(tab) == []
    ask(tab, "What is it?")
    wait_for_end(tab)
    assert answers(tab).inner_text() == "A fox."
    assert tab.locator("#attached img").count() == 0
    assert tab.locator("#notice").inner_text() == ""
    assert scripted_ollama.requests[-1]["messages"][-1]["images"] == [base64.b64encode(image).decode() for image in (PNG, other)]
    # The gateway has made the chat's name.
    assert re.fullmatch("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", session(tab))
    tab.reload()
    tab.wait_for_function(
        "() => [...document.querySelectorAll('.user img')].filter((image) => image.naturalWidth > 0).length === 2")
    assert violations(tab) == []
    ask(tab, "And now?")
    wait_for_end(tab, 2)
    sent = scripted_ollama.requests[-1]["messages"]
    assert [len(message.get("images", [])) for message in sent] == [2, 0, 0]


def test_thinking(person, scripted_ollama):
    thinks, says = threading.Event(), threading.Event()
    scripted_ollama.answers = [[{"thinking": "Who "}, {"thinking": "is <b>it</b>?"}, thinks, says, "Hello"]]
    tab = person.open()
    try:
        ask(tab, "Hi")
        tab.get_by_text("Thinking…").wait_for()
        assert not tab.locator(".thinking div").is_visible(), "folded"
        tab.get_by_text("Thinking…").click()
        assert tab.locator(".thinking div").inner_text() == "Who is <b>it</b>?"
        assert violations(tab) == []
    finally:
        thinks.set()
        says.set()
    wait_for_end(tab)
    tab.get_by_text("Thought before it answered").wait_for()
    assert tab.locator(".thinking div").is_visible(), "what was opened stays open"
    assert answers(tab).inner_text() == "Hello"
    tab.reload()
    tab.get_by_text("Thought before it answered").wait_for()
    assert not tab.locator(".thinking div").is_visible()


def test_input_methods(person, scripted_ollama):
    """Safari tells of the key that ends a composition after its end."""
    tab = person.open()
    field = tab.get_by_label("Message", exact=True)
    field.fill("こんにちは")
    press = """([key, keyCode]) => document.getElementById("message").dispatchEvent(
      new KeyboardEvent("keydown", {key, keyCode, bubbles: true, cancelable: true}))"""
    assert tab.evaluate(press, ["Enter", 229]) is True, "it is the input method's"
    assert field.input_value() == "こんにちは"
    held = threading.Event()
    scripted_ollama.answers = [["Hel", held, "lo"]]
    try:
        assert tab.evaluate(press, ["Enter", 13]) is False
        tab.get_by_text("Hel").wait_for()
        tab.evaluate(press, ["Escape", 229])
    finally:
        held.set()
    wait_for_end(tab)
    assert answers(tab).inner_text() == "Hello", "nothing was stopped"
