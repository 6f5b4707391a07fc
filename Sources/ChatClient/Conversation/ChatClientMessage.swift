internal import JSON

/// What this client says to the gateway.
enum ChatClientMessage {
  /// - Parameter model: nil is the gateway's default model.
  case chat(String, model: String?)
  case stop
  case resume(after: Int)
  case history
  case clearHistory
  case ping

  /// The JSON of the message.
  var bytes: [UInt8] {
    var writer = JSONWriter()
    writer.object { writer in
      writer.member("type", type)
      switch self {
      case .chat(let message, let model):
        writer.member("message", message)
        if let model { writer.member("model", model) }
      case .resume(let number): writer.member("after", number)
      default: break
      }
    }
    return writer.take()
  }

  private var type: String {
    switch self {
    case .chat: "chat"
    case .stop: "stop"
    case .resume: "resume"
    case .history: "history"
    case .clearHistory: "clear_history"
    case .ping: "ping"
    }
  }
}
