import Access
import Configuration
import System

@testable import Discovery

extension OllamaServer {
  /// An entry as the setting has it; what is none is the standard server.
  static func entry(_ text: String, _ change: (inout OllamaServer) -> Void = { _ in }) -> OllamaServer {
    var entry = OllamaServer(text) ?? .standard
    change(&entry)
    return entry
  }
}

extension FoundServer {
  /// An address, or else a name, and its port.
  init(_ host: String, _ port: UInt16 = 11434) {
    self.init(IPAddress(host).map { .address($0) } ?? .name(host), port: port)
  }
}

extension ServerSources {
  /// Of entries that name no file.
  init(_ servers: OllamaServer...) throws { try self.init(reading: servers) }
}
