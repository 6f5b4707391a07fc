internal import JSON

/// Reads a ``RequestProbe`` out of a body in pieces of any size, in constant memory: a body of 64 MiB is read on an event
/// loop, which has others to serve in between.
public struct RequestProbeReader {
  private let interests: RequestProbe.Interests
  private var scanner: JSONMemberScanner
  /// What was read: all there is, once ``read(_:upTo:)`` has said so.
  public private(set) var probe: RequestProbe

  /// A reader at a body's beginning.
  ///
  /// - Parameter kind: the API, whose fields say how many tokens are asked for; nil where it is not known.
  public init(_ interests: RequestProbe.Interests, of kind: StreamKind? = nil) {
    self.interests = interests
    probe = RequestProbe(interests, of: kind)
    scanner = JSONMemberScanner(
      watchingElements: interests.contains(.tools),
      counting: interests.contains(.placement) ? PromptImage.strings : nil)
  }

  /// Bytes of the body that were read.
  public var position: Int { scanner.position }

  /// Reads on up to byte `limit` of the body, or one of its smallest parts further.
  ///
  /// - Parameter body: the same bytes each time.
  /// - Returns: whether that was all.
  /// - Throws: when the body is no JSON object, or one of the fields is nothing that Ollama would take.
  public mutating func read(
    _ body: UnsafeRawBufferPointer, upTo limit: Int
  ) throws(RequestProbeError) -> Bool {
    while true {
      switch try next(in: body, upTo: limit) {
      case .member(let member): try probe.note(member, of: body, interests)
      case .element(let member, let parent): probe.note(element: member, of: parent)
      case .pause: return false
      case .end: return true
      }
    }
  }

  private mutating func next(
    in body: UnsafeRawBufferPointer, upTo limit: Int
  ) throws(RequestProbeError) -> JSONMemberScanner.Step {
    do {
      return try scanner.next(in: body, upTo: limit)
    } catch {
      throw .malformed(error)
    }
  }
}
