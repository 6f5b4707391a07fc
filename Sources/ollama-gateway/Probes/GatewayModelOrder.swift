import Configuration
import HTTPClient
import HTTPFields
import JSON
import OllamaAPI

/// What a gateway is to do with a model.
struct GatewayModelOrder: Sendable {
  enum Action: Sendable {
    case load
    case unload

    var past: String {
      switch self {
      case .load: "loaded"
      case .unload: "unloaded"
      }
    }

    fileprivate var word: String {
      switch self {
      case .load: "load"
      case .unload: "unload"
      }
    }
  }

  enum Outcome: Equatable, Sendable {
    case done
    /// The reason, for people, on one line.
    case refused(String)
  }

  let action: Action
  let model: String
  let fields: FieldSection
  /// A load takes minutes, and may wait for others.
  static let patience = Duration.seconds(1_800)

  /// - Parameters:
  ///   - servers: by their names; none for where the gateway sends it.
  ///   - key: what is sent as `Authorization: Bearer`.
  init(_ action: Action, _ model: String, servers: [String], key: String?) {
    self.action = action
    self.model = model
    var fields: FieldSection = [("Content-Type", "application/json")]
    if !servers.isEmpty { fields.append("X-Gateway-Servers", servers.joined(separator: ",")) }
    if let key { fields.append("Authorization", "Bearer \(key)") }
    self.fields = fields
  }

  /// The requests that do it: where the first is refused as the model completes nothing, the next one.
  fileprivate var requests: [(path: String, body: [UInt8])] {
    switch action {
    case .load:
      let request = LoadRequest(keeping: model, contextLength: nil)
      return [request, request.forEmbedding].compactMap { $0 }.map { ($0.path, $0.body) }
    case .unload:
      var writer = JSONWriter()
      writer.object { writer in
        writer.member("model", model)
        writer.member("stream", false)
        writer.member("keep_alive", 0)
      }
      return [("/api/generate", writer.take())]
    }
  }
}

extension GatewayProbe {
  /// Lets the gateway load a model, or unload it.
  ///
  /// - Parameter base: the path under which it serves everything.
  func perform(_ order: GatewayModelOrder, under base: BasePath) async -> GatewayModelOrder.Outcome {
    let cannot = "cannot \(order.action.word) \(order.model)"
    var refusal = ""
    for (path, body) in order.requests {
      do {
        let response = try await ask(
          "POST", "\(base.prefix)\(path)", fields: order.fields, body: body)
        guard response.head.status >= 300 else { return .done }
        refusal = "\(cannot): \(Self.reason(in: response))"
        guard response.head.status == 400, refusal.utf8.count < 4096, refusal.contains("does not support")
        else {
          break
        }
      } catch {
        return .refused("\(cannot): \(address): \(problem(error))")
      }
    }
    return .refused(refusal)
  }

  /// What an error says, on one line.
  private static func reason(in response: FetchedResponse) -> String {
    let reader = JSONReader(maximumBytes: responseLimit)
    let words = response.content.withUnsafeBytes { bytes in
      (try? reader.withDocument(bytes) { (root) throws(NoDocument) in
        root["error"]?.string ?? root["error"]?["message"]?.string ?? root["message"]?.string
      }) ?? nil
    }
    guard let words else { return "it responds with status \(response.head.status)" }
    return String(
      decoding: words.utf8.prefix(1_000).map { $0 < 0x20 || $0 == 0x7F ? UInt8(ascii: " ") : $0 },
      as: UTF8.self)
  }
}
