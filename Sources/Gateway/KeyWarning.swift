/// What an operator is told of keys, by `check` and in the log.
package enum KeyWarning {
  /// A store that is not there any more cannot be told from a first start: then everybody is let in. Continues a sentence.
  package static let missingAuth =
    "and a store that is lost would open the gateway: write auth: required into the configuration"
}
