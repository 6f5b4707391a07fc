/// Makes events of the lines of a `text/event-stream`.
struct EventParser {
  private var event = TestClient.Event()

  /// Takes a line.
  ///
  /// - Returns: the event or block of comments that it ends, if it is an empty line after one.
  mutating func take(_ line: String) -> TestClient.Event? {
    let line = line.hasSuffix("\r") ? String(line.dropLast()) : line
    guard !line.isEmpty else {
      defer { event = TestClient.Event() }
      return event == TestClient.Event() ? nil : event
    }
    let colon = line.firstIndex(of: ":") ?? line.endIndex
    var value = colon == line.endIndex ? "" : line[line.index(after: colon)...]
    guard colon != line.startIndex else {
      event.comments.append(String(value))
      return nil
    }
    if value.first == " " { value.removeFirst() }
    switch line[..<colon] {
    case "event": event.type = String(value)
    case "data": event.data = event.data.map { $0 + "\n" + value } ?? String(value)
    case "id": event.id = String(value)
    case "retry": event.retry = String(value)
    default: break
    }
    return nil
  }
}
