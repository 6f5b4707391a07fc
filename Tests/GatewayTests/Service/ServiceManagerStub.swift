import Dispatch
import Glibc
import System
import Testing

/// The socket on which a service manager hears of its services. It is read as soon as something comes: the kernel keeps ten messages,
/// and a service that finds no room for one drops it in the end.
final class ServiceManagerStub: Sendable {
  let path: String
  private let descriptor: Int32
  private let folder: String
  private let lines = Lock<[String]>([])

  init() throws {
    var template = Array("/tmp/ollama-gateway-XXXXXX".utf8CString)
    _ = try #require(mkdtemp(&template))
    folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    path = folder + "/notify"
    descriptor = socket(
      AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let descriptor = descriptor
    let status = withUnsafeBytes(of: &address) {
      bind(descriptor, $0.baseAddress!.assumingMemoryBound(to: sockaddr.self), socklen_t($0.count))
    }
    try #require(status == 0)
    let lines = lines
    DispatchQueue(label: "service manager").async {
      while let message = ServiceManagerStub.receive(descriptor) { lines.withLock { $0 += message } }
      close(descriptor)
    }
  }

  deinit {
    // Ends the reading.
    shutdown(descriptor, Int32(SHUT_RD))
    unlink(path)
    rmdir(folder)
  }

  /// All lines so far.
  var heard: [String] { lines.withLock { $0 } }

  /// The lines of the next message, once it comes; nil at the end of all.
  private static func receive(_ descriptor: Int32) -> [String]? {
    let text = String(unsafeUninitializedCapacity: 4096) {
      max(0, recv(descriptor, $0.baseAddress, $0.count, 0))
    }
    return text.isEmpty ? nil : text.split(separator: "\n").map(String.init)
  }
}
