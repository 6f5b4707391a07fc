/// What takes the response of metered work, and knows how far it is. Called on the loop's thread, once a second at most. In its `deinit`
/// it says to its work that it goes: ``MeteredWork/sourceGoes()``.
package protocol MeteredSource: AnyObject {
  /// Tokens that the model has made so far; nil where that cannot be seen.
  var generatedTokens: Int? { get }
}
