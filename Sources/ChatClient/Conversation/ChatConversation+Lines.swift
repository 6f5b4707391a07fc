internal import Bytes

// What is typed.
extension ChatConversation {
  /// Bytes of a message as JSON: the gateway takes no longer ones.
  static let messageBytes = 1 << 20

  mutating func take(_ line: String) {
    let text = line.trimmed(\.isWhitespace)
    switch text {
    case "": refuse(nil)
    case "/stop": stop()
    case "/history": queue.append(.history)
    case "/clear": queue.append(.clear)
    case _ where text.hasPrefix("/"):
      refuse("unknown command \(text.prefix { !$0.isWhitespace }): there are /history, /clear and /stop")
    default:
      guard ChatClientMessage.chat(line, model: model).bytes.count <= Self.messageBytes else {
        noteTurn(isWhole: false)
        return refuse("the message is longer than the gateway takes (\(Self.messageBytes) bytes)")
      }
      queue.append(.message(line))
    }
  }

  /// The line is done with.
  private mutating func refuse(_ complaint: String?) {
    actions.append(.lineTaken)
    if let complaint { actions.append(.complain(complaint)) }
    prompt()
  }

  /// Takes effect at once, before the lines that wait.
  private mutating func stop() {
    actions.append(.lineTaken)
    if printed != nil {
      isStopWanted = true
      if link == .online && recovery == .none { send(.stop) }
    } else if case .message = sent?.entry {
      // The generation can be stopped once it has begun.
      isStopWanted = true
    } else {
      actions.append(.complain("no answer is running"))
      prompt()
    }
  }
}
