"""The status page, in Chromium."""

import httpx
import pytest

from pages import DESKTOP, PHONE, Person, violations
from scripted_ollama import MODEL


def value(tab, title):
    return tab.locator(".chart", has=tab.get_by_role("heading", name=title)).locator(".value").inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_what_it_shows(browser, url, real_ollama, scheme, viewport):
    with Person(browser, url, color_scheme=scheme, viewport=viewport) as person:
        tab = person.open("/status")
        tab.get_by_text("All is well").wait_for()
        card = tab.locator(".ollama")
        assert card.get_by_role("heading").inner_text() == real_ollama
        assert card.locator(".up").is_visible()
        assert card.locator("dd").first.inner_text() == "0.9.3"
        assert card.locator("td").first.inner_text().startswith(("tinyllama", "smollm2"))
        assert violations(tab) == []
        assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth"), "it is wider than the window"


def test_it_is_live(browser, scripted_ollama, scripted_gateway):
    scripted_ollama.loaded = [MODEL]
    with Person(browser, scripted_gateway.url, expected=["Failed to load resource"]) as person:
        tab = person.open("/status")
        tab.get_by_text("All is well").wait_for()
        assert tab.locator(".ollama td").all_inner_texts()[:3] == [MODEL, "2.0 GB", "50 %"]
        assert "–" in value(tab, "Time to first token")
        scripted_ollama.answers = [["a ", "b ", "c"]]
        httpx.post(f"{scripted_gateway.url}/api/v1/chat/", trust_env=False, timeout=60, json={
            "message": "Hi", "model": MODEL, "stream": True}).raise_for_status()
        tab.wait_for_function("() => document.querySelectorAll('.chart')[4].querySelector('.value').textContent.includes('ms')")
        assert float(value(tab, "Tokens per second")) > 0
        assert tab.locator(".chart path.line").first.get_attribute("d")
        scripted_ollama.stop()
        try:
            tab.get_by_text("Ollama cannot be reached").wait_for()
            assert tab.locator(".ollama .down").is_visible()
            assert violations(tab) == []
        finally:
            scripted_ollama.start()
        tab.get_by_text("All is well").wait_for()
