internal import JSON
internal import Sessions

/// How what keeps the sessions is, as the documents of health tell it. A plain value.
struct StoreReport: Sendable {
  /// The kinds, and `memory`, where nothing outlives the process.
  let kind: StaticString
  /// Nil where nothing is stored.
  let figures: StoreFigures?
  /// Where it is, without secrets; nil for who may not know it.
  var location: String?
  /// Why it does not work, in its own words; nil where it does, and for who may not know it.
  var error: String?

  /// - Parameters:
  ///   - storage: nil where nothing is stored.
  ///   - isForOperator: whether paths, addresses and the store's own words may be told.
  init(_ storage: SessionStorage?, isForOperator: Bool) {
    kind = storage.map(\.store.kind.word) ?? "memory"
    figures = storage?.figures
    guard isForOperator else { return }
    location = storage?.store.location
    error = figures?.failure?.description
  }

  init(kind: StaticString, _ figures: StoreFigures) {
    self.kind = kind
    self.figures = figures
  }

  /// What is stored in memory works as long as the process does.
  var state: StoreState { figures?.state ?? .ok }

  /// As the member `store`.
  func encode(into writer: inout JSONWriter) {
    writer.key("store")
    writer.object { writer in
      writer.member("kind", literal: kind)
      writer.member("state", state.rawValue)
      if let figures {
        writer.key("latency_seconds")
        if let latency = figures.latency {
          writer.number((latency * 1e6).rounded() / 1e6)
        } else {
          writer.null()
        }
        writer.member("waiting", figures.waiting)
        writer.member("bytes", figures.bytes)
      }
      if let location { writer.member("location", location) }
      if let error { writer.member("error", error) }
    }
  }
}

extension StoreKind {
  /// Its name in documents.
  var word: StaticString {
    switch self {
    case .sqlite: "sqlite"
    case .postgresql: "postgresql"
    }
  }
}
