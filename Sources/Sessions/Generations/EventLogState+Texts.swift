// The texts of a log by their kind. Texts of one kind that follow each other are a run: run 0, which may be of nothing, is of the
// content, and behind each change there is another. What is asked for is found by halving, so that it costs by its own length,
// however often the kind changes.
extension EventLogState {
  /// What the texts of a run are.
  static func kind(after changes: Int) -> TextKind { changes.isMultiple(of: 2) ? .content : .thinking }

  /// All texts of one kind, one after the other.
  func text(_ kind: TextKind) -> String {
    guard !changes.isEmpty else { return kind == .content ? String(decoding: bytes, as: UTF8.self) : "" }
    return String(decoding: part(of: kind, from: 0, atMost: .max), as: UTF8.self)
  }

  /// The content in the first so many texts; nil where it has more than `limit` bytes.
  func content(through number: Int, atMost limit: Int) -> [UInt8]? {
    let text = min(max(0, number), textEnds.count)
    let run = run(ofText: text)
    var count = bytes(of: .content, beforeRun: run)
    if EventLogState.kind(after: run) == .content { count += start(ofText: text) - start(ofRun: run) }
    return count <= limit ? part(of: .content, from: 0, atMost: count) : nil
  }

  /// The texts behind one, with their lengths: see ``EventLog/read(after:atMost:into:)``.
  func read(after number: Int, atMost limit: Int, into text: inout KeptText) -> Bool {
    guard number >= 0, number < textEnds.count else { return false }
    let start = start(ofText: number)
    var last = number + 1
    while last < textEnds.count, textEnds[last] - start <= limit { last += 1 }
    let all = bytes[start..<textEnds[last - 1]]
    // Next to no text has U+0000, which stores have none of: then the texts are as they are.
    let isWhole = !all.contains(0)
    text.begin(after: number)
    if isWhole { text.append(all) }
    var run = run(ofText: number)
    for index in number..<last {
      if index >= endText(ofRun: run) { run = self.run(ofText: index) }
      let kind = EventLogState.kind(after: run)
      let (from, end) = (self.start(ofText: index), textEnds[index])
      if isWhole { text.note(end - from, kind) } else { text.appendNext(bytes[from..<end], kind) }
    }
    return true
  }

  /// Of all texts of one kind, `limit` bytes at most from byte `start` on.
  func part(of kind: TextKind, from start: Int, atMost limit: Int) -> [UInt8] {
    var part: [UInt8] = []
    let first = EventLogState.last(upTo: changes.count) { bytes(of: kind, beforeRun: $0) <= start }
    var skipped = start - bytes(of: kind, beforeRun: first)
    for run in first...changes.count where EventLogState.kind(after: run) == kind {
      guard part.count < limit else { break }
      let (from, end) = (self.start(ofRun: run), self.start(ofText: endText(ofRun: run)))
      part += bytes[(from + min(skipped, end - from))..<end].prefix(limit - part.count)
      skipped = 0
    }
    return part
  }

  /// The run that a text is of; for the text that comes next, the last one.
  func run(ofText text: Int) -> Int {
    EventLogState.last(upTo: changes.count) { $0 == 0 || changes[$0 - 1].text <= text }
  }

  /// The index behind the last text of a run.
  func endText(ofRun run: Int) -> Int { run < changes.count ? changes[run].text : textEnds.count }

  /// Where a text begins in `bytes`.
  func start(ofText text: Int) -> Int { text == 0 ? 0 : textEnds[text - 1] }

  private func start(ofRun run: Int) -> Int { run == 0 ? 0 : start(ofText: changes[run - 1].text) }

  private func bytes(of kind: TextKind, beforeRun run: Int) -> Int {
    guard run > 0 else { return 0 }
    let content = changes[run - 1].contentBytes
    return kind == .content ? content : start(ofRun: run) - content
  }

  /// The last of the numbers from 0 to `end` for which something holds that holds for 0, and for none behind one for which it
  /// does not.
  private static func last(upTo end: Int, where holds: (Int) -> Bool) -> Int {
    var (low, high) = (0, end)
    while low < high {
      let middle = low + (high - low + 1) / 2
      if holds(middle) { low = middle } else { high = middle - 1 }
    }
    return low
  }
}
