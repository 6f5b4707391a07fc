internal import Access
internal import CResolver
internal import Glibc
internal import System

/// The system's resolver: getaddrinfo(3), which knows of `/etc/hosts` as well, and res_nsearch(3).
package struct SystemNameResolver: NameResolver {
  package init() {}

  package func servers(_ question: NameQuestion) throws(NameError) -> [FoundServer] {
    switch question {
    case .addresses(let name, let port):
      try addresses(of: name).map { FoundServer(.address($0), port: port) }
    case .services(let name): try services(of: name)
    }
  }

  private func addresses(of name: String) throws(NameError) -> [IPAddress] {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    // Of a machine without IPv6 those addresses are of no use.
    hints.ai_flags = AI_ADDRCONFIG
    var first: UnsafeMutablePointer<addrinfo>?
    var status = getaddrinfo(name, nil, &hints, &first)
    if status != 0, status != EAI_AGAIN {
      // A machine that has loopback addresses alone counts as without any.
      hints.ai_flags = 0
      status = getaddrinfo(name, nil, &hints, &first)
    }
    guard status == 0 else { throw NameError(reason: String(cString: gai_strerror(status))) }
    defer { freeaddrinfo(first) }
    var addresses: [IPAddress] = []
    var next = first
    while let entry = next?.pointee {
      if let address = entry.ai_addr, let ip = Self.ip(address, Int(entry.ai_addrlen)) {
        addresses.append(ip)
      }
      next = entry.ai_next
    }
    return addresses
  }

  private static func ip(_ address: UnsafePointer<sockaddr>, _ length: Int) -> IPAddress? {
    var storage = sockaddr_storage()
    withUnsafeMutableBytes(of: &storage) { bytes in
      bytes.copyMemory(from: UnsafeRawBufferPointer(start: address, count: min(length, bytes.count)))
    }
    guard case .ip(let ip, _) = Peer(of: &storage) else { return nil }
    return ip
  }

  /// A message over TCP has as many bytes at most.
  private static let longestMessage = 64 << 10

  private func services(of name: String) throws(NameError) -> [FoundServer] {
    var failure: Int32 = 0
    var count: Int32 = -1
    let message = [UInt8](unsafeUninitializedCapacity: Self.longestMessage) { buffer, written in
      count = cresolver_search_services(name, buffer.baseAddress, Int32(buffer.count), &failure)
      written = min(max(Int(count), 0), buffer.count)
    }
    guard count >= 0 else { throw NameError(reason: String(cString: cresolver_reason(failure))) }
    guard let records = ServiceRecords(message) else {
      throw NameError(reason: "the response makes no sense")
    }
    return records.targets
  }
}
