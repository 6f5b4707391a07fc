import Glibc
import Testing

/// A port of 127.0.0.1 that refuses connections, and that nobody else can get: it is bound, and nobody listens.
final class RelayClosedPort: Sendable {
  let port: UInt16
  private let descriptor: Int32

  init() throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let (descriptor, size) = (descriptor, length)
    let isBound = withUnsafeMutableBytes(of: &address) { bytes in
      let pointer = bytes.baseAddress!.assumingMemoryBound(to: sockaddr.self)
      return bind(descriptor, pointer, size) == 0 && getsockname(descriptor, pointer, &length) == 0
    }
    try #require(isBound)
    port = UInt16(bigEndian: address.sin_port)
  }

  deinit { close(descriptor) }
}

/// Runs `body` with a gateway whose Ollama is not there.
func withoutOllama(_ body: (RunningGateway) async throws -> Void) async throws {
  let closed = try RelayClosedPort()
  let gateway = try await RunningGateway(ollama: closed.port)
  do {
    try await body(gateway)
  } catch {
    await gateway.stop()
    throw error
  }
  await gateway.stop()
}
