/// Events copied out of a log, so that they are encoded without its lock. Its memory is kept from read to read.
///
/// A class, as it is handed around for each token: the last event, which it mostly has not got, is large to copy.
final class EventBatch {
  private var first = 0
  private var bytes: [UInt8] = []
  private var ends: [Int] = []
  /// Of all texts in it.
  private var kind = TextKind.content
  private var end: GenerationEnd?
  private var hasDone = false
  private var wait: GenerationWait?

  /// The number of the last event in it.
  var lastNumber: Int { first + ends.count + (hasDone ? 1 : 0) + (end == nil ? 0 : 1) }

  func removeAll(startingAfter number: Int) {
    first = number
    bytes.removeAll(keepingCapacity: true)
    ends.removeAll(keepingCapacity: true)
    if end != nil { end = nil }
    hasDone = false
    if wait != nil { wait = nil }
  }

  func append(_ wait: GenerationWait) { self.wait = wait }

  func append(_ texts: ArraySlice<UInt8>, ends: ArraySlice<Int>, from start: Int, of kind: TextKind) {
    self.kind = kind
    bytes.append(contentsOf: texts)
    for end in ends { self.ends.append(end - start) }
  }

  func append(_ end: GenerationEnd, hasDone: Bool) {
    self.end = end
    self.hasDone = hasDone
  }

  /// Gives back the memory of a batch that was larger than usual.
  func trim(to keptBytes: Int) {
    if bytes.capacity > keptBytes { bytes = [] }
    if ends.capacity > keptBytes { ends = [] }
  }

  func forEach(_ body: (Int, GenerationEvent) -> Void) {
    var number = first
    if let wait { body(number, .queued(wait)) }
    bytes.withUnsafeBytes { bytes in
      var start = 0
      for end in ends {
        number += 1
        let text = UnsafeRawBufferPointer(rebasing: bytes[start..<end])
        body(number, kind == .content ? .text(text) : .thinking(text))
        start = end
      }
    }
    if hasDone {
      number += 1
      body(number, .done)
    }
    if let end { body(number + 1, .end(end)) }
  }
}
