internal import Handling

/// The types of the messages that the gateway sends over WebSockets. A stream over HTTP has events of some of them.
enum ServerMessageType: CaseIterable {
  case connection
  case messageReceived
  case messageQueued
  case streamStart
  case queued
  case streamChunk
  case thinkingChunk
  case streamEnd
  case response
  case resumed
  case history
  case historyCleared
  case pong
  case status
  case stream
  case configUpdated
  case commandResponse
  case broadcast
  case error

  /// What `type` says: it is written for each token.
  var name: StaticString {
    switch self {
    case .connection: "connection"
    case .messageReceived: "message_received"
    case .messageQueued: "message_queued"
    case .streamStart: "stream_start"
    case .queued: "queued"
    case .streamChunk: "stream_chunk"
    case .thinkingChunk: "thinking_chunk"
    case .streamEnd: "stream_end"
    case .response: "response"
    case .resumed: "resumed"
    case .history: "history"
    case .historyCleared: "history_cleared"
    case .pong: "pong"
    case .status: "status"
    case .stream: "stream"
    case .configUpdated: "config_updated"
    case .commandResponse: "command_response"
    case .broadcast: "broadcast"
    case .error: "error"
    }
  }
}
