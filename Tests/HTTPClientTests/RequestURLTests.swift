import Testing

@testable import HTTPClient

@Suite struct RequestURLTests {
  private func server(of url: String) -> String? {
    let parts = RequestURL(url)
    #expect(String(decoding: parts.origin.text, as: UTF8.self) + parts.target == url)
    #expect(parts.target.isEmpty || RequestURL.isPlainTarget(parts.target))
    return parts.target.isEmpty ? nil : String(decoding: parts.origin.text, as: UTF8.self)
  }

  @Test(arguments: [
    ("http://127.0.0.1:11434/api/chat", "http://127.0.0.1:11434"),
    ("http://[::1]:11434/api/tags?a=/b&c=?", "http://[::1]:11434"),
    ("https://ollama.example/", "https://ollama.example"),
    ("http://ollama.example/prefix//api/%2F", "http://ollama.example"),
  ])
  func endsTheServerAtThePath(url: String, server: String) {
    #expect(self.server(of: url) == server)
  }

  @Test(arguments: [
    "", "http://127.0.0.1:11434", "http://127.0.0.1:11434?a=/b", "http:/a", "http://a/b#c", "http://a/b c",
    "http://a/b\r\nX-Injected: 1", "http://a/b\0", "http://a/\u{7f}", "http://a/ü",
  ])
  func leavesWhatIsNoPlainTargetToLibcurl(url: String) {
    #expect(server(of: url) == nil)
  }

  @Test(arguments: ["", "a", "*", "?a", "/a b", "/a#b", "/\r\n", "/\0", "/ü", "/\u{7f}"])
  func targetsThatAreNotPlain(target: String) {
    #expect(!RequestURL.isPlainTarget(target))
  }
}
