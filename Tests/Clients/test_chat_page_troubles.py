"""The chat page when things go wrong, or are meant to: in front of an Ollama that does what the test wants."""

import threading

import httpx
import pytest

from cutting_proxy import CuttingProxy
from pages import Person, answers, ask, session, violations, wait_for_end
from scripted_ollama import MODEL


@pytest.fixture
def person(browser, scripted_gateway):
    with Person(browser, scripted_gateway.url) as person:
        yield person


def test_ollama_stopped(browser, scripted_ollama, scripted_gateway):
    with Person(browser, scripted_gateway.url, expected=["Failed to load resource"]) as person:
        scripted_ollama.stop()
        try:
            tab = person.open()
            tab.get_by_text("Ollama cannot be reached. Start it on its machine").wait_for()
            ask(tab, "Hello")
            trouble = tab.get_by_role("alert")
            trouble.get_by_text("Ollama cannot be reached.").wait_for()
            assert trouble.locator("code").inner_text() == "ollama serve"
            assert violations(tab) == []
            # Later it is said in short.
            tab.reload()
            tab.get_by_text("This got no answer.").wait_for()
            assert trouble.count() == 0
        finally:
            scripted_ollama.start()
        # The page notices by itself, and the question need not be written again.
        tab.locator("#notice:empty").wait_for(state="attached")
        scripted_ollama.answers = [["Hello ", "again"]]
        tab.get_by_role("button", name="Ask again").click()
        wait_for_end(tab)
        assert answers(tab).inner_text() == "Hello again"
        assert tab.locator(".user .text").all_inner_texts() == ["Hello"]
        assert tab.get_by_text("This got no answer.").count() == 0


def test_a_model_that_is_missing(browser, scripted_ollama, scripted_gateway):
    with Person(browser, scripted_gateway.url, storage={"model": "missing:7b"}) as person:
        tab = person.open()
        tab.locator("#model option", has_text="missing:7b · not there").wait_for(state="attached")
        ask(tab, "Hello")
        trouble = tab.get_by_role("alert")
        trouble.get_by_text("The model “missing:7b” is not on this Ollama.").wait_for()
        assert trouble.locator("code").inner_text() == "ollama pull missing:7b"
        tab.locator("#model").select_option(MODEL)
        scripted_ollama.answers = [["Hello"]]
        trouble.get_by_role("button", name="Ask again").click()
        wait_for_end(tab)


def test_a_cold_load_and_a_queue(person, scripted_ollama):
    held = threading.Event()
    scripted_ollama.answers = [[held, "first"], ["second"]]
    tab = person.open()
    try:
        ask(tab, "one")
        tab.get_by_text(f"Ollama loads {MODEL} into memory").wait_for()
        ask(tab, "two")
        tab.get_by_text("In the queue").wait_for()
        assert violations(tab) == []
    finally:
        held.set()
    wait_for_end(tab, 2)
    assert answers(tab).all_inner_texts() == ["first", "second"]
    assert tab.locator(".user .text").all_inner_texts() == ["one", "two"]
    tab.get_by_text("In the queue").wait_for(state="detached")


def test_a_busy_ollama(person, scripted_ollama):
    held = threading.Event()
    scripted_ollama.loaded = [MODEL]
    scripted_ollama.answers = [[held, "late"]]
    tab = person.open()
    try:
        ask(tab, "one")
        tab.get_by_text(f"Ollama has {MODEL} ready and is busy").wait_for()
    finally:
        held.set()
    wait_for_end(tab)


def test_settings_go_along(person, scripted_ollama):
    scripted_ollama.answers = [["a"]]
    tab = person.open()
    tab.get_by_role("button", name="Settings").click()
    tab.get_by_label("System prompt").fill("You are a fox.")
    tab.get_by_label("Temperature").fill("1.5")
    tab.get_by_role("button", name="Done").click()
    tab.reload()
    ask(tab, "Hello")
    wait_for_end(tab)
    request = scripted_ollama.requests[-1]
    assert request["messages"] == [
        {"role": "system", "content": "You are a fox."}, {"role": "user", "content": "Hello"}]
    assert request["options"]["temperature"] == 1.5


HOSTILE = """<script>window.hacked = 1</script>

<img src=x onerror="window.hacked = 2"> <svg onload="window.hacked = 3"></svg>

[click](javascript:window.hacked=4) [data](data:text/html,<script>alert(1)</script>) <a href="javascript:alert(5)">b</a>

![pixel](https://evil.example/pixel.png) [fine](https://good.example/?a=<b>)

```html" onmouseover="window.hacked = 6
</code></pre><script>window.hacked = 7</script>
```

| <b>a</b> | b |
|---|---|
| <iframe src="https://evil.example"></iframe> | `<script>` |
"""


def test_what_is_said_is_never_html(person, scripted_ollama):
    scripted_ollama.answers = [[HOSTILE[start:start + 3] for start in range(0, len(HOSTILE), 3)]]
    tab = person.open()
    ask(tab, HOSTILE)
    wait_for_end(tab)
    for _ in range(2):
        assert tab.evaluate("window.hacked") is None
        assert tab.locator("main :is(script, img, svg, iframe, b)").count() == 0
        assert tab.locator("main a").evaluate_all("links => links.map(link => [link.protocol, link.rel, link.target])") == [
            ["https:", "noopener noreferrer nofollow", "_blank"]] * tab.locator("main a").count()
        hosts = tab.locator("main a").evaluate_all("links => links.map(link => link.host)")
        assert set(hosts) <= {"evil.example", "good.example"}
        assert "<script>window.hacked = 1</script>" in answers(tab).inner_text()
        assert tab.locator(".user .text").inner_text().strip() == HOSTILE.strip()
        # And the same from the history, under a title made of it.
        tab.reload()
        wait_for_end(tab)


def test_a_long_answer_does_not_slow_the_page_down(person, scripted_ollama):
    paragraph = "This is a sentence of an answer that goes on for rather a long time, **strong** in parts. " * 4
    blocks = []
    for number in range(35):
        blocks += [f"## Part {number}", paragraph.strip(), f"- one of {number}\n- two", f"```py\nprint({number})\nprint()\n```"]
    text = "\n\n".join(blocks) + "\n\n"
    text += "```text\n" + "a line of a long listing\n" * 300 + "```"
    assert len(text) > 20_000
    scripted_ollama.answers = [[text[start:start + 4] for start in range(0, len(text), 4)]]
    tab = person.open()
    # Elements that are made for each block of the answer, however often it is drawn.
    tab.evaluate("""() => {
      window.made = {};
      const tally = nodes => { for (const node of nodes) if (node.nodeType == 1) made[node.tagName] = (made[node.tagName] ?? 0) + 1; };
      new MutationObserver(records => {
        for (const record of records) {
          if (record.target.closest?.('.markdown')) tally(record.addedNodes);
        }
      }).observe(document.getElementById('messages'), {subtree: true, childList: true});
    }""")
    ask(tab, "Go on and on")
    wait_for_end(tab)
    made = tab.evaluate("made")
    # Code grows where it stands. A heading or a list is made anew while its own line grows, and not when others do.
    assert made["FIGURE"] <= 36 * 3, made
    assert made["H4"] <= 35 * 5, made
    assert made["UL"] <= 35 * 3, made
    assert tab.locator(".answer .markdown > *").count() == 35 * 4 + 1
    assert tab.locator(".answer pre").last.inner_text().count("listing") == 300


def test_a_chat_that_is_gone(browser, scripted_ollama, scripted_gateway):
    with CuttingProxy(scripted_gateway.port) as proxy, Person(
            browser, proxy.url, expected=["WebSocket connection", "Failed to load resource"]) as person:
        scripted_ollama.answers = [["Hello"], ["Anew"]]
        tab = person.open()
        ask(tab, "Hi")
        wait_for_end(tab)
        httpx.delete(
            f"{scripted_gateway.url}/api/v1/chat/sessions/{session(tab)}", trust_env=False).raise_for_status()
        proxy.cut()
        tab.get_by_text("The connection broke").wait_for()
        proxy.mend()
        tab.get_by_text("The gateway keeps this chat no more").wait_for()
        assert answers(tab).inner_text() == "Hello"
        ask(tab, "Hi again")
        answers(tab).get_by_text("Anew").wait_for()
        tab.locator(".user .text", has_text="Hi").nth(1).wait_for(state="detached")
        assert tab.locator(".user .text").all_inner_texts() == ["Hi again"]


def test_a_message_goes_out_once(browser, scripted_gateway, scripted_ollama):
    """What was written before there was a connection goes out with it."""
    with Person(browser, scripted_gateway.url) as person:
        scripted_ollama.answers = [["Hello"]]
        tab = person.open()
        tab.evaluate("""() => {
          // The message is there before the connection.
          const Native = WebSocket;
          window.WebSocket = class extends Native {
            send(text) { window.sent = (window.sent ?? 0) + (JSON.parse(text).type == 'chat'); super.send(text); }
          };
        }""")
        ask(tab, "once")
        wait_for_end(tab)
        assert tab.evaluate("sent") == 1
        assert session(tab)
