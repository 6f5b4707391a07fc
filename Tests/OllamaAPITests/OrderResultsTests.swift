import Testing

@testable import OllamaAPI

@Suite struct OrderResultsTests {
  private func verdict(_ absence: OrderResults.Absence, _ statuses: Int...) -> OrderResults.Verdict? {
    var results = OrderResults(statuses.indices.map { "gpu\($0 + 1)" }, absence: absence)
    for (server, status) in statuses.enumerated().reversed() {
      #expect(results.verdict == nil)
      results.take(status, "status \(status)", of: server)
    }
    return results.verdict
  }

  @Test func whoHasNothingNeedNotDeleteIt() {
    #expect(verdict(.isFine, 200, 200) == .response(of: 0))
    #expect(verdict(.isFine, 404, 200) == .response(of: 1))
    #expect(verdict(.isFine, 404, 404) == .response(of: 0))
    #expect(
      verdict(.isFine, 200, 500, 404) == .failure(status: 502, "1 of 3 servers failed: gpu2: status 500"))
    #expect(
      verdict(.isFine, 503, 503)
        == .failure(status: 503, "2 of 2 servers failed: gpu1: status 503; gpu2: status 503"))
  }

  @Test func elsewhereAbsenceIsAFailure() {
    #expect(verdict(.isFailure, 200, 201) == .response(of: 0))
    #expect(verdict(.isFailure, 200, 404) == .failure(status: 404, "1 of 2 servers failed: gpu2: status 404"))
    #expect(
      verdict(.isFailure, 500, 503)
        == .failure(
          status: 502, "2 of 2 servers failed: gpu1: status 500; gpu2: status 503"))
  }

  @Test func aRequestThatOnlyUnloadsHasNothingToGenerateFrom() {
    func isOne(_ body: String) -> Bool { Array(body.utf8).withUnsafeBytes { UnloadRequest.isOne($0) } }
    for body in [
      #"{"model":"a","keep_alive":0}"#, #"{"model":"a","prompt":"","keep_alive":0}"#,
      #"{"model":"a","messages":[ ],"keep_alive":0}"#, #"{"prompt":null}"#,
    ] { #expect(isOne(body), "\(body)") }
    for body in [
      #"{"prompt":" "}"#, #"{"PROMPT":"x"}"#, #"{"messages":[{}]}"#, #"{"input":["x"]}"#,
      #"{"x":"\#(String(repeating: "x", count: 70_000))"}"#,
    ] { #expect(!isOne(body), "\(body.prefix(80))") }
  }

  @Test func bytesAreReplacedAtTheirPlaces() {
    let body = Array("abcdef".utf8)
    func replaced(_ places: [Range<Int>]) -> String {
      String(decoding: body.replacing(places, with: Array("XYZ".utf8)), as: UTF8.self)
    }
    #expect(replaced([]) == "abcdef")
    #expect(replaced([1..<2, 4..<6]) == "aXYZcdXYZ")
    #expect(replaced([2..<3, 0..<1, 5..<9]) == "abXYZdef")
  }
}
