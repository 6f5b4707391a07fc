/// What makes two requests for the same model need two runners: Ollama loads the model again where one of these changes.
package struct FleetRunnerOptions: Sendable, Hashable {
  /// `num_ctx`; nil where the request leaves it to Ollama.
  package var contextLength: Int?
  /// A hash of the others that reload (`num_batch`, `num_gpu`, `main_gpu`, `use_mmap`, `num_thread`, …) and of their values; nil
  /// where the request has none of them.
  package var others: UInt64?

  package init(contextLength: Int? = nil, others: UInt64? = nil) {
    self.contextLength = contextLength
    self.others = others
  }
}
