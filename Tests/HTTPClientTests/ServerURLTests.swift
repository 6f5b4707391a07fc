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
    let isRead = server.set(ServerOrigin(url))
    #expect(isRead)
    #expect(String(decoding: server.host, as: UTF8.self) == host)
    #expect(server.isAddress == isAddress)
    #expect(server.origin == ServerOrigin(url))
  }

  @Test func leavesAnInternationalNameToLibcurl() {
    var server = ServerURL()
    let isRead = server.set(ServerOrigin("http://%c3%bc.example"))
    #expect(isRead)
    #expect(server.host.isEmpty)
  }

  @Test func isNoneWhereLibcurlCannotReadIt() {
    var server = ServerURL()
    let isRead = server.set(ServerOrigin("http://a"))
    #expect(isRead)
    let isReadNow = server.set(ServerOrigin("http://[1"))
    #expect(!isReadNow)
    #expect(server.origin == nil && server.host.isEmpty)
  }
}
