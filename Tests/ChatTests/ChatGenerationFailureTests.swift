@testable import Chat
@testable import Handling
@testable import Upstreams
import HTTPClient
import Testing

@Suite struct ChatGenerationFailureTests {
  /// A failure keeps its status on the way through the event log.
  @Test(arguments: [400, 401, 403, 404, 408, 409, 413, 422, 429, 500, 501, 502, 503, 504])
  func aStatusSurvivesItsCode(status: Int) {
    let failure = RequestFailure(
      generationCode: RequestFailure(status, "x").generationCode, message: "why")
    #expect(failure.status == status)
    #expect(failure.detail == "why")
    let retries = failure.headerFields.contains { $0.name == "Retry-After" }
    #expect(retries == (status == 429 || status == 503))
  }

  @Test func whatIsNotKnownIsABadGateway() {
    #expect(RequestFailure(generationCode: "", message: "why").status == 502)
    #expect(
      RequestFailure(generationCode: RequestFailure(418, "x").generationCode, message: "").status == 502)
  }

  @Test(arguments: [
    (TransferError.unreachable(detail: "x"), 503), (.connectTimeout, 503), (.firstByteTimeout, 504),
    (.idleTimeout, 504), (.brokenOff(detail: "x"), 502), (.malformed(detail: "x"), 502),
    (.failed(detail: "x"), 502),
  ])
  func whatBecomesOfTheTransfer(error: TransferError, status: Int) {
    let failure = RequestFailure(.transfer(error))
    #expect(failure.status == status)
    #expect(!failure.detail.contains("x: "), "libcurl's words are for the log")
    #expect(failure.headerFields.contains { $0.name == "Retry-After" } == (status == 503))
  }
}
