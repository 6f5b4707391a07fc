internal import Dispatch
internal import Glibc

/// Finds the addresses of a host, on a thread of Dispatch's: getaddrinfo(3) blocks.
enum HostLookup {
  /// A `sockaddr` as the socket calls take it.
  struct Address: Sendable {
    let family: Int32
    let bytes: [UInt8]
  }

  /// - Parameter completion: called on another thread, with the addresses in the order to try them, at least one.
  static func find(
    _ host: String, port: UInt16, completion: @escaping @Sendable (Result<[Address], ChatLinkError>) -> Void
  ) {
    DispatchQueue.global().async { completion(find(host, port: port)) }
  }

  private static func find(_ host: String, port: UInt16) -> Result<[Address], ChatLinkError> {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    hints.ai_flags = AI_NUMERICSERV
    var first: UnsafeMutablePointer<addrinfo>?
    let status = getaddrinfo(host, "\(port)", &hints, &first)
    guard status == 0 else {
      return .failure(ChatLinkError(reason: "\(host): \(String(cString: gai_strerror(status)))"))
    }
    defer { freeaddrinfo(first) }
    var addresses: [Address] = []
    var next = first
    while let entry = next?.pointee {
      if let address = entry.ai_addr {
        let bytes = UnsafeRawBufferPointer(start: address, count: Int(entry.ai_addrlen))
        addresses.append(Address(family: entry.ai_family, bytes: Array(bytes)))
      }
      next = entry.ai_next
    }
    return addresses.isEmpty ? .failure(ChatLinkError(reason: "\(host): no address")) : .success(addresses)
  }
}
