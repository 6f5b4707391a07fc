extension StreamSwarm {
  /// What became of one stream.
  public struct Outcome: Sendable, CustomStringConvertible {
    /// Its place in the plan, from 0.
    public let index: Int
    /// The status of the response, or nil if no head came.
    public internal(set) var status: Int?
    /// The response's header fields.
    public internal(set) var headers = TestHeaders()
    /// Count and hash of the body.
    public internal(set) var digest = ByteDigest()
    /// The first bytes of the body, up to the limit given.
    public internal(set) var body: [UInt8] = []
    /// The number of whole chunks.
    public internal(set) var chunks = 0
    /// How it ended.
    public internal(set) var ending = Ending.cut

    /// Whether it came to its end.
    public var isComplete: Bool { ending == .complete }
    /// The content as UTF-8.
    public var text: String { String(decoding: body, as: UTF8.self) }
    public var description: String {
      "stream \(index): \(ending), status \(status.map(String.init) ?? "none"), \(digest.count) bytes"
    }
  }

  /// How a stream ended.
  public enum Ending: Sendable, Equatable {
    /// With a whole response.
    case complete
    /// The peer ended the connection before a whole head.
    case closedBeforeHead(Departure)
    /// The peer ended the connection inside the body.
    case truncated(Departure)
    /// The swarm cut the connection, by its plan or at the test's command.
    case cut
    /// The response broke the rules of HTTP.
    case malformed(HTTPSyntaxError)
    /// No connection came about; the value is `errno`.
    case cannotConnect(Int32)
  }

  /// Which connections are cut, and where: the same ones for the same seed.
  public struct Cuts: Sendable {
    /// What the choices of the plan follow from.
    public var seed: UInt64
    /// The share of the streams that are cut, from 0 to 1.
    public var share: Double
    /// After how many bytes of the response, its head included, a cut falls. 0: as soon as the request is sent. A
    /// response that is shorter is not cut.
    public var afterBytes: ClosedRange<Int>
    /// The share of the cuts that fall inside the request instead.
    public var shareInRequest: Double
    /// The ways to leave, one of which is chosen for each cut.
    public var manners: [Departure]

    /// A plan: see the properties.
    public init(
      seed: UInt64, share: Double = 1, afterBytes: ClosedRange<Int> = 0...4096, shareInRequest: Double = 0.1,
      manners: [Departure] = [.finished, .reset]
    ) {
      precondition(!manners.isEmpty && afterBytes.lowerBound >= 0)
      self.seed = seed
      self.share = share
      self.afterBytes = afterBytes
      self.shareInRequest = shareInRequest
      self.manners = manners
    }
  }
}
