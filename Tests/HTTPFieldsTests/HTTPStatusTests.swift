import HTTPFields
import Testing

@Suite struct HTTPStatusTests {
  @Test func statusesHaveTheNamesOfTheirRFC() {
    #expect(HTTPStatus.reasonPhrase(of: 404) == "Not Found")
    #expect(HTTPStatus.reasonPhrase(of: 413) == "Content Too Large")
    #expect(HTTPStatus.reasonPhrase(of: 431) == "Request Header Fields Too Large")
  }

  @Test func anUnknownStatusHasThatOfItsClass() {
    #expect(HTTPStatus.reasonPhrase(of: 418) == "Client Error")
    #expect(HTTPStatus.reasonPhrase(of: 599) == "Server Error")
  }
}
