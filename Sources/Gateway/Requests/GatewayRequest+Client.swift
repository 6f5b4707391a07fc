internal import Access
internal import HTTPFields
internal import HTTPServer

// Who has sent the request.
extension GatewayRequest {
  /// The client's address as far as it is believed: the peer's with its port (`unix` for one without), or what a trusted
  /// proxy says.
  var client: String { forwarded?.way.hops.first?.description ?? exchange.client }

  /// Whether a program of the gateway's own machine has sent it.
  var isFromThisMachine: Bool {
    let isPeerHere = exchange.isFromUnixSocket || Authority(exchange.client)?.host.isLoopback == true
    if let forwarded, forwarded.way.isComplete {
      // A loopback address is this machine's only if every hop after it is on this machine.
      return isPeerHere && forwarded.way.hops.allSatisfy(\.isLoopback)
    }
    // Behind a proxy of this machine that is not trusted, or does not say for whom it asks, everybody would seem to be here.
    let fields = exchange.request.fields
    let isProxied =
      fields.contains("x-forwarded-for") || fields.contains("x-real-ip") || fields.contains("forwarded")
    return isPeerHere && !isProxied
  }

  /// The value of `X-Forwarded-For` for Ollama: those who are believed, and the peer behind them.
  var forwardedFor: String {
    let hops = forwarded?.way.hops ?? []
    guard !hops.isEmpty else { return peerAddress ?? "unknown" }
    return (hops.map(\.description) + (peerAddress.map { [$0] } ?? [])).joined(separator: ", ")
  }

  /// The peer's address without its port. A UNIX socket's has none.
  private var peerAddress: String? {
    var client = exchange.client
    return client.withUTF8 { bytes in
      guard let colon = bytes.lastIndex(of: UInt8(ascii: ":")) else { return nil }
      let isBracketed = bytes[0] == UInt8(ascii: "[")
      return String(decoding: isBracketed ? bytes[1..<(colon - 1)] : bytes[..<colon], as: UTF8.self)
    }
  }
}
