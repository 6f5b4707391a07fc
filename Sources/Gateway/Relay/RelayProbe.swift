internal import OllamaAPI

/// What the relay reads of a JSON request, as Ollama would read it.
struct RelayProbe {
  /// For the log; at most 600 bytes.
  var model: String?
  /// Whether the answer comes as a stream of small pieces, as far as the request tells.
  var stream = true

  /// - Throws: 400 for what is not a JSON object, 403 for a request that unloads a model.
  static func read(_ body: [UInt8], allowsManagement: Bool) throws(RequestFailure) -> RelayProbe {
    // Ollama has its own words for a body that is missing.
    guard !body.isEmpty else { return RelayProbe() }
    let probe: RequestProbe
    do throws(RequestProbeError) {
      // With a closure that throws, `withUnsafeBytes` looks its types up at run time.
      probe = try body.withUnsafeBytes { bytes in
        Result { () throws(RequestProbeError) in try RequestProbe(bytes) }
      }.get()
    } catch {
      throw RequestFailure(400, error.description)
    }
    if probe.keepAliveIsZero && !allowsManagement {
      throw RequestFailure(
        403, "keep_alive 0 unloads the model; start the gateway with --allow-model-management to let it.")
    }
    return RelayProbe(model: probe.model, stream: probe.stream ?? true)
  }
}
