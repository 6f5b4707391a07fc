/// What takes the response of metered work, and knows how far it is. Called on the loop's thread, once a second at most.
package protocol MeteredSource: AnyObject {
  /// Tokens that the model has made so far; nil where that cannot be seen.
  var generatedTokens: Int? { get }
}
