/// How a store is, in a word for documents and metrics.
package enum StoreState: String, Sendable, CaseIterable {
  case ok
  /// More waits than may: turns are refused.
  case busy
  /// It has more bytes than it may have, or there is no room where it is.
  case full
  /// It may be read only.
  case readOnly = "read_only"
  /// Another gateway has it: this one writes nothing more.
  case taken
  /// It does not work for another reason.
  case failing

  package init(_ refusal: StoreRefusal?) {
    switch refusal {
    case nil: self = .ok
    case .busy: self = .busy
    case .full: self = .full
    case .fails(let error): self.init(error)
    case .closed: self = .failing
    }
  }

  private init(_ error: StoreError) {
    switch error.kind {
    case .full: self = .full
    case .readOnly: self = .readOnly
    case .taken: self = .taken
    default: self = .failing
    }
  }
}
