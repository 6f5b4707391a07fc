@testable import Gateway
import HTTPClient
import HTTPFields
import Testing

@Suite struct RelayFieldsTests {
  private func names(_ fields: KeyValuePairs<String, String>) -> [String] {
    let fields = FieldSection(fields.map { ($0.key, $0.value) })
    return RelayFields.toClient(ResponseHead(status: 200, fields: fields)).map(\.name)
  }

  @Test func whatIsOfTheConnectionStops() {
    #expect(
      names([
        "Content-Type": "a", "Connection": "keep-alive", "Keep-Alive": "timeout=5", "Proxy-Authenticate": "x",
        "Proxy-Connection": "x", "TE": "x", "Trailer": "x", "Transfer-Encoding": "chunked", "Upgrade": "x",
        "Content-Length": "5", "Date": "x", "X-Request-Id": "x", "X-Own": "b",
      ]) == ["Content-Type", "X-Own"])
  }

  @Test func whatConnectionNamesStops() {
    #expect(
      names([
        "Connection": "close, X-One", "X-One": "1", "Connection": "\tx-two ,X-Three", "X-Two": "2",
        "X-THREE": "3", "X-Four": "4",
      ]) == ["X-Four"])
  }

  @Test func theGatewayAloneDecidesOnCORS() {
    #expect(
      names([
        "Access-Control-Allow-Origin": "*", "ACCESS-CONTROL-ALLOW-HEADERS": "x", "Access-Control": "stays",
        "Content-Encoding": "gzip", "Set-Cookie": "a", "Set-Cookie": "b", "Vary": "Accept-Encoding",
      ]) == ["Access-Control", "Content-Encoding", "Set-Cookie", "Set-Cookie", "Vary"])
  }
}
