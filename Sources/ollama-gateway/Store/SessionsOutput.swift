import ChatClient
import JSON
import Sessions
import System

/// Prints sessions: for people, or as lines of JSON.
struct SessionsOutput {
  let isJSON: Bool

  /// What stands above a list.
  func begin() {
    if !isJSON { line("LAST USED                 MESSAGES  KEY  OWNER  TITLE") }
  }

  /// A line of a list.
  func write(_ session: StoredSession) {
    if isJSON { return json { session.encode(into: &$0) } }
    let count = "\(session.messageCount)"
    let padding = String(repeating: " ", count: max(0, 8 - count.count))
    line(
      "\(session.updatedAt.iso8601)  \(padding)\(count)  \(session.key)  \(session.owner)  \(session.title)")
  }

  /// What stands above a session's messages.
  func writeDetails(of session: StoredSession) {
    line("key       \(session.key)")
    line("owner     \(session.owner)")
    line("title     \(session.title)")
    line("created   \(session.createdAt.iso8601)")
    line("used      \(session.updatedAt.iso8601)")
    line("messages  \(session.messageCount)")
  }

  /// A message, for people.
  func write(_ stored: StoredMessage) {
    let message = stored.message
    let author =
      switch message.author {
      case .user(let user): "user \(user)"
      case .assistant(let model): "assistant \(model)"
      }
    let state = message.state == .whole ? "" : ", \(message.state)"
    let images = message.images.isEmpty ? "" : ", images: \(message.images.count)"
    StandardOutput.write([UInt8(ascii: "\n")])
    line("[\(message.number)] \(author), \(message.timestamp.iso8601)\(state)\(images)")
    StandardOutput.write(TerminalText.cleaned(Array(message.content.utf8)) + [UInt8(ascii: "\n")])
  }

  /// A session with all that it has, as lines of JSON.
  func export(_ session: StoredSession, from reader: any SessionStoreReader) throws(StoreError) {
    json { session.encode(into: &$0) }
    var messages = StoredMessages(reader, of: session.key)
    while let message = try messages.next() { json { message.encode(in: session.key, into: &$0) } }
    for digest in try reader.imageDigests(of: session.key) {
      for image in try reader.images(of: session.key, [digest]) {
        json { image.encode(in: session.key, into: &$0) }
      }
    }
  }

  /// A line of text, without what could steer a terminal: titles and names are those of clients.
  private func line(_ text: String) { print(TerminalText.line(text)) }

  private func json(_ write: (inout JSONWriter) -> Void) {
    var writer = JSONWriter()
    write(&writer)
    StandardOutput.write(writer.take() + [UInt8(ascii: "\n")])
  }
}
