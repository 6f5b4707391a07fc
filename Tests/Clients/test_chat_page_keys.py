"""The pages of a gateway that asks for a key, in Chromium."""

import pytest

from keyed import OPEN, KeyedGateway, guess, public_part
from nginx import Nginx
from pages import DESKTOP, PHONE, Person, answers, ask, session, violations, wait_for_end

#: What the browser itself says of refused requests.
REFUSALS = ["Failed to load resource", "WebSocket connection"]
ASKS = "This gateway asks for a key"


@pytest.fixture
def gateway(upstream, tmp_path):
    gateway = KeyedGateway(upstream.url, tmp_path / "log", "--drain-timeout", "0s")
    try:
        gateway.wait_until_ready()
        yield gateway
    finally:
        gateway.stop()


@pytest.fixture
def person(browser, keyed):
    with Person(browser, keyed.url, expected=REFUSALS) as person:
        yield person


def field(tab):
    return tab.get_by_role("textbox", name="API key", exact=True)


def enter(tab, key):
    field(tab).fill(key)
    tab.keyboard.press("Enter")


def leave_chats(tab):
    tab.get_by_role("button", name="Leave them").click()


def kept(tab):
    """Where the page keeps what begins as a key."""
    return tab.evaluate("""() => [sessionStorage, localStorage].map((storage) =>
      Object.keys(storage).filter((name) => storage.getItem(name).includes('sk-og-')))""")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_it_shuts_nobody_out(browser, keyed, scheme, viewport):
    with Person(browser, keyed.url, expected=REFUSALS, color_scheme=scheme, viewport=viewport) as person:
        tab = person.open()
        tab.get_by_role("dialog", name=ASKS).wait_for()
        assert tab.evaluate("document.activeElement.id") == "key"
        assert violations(tab) == []
        enter(tab, guess())
        tab.get_by_text("API key invalid.").wait_for()
        assert field(tab).get_attribute("aria-invalid") == "true"
        assert violations(tab) == []
        enter(tab, keyed.key)
        tab.get_by_role("dialog", name="Take over the chats of this browser?").wait_for()
        assert violations(tab) == []
        leave_chats(tab)
        tab.get_by_role("button", name="Key", exact=True).click()
        tab.get_by_text(f"In use: sk-og-{public_part(keyed.key)}-…").wait_for()
        assert violations(tab) == []
        assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth"), "it is wider than the window"


def test_a_chat_with_a_key(person, keyed):
    tab = person.open()
    enter(tab, keyed.key)
    leave_chats(tab)
    tab.locator("#model option", has_text=OPEN).wait_for(state="attached")
    assert tab.locator("#model option").count() == 1, "it lists what the key may use"
    ask(tab, "Hi")
    wait_for_end(tab)
    assert answers(tab).all_inner_texts() == ["Hello you"]
    assert kept(tab) == [["key"], []]
    assert keyed.key not in tab.content() and keyed.key not in tab.url
    # The tab keeps it; another one does not have it.
    tab.reload()
    wait_for_end(tab)
    assert not tab.get_by_role("dialog").is_visible()
    other = person.open(f"/?session={session(tab)}")
    other.get_by_role("dialog", name=ASKS).wait_for()


def test_who_does_not_want_to_enter_one_is_not_asked_again(person, keyed):
    tab = person.open()
    tab.get_by_role("dialog", name=ASKS).wait_for()
    tab.keyboard.press("Escape")
    tab.locator("#notice", has_text="This gateway asks for a key.").wait_for()
    tab.get_by_label("Message", exact=True).fill("not sent yet")
    tab.get_by_role("button", name="Enter a key").click()
    enter(tab, keyed.key)
    leave_chats(tab)
    tab.wait_for_function("() => document.getElementById('notice').textContent == ''")
    assert tab.get_by_label("Message", exact=True).input_value() == "not sent yet"
    # Where a message is to be sent, the key is needed.
    tab.get_by_role("button", name="Key", exact=True).click()
    tab.get_by_role("button", name="Forget the key").click()
    tab.get_by_role("dialog", name=ASKS).wait_for()
    assert kept(tab) == [[], []]
    assert tab.get_by_label("Message", exact=True).input_value() == "", "what was not sent is forgotten as well"
    tab.keyboard.press("Escape")
    ask(tab, "Hi")
    tab.get_by_role("dialog", name=ASKS).wait_for()


def test_a_key_that_ends_is_asked_for_anew(person, keyed):
    tab = person.open()
    enter(tab, keyed.add("ending-on-a-page"))
    leave_chats(tab)
    ask(tab, "Hi")
    wait_for_end(tab)
    keyed.command_line("keys", "disable", "ending-on-a-page")
    tab.get_by_role("dialog", name=ASKS).wait_for()
    tab.get_by_text("API key disabled.").wait_for()
    assert kept(tab) == [[], []], "it is shown no more"
    keyed.command_line("keys", "enable", "ending-on-a-page")
    renewed = keyed.command_line("keys", "rotate", "ending-on-a-page", "--grace", "0s").strip()
    keyed.wait_until(lambda: keyed.status(renewed) == 200, "the new key is not known")
    enter(tab, renewed)
    # The chat is the key's as before, and goes on.
    tab.get_by_role("dialog", name=ASKS).wait_for(state="hidden")
    ask(tab, "Once more")
    wait_for_end(tab, 2)


def test_limits_in_words(person, keyed):
    tab = person.open()
    # Who writes at once: the models that the page knows were refused to it, those of the key come in the meantime.
    enter(tab, keyed.add("one-a-minute", "--rpm", "1"))
    leave_chats(tab)
    ask(tab, "Hi")
    wait_for_end(tab)
    ask(tab, "Again")
    tab.get_by_text("rate limit: 1 request a minute").wait_for()
    tab.get_by_text("again in").wait_for()


def test_scopes_in_words(person, keyed):
    tab = person.open()
    enter(tab, keyed.add("figures-only", "--scopes", "metrics"))
    tab.get_by_role("dialog", name="Take over").get_by_role("button", name="Leave them").click()
    tab.locator("#notice", has_text="this key lacks the scope chat").wait_for()
    tab.get_by_role("link", name="Status").click()
    tab.get_by_text("All is well").wait_for()


def test_status_and_reference(person, keyed):
    tab = person.open("/status")
    enter(tab, keyed.key)
    tab.get_by_text("this key lacks the scope metrics").wait_for()
    tab.get_by_role("button", name="Key", exact=True).click()
    enter(tab, keyed.add("looking", "--type", "read_only"))
    tab.get_by_text("All is well").wait_for()
    tab.get_by_role("link", name="API", exact=True).click()
    form = tab.locator("#tags")
    form.locator("summary").first.click()
    assert "$OLLAMA_GATEWAY_KEY" in form.locator(".line code").inner_text()
    form.get_by_role("button", name="Send").click()
    form.get_by_text("200 OK").wait_for()
    assert violations(tab) == []


def test_the_chats_of_a_browser(browser, gateway, tmp_path):
    """What was said before there was a first key is the key's, if its owner wants that. Behind nginx, as a browser of this machine is
    one with its other programs."""
    folder = tmp_path / "nginx"
    folder.mkdir()
    with Nginx(folder, gateway.port, tls=False) as nginx, Person(browser, nginx.url, expected=REFUSALS) as person:
        tab = person.open()
        ask(tab, "Before the key")
        wait_for_end(tab)
        address = tab.url
        key = gateway.add("ann")
        tab.goto(nginx.url)
        enter(tab, key)
        tab.get_by_role("button", name="Take them over").click()
        tab.locator("#sessions a", has_text="Before the key").click()
        tab.wait_for_url(address)
        wait_for_end(tab)
        assert answers(tab).all_inner_texts() == ["Hello you"]
        # Once is enough.
        tab.get_by_role("button", name="Key", exact=True).click()
        tab.get_by_role("button", name="Forget the key").click()
        enter(tab, key)
        tab.locator("#sessions a", has_text="Before the key").wait_for()
        assert not tab.get_by_role("dialog").is_visible()
