import Testing

@testable import HTTPClient

@Suite struct RequestURLTests {
  private func server(of url: String) -> String? {
    Array(url.utf8).withUnsafeBufferPointer { bytes in
      RequestURL(bytes).map { String(decoding: bytes[..<$0.serverSize], as: UTF8.self) }
    }
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
}
