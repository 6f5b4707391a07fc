import WebSocket

/// What came out of a parser or an engine, as values that can be compared.
enum Received: Hashable {
  case message(MessageKind, [UInt8])
  case ping([UInt8])
  case pong([UInt8])
  case close(UInt16?, [UInt8])
  case failure(ProtocolError)

  static func text(_ text: String) -> Received { .message(.text, Array(text.utf8)) }
}

/// A parser that takes its input in pieces and puts its messages together.
final class ParserRun {
  private var parser: FrameParser
  private var message: [UInt8] = []
  private(set) var received: [Received] = []
  /// Bytes taken until the end was seen, in whole pieces of the input.
  private(set) var bytesToEnd: Int?
  private var bytesTaken = 0
  /// The most pieces that a message came in.
  private(set) var pieces = 0

  init(role: WebSocketRole = .server, frameBytes: Int = 1 << 20, messageBytes: Int = 1 << 20) {
    parser = FrameParser(role: role, frameBytes: frameBytes, messageBytes: messageBytes)
  }

  var isIdle: Bool { parser.isIdle }
  /// The message that is not finished.
  var partial: [UInt8] { message }

  func take(_ bytes: some Collection<UInt8>) {
    var copy = Array(bytes)
    bytesTaken += copy.count
    copy.withUnsafeMutableBytes { buffer in
      var input = buffer
      do throws(ProtocolError) {
        while let part = try parser.next(from: &input) { note(part) }
      } catch {
        received.append(.failure(error))
      }
      if parser.isFinished, bytesToEnd == nil { bytesToEnd = bytesTaken }
    }
  }

  func take(_ bytes: [UInt8], cutEvery length: Int) {
    for start in stride(from: 0, to: bytes.count, by: length) {
      take(bytes[start..<min(start + length, bytes.count)])
    }
  }

  private func note(_ part: FramePart) {
    switch part {
    case .data(let kind, let piece, let isFirst, let isLast):
      if isFirst { (message, pieces) = ([], 0) }
      message += Array(piece)
      pieces += 1
      if isLast {
        received.append(.message(kind, message))
        message = []
      }
    case .ping(let payload): received.append(.ping(Array(payload)))
    case .pong(let payload): received.append(.pong(Array(payload)))
    case .close(let code, let reason): received.append(.close(code?.rawValue, Array(reason)))
    }
  }
}

/// What a parser makes of the bytes, cut every `length` bytes.
func parsed(
  _ bytes: [UInt8], role: WebSocketRole = .server, frameBytes: Int = 1 << 20, messageBytes: Int = 1 << 20,
  cutEvery length: Int = .max
) -> [Received] {
  let run = ParserRun(role: role, frameBytes: frameBytes, messageBytes: messageBytes)
  run.take(bytes, cutEvery: min(length, max(bytes.count, 1)))
  return run.received
}
