"""The pages of a gateway where people sign in, in Chromium."""

import base64
import re

import pytest

from keyed import KeyedGateway
from nginx import Nginx
from pages import DESKTOP, PHONE, Person, answers, ask, violations, wait_for_end
from scripted_issuer import CLIENT, SECRET, Issuer

#: What the browser itself says of refused requests.
REFUSALS = ["Failed to load resource", "WebSocket connection"]
ASKS = "This gateway asks who you are"
AGAIN = "Sign in again"
#: What a proxy before nginx would say.
FROM_ELSEWHERE = {"X-Forwarded-For": "10.1.2.3"}
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
FIRST, SECOND = "Marked-pass-1!", "Marked-pass-2!"


class UsersGateway(KeyedGateway):
    def add_user(self, name, *arguments):
        """A user whom the gateway knows by now. Tried before it would count as a wrong password: an administrator asks."""
        if not self.administrator:
            self.add("looking")
        self.command_line("users", "add", name, "--email", f"{name}@example.org", *arguments, "--password-file", "-", typed=FIRST)
        self.wait_until(
            lambda: self.status(self.administrator, f"/api/v1/admin/users/{name}") == 200, f"{name} is not known")


def make(upstream, folder, *arguments):
    gateway = UsersGateway(upstream.url, folder / "log", "--drain-timeout", "0s", *arguments)
    try:
        gateway.wait_until_ready()
        gateway.add_user("ann", "--full-name", "Ann Example")
        gateway.add_user("bob")
    except BaseException:
        gateway.kill()
        raise
    return gateway


@pytest.fixture(scope="module")
def peopled(upstream, tmp_path_factory):
    """A gateway whose users no test changes."""
    gateway = make(upstream, tmp_path_factory.mktemp("peopled"))
    try:
        yield gateway
    finally:
        gateway.stop()


@pytest.fixture
def gateway(upstream, tmp_path):
    """One of a test's own."""
    gateway = make(upstream, tmp_path)
    try:
        yield gateway
    finally:
        gateway.stop()


@pytest.fixture
def person(browser, peopled):
    with Person(browser, peopled.url, expected=REFUSALS) as person:
        yield person


def asks(tab, name=ASKS):
    return tab.get_by_role("dialog", name=name)


def enter(tab, name, password=FIRST):
    tab.get_by_label("Name or e-mail").fill(name)
    field(tab, "Password").fill(password)
    tab.keyboard.press("Enter")


def field(tab, label):
    return tab.get_by_role("dialog").get_by_label(label, exact=True).locator("visible=true")


def button(tab, name):
    return tab.get_by_role("button", name=name, exact=True)


def leave_chats(tab):
    button(tab, "Leave them").click()


def sign_in(tab, name):
    """For the first time in this browser."""
    enter(tab, name)
    leave_chats(tab)


def message(tab):
    return tab.get_by_label("Message", exact=True)


def choose(tab, name, entry):
    button(tab, name).click()
    button(tab, entry).click()


def new_password(tab, password, again=None):
    field(tab, "New password").fill(password)
    field(tab, "New password, again").fill(again or password)
    tab.keyboard.press("Enter")


def assert_forgotten(tab, *secrets):
    """What was entered stands nowhere on the page, in its address or in what it keeps."""
    everything = tab.evaluate("""() => JSON.stringify([
      document.documentElement.outerHTML, location.href, {...localStorage}, {...sessionStorage}, document.cookie,
      [...document.querySelectorAll('input')].map(({value}) => value)])""")
    for secret in secrets:
        assert secret not in everything


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_it_shuts_nobody_out(browser, peopled, scheme, viewport):
    with Person(browser, peopled.url, expected=REFUSALS, color_scheme=scheme, viewport=viewport) as person:
        tab = person.open()
        asks(tab).wait_for()
        assert tab.evaluate("document.activeElement.id") == "sign-in-username"
        assert violations(tab) == []
        enter(tab, "ann", "Wrong-pass-1!")
        tab.get_by_text("Incorrect username or password.").wait_for()
        assert field(tab, "Password").get_attribute("aria-invalid") == "true"
        assert field(tab, "Password").input_value() == ""
        assert tab.evaluate("document.activeElement.id") == "sign-in-password"
        assert violations(tab) == []
        button(tab, "Forgot the password?").click()
        asks(tab, "A new password").wait_for()
        assert violations(tab) == []
        button(tab, "Back").click()
        enter(tab, "ann")
        tab.get_by_role("dialog", name="Take over the chats of this browser?").wait_for()
        tab.get_by_text("from before you signed in").wait_for()
        leave_chats(tab)
        button(tab, "Ann Example").click()
        tab.get_by_text("ann · ann@example.org").wait_for()
        assert violations(tab) == []
        button(tab, "Change the password").click()
        asks(tab, "Change the password").wait_for()
        assert tab.evaluate("document.activeElement.id") == "password-current"
        assert violations(tab) == []
        tab.keyboard.press("Escape")
        choose(tab, "Ann Example", "Your keys")
        tab.get_by_text("You have none yet.").wait_for()
        assert violations(tab) == []
        tab.keyboard.press("Escape")
        assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth"), "it is wider than the window"


def test_a_chat_of_somebody_who_signed_in(person):
    tab = person.open()
    sign_in(tab, "ann")
    ask(tab, "Hi")
    wait_for_end(tab)
    assert answers(tab).all_inner_texts() == ["Hello you"]
    assert_forgotten(tab, FIRST)
    # Another tab of the browser is signed in as well, by what no script can read.
    other = person.open()
    button(other, "Ann Example").wait_for()
    other.locator("#sessions a", has_text="Hi").wait_for()
    assert not asks(other).is_visible()
    assert [cookie["httpOnly"] for cookie in person.context.cookies()] == [True] * len(person.context.cookies())
    tab.goto(f"{person.url}/status")
    button(tab, "Ann Example").wait_for()
    tab.get_by_text("lacks the scope metrics").wait_for()


def test_signing_in_loses_no_draft(person):
    tab = person.open()
    asks(tab).wait_for()
    tab.keyboard.press("Escape")
    tab.locator("#notice", has_text="This gateway asks you to sign in.").wait_for()
    message(tab).fill("not sent yet")
    tab.keyboard.press("Enter")
    sign_in(tab, "ann")
    tab.wait_for_function("() => document.getElementById('notice').textContent == ''")
    assert message(tab).input_value() == "not sent yet"
    message(tab).press("Enter")
    wait_for_end(tab)


def test_a_sign_in_that_ends(browser, gateway):
    with Person(browser, gateway.url, expected=REFUSALS) as person:
        tab = person.open()
        sign_in(tab, "ann")
        ask(tab, "Hi")
        wait_for_end(tab)
        message(tab).fill("not sent yet")
        gateway.command_line("users", "sign-out", "ann")
        asks(tab, AGAIN).get_by_text("Your sign-in has ended.").wait_for()
        enter(tab, "ann")
        asks(tab, AGAIN).wait_for(state="hidden")
        assert message(tab).input_value() == "not sent yet"
        # The chat goes on where it was, over another connection.
        message(tab).press("Enter")
        wait_for_end(tab, 2)


def test_somebody_else_finds_nothing(browser, gateway):
    with Person(browser, gateway.url, expected=REFUSALS) as person:
        tab = person.open()
        sign_in(tab, "ann")
        ask(tab, "Hi")
        wait_for_end(tab)
        message(tab).fill("ann's alone")
        gateway.command_line("users", "sign-out", "ann")
        asks(tab, AGAIN).wait_for()
        enter(tab, "bob")
        button(tab, "bob").wait_for()
        tab.wait_for_url(f"{gateway.url}/")
        assert message(tab).input_value() == ""
        assert answers(tab).count() == 0
        assert tab.locator("#sessions a").count() == 0


def test_two_tabs(person):
    one = person.open()
    sign_in(one, "ann")
    ask(one, "Hi")
    wait_for_end(one)
    other = person.open(one.url.removeprefix(person.url))
    wait_for_end(other)
    message(other).fill("not sent yet")
    choose(one, "Ann Example", "Sign out")
    for tab in [one, other]:
        asks(tab).wait_for()
        tab.wait_for_url(f"{person.url}/")
        assert message(tab).input_value() == ""
        assert answers(tab).count() == 0
    # And in again, in both.
    enter(one, "ann")
    for tab in [one, other]:
        button(tab, "Ann Example").wait_for()
        asks(tab).wait_for(state="hidden")


def test_signing_out_everywhere(browser, gateway):
    with Person(browser, gateway.url, expected=REFUSALS) as here, Person(browser, gateway.url, expected=REFUSALS) as there:
        one, other = here.open(), there.open()
        for tab in [one, other]:
            sign_in(tab, "ann")
        ask(other, "Hi")
        wait_for_end(other)
        choose(one, "Ann Example", "Sign out everywhere")
        button(one, "Stay signed in").click()
        one.keyboard.press("Escape")
        choose(one, "Ann Example", "Sign out everywhere")
        one.get_by_role("dialog", name="Sign out everywhere?").get_by_role("button", name="Sign out everywhere").click()
        asks(one).wait_for()
        asks(other, AGAIN).get_by_text("Your sign-in has ended.").wait_for()


def test_another_password(browser, gateway):
    with Person(browser, gateway.url, expected=REFUSALS) as here, Person(browser, gateway.url, expected=REFUSALS) as there:
        tab, other = here.open(), there.open()
        for one in [tab, other]:
            sign_in(one, "ann")
        ask(other, "Hi")
        wait_for_end(other)
        choose(tab, "Ann Example", "Change the password")
        field(tab, "Current password").fill("Wrong-pass-1!")
        new_password(tab, SECOND, "Marked-pass-3!")
        tab.get_by_text("The two new passwords are not the same.").wait_for()
        field(tab, "Current password").fill("Wrong-pass-1!")
        new_password(tab, SECOND)
        tab.locator("#password-dialog .problem", has_text=re.compile("ncorrect")).wait_for()
        assert field(tab, "Current password").get_attribute("aria-invalid") == "true"
        field(tab, "Current password").fill(FIRST)
        new_password(tab, "lowercase")
        tab.locator("#password-dialog .problem", has_text="uppercase").wait_for()
        field(tab, "Current password").fill(FIRST)
        new_password(tab, SECOND)
        asks(tab, "Change the password").wait_for(state="hidden")
        assert_forgotten(tab, FIRST, SECOND)
        # Here one stays signed in, elsewhere not.
        ask(tab, "Hi")
        wait_for_end(tab)
        asks(other, AGAIN).get_by_text("Your sign-in has ended.").wait_for()
        enter(other, "ann", SECOND)
        asks(other, AGAIN).wait_for(state="hidden")


def test_own_keys(browser, gateway):
    with Person(browser, gateway.url, expected=REFUSALS) as person:
        tab = person.open()
        sign_in(tab, "ann")
        choose(tab, "Ann Example", "Your keys")
        field(tab, "Name of a new key").fill("laptop")
        tab.keyboard.press("Enter")
        tab.get_by_text("It is shown this once").wait_for()
        assert violations(tab) == []
        key = tab.locator(".made code").inner_text()
        gateway.wait_until(lambda: gateway.status(key) == 200, "the key is not known")
        assert gateway.status(key, "/api/v1/chat/sessions") == 403, "it lets models answer"
        tab.keyboard.press("Escape")
        assert_forgotten(tab, key)
        choose(tab, "Ann Example", "Your keys")
        button(tab, "End the key “laptop”").click()
        button(tab, "Keep it").click()
        button(tab, "End the key “laptop”").click()
        button(tab, "End it").click()
        tab.get_by_text("You have none yet.").wait_for()
        gateway.wait_until(lambda: gateway.status(key) == 401, "the key is valid yet")


def test_a_link_to_a_new_password(browser, gateway):
    with Person(browser, gateway.url, expected=REFUSALS) as person:
        tab = person.open()
        asks(tab).wait_for()
        button(tab, "Forgot the password?").click()
        tab.get_by_label("E-mail address of the account").fill("ann@example.org")
        tab.keyboard.press("Enter")
        tab.get_by_text("Noted.").wait_for()
        assert "ann" in gateway.command_line("users", "list", "--reset-asked")
        link = gateway.command_line("users", "reset", "ann", "--url", f"{gateway.url}/").strip()
        token = link.partition("#reset=")[2]
        assert token
        # The page that is open follows it as one that is not.
        for _ in range(2):
            tab.goto(link)
            asks(tab, "Set a new password").wait_for()
            assert tab.url == f"{gateway.url}/"
            assert_forgotten(tab, token)
        assert violations(tab) == []
        new_password(tab, "lowercase")
        tab.locator("#password-dialog .problem", has_text="uppercase").wait_for()
        new_password(tab, SECOND)
        asks(tab, "Sign in with the new password").wait_for()
        enter(tab, "ann", SECOND)
        leave_chats(tab)
        button(tab, "Ann Example").wait_for()
        # It holds once.
        tab.goto(link)
        new_password(tab, FIRST)
        tab.get_by_text("Invalid or expired reset token. Ask whoever runs this gateway for a new link.").wait_for()


def test_an_address_is_verified(browser, gateway):
    link = gateway.command_line("users", "verify", "ann", "--url", f"{gateway.url}/").strip()
    with Person(browser, gateway.url, expected=REFUSALS) as person:
        tab = person.open(link.removeprefix(gateway.url))
        tab.get_by_text("Email successfully verified").wait_for()
        assert violations(tab) == []
        button(tab, "Done").click()


def test_an_account_is_made(browser, upstream, tmp_path):
    gateway = make(upstream, tmp_path, "--allow-registration")
    try:
        with Person(browser, gateway.url, expected=REFUSALS) as person:
            tab = person.open()
            button(tab, "Make an account").click()
            field(tab, "Name").fill("ann")
            field(tab, "E-mail address").fill("carol@example.org")
            new_password(tab, "lowercase")
            problem = tab.locator("#registration-problem")
            problem.filter(has_text="uppercase").wait_for()
            new_password(tab, FIRST)
            problem.filter(has_text="Username already taken.").wait_for()
            assert tab.evaluate("document.activeElement.id") == "registration-username"
            assert violations(tab) == []
            field(tab, "Name").fill("carol")
            tab.keyboard.press("Enter")
            leave_chats(tab)
            button(tab, "carol").wait_for()
            ask(tab, "Hi")
            wait_for_end(tab)
            assert_forgotten(tab, FIRST)
    finally:
        gateway.stop()


def test_a_key_goes_before_a_sign_in(person, peopled):
    key = peopled.add("beside-users")
    tab = person.open()
    asks(tab).wait_for()
    button(tab, "Use a key").click()
    tab.get_by_role("textbox", name="API key", exact=True).fill(key)
    tab.keyboard.press("Enter")
    leave_chats(tab)
    ask(tab, "Hi")
    wait_for_end(tab)
    button(tab, "Key").click()
    button(tab, "Sign in instead").click()
    # Nothing of the key's stays where somebody signs in.
    enter(tab, "ann")
    button(tab, "Ann Example").wait_for()
    tab.wait_for_url(f"{peopled.url}/")
    assert_forgotten(tab, key)
    leave_chats(tab)


def test_the_chats_of_a_browser(browser, upstream, tmp_path):
    """What was said before there was a first user is the user's, who wants that. Behind nginx, as a browser of this machine is one
    with its other programs."""
    gateway = UsersGateway(upstream.url, tmp_path / "log", "--drain-timeout", "0s", "--trusted-proxy", "127.0.0.1/32")
    folder = tmp_path / "nginx"
    folder.mkdir()
    try:
        gateway.wait_until_ready()
        with Nginx(folder, gateway.port, tls=True) as nginx:
            with Person(browser, nginx.url, expected=REFUSALS, ignore_https_errors=True, extra_http_headers=FROM_ELSEWHERE) as person:
                tab = person.open()
                ask(tab, "Before the user")
                wait_for_end(tab)
                address = tab.url
                gateway.add_user("ann", "--full-name", "Ann Example")
                tab.goto(nginx.url)
                enter(tab, "ann")
                button(tab, "Take them over").click()
                tab.locator("#sessions a", has_text="Before the user").click()
                tab.wait_for_url(address)
                wait_for_end(tab)
                assert answers(tab).all_inner_texts() == ["Hello you"]
                cookie = next(one for one in person.context.cookies() if one["name"] == "__Host-ollama_gateway")
                assert (cookie["secure"], cookie["httpOnly"], cookie["sameSite"]) == (True, True, "Lax")
                # Once is enough.
                choose(tab, "Ann Example", "Sign out")
                enter(tab, "ann")
                tab.locator("#sessions a", has_text="Before the user").wait_for()
                assert not tab.get_by_role("dialog").is_visible()
    finally:
        gateway.stop()


def test_plain_http_from_elsewhere(browser, upstream, tmp_path):
    """By a proxy without TLS; the browser says why not, and takes a key."""
    gateway = make(upstream, tmp_path, "--trusted-proxy", "127.0.0.1/32", "--allowed-host", "page.example")
    folder = tmp_path / "nginx"
    folder.mkdir()
    try:
        with Nginx(folder, gateway.port, tls=False) as nginx:
            url = nginx.url.replace("127.0.0.1", "page.example")
            with Person(browser, url, expected=REFUSALS, extra_http_headers=FROM_ELSEWHERE) as person:
                tab = person.open()
                asks(tab).locator(".refused", has_text="HTTP").wait_for()
                assert not tab.get_by_label("Name or e-mail").is_visible()
                assert violations(tab) == []
                button(tab, "Use a key").click()
                tab.get_by_role("textbox", name="API key", exact=True).wait_for()
    finally:
        gateway.stop()


def kept_images(tab):
    """The names under which images are kept in the browser."""
    return tab.evaluate("""() => new Promise((resolve) => {
        const opening = indexedDB.open("attached", 1);
        opening.onupgradeneeded = () => opening.result.createObjectStore("files");
        opening.onsuccess = () => {
            const asking = opening.result.transaction("files").objectStore("files").getAllKeys();
            asking.onsuccess = () => (opening.result.close(), resolve(asking.result));
        };
    })""")


@pytest.fixture
def issuer(tmp_path):
    issuer = Issuer(tmp_path)
    issuer.start()
    yield issuer
    issuer.stop()


def test_signing_in_at_the_issuer(browser, upstream, issuer, tmp_path):
    (tmp_path / "secret").write_text(SECRET)
    (tmp_path / "secret").chmod(0o600)
    (tmp_path / "config.yaml").write_text(
        f"auth: required\noidc:\n  issuer: {issuer.url}\n  client_id: {CLIENT}\n  client_secret_file: {tmp_path}/secret\n"
        "  name: Example\n  allow: [\"@example.org\"]\n")
    gateway = UsersGateway(upstream.url, tmp_path / "log", "--drain-timeout", "0s", "--config", str(tmp_path / "config.yaml"))
    try:
        gateway.wait_until_ready()
        expected = [*REFUSALS, f"a request to {issuer.url}"]
        with Person(browser, gateway.url, expected=expected) as person:
            tab = person.open("/?session=from-the-issuer")
            asks(tab).wait_for()
            assert violations(tab) == []
            tab.keyboard.press("Escape")
            message(tab).fill("not sent yet")
            tab.locator("#picker").set_input_files([
                {"name": "fox.png", "mimeType": "image/png", "buffer": PNG}, {"name": "owl.png", "mimeType": "image/png", "buffer": PNG + b"\0"}])
            button(tab, "Sign in").first.click()
            tab.get_by_role("link", name="Sign in with Example").click()
            tab.get_by_role("link", name="I am Dora").click()
            # Where one was, with what one had written and attached.
            tab.wait_for_url(f"{gateway.url}/?session=from-the-issuer")
            leave_chats(tab)
            assert message(tab).input_value() == "not sent yet"
            tab.get_by_role("img", name="fox.png").wait_for()
            assert tab.locator("#attached img").count() == 2
            assert kept_images(tab) == []
            # Once: it is of no use for the next visit.
            tab.reload()
            tab.locator("#who", has_text="Dora").wait_for()
            assert tab.locator("#attached img").count() == 0
            message(tab).press("Enter")
            wait_for_end(tab)
            button(tab, "Dora Example").click()
            assert not button(tab, "Change the password").is_visible(), "there is none here"
            button(tab, "Sign out").click()
            tab.get_by_text("Signed out at the issuer").wait_for()
            tab.goto(gateway.url)
            asks(tab).wait_for()
            assert message(tab).input_value() == ""
        assert issuer.faults == []
        assert SECRET not in gateway.log_path.read_text()
    finally:
        gateway.stop()
