"""A page in Chromium talks to the gateway by the browser's own WebSocket."""

import http.server
import threading

import pytest

PATHS = ["/ws", "/api/v1/chat/ws"]

# Resolves with all messages up to the one that ends the answer, or with why there is none.
TALK = """
address => new Promise(resolve => {
  const messages = [];
  const socket = new WebSocket(address);
  socket.onmessage = event => {
    const message = JSON.parse(event.data);
    messages.push(message);
    if (message.type == "connection")
      socket.send(JSON.stringify({type: "chat", message: "Say hello.", max_tokens: 16, temperature: 0}));
    if (message.type == "stream_end" || message.type == "error") socket.close(1000);
  };
  socket.onclose = event => resolve({messages, code: event.code, clean: event.wasClean});
})
"""


class Page(http.server.BaseHTTPRequestHandler):
    """An empty page, of another origin than the gateway."""

    def do_GET(self):
        content = b"<!doctype html><title>page</title>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *arguments):
        pass


@pytest.fixture(scope="module")
def page_port():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


def talk(browser, origin, address):
    page = browser.new_page()
    try:
        page.goto(origin)
        return page.evaluate(TALK, address)
    finally:
        page.close()


@pytest.mark.parametrize("path", PATHS)
def test_a_page_of_this_machine(browser, page_port, url, path):
    outcome = talk(browser, f"http://localhost:{page_port}/", f"{url.replace('http', 'ws')}{path}")
    messages = outcome["messages"]
    assert messages[0]["type"] == "connection"
    chunks = [message for message in messages if message["type"] == "stream_chunk"]
    assert messages[-1]["type"] == "stream_end", messages[-1]
    assert messages[-1]["full_response"]
    assert "".join(chunk["content"] for chunk in chunks) == messages[-1]["full_response"]
    assert [chunk["seq"] for chunk in chunks] == list(range(1, len(chunks) + 1))
    assert outcome["code"] == 1000 and outcome["clean"]


@pytest.mark.parametrize("path", PATHS)
def test_a_foreign_page(browser, page_port, url, path):
    outcome = talk(browser, f"http://page.example:{page_port}/", f"{url.replace('http', 'ws')}{path}")
    assert outcome["messages"] == []
    assert outcome["code"] == 1006 and not outcome["clean"]
