import HTTPFields
import Testing

@testable import HTTPServer

@Suite struct RequestValidationTests {
  private func refusal(
    _ method: String = "GET", _ target: String = "/api/tags", version: ServerRequest.Version = .http1_1,
    _ fields: [HTTPField] = [("Host", "localhost")]
  ) -> RequestValidation.Refusal? {
    RequestValidation.refusal(
      of: ServerRequest(method: method, version: version, target: target, fields: FieldSection(fields)))
  }

  @Test func letsSoundRequestsPass() {
    #expect(refusal() == nil)
    #expect(refusal("POST", "/api/chat", [("Host", "h"), ("Content-Length", "0")]) == nil)
    #expect(refusal("POST", "/api/chat", [("host", "h"), ("content-length", "1234567890")]) == nil)
    #expect(refusal("POST", "/api/chat", [("Host", "h"), ("Transfer-Encoding", "Chunked")]) == nil)
    #expect(refusal("GET", "/", version: .http1_0, []) == nil)
    #expect(refusal("OPTIONS", "*") == nil)
    #expect(refusal("M-SEARCH", "/") == nil)
    #expect(refusal("GET", "/a%20b/%C3%BC?q=%00%zz#") != nil)
    #expect(refusal("GET", "/a%20b/%C3%BC?q=%00%zz") == nil, "a query means nothing to the gateway")
    #expect(refusal("GET", "/a..b/...?x=/../") == nil)
    #expect(refusal("GET", "/", [("Host", ""), ("X-Latin", "caf\u{e9}"), ("X-Tab", "a\tb")]) == nil)
  }

  @Test(arguments: ["", "GE T", "GET\t", "GET:", "G\u{0}ET", "GËT", "GET/"])
  func refusesAMethodThatIsNoToken(_ method: String) {
    #expect(refusal(method)?.status == 400)
  }

  @Test(arguments: [
    "", " ", "Content-Length ", " Content-Length", "Content Length", "X\tY", "X\u{0}", "X(", "X:Y", "Ä",
    "X\u{7f}",
    "X/Y", "X=Y", "X{", "\"X\"",
  ])
  func refusesANameThatIsNoToken(_ name: String) {
    #expect(refusal("GET", "/", [("Host", "h"), (name, "v")])?.status == 400)
  }

  @Test(arguments: ["a\u{0}b", "\u{1}", "a\nb", "a\rb", "\u{1b}[0m", "\u{7f}"])
  func refusesAControlCharacterInAValue(_ value: String) {
    #expect(refusal("GET", "/", [("Host", "h"), ("X", value)])?.status == 400)
  }

  @Test func refusesTwoOfWhatMustBeOne() {
    #expect(refusal("GET", "/", [("Host", "a"), ("Host", "a")])?.status == 400)
    #expect(refusal("GET", "/", [("Host", "a"), ("hOST", "b")])?.status == 400)
    #expect(refusal("GET", "/", [("Host", "a"), ("Host", "b")])?.status == 400)
    let lengths: [HTTPField] = [("Host", "h"), ("Content-Length", "5"), ("content-LENGTH", "5")]
    #expect(refusal("POST", "/", lengths)?.status == 400)
    let encodings: [HTTPField] = [
      ("Host", "h"), ("Transfer-Encoding", "chunked"), ("Transfer-Encoding", "chunked"),
    ]
    #expect(refusal("POST", "/", encodings)?.status == 400)
  }

  @Test func refusesALengthBesideATransferEncoding() {
    let fields: [HTTPField] = [("Host", "h"), ("Content-Length", "5"), ("Transfer-Encoding", "chunked")]
    #expect(refusal("POST", "/", fields)?.status == 400)
    #expect(refusal("POST", "/", fields.reversed())?.status == 400)
  }

  @Test func wantsAHostFromHTTP11Alone() {
    #expect(refusal("GET", "/", [])?.status == 400)
    #expect(refusal("GET", "/", version: .http1_0, [("Host", "a"), ("Host", "b")])?.status == 400)
  }

  @Test(arguments: [
    "", " ", "+5", "-5", "5,5", "5, 5", "0x5", "5 ", " 5", "5;", "5.0", "1e3", "٥", "1234567890123456789",
    "99999999999999999999", "18446744073709551616",
  ])
  func refusesALengthThatIsNoNumber(_ length: String) {
    #expect(refusal("POST", "/", [("Host", "h"), ("Content-Length", length)])?.status == 400)
  }

  @Test(arguments: [
    "identity", "gzip", "gzip, chunked", "chunked, gzip", "chunked, chunked", "chunked;q=1", "xchunked", "",
    " chunked",
    "chunked ", "\u{b}chunked",
  ])
  func refusesATransferEncodingThatIsNotChunked(_ encoding: String) {
    let status = refusal("POST", "/", [("Host", "h"), ("Transfer-Encoding", encoding)])?.status
    #expect(status == 400 || status == 501)
  }

  @Test func refusesATransferEncodingInHTTP10() {
    let fields: [HTTPField] = [("Host", "h"), ("Transfer-Encoding", "chunked")]
    #expect(refusal("POST", "/", version: .http1_0, fields)?.status == 400)
  }

  @Test(arguments: [
    "", "api/tags", "http://localhost/api/tags", "HTTP://localhost/", "localhost:80", "?a=b", "**", "*/",
    "//evil/../x",
  ])
  func refusesATargetThatIsNoPath(_ target: String) {
    #expect(refusal("GET", target)?.status == 400)
  }

  @Test(arguments: [
    "/..", "/../", "/a/../b", "/a/..", "/%2e%2e/", "/%2E./x", "/a/.%2e", "/a/%2e%2e%2fb", "/..%2f",
    "/x/..%2F..%2fy",
    "/.", "/./a", "/a/.", "/%2e", "/a%2f..%2fb",
  ])
  func refusesDotSegments(_ target: String) {
    #expect(refusal("GET", target)?.status == 400)
  }

  @Test(arguments: ["/a b", "/a\tb", "/a\u{0}b", "/a\u{7f}", "/a#b", "/a\r", "/a\nb", "/a?b c", "/a?b\u{1}"])
  func refusesWhatMustBeEscaped(_ target: String) {
    #expect(refusal("GET", target)?.status == 400)
  }

  @Test(arguments: ["/%", "/%zz", "/a%0", "/%00", "/a%00b", "/%ff", "/%c0%ae%c0%ae/"])
  func refusesBadEscapes(_ target: String) {
    #expect(refusal("GET", target)?.status == 400)
  }

  @Test func refusesAnAsteriskOfAnyMethodButOPTIONS() {
    #expect(refusal("GET", "*")?.status == 400)
  }
}
