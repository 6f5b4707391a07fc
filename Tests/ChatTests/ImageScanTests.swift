import Budgets
@testable import Chat
@testable import Handling
import JSON
import Testing

/// What is found of images in a body, and what is left of it.
@Suite struct ImageScanTests {
  private static func scan(_ body: String) throws -> (scan: ImageScan, pieces: Int) {
    var scan = ImageScan()
    var pieces = 1
    while try !scan.readOn(in: Array(body.utf8)) { pieces += 1 }
    return (scan, pieces)
  }

  @Test(
    "Images are found wherever they stand",
    arguments: [
      (#"{"a":1}"#, nil, #"{"a":1}"#), ("{}", nil, "{}"),
      (#" {"images" : ["x"] , "a":1} "#, #"["x"]"#, #" {"images" : null , "a":1} "#),
      (#"{"im\u0061ges":["x"]}"#, #"["x"]"#, #"{"im\u0061ges":null}"#),
      (
        #"{"images":["x"],"image\u0073":[],"images":["y"]}"#, #"["y"]"#,
        #"{"images":null,"image\u0073":null,"images":null}"#
      ),
      (
        #"{"a":{"images":[1]},"Images":2,"imagesx":3,"image":4}"#, nil,
        #"{"a":{"images":[1]},"Images":2,"imagesx":3,"image":4}"#
      ),
      (#"{"images":17,"a":"images"}"#, "17", #"{"images":null,"a":"images"}"#),
    ])
  func places(body: String, value: String?, rest: String) throws {
    let scan = try Self.scan(body).scan
    #expect(scan.place.map { String(decoding: Array(body.utf8)[$0], as: UTF8.self) } == value)
    #expect(String(decoding: scan.json, as: UTF8.self) == rest)
  }

  /// So whoever reads looks up from time to time, whatever the body is.
  @Test("A body is scanned in pieces of bounded size") func inPieces() throws {
    let text = String(repeating: "x", count: 8 * ImageScan.pieceBytes)
    let numbers = String(repeating: "0,", count: text.utf8.count)
    for body in [#"{"images":["\#(text)"]}"#, #"{"images":[\#(numbers)0]}"#] {
      let (scan, pieces) = try Self.scan(body)
      #expect(pieces > 8 && String(decoding: scan.json, as: UTF8.self) == #"{"images":null}"#)
    }
  }

  /// It stands still as soon as there is too much beside the images: nothing grows, and nothing is read in vain.
  @Test(arguments: [#""a":0,"#, #""images":0,"#, #""a":"images","#, #""images" : [ "x" ] , "#])
  func tooMuchBeside(member: String) throws {
    let count = 16 << 20
    let body = Array(("{" + String(repeating: member, count: count / member.utf8.count)).utf8)
    var scan = ImageScan()
    var pieces = 0
    let failure = #expect(throws: RequestFailure.self) {
      while try !scan.readOn(in: body) { pieces += 1 }
    }
    #expect(failure?.status == 413)
    // At least a quarter of what is read stays.
    #expect(pieces <= 2 * ChatMessageRequest.bodyLimit / ImageScan.pieceBytes)
    #expect(scan.json.count <= ChatMessageRequest.bodyLimit + 4)
  }

  @Test(arguments: [
    "", "[]", "{", #"{"images":}"#, #"{"images":["x]}"#, #"{"images":[] "a":1}"#, #"{"images":[1}"#,
  ])
  func noJSON(body: String) {
    let failure = #expect(throws: RequestFailure.self) { try Self.scan(body) }
    #expect(failure?.status == 400)
  }
}
