internal import OllamaAPI

/// The models that Ollama lists, by whatever name they are asked for.
package struct ListedModels: Sendable {
  /// By their canonical names: as they are listed.
  private var names: [String: String] = [:]

  /// - Parameter names: as Ollama lists them. One that is no name is left out.
  package init(_ names: some Sequence<String> = []) {
    for name in names {
      guard let model = ModelName(name) else { continue }
      self.names[model.canonical] = name
    }
  }

  /// The name in the list; nil where it is not there.
  ///
  /// - Parameter canonical: ``ModelName/canonical``.
  package subscript(canonical: String) -> String? { names[canonical] }

  /// What figures of a model are labelled with once the list is known.
  ///
  /// - Parameter label: listed or canonical.
  package func label(of label: String) -> String {
    ModelName(label).flatMap { names[$0.canonical] } ?? WorkerMetrics.otherModels
  }
}
