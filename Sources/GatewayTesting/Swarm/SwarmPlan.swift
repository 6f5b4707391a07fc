/// What a ``StreamSwarm`` was told to do.
struct SwarmPlan: Sendable {
  /// Where the connection of a stream is cut.
  struct Cut {
    enum Place {
      /// After this many bytes of the request.
      case request(Int)
      /// After this many bytes of the response.
      case response(Int)
    }
    let place: Place
    let manner: Departure
  }

  let address: SocketAddress
  let count: Int
  let concurrency: Int
  let reusesConnections: Bool
  let collectLimit: Int
  let receiveBuffer: Int?
  let cuts: StreamSwarm.Cuts?
  let byteInterval: Duration?
  let stalls: (@Sendable (Int) -> Bool)?
  let onBody: StreamSwarm.BodyHandler?
  let request: StreamSwarm.Request

  /// The cut of a stream, if it has one: drawn from the seed and the index, whatever the order of events.
  func cut(_ index: Int, requestLength: Int) -> Cut? {
    guard let cuts else { return nil }
    var random = SeededGenerator(seed: cuts.seed &+ UInt64(index) &* 0x2545_f491_4f6c_dd1d)
    guard Double.random(in: 0..<1, using: &random) < cuts.share else { return nil }
    let isInRequest = Double.random(in: 0..<1, using: &random) < cuts.shareInRequest && requestLength > 0
    let place: Cut.Place =
      isInRequest
      ? .request(Int.random(in: 0..<requestLength, using: &random))
      : .response(Int.random(in: cuts.afterBytes, using: &random))
    return Cut(place: place, manner: cuts.manners.randomElement(using: &random)!)
  }
}
