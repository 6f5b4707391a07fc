internal import Bytes
internal import System

extension Authority {
  /// The most bytes that a Host header may have: a name of 253 with its trailing dot, a colon and a port.
  static let longest = 260

  /// Reads `host`, `host:port`, `192.0.2.1:80`, `[2001:db8::1]:80`. Nil for anything else: user information, white
  /// space, an IPv6 zone, a percent sign, a name that a browser would take for an odd IPv4 address (`127.1`, `0x7f.1`).
  public init?(_ text: String) {
    self.init(bytes: text.utf8Span.span)
  }

  init?(bytes: Span<UInt8>) {
    guard !bytes.isEmpty, bytes.count <= Self.longest else { return nil }
    let hostEnd: Int
    let host: Host
    if bytes[0] == UInt8(ascii: "[") {
      guard let close = Self.firstIndex(of: UInt8(ascii: "]"), in: bytes) else { return nil }
      let inner = bytes.extracting(1..<close)
      // Only IPv6 stands in brackets; a dot-only text in there would be IPv4.
      guard Self.firstIndex(of: UInt8(ascii: ":"), in: inner) != nil else { return nil }
      guard let address = IPAddress(bytes: inner) else { return nil }
      (host, hostEnd) = (.address(address), close + 1)
    } else {
      hostEnd = Self.firstIndex(of: UInt8(ascii: ":"), in: bytes) ?? bytes.count
      guard let read = Self.host(bytes.extracting(0..<hostEnd)) else { return nil }
      host = read
    }
    if hostEnd == bytes.count {
      self.init(host: host, port: nil)
      return
    }
    guard bytes[hostEnd] == UInt8(ascii: ":") else { return nil }
    if hostEnd + 1 == bytes.count {
      self.init(host: host, port: nil)
      return
    }
    guard let port = Self.port(bytes.extracting((hostEnd + 1)..<bytes.count)) else { return nil }
    self.init(host: host, port: port)
  }

  private static func firstIndex(of wanted: UInt8, in bytes: Span<UInt8>) -> Int? {
    for index in bytes.indices where bytes[index] == wanted { return index }
    return nil
  }

  private static func port(_ bytes: Span<UInt8>) -> UInt16? {
    guard bytes.count <= 5 else { return nil }
    var port: UInt32 = 0
    for index in bytes.indices {
      guard ASCII.isDigit(bytes[index]) else { return nil }
      port = port * 10 + UInt32(bytes[index] - UInt8(ascii: "0"))
    }
    return UInt16(exactly: port)
  }

  private static func host(_ bytes: Span<UInt8>) -> Host? {
    if let address = IPAddress(bytes: bytes) { return .address(address) }
    return name(bytes).map(Host.name)
  }

  /// Labels of 1-63 letters, digits, `-` and `_`, parted by dots; 253 bytes in all; one trailing dot is dropped.
  /// `_` is not a host name's by RFC 952, but container networks resolve it.
  private static func name(_ bytes: Span<UInt8>) -> String? {
    var count = bytes.count
    if count > 1, bytes[count - 1] == UInt8(ascii: ".") { count -= 1 }
    guard (1...253).contains(count) else { return nil }
    var label = 0
    var isNumber = true
    for index in 0..<count {
      let byte = bytes[index]
      if byte == UInt8(ascii: ".") {
        guard label > 0 else { return nil }
        (label, isNumber) = (0, true)
        continue
      }
      let isDigit = ASCII.isDigit(byte)
      guard isDigit || ASCII.isAlpha(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_") else {
        return nil
      }
      label += 1
      // `0x7f` and `0x` are numbers too in the URL standard's IPv4 parser.
      let isHexMark = label == 2 && byte | 0x20 == UInt8(ascii: "x") && bytes[index - 1] == UInt8(ascii: "0")
      let isHexDigit =
        label > 2 && isHex(bytes, labelStart: index - label + 1) && Hexadecimal.value(of: byte) != nil
      isNumber = isNumber && (isDigit || isHexMark || isHexDigit)
      guard label <= 63 else { return nil }
    }
    guard label > 0, !isNumber else { return nil }
    return String(unsafeUninitializedCapacity: count) { buffer in
      for index in 0..<count { buffer[index] = ASCII.lowercased(bytes[index]) }
      return count
    }
  }

  private static func isHex(_ bytes: Span<UInt8>, labelStart: Int) -> Bool {
    bytes[labelStart] == UInt8(ascii: "0") && bytes[labelStart + 1] | 0x20 == UInt8(ascii: "x")
  }
}
