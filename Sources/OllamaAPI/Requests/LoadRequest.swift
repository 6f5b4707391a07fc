internal import JSON

/// A request that lets an Ollama load a model as another request would have it, and nothing else.
public struct LoadRequest: Equatable, Sendable {
  /// `/api/generate`, or `/api/embed` for a model that completes nothing.
  public let path: String
  /// In JSON.
  public let body: [UInt8]
  private let kept: Kept?

  private struct Kept: Equatable, Sendable {
    var model: String
    var contextLength: Int?
  }

  /// - Parameters:
  ///   - request: the body of the request that needs the model. What is not understood of it is left out.
  ///   - isEmbedding: whether that request asks for embeddings.
  /// - Returns: nil where it names no model.
  public init?(for request: UnsafeRawBufferPointer, isEmbedding: Bool) {
    var model: UnsafeRawBufferPointer?
    var options: UnsafeRawBufferPointer?
    var keepAlive: UnsafeRawBufferPointer?
    var scanner = JSONMemberScanner()
    // The body was read before: a fault would have been found.
    while case .member(let member)? = try? scanner.next(in: request) {
      if FoldedKey.matches(member.key, "model") { model = member.value }
      if FoldedKey.matches(member.key, "options") { options = member.value }
      if FoldedKey.matches(member.key, "keep_alive") { keepAlive = member.value }
    }
    guard let model, model.first == UInt8(ascii: "\"") else { return nil }
    var writer = JSONWriter(reservingCapacity: 256)
    writer.object { writer in
      writer.key("model")
      writer.value(json: model)
      if isEmbedding {
        writer.key("input")
        writer.array { _ in }
      } else {
        writer.member("stream", false)
      }
      if let options { LoadRequest.writeOptions(options, into: &writer) }
      // 0 would unload it at once.
      if let keepAlive, LoadRequest.isPositive(keepAlive) {
        writer.key("keep_alive")
        writer.value(json: keepAlive)
      }
    }
    path = isEmbedding ? "/api/embed" : "/api/generate"
    body = writer.take()
    kept = nil
  }

  /// A model that is loaded, if it is not, and stays until somebody says otherwise.
  ///
  /// - Parameters:
  ///   - model: its name.
  ///   - contextLength: what it is loaded with; nil for the server's default.
  ///   - isEmbedding: whether it completes nothing.
  public init(keeping model: String, contextLength: Int?, isEmbedding: Bool = false) {
    var writer = JSONWriter(reservingCapacity: 256)
    writer.object { writer in
      writer.member("model", model)
      if isEmbedding {
        writer.key("input")
        writer.array { _ in }
      } else {
        writer.member("stream", false)
      }
      writer.member("keep_alive", -1)
      guard let contextLength else { return }
      writer.key("options")
      writer.object { $0.member("num_ctx", contextLength) }
    }
    path = isEmbedding ? "/api/embed" : "/api/generate"
    body = writer.take()
    kept = isEmbedding ? nil : Kept(model: model, contextLength: contextLength)
  }

  /// Of one that keeps a model: the same for a model that completes nothing.
  public var forEmbedding: LoadRequest? {
    kept.map { LoadRequest(keeping: $0.model, contextLength: $0.contextLength, isEmbedding: true) }
  }

  private static func writeOptions(_ options: UnsafeRawBufferPointer, into writer: inout JSONWriter) {
    guard options.first == UInt8(ascii: "{"), options.count <= PlacementSigns.objectLimit else { return }
    writer.key("options")
    writer.object { writer in
      var scanner = JSONMemberScanner()
      while case .member(let member)? = try? scanner.next(in: options) {
        guard PlacementSigns.isLoadingOption(member.key) else { continue }
        writer.key(utf8: member.key)
        writer.value(json: member.value)
      }
    }
  }

  private static func isPositive(_ value: UnsafeRawBufferPointer) -> Bool {
    guard let number = Double(String(decoding: value.prefix(400), as: UTF8.self)) else {
      guard value.count > 2, value.count <= 64, value.first == UInt8(ascii: "\"") else { return false }
      return KeepAlive(
        duration: JSONString.unescaped(UnsafeRawBufferPointer(rebasing: value[1..<value.count - 1])))
        == .time
    }
    return number.isFinite && KeepAlive(seconds: number) == .time
  }
}
