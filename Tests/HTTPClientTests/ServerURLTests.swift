import Testing

@testable import HTTPClient

@Suite struct ServerURLTests {
  @Test(arguments: [
    ("http://127.0.0.1:11434", "127.0.0.1:11434", true), ("http://127.0.0.1", "127.0.0.1", true),
    ("http://127.0.0.1:80", "127.0.0.1", true), ("http://127.0.0.1:443", "127.0.0.1:443", true),
    ("https://127.0.0.1:443", "127.0.0.1", true), ("https://127.0.0.1:80", "127.0.0.1:80", true),
    ("http://[::1]:11434", "[::1]:11434", true), ("http://[2001:db8::1]", "[2001:db8::1]", true),
    ("https://[::1]:443", "[::1]", true), ("http://[fe80::1%25lo]:80", "[fe80::1]", true),
    ("http://ollama.example", "ollama.example", false), ("http://ollama:8080", "ollama:8080", false),
    ("https://ollama.example:8443", "ollama.example:8443", false),
    ("http://user:secret@ollama.example:81", "ollama.example:81", false),
    ("http://user@127.0.0.1:81", "127.0.0.1:81", false),
  ])
  func namesTheHostAsLibcurlDoes(url: String, host: String, isAddress: Bool) {
    var server = ServerURL()
    #expect(Array(url.utf8).withUnsafeBufferPointer { server.set($0) })
    #expect(String(decoding: server.host, as: UTF8.self) == host)
    #expect(server.isAddress == isAddress)
    #expect(server.text == Array(url.utf8))
  }

  @Test func leavesAnInternationalNameToLibcurl() {
    var server = ServerURL()
    #expect(Array("http://%c3%bc.example".utf8).withUnsafeBufferPointer { server.set($0) })
    #expect(server.host.isEmpty)
  }

  @Test func isNoneWhereLibcurlCannotReadIt() {
    var server = ServerURL()
    #expect(Array("http://a".utf8).withUnsafeBufferPointer { server.set($0) })
    #expect(!Array("http://[1".utf8).withUnsafeBufferPointer { server.set($0) })
    #expect(server.text.isEmpty && server.host.isEmpty)
  }
}
