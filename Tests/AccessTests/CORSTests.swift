import Testing

@testable import Access

@Suite struct CORSTests {
  private func value(_ name: String, _ headers: [CORS.Header]) -> String? {
    let found = headers.filter { $0.name == name }
    #expect(found.count <= 1, "\(name) stands twice")
    return found.first?.value
  }

  private func preflight(_ requestHeaders: String?, privateNetwork: String? = nil) -> [CORS.Header] {
    CORS.preflightHeaders(
      origin: "http://localhost:3000", requestHeaders: requestHeaders, requestPrivateNetwork: privateNetwork)
  }

  @Test func aResponseEchoesTheOriginAndVaries() {
    let headers = CORS.responseHeaders(origin: "http://localhost:3000")
    #expect(value("Access-Control-Allow-Origin", headers) == "http://localhost:3000")
    #expect(value("Vary", headers) == "Origin")
    #expect(value("Access-Control-Expose-Headers", headers)?.contains("X-Request-Id") == true)
    #expect(value("Access-Control-Allow-Credentials", headers) == nil)
  }

  @Test(arguments: [
    "content-type", "authorization,content-type", "x-a, X-B ,\tx_c", "x-stainless-os,x-my-own",
  ])
  func validRequestedNamesAreReflected(_ names: String) {
    #expect(value("Access-Control-Allow-Headers", preflight(names)) == names)
  }

  @Test(arguments: [nil, "", ",", "a,,b", "a b", "a;b", "a,", "x\r\nSet-Cookie: y", "é", "a:b"])
  func othersGetTheFixedList(_ names: String?) {
    #expect(value("Access-Control-Allow-Headers", preflight(names)) == CORS.allowedHeadersLine)
  }

  /// A page of this machine that writes what proxies write would be taken for one.
  @Test(arguments: [
    "x-forwarded-host", "X-Forwarded-For", "content-type, x-forwarded-proto", "x-forwarded-anything",
    "Forwarded",
    "x-real-ip,content-type", "remote-user", "content-type,\tRemote-USER",
  ])
  func whatProxiesSayIsNotForPages(_ names: String) {
    let headers = CORS.preflightHeaders(
      origin: "http://localhost:3000", requestHeaders: names, requestPrivateNetwork: nil,
      userField: Array("remote-user".utf8))
    #expect(value("Access-Control-Allow-Headers", headers) == CORS.allowedHeadersLine)
  }

  @Test func theFixedListHasNoFieldThatNamesTheUser() {
    for requested in [nil, "content-type, x-gateway-servers"] {
      let headers = CORS.preflightHeaders(
        origin: "http://localhost:3000", requestHeaders: requested, requestPrivateNetwork: nil,
        userField: Array("x-gateway-servers".utf8))
      let allowed = value("Access-Control-Allow-Headers", headers) ?? ""
      #expect(!allowed.contains("x-gateway-servers") && allowed.contains("content-type, idempotency-key"))
    }
    // Its beginning, or what it begins, is another.
    let others = CORS.preflightHeaders(
      origin: "http://localhost:3000", requestHeaders: "remote, remote-user-x, x-forwarded",
      requestPrivateNetwork: nil, userField: Array("remote-user".utf8))
    #expect(value("Access-Control-Allow-Headers", others) == "remote, remote-user-x, x-forwarded")
  }

  @Test func tooManyNamesGetTheFixedList() {
    let atLimit = String(repeating: "a", count: 4096)
    #expect(value("Access-Control-Allow-Headers", preflight(atLimit)) == atLimit)
    #expect(value("Access-Control-Allow-Headers", preflight(atLimit + "a")) == CORS.allowedHeadersLine)
  }

  /// What `openai` 4.x to 6.x and `@anthropic-ai/sdk` set on a request in a browser.
  @Test(arguments: [
    "authorization", "content-type", "user-agent", "accept", "x-requested-with", "openai-organization",
    "openai-project", "openai-beta", "x-stainless-arch", "x-stainless-async",
    "x-stainless-custom-poll-interval",
    "x-stainless-helper-method", "x-stainless-lang", "x-stainless-os", "x-stainless-package-version",
    "x-stainless-poll-helper", "x-stainless-retry-count", "x-stainless-runtime",
    "x-stainless-runtime-version",
    "x-stainless-timeout", "anthropic-version", "anthropic-beta", "anthropic-dangerous-direct-browser-access",
    "x-api-key", "idempotency-key", "last-event-id", "x-request-id", "traceparent",
  ])
  func theFixedListHasWhatClientsSend(_ name: String) { #expect(CORS.allowedHeaders.contains(name)) }

  @Test func aPreflightSaysMethodsAgeAndPrivateNetwork() {
    let plain = preflight("content-type")
    for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
      #expect(value("Access-Control-Allow-Methods", plain)?.contains(method) == true)
    }
    #expect(value("Access-Control-Max-Age", plain).flatMap(Int.init) == 7200)
    #expect(value("Access-Control-Allow-Private-Network", plain) == nil)
    #expect(value("Vary", plain)?.hasPrefix("Origin, ") == true)
    let asked = preflight("content-type", privateNetwork: "true")
    #expect(value("Access-Control-Allow-Private-Network", asked) == "true")
    #expect(value("Vary", asked)?.contains("Private-Network") == true)
  }

  @Test func onlyBothHeadersMakeAPreflight() {
    #expect(CORS.isPreflight(origin: "http://a", requestMethod: "POST"))
    #expect(!CORS.isPreflight(origin: nil, requestMethod: "POST"))
    #expect(!CORS.isPreflight(origin: "http://a", requestMethod: nil))
  }
}
