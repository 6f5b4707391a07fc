/// Why a store did not do what it was asked for.
public struct StoreError: Error, Equatable, CustomStringConvertible {
  /// What is the matter.
  public enum Kind: Sendable, Equatable {
    /// It does not answer now: connection lost, locked, time-out, an error of input or output. Writes wait for it.
    case away
    /// There is no room where it is.
    case full
    /// It may be read only.
    case readOnly
    /// Another gateway has it: this one writes nothing more.
    case taken
    /// What is there is no store of ours, or is damaged.
    case corrupt
    /// It was made by a newer program.
    case newer
    /// What the settings say of it cannot be: a path, an address, a password.
    case unusable
  }

  public let kind: Kind
  /// For people: what happened, where, and what they can do.
  public let description: String

  package init(_ kind: Kind, _ description: String) {
    self.kind = kind
    self.description = description
  }
}

/// Why one member of a group was not written, while the store is well.
package enum StoreWriteError: Error, Equatable {
  /// Its session is not there any more: somebody has deleted it.
  case sessionIsGone
  /// Under a message's place or number another one stands.
  case conflict(String)
  /// The store does not take it; in its own words.
  case refused(String)
}
