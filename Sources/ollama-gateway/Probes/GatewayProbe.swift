import Access
import Configuration
import Gateway
import HTTPClient
import HTTPFields
import JSON
import System

/// Asks the gateway that listens at an address about itself. At an address that stands for every address, the loopback
/// one is asked.
struct GatewayProbe: Sendable {
  /// Whether a gateway is ready.
  enum Readiness: Equatable, Sendable {
    case ready
    /// The reason, for people, on one line.
    case notReady(String)
  }

  let address: ListenAddress
  private let patience: Duration

  /// The most bytes of a response. A report of the gateway's has a hundred.
  static let responseLimit = 64 << 10

  /// - Parameter patience: how long the gateway may take for the whole response. Whether it is ready, it asks its Ollama.
  init(_ address: ListenAddress, patience: Duration = .seconds(10)) {
    self.address = address
    self.patience = patience
  }

  /// Asks `GET /health/ready`.
  func readiness() async -> Readiness {
    do {
      switch try await ask("GET", "/health/ready").head.status {
      case 200: return .ready
      case 503: return .notReady("\(address): the gateway is going down, or reaches no Ollama")
      case let status: return .notReady("\(address): it responds with status \(status)")
      }
    } catch {
      return .notReady("\(address): \(problem(error))")
    }
  }

  /// Asks `GET /health`: whether it is a gateway that listens there, and no other program.
  func isGateway() async -> Bool {
    guard let response = try? await ask("GET", "/health"), response.head.status == 200 else { return false }
    let reader = JSONReader(maximumBytes: Self.responseLimit)
    return response.content.withUnsafeBytes { bytes in
      let app = try? reader.withDocument(bytes) { (root) throws(NoDocument) in root["app"]?.string }
      return app?.hasSameBytes(as: GatewayVersion.name) ?? false
    }
  }

  /// What came is no JSON.
  struct NoDocument: JSONDecodingError {
    init(malformed error: JSONError) {}
  }

  func ask(
    _ method: String, _ path: String, fields: FieldSection = [], body: [UInt8]? = nil
  ) async throws(TransferError) -> FetchedResponse {
    let result: Result<FetchedResponse, TransferError>
    do {
      result = try await BriefHTTPClient.use { client in
        do throws(TransferError) {
          return .success(
            try await client.fetch(request(method, path, fields, body), limit: Self.responseLimit))
        } catch {
          return .failure(error)
        }
      }
    } catch {
      throw .failed(detail: "\(error)")
    }
    return try result.get()
  }

  private func request(
    _ method: String, _ path: String, _ fields: FieldSection, _ body: [UInt8]?
  ) -> ClientRequest {
    let (server, socket) = target
    var all: FieldSection = [("Host", "localhost"), ("User-Agent", "ollama-gateway-health")]
    fields.withEachField { all.append($0) }
    return ClientRequest(
      method: method, url: server + path, fields: all, body: body.map { .bytes($0) } ?? .none,
      timeouts: TransferTimeouts(connect: patience, firstByte: patience, idle: patience, whole: patience),
      unixSocket: socket)
  }

  /// The server's part of a URL, and the UNIX socket where the address is one.
  private var target: (server: String, socket: String?) {
    switch address {
    case .ipv4(let ip, let port), .ipv6(let ip, let port):
      ("http://\(Authority(host: .address(Self.reachable(ip)), port: port))", nil)
    case .any(let port): ("http://127.0.0.1:\(port)", nil)
    case .unix(let path): ("http://localhost", path)
    }
  }

  private static func reachable(_ ip: IPAddress) -> IPAddress {
    switch ip {
    case .v4(0): .v4(0x7F00_0001)
    case .v6(0, 0): .v6(0, 1)
    default: ip
    }
  }

  func problem(_ error: TransferError) -> String {
    switch error {
    case .unreachable: "nothing listens there"
    case .connectTimeout, .firstByteTimeout, .idleTimeout:
      "no response within \(patience.components.seconds) s"
    case .brokenOff, .staleConnection, .malformed: "what listens there is no gateway"
    case .exhausted, .failed: "\(error)"
    }
  }
}
