/// What an operator is told of keys, by `check` and in the log.
package enum KeyWarning {
  /// Of access that stays closed though what has closed it is gone. Continues a sentence.
  package static let nobody =
    "there is neither a key nor a user: nobody comes in until ollama-gateway keys add --admin has made one, or auth: open lets everybody in"
  /// A store that is not there any more cannot be told from a first start: then everybody is let in. Continues a sentence.
  package static let missingAuth =
    "and a store that is lost would open the gateway: write auth: required into the configuration"
}
