import HTTPClient
import HTTPFields
import OllamaAPI
import Testing

@testable import Relay

@Suite struct RelayFieldsTests {
  private static let ours = ["X-Content-Type-Options", "Content-Security-Policy"]

  /// The names of Ollama's fields that reach the client.
  private func names(_ fields: KeyValuePairs<String, String>) -> [String] {
    let fields = FieldSection(fields.map { ($0.key, $0.value) })
    let names = RelayFields.toClient(ResponseHead(status: 200, fields: fields)).map(\.name)
    #expect(names.suffix(2) == Self.ours)
    return names.dropLast(2)
  }

  @Test func onlyWhatClientsReadComesBack() {
    let passing: KeyValuePairs = [
      "Content-Type": "a/b; charset=utf-8", "CONTENT-ENCODING": "gzip", "Content-Language": "de",
      "ETag": "\"a\"",
      "Last-Modified": "x", "Retry-After": "5", "retry-after-ms": "5", "WWW-Authenticate": "Bearer",
      "X-Should-Retry": "true", "Request-Id": "r", "OpenAI-Processing-Ms": "5", "openai-version": "1",
      "Anthropic-RateLimit-Requests-Limit": "5", "x-ratelimit-remaining-tokens": "5",
    ]
    #expect(names(passing) == passing.map(\.key))
    #expect(
      names([
        "Connection": "keep-alive", "Keep-Alive": "timeout=5", "Proxy-Authenticate": "x", "TE": "x",
        "Trailer": "x",
        "Transfer-Encoding": "chunked", "Upgrade": "x", "Content-Length": "5", "Date": "x",
        "X-Request-Id": "x",
        "Server": "x", "Set-Cookie": "a", "Location": "/", "Refresh": "0", "Link": "x", "Vary": "x",
        "Access-Control-Allow-Origin": "*", "Content-Security-Policy": "default-src *",
        "Clear-Site-Data": "\"*\"",
        "X-Content-Type-Options": "x", "Strict-Transport-Security": "max-age=1",
        "Service-Worker-Allowed": "/",
        "Alt-Svc": "x", "Content-Disposition": "x", "Server-Timing": "x", "OpenAI": "x", "X-RateLimit": "x",
        "": "x",
      ]) == [])
  }

  @Test(arguments: ["\u{0}", "\u{1}", "\t", "\r", "\n", "\u{1b}", "\u{7f}"])
  func noControlCharacterComesBack(_ character: String) {
    #expect(
      names(["Content-Type": "a\(character)b", "OpenAI-A": "\(character)", "ETag": "c\(character)"]) == [])
    #expect(
      names(["OpenAI-\(character)": "a", "X-RateLimit-\(character)a": "b", "Anthropic-A B": "c"]) == [])
  }

  /// Clients read them in different ways, or fail.
  @Test func valuesThatAreNotUTF8() {
    var fields = FieldSection()
    let values: [(name: StaticString, value: [UInt8])] = [
      ("OpenAI-A", [0x61, 0xff]), ("Anthropic-B", [0xc3]), ("X-RateLimit-C", [0xed, 0xa0, 0x80]),
      ("Content-Type", [0x61, 0x2f, 0x80]), ("OpenAI-D", Array("grün".utf8)), ("ETag", Array("a".utf8)),
    ]
    for (name, value) in values { value.withUnsafeBytes { fields.append(name, $0) } }
    let passed = RelayFields.toClient(ResponseHead(status: 200, fields: fields))
    #expect(passed.map(\.name) == ["OpenAI-D", "ETag"] + Self.ours)
    #expect(passed.first("openai-d") == "grün")
  }

  /// Proxies in front are to let it through as it comes.
  @Test func aStreamIsNotBuffered() {
    let received: KeyValuePairs = ["Content-Type": "text/event-stream", "Cache-Control": "max-age=5"]
    let head = ResponseHead(status: 200, fields: FieldSection(received.map { ($0.key, $0.value) }))
    let passed = RelayFields.toClient(head, isStream: true)
    #expect(passed.map(\.name) == ["Content-Type"] + Self.ours + ["Cache-Control", "X-Accel-Buffering"])
    #expect(passed.first("cache-control") == "no-cache" && passed.first("x-accel-buffering") == "no")
    #expect(RelayFields.ofStream(.sse).map(\.name) == passed.map(\.name))
    #expect(RelayFields.ofStream(.sse).first("content-type") == "text/event-stream")
  }

  @Test func aContentHasOneType() {
    let received: KeyValuePairs = ["Content-Type": "text/plain", "ETag": "e", "content-type": "text/html"]
    let fields = FieldSection(received.map { ($0.key, $0.value) })
    let passed = RelayFields.toClient(ResponseHead(status: 200, fields: fields))
    #expect(passed.map(\.name) == ["Content-Type", "ETag"] + Self.ours)
    #expect(passed.first("content-type") == "text/plain")
  }

  @Test func whatConnectionNamesStops() {
    #expect(
      names([
        "Connection": "close, OpenAI-One", "OpenAI-One": "1", "Connection": "\topenai-two ,OpenAI-Three",
        "OpenAI-Two": "2", "OPENAI-THREE": "3", "OpenAI-Four": "4",
      ]) == ["OpenAI-Four"])
    // The first says nothing of its own.
    for first in ["close", "keep-alive", "Keep-Alive", ""] {
      #expect(
        names(["Connection": first, "Connection": "ETag", "ETag": "1", "Content-Type": "a"]) == [
          "Content-Type"
        ])
    }
  }

  @Test(arguments: [
    "Connection", "Keep-Alive", "TE", "Trailer", "Transfer-Encoding", "Upgrade", "HTTP2-Settings",
    "Proxy-Authorization", "Proxy-Connection", "Proxy-Authenticate", "Proxy-Anything", "Host",
    "Content-Length",
    "Expect", "Authorization", "Cookie", "Api-Key", "API-KEY", "X-Api-Key", "X-Goog-Api-Key",
    "X-OpenAI-Api-Key",
    "X-Auth-Token", "X-Session-Token", "X-Access-Token", "X-CSRF-Token", "X-Amz-Security-Token",
    "X-Vault-Token",
    "CF-Access-Client-Secret", "CF-Access-Jwt-Assertion", "Ocp-Apim-Subscription-Key", "X-Auth-Key", "Origin",
    "Forwarded", "X-Forwarded-For", "X-Forwarded-Anything", "X-Real-IP", "CF-Connecting-IP", "X-Client-IP",
    "True-Client-IP", "X-Request-Id", "traceparent", "tracestate", "Access-Control-Request-Method",
    "Referer", "Via", "CF-Ray", "CF-IPCountry", "X-Client-Request-Id", "X_Api_Key", "Api_Key", "X-ApiKey",
    "APIKEY", "X-Secret-Key", "X-Access-Key", "X-Token-Auth", "X-Auth", "Authentication", "X-Password",
    "X-Signature", "Remote-User", "X-Goog-Iap-Jwt-Assertion", "X-Amzn-Oidc-Data", "X-Ms-Client-Principal",
    "X-Original-URL", "X-Rewrite-URL", "X-HTTP-Method-Override", "OpenAI-Organization", "OpenAI-Project",
    "OpenAI-Api-Key", "Anthropic-Api-Key", "X-Stainless-Token", "X-Own", "X-Max-Tokens", "Accept-Token",
    "Content-Encoding", "", "Accept-", "Content-Type2",
  ])
  func stopsAtTheGateway(_ name: String) {
    let fields = FieldSection([(name, "x"), (name.lowercased(), "y")])
    fields.withEachField { #expect(!RelayFields.goesOn($0)) }
  }

  @Test(arguments: [
    "Content-Type", "Accept", "Accept-Encoding", "User-Agent", "OpenAI-Beta", "Anthropic-Version",
    "ANTHROPIC-BETA", "Idempotency-Key", "X-Stainless-Lang", "x-stainless-Retry-Count", "Range",
    "If-None-Match",
  ])
  func goesOn(_ name: String) {
    FieldSection([(name, "x")]).withEachField { #expect(RelayFields.goesOn($0)) }
  }

  @Test(
    arguments: [
      ([], true), (["identity"], true), (["Identity"], true), ([""], true), (["gzip"], false),
      (["identity", "gzip"], false), (["identity, gzip"], false),
    ] as [([String], Bool)])
  func whatIsNotCodedCanBeRead(_ codings: [String], _ isPlain: Bool) {
    let fields = FieldSection(codings.map { ("Content-Encoding", $0) })
    #expect(RelayFields.isPlain(ResponseHead(status: 200, fields: fields)) == isPlain)
  }

  /// A name costs the same whether one or thousands are listed.
  @Test func manyNamesAreASet() {
    var fields = FieldSection([("Connection", (0..<10_000).map { "x\($0)" }.joined(separator: ","))])
    for number in 0..<256 { fields.append(("OpenAI-\(number)", "1")) }
    fields.append(("Connection", "openai-7"))
    let names = RelayFields.toClient(ResponseHead(status: 200, fields: fields)).map(\.name)
    #expect(names.count == 255 + 2)
  }
}
