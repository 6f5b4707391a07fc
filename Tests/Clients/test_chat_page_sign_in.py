"""What the pages make of what a gateway says of sign-in, in Chromium: of each kind of it, and of what goes wrong."""

import base64

import pytest

from pages import Person, ask, violations, wait_for_end
from scripted_sign_in import ISSUER, PASSWORD, ScriptedSignIn

REFUSALS = ["Failed to load resource"]
ASKS = "This gateway asks who you are"
AGAIN = "Sign in again"
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")


@pytest.fixture
def person(browser, scripted_gateway):
    with Person(browser, scripted_gateway.url, expected=REFUSALS) as person:
        yield person


def enter(tab, name, password=PASSWORD):
    tab.get_by_label("Name or e-mail").fill(name)
    tab.get_by_role("dialog").get_by_label("Password", exact=True).locator("visible=true").fill(password)
    tab.keyboard.press("Enter")


def asks(tab, name=ASKS):
    return tab.get_by_role("dialog", name=name)


def who(tab, name):
    return tab.locator("#who", has_text=name)


def leave_chats(tab):
    tab.get_by_role("button", name="Leave them").click()


def test_who_has_no_users_fetches_nothing_for_them(person):
    ScriptedSignIn(person.context, password=False).sign_in("nobody")
    fetched = []
    person.context.on("request", lambda request: fetched.append(request.url.rpartition("/")[2]))
    person.context.route("**/api/v1/auth/session", lambda route: route.fulfill(json={"signed_in": False}))
    tab = person.open()
    tab.locator("#model option", has_text="scripted").wait_for(state="attached")
    who(tab, "Key").click()
    asks(tab, "API key").wait_for()
    assert not tab.get_by_role("button", name="Sign in instead").is_visible()
    assert "sign-in.js" in fetched and "account.js" not in fetched


def test_locks_in_words(person):
    script = ScriptedSignIn(person.context)
    tab = person.open()
    script.refusal = 403, "Account locked until 2026-11-26 11:39:26.521293+00:00"
    enter(tab, "ann")
    problem = tab.locator("#sign-in-problem", has_text="Account locked until")
    problem.wait_for()
    assert "2026" not in problem.inner_text(), "a clock's time is said"
    assert tab.get_by_label("Name or e-mail").input_value() == "ann"
    script.refusal = 429, "Too many sign-ins at once"
    enter(tab, "ann")
    tab.get_by_text("Too many sign-ins at once.").wait_for()
    person.context.route("**/api/v1/auth/session", lambda route: route.abort())
    enter(tab, "ann")
    tab.get_by_text("The gateway does not answer.").wait_for()
    person.context.unroute("**/api/v1/auth/session")
    script.refusal = None
    enter(tab, "ann")
    leave_chats(tab)
    who(tab, "ann").wait_for()


@pytest.mark.parametrize("path", ["/", "/status", "/docs"])
def test_an_issuer_alone(person, path):
    ScriptedSignIn(person.context, password=False, issuer=ISSUER)
    tab = person.open(path)
    if not asks(tab).is_visible() and path == "/docs":
        who(tab, "Sign in").click()
    link = tab.get_by_role("link", name="Sign in with Example")
    link.wait_for()
    assert tab.evaluate("document.activeElement.id") == "issuer"
    assert not tab.get_by_label("Name or e-mail").is_visible()
    assert link.get_attribute("href").endswith(f"/api/v1/auth/issuer/login?next=%2F{path[1:]}")
    assert violations(tab) == []


def test_where_no_password_is_taken(person):
    ScriptedSignIn(person.context, issuer=ISSUER, registration=True, refused="Over plain HTTP nobody signs in here.")
    tab = person.open()
    asks(tab).get_by_text("Over plain HTTP nobody signs in here.").wait_for()
    for label in ["Name or e-mail", "Sign in with Example", "Make an account", "Forgot the password?"]:
        assert not tab.get_by_text(label).is_visible()
    assert tab.evaluate("document.activeElement.textContent") == "Use a key"
    assert violations(tab) == []


def test_who_comes_by_a_proxy(person):
    script = ScriptedSignIn(person.context, password=False)
    script.by = "proxy"
    script.sign_in("ann")
    tab = person.open()
    who(tab, "ann").click()
    tab.get_by_text("Signed in by the proxy in front of this gateway.").wait_for()
    for name, is_there in {"Your keys": True, "Sign out": False, "Sign out everywhere": False, "Change the password": False}.items():
        assert tab.get_by_role("button", name=name, exact=True).is_visible() == is_there
    assert violations(tab) == []


def test_a_key_takes_the_password_of_who_signed_in_long_ago(person):
    script = ScriptedSignIn(person.context)
    tab = person.open()
    enter(tab, "ann")
    leave_chats(tab)
    who(tab, "ann").click()
    tab.get_by_role("button", name="Your keys").click()
    name, password = tab.get_by_label("Name of a new key"), tab.get_by_label("Your password")
    tab.get_by_text("You have none yet.").wait_for()
    assert not password.is_visible()
    # It was so when the dialog was opened.
    script.demand = "password"
    name.fill("laptop")
    tab.keyboard.press("Enter")
    tab.locator("#own-key-problem", has_text="more than five minutes ago").wait_for()
    assert tab.evaluate("document.activeElement.id") == "own-key-current"
    assert name.input_value() == "laptop" and tab.get_by_label("Your name").input_value() == "ann"
    assert violations(tab) == []
    password.fill("Wrong-pass-1")
    tab.keyboard.press("Enter")
    tab.locator("#own-key-problem", has_text="Incorrect username or password.").wait_for()
    assert password.input_value() == "" and tab.evaluate("document.activeElement.id") == "own-key-current"
    password.fill(PASSWORD)
    tab.keyboard.press("Enter")
    tab.locator(".made code", has_text="sk-og-made").wait_for()
    assert password.input_value() == "" and tab.get_by_label("Your name").input_value() == "ann"


def test_a_key_takes_another_sign_in_of_who_has_no_password(person):
    script = ScriptedSignIn(person.context, password=False, issuer=ISSUER)
    script.demand = "sign_in"
    script.sign_in("ann")
    tab = person.open()
    leave_chats(tab)
    who(tab, "ann").click()
    tab.get_by_role("button", name="Your keys").click()
    tab.get_by_text("To make a key, sign in again.").wait_for()
    assert not tab.get_by_label("Name of a new key").is_visible()
    assert violations(tab) == []
    tab.get_by_role("button", name="Sign in again").click()
    asks(tab, AGAIN).get_by_role("link", name="Sign in with Example").wait_for()


def test_a_dialog_of_who_is_signed_in_no_more(person):
    script = ScriptedSignIn(person.context)
    tab = person.open()
    enter(tab, "ann")
    leave_chats(tab)
    who(tab, "ann").click()
    script.user = None
    tab.get_by_role("button", name="Your keys").click()
    asks(tab, AGAIN).get_by_text("Your sign-in has ended.").wait_for()
    assert tab.locator("dialog[open]").count() == 1
    enter(tab, "ann")
    asks(tab, AGAIN).wait_for(state="hidden")
    assert tab.locator("dialog[open]").count() == 0


def test_a_tab_that_nobody_saw(person, scripted_ollama):
    """Where callers without a key are let in, nothing is refused to who is signed in no more: a tab asks as it is seen again."""
    script = ScriptedSignIn(person.context)
    tab = person.open()
    enter(tab, "ann")
    leave_chats(tab)
    scripted_ollama.answers = [["Hello"]]
    ask(tab, "Hi")
    wait_for_end(tab)
    message = tab.get_by_label("Message", exact=True)
    message.fill("not sent yet")
    script.user = None
    tab.evaluate("() => void document.dispatchEvent(new Event('visibilitychange'))")
    asks(tab, AGAIN).get_by_text("Your sign-in has ended.").wait_for()
    enter(tab, "ann")
    asks(tab, AGAIN).wait_for(state="hidden")
    assert message.input_value() == "not sent yet"


def test_somebody_else_comes_back_from_the_issuer(person):
    """What was written before is not theirs."""
    script = ScriptedSignIn(person.context)
    tab = person.open()
    enter(tab, "ann")
    leave_chats(tab)
    tab.get_by_label("Message", exact=True).fill("ann's alone")
    tab.get_by_role("button", name="Settings").click()
    tab.get_by_label("System prompt").fill("You are ann's fox.")
    tab.get_by_role("button", name="Done").click()
    script.sign_in("bob", 8)
    tab.reload()
    who(tab, "bob").wait_for()
    tab.wait_for_function("() => localStorage.getItem('draft ') === null && document.getElementById('message').value === ''")
    tab.wait_for_function("() => localStorage.getItem('system') === null && document.getElementById('system').value === ''")


def attach(tab):
    tab.locator("#picker").set_input_files({"name": "fox.png", "mimeType": "image/png", "buffer": PNG})
    tab.get_by_role("img", name="fox.png").wait_for()


def leave_for_the_issuer(tab, person):
    """As far as a page that stands for the issuer's."""
    person.context.route("**/api/v1/auth/issuer/login*", lambda route: route.fulfill(body="the issuer's", content_type="text/plain"))
    attach(tab)
    tab.get_by_role("button", name="Sign in").first.click()
    tab.get_by_role("link", name="Sign in with Example").click()
    tab.get_by_text("the issuer's").wait_for()


def test_images_are_no_other_persons(person):
    """Nor another tab's; and who comes back without having signed in finds them."""
    script = ScriptedSignIn(person.context, issuer=ISSUER)
    script.sign_in("ann")
    tab = person.open()
    leave_chats(tab)
    script.user = None
    tab.reload()
    asks(tab).wait_for()
    tab.keyboard.press("Escape")
    leave_for_the_issuer(tab, person)
    other = person.open()
    asks(other).wait_for()
    assert other.locator("#attached img").count() == 0
    tab.goto(other.url)
    asks(tab).wait_for()
    tab.keyboard.press("Escape")
    tab.get_by_role("img", name="fox.png").wait_for()
    tab.get_by_role("button", name="Remove fox.png").click()
    leave_for_the_issuer(tab, person)
    script.sign_in("bob", 8)
    tab.goto(other.url)
    who(tab, "bob").wait_for()
    assert tab.locator("#attached img").count() == 0
    tab.wait_for_function("""() => localStorage.getItem("attached") === null""")


def test_images_that_cannot_be_kept_are_said(person):
    ScriptedSignIn(person.context, issuer=ISSUER)
    person.context.add_init_script("indexedDB.open = () => { throw new Error('full') }")
    person.context.route("**/api/v1/auth/issuer/login*", lambda route: route.fulfill(body="the issuer's", content_type="text/plain"))
    tab = person.open()
    asks(tab).wait_for()
    tab.keyboard.press("Escape")
    attach(tab)
    tab.get_by_role("button", name="Sign in").first.click()
    link = tab.get_by_role("link", name="Sign in with Example")
    link.click()
    tab.get_by_text("cannot keep the attached images").wait_for()
    assert tab.get_by_role("img", name="fox.png").count() == 1
    link.click()
    tab.get_by_text("the issuer's").wait_for()


def test_a_sign_out_that_fails_is_said(person):
    script = ScriptedSignIn(person.context)
    script.sign_in("ann")
    tab = person.open()
    leave_chats(tab)
    person.context.route("**/api/v1/auth/session", lambda route: route.abort() if route.request.method == "DELETE" else route.fallback())
    who(tab, "ann").click()
    tab.get_by_role("button", name="Sign out", exact=True).click()
    tab.get_by_role("dialog", name="ann").get_by_text("The gateway does not answer.").wait_for()
    person.context.unroute("**/api/v1/auth/session")
    tab.get_by_role("button", name="Sign out", exact=True).click()
    asks(tab).wait_for()
    assert "DELETE session" in script.requests
