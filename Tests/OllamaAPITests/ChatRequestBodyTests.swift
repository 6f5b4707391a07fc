import JSON
import OllamaAPI
import Testing

@Suite struct ChatRequestBodyTests {
  private static func request(images: [Int]) -> ChatRequest {
    let bytes = images.map { count in (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 167 &+ count) } }
    return ChatRequest(
      model: "m", system: "\"s\"",
      messages: [
        ChatMessage(role: .user, content: "What are they?", images: bytes),
        ChatMessage(role: .assistant, content: "Images."),
        ChatMessage(role: .user, content: "And this?", images: bytes.suffix(1)),
      ])
  }

  /// However much is taken at once, it is what is written at once.
  @Test(
    "A body in pieces is the body as a whole",
    arguments: [[], [0], [1], [2], [3], [0, 1, 2, 3, 4, 5, 6, 7], [100, 299, 1000]])
  func inPieces(images: [Int]) {
    let request = Self.request(images: images)
    var writer = JSONWriter()
    request.encode(into: &writer)
    for size in [1, 2, 3, 4, 5, 7, 8, 64, 257, 100_000] {
      var body = ChatRequestBody(request)
      #expect(body.count == writer.bytes.count)
      var whole: [UInt8] = []
      var piece = [UInt8](repeating: 0, count: size)
      while body.written < body.count {
        let left = body.count - body.written
        let count = piece.withUnsafeMutableBytes { body.write(into: $0) }
        #expect(count == min(size, left))
        guard count > 0 else { break }
        whole += piece[..<count]
      }
      #expect(whole == writer.bytes)
      #expect(piece.withUnsafeMutableBytes { body.write(into: $0) } == 0)
    }
  }
}
