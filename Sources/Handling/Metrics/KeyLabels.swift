package import Access
internal import System

/// By which labels metrics know keys: one each for the first ones that are used, one for all others, one for callers without.
/// Safe from any thread.
package final class KeyLabels: Sendable {
  /// Of callers without a key.
  package static let anonymous = 0
  /// Of keys beyond ``limit``.
  package static let others = 1
  /// Keys that get figures of their own.
  package static let limit = 100

  private let state = Lock<[KeyID: Int]>([:])

  package init() {}

  /// The number of a key's label, which it keeps.
  package func number(of key: KeyID?) -> Int {
    guard let key else { return KeyLabels.anonymous }
    return state.withLock { numbers in
      if let number = numbers[key] { return number }
      guard numbers.count < KeyLabels.limit else { return KeyLabels.others }
      let number = numbers.count + 2
      numbers[key] = number
      return number
    }
  }

  /// The same of who has a grant, which remembers it.
  package func number(for grant: Grant?) -> Int {
    guard let grant else { return KeyLabels.anonymous }
    if grant.hints.label >= 0 { return grant.hints.label }
    let number = number(of: grant.key?.id)
    grant.hints.label = number
    return number
  }

  /// The labels, by their numbers.
  package var names: [String] {
    state.withLock { numbers in
      var names = Array(repeating: "", count: numbers.count + 2)
      (names[KeyLabels.anonymous], names[KeyLabels.others]) = ("_anonymous", "_other")
      for (key, number) in numbers { names[number] = key.text }
      return names
    }
  }
}
