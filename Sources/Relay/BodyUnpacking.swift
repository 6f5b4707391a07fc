internal import Handling
internal import ContentCodings
internal import EventLoop
internal import HTTPServer

/// Unpacks the body of a request, in ticks of the loop between which others are served. It is counted as the body that came
/// is, with the memory that unpacking takes. Lives on its worker's loop.
final class BodyUnpacking {
  private let request: GatewayRequest
  private let loop: EventLoop
  private let limit: Int
  private let decoder: ZstandardDecoder
  private let then: ([UInt8]) -> Void
  private var packed: [UInt8]
  private var position = 0
  private var content: [UInt8] = []

  private static let pieceBytes = 64 * 1024

  /// - Parameters:
  ///   - limit: bytes that the body may have.
  ///   - then: is called with it, if nothing is wrong.
  /// - Throws: 503 without memory.
  init(
    _ packed: [UInt8], of request: GatewayRequest, limit: Int, on loop: EventLoop,
    then: @escaping ([UInt8]) -> Void
  ) throws(RequestFailure) {
    self.packed = packed
    self.request = request
    self.limit = limit
    self.loop = loop
    self.then = then
    do throws(ZstandardError) {
      decoder = try ZstandardDecoder()
    } catch {
      throw RequestFailure(error)
    }
  }

  /// Goes on where it was, in the next slice of the loop's time.
  func goOn() {
    loop.share { self.run() }
  }

  private func run() {
    guard !request.exchange.hasEnded, !request.exchange.hasResponse else { return }
    do throws(RequestFailure) {
      let isWhole = try unpackPiece()
      guard hold(packed.count + content.count + decoder.heldBytes) else { return }
      isWhole ? finish() : goOn()
    } catch {
      request.fail(error)
    }
  }

  /// - Returns: whether that was the last.
  private func unpackPiece() throws(RequestFailure) -> Bool {
    let outcome = packed.withUnsafeBytes { packed in
      withUnsafeTemporaryAllocation(byteCount: BodyUnpacking.pieceBytes, alignment: 1) { buffer in
        Result { () throws(ZstandardError) in
          let count = try decoder.decode(packed, from: &position, to: buffer)
          content.append(contentsOf: buffer[..<count])
          return position == packed.count && count < buffer.count
        }
      }
    }
    let isLast: Bool
    do throws(ZstandardError) {
      isLast = try outcome.get()
      if isLast && !decoder.isComplete { throw .malformed }
    } catch {
      throw RequestFailure(error)
    }
    guard content.count <= limit else {
      throw RequestFailure(413, "The body is over the limit of \(limit) bytes once it is unpacked.")
    }
    return isLast
  }

  private func hold(_ bytes: Int) -> Bool { request.exchange.holdBody(bytes) }

  private func finish() {
    packed = []
    guard hold(content.count) else { return }
    then(content)
  }
}

extension RequestFailure {
  init(_ error: ZstandardError) {
    guard error != .noMemory else {
      self.init(503, "The gateway has no memory left for this request.", headerFields: [("Retry-After", "5")])
      return
    }
    self.init(400, "The body cannot be unpacked: \(error).")
  }
}
