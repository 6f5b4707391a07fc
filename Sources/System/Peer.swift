/// The other end of a connection.
public enum Peer: Hashable, Sendable {
  /// By TCP: its address and port.
  case ip(IPAddress, port: UInt16)
  /// By a UNIX socket, whose peers have no address.
  case unix

  /// The address, where there is one.
  public var address: IPAddress? {
    switch self {
    case .ip(let address, _): address
    case .unix: nil
    }
  }
}

extension Peer: CustomStringConvertible {
  /// `192.0.2.1:5000`, `[2001:db8::1]:5000` or `unix`.
  public var description: String {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Peer.longestText) { buffer in
      String(decoding: UnsafeBufferPointer(rebasing: buffer[..<write(to: buffer)]), as: UTF8.self)
    }
  }

  /// Bytes of the longest text: an IPv6 address in brackets, a colon and a port.
  package static let longestText = IPAddress.longestText + 8

  /// Writes the text to the start of `buffer`, which has room for ``longestText`` bytes.
  ///
  /// - Returns: how many bytes it has.
  package func write(to buffer: UnsafeMutableBufferPointer<UInt8>) -> Int {
    precondition(buffer.count >= Peer.longestText, "there is too little room for a peer")
    var text = TextWriter(buffer)
    switch self {
    case .unix: text.append("unix")
    case .ip(let address, let port):
      if case .v6 = address { text.append("[") }
      address.write(into: &text)
      if case .v6 = address { text.append("]") }
      text.append(":")
      text.append(decimal: port)
    }
    return text.count
  }
}
