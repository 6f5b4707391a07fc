/// Why a store was not copied.
package enum StoreCopyError: Error, Equatable, CustomStringConvertible {
  /// There is something in the target already.
  case notEmpty(String)
  /// One of the two has failed.
  case failed(StoreError)
  /// The target does not take something.
  case refused(String)
  /// What is in the target is not what the source has.
  case differs(String)

  package var description: String {
    switch self {
    case .notEmpty(let what):
      """
      the target has \(what) already: only into a store that nobody has used is copied (what a copy left that was broken off \
      goes with the file, or with DROP SCHEMA ollama_gateway CASCADE)
      """
    case .failed(let error): error.description
    case .refused(let words): "the target does not take \(words)"
    case .differs(let what): "the copy is not the same as the source: \(what). Nothing of it may be used"
    }
  }
}
