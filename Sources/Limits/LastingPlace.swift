/// What is open for as long as its client likes.
public enum LastingPlace: Sendable {
  /// A stream of events that has no generation of its own.
  case stream
  /// A WebSocket.
  case webSocket
}

extension LimitAccount {
  /// The limit that does not let one more in; nil when there is room. Nothing is taken.
  public func excess(of place: LastingPlace) -> LimitExcess? {
    switch place {
    case .stream: limits.streams.flatMap { streams >= $0 ? .places(.streams, $0) : nil }
    case .webSocket: limits.websockets.flatMap { websockets >= $0 ? .places(.websockets, $0) : nil }
    }
  }

  /// One more is open.
  public mutating func take(_ place: LastingPlace) {
    switch place {
    case .stream: streams += 1
    case .webSocket: websockets += 1
    }
  }

  /// One has been closed.
  public mutating func giveBack(_ place: LastingPlace) {
    switch place {
    case .stream: streams = max(streams - 1, 0)
    case .webSocket: websockets = max(websockets - 1, 0)
    }
  }
}
