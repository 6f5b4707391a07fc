public import System

/// Who a request comes from, as far as anybody can be believed who says so.
public enum BelievedClient: Equatable, Sendable {
  /// A program of this machine; or so it seems, where a proxy here adds no field.
  case thisMachine
  /// The client at this address.
  case address(IPAddress)
  /// Somebody for whom a trusted proxy asks without saying who that is.
  case unknown

  /// - Parameters:
  ///   - peer: the address of the connection's other end; nil on a UNIX socket.
  ///   - way: what the peer says in `X-Forwarded-For`, empty if nothing; nil where its word is not believed.
  ///   - proxies: whose own addresses are no client's.
  public init(peer: IPAddress?, way: ForwardedFor?, trusting proxies: TrustedProxies) {
    let isPeerHere = peer?.isLoopback ?? true
    if let way, let client = way.client {
      // A loopback address is this machine's only if every hop after it is on this machine, and it has no hop before it: what stands
      // there says that it is the end of another proxy, or of a tunnel, whose clients are anywhere.
      if isPeerHere && way.hops.allSatisfy(\.isLoopback) {
        self = way.hasMore ? .unknown : .thisMachine
      } else {
        self = proxies.contains(client) ? .unknown : .address(client)
      }
    } else if let way, !way.hops.isEmpty {
      self = .unknown
    } else if isPeerHere {
      self = .thisMachine
    } else if way == nil, let peer {
      self = .address(peer)
    } else {
      self = .unknown
    }
  }
}
