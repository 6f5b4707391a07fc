import GatewayTesting

extension RunningGateway {
  /// What `/metrics` says of a sample; nil where it has none.
  func metric(_ sample: String, _ headers: TestHeaders = [:]) async throws -> Double? {
    let text = try await TestClient.get(port, "/metrics", headers).text
    let line = text.split(separator: "\n").first { $0.hasPrefix(sample + " ") }
    return line.flatMap { Double($0.dropFirst(sample.utf8.count + 1)) }
  }
}
