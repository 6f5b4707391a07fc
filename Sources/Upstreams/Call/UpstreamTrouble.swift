/// What is wrong with a response that came all the same, in words for the log: none of Ollama's own, which may repeat what a
/// model or a client has said.
package enum UpstreamTrouble: Sendable, CustomStringConvertible {
  /// Its status is an error of the server's.
  case status(Int)
  /// Its status says that the gateway's own credentials are not taken.
  case loginRefused(Int)
  /// It has begun well, and then told of an error.
  case errorInContent
  /// It has ended before its content was whole.
  case endedEarly
  /// Its content is whole, and yet it does not end.
  case endless
  /// It has a line of more bytes than are read.
  case lineTooLong(Int)
  /// It is something else than Ollama would send.
  case nonsense

  package var description: String {
    switch self {
    case .status(let status): "it answers with status \(status)"
    case .loginRefused(let status): "it refuses the gateway's credentials, with status \(status)"
    case .errorInContent: "its answer tells of an error"
    case .endedEarly: "the answer ended without its mark of success"
    case .endless: "the answer did not end after its mark of success"
    case .lineTooLong(let limit): "a line of more than \(limit) bytes"
    case .nonsense: "its answer makes no sense"
    }
  }
}
