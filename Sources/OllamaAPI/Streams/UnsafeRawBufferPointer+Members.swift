internal import Bytes
import Glibc

/// Members of JSON that is not read: because it has a gap, or because most of what comes is not worth it. What is
/// searched for cannot stand inside a string, where each quote has a backslash before it; it may stand at any depth.
extension UnsafeRawBufferPointer {
  /// The index behind the first place at or after `start` where `text` stands.
  ///
  /// - Parameter letter: by which of its letters it is looked for: the rarest is the fastest, as the quote is not.
  func end(of text: StaticString, from start: Int = 0, by letter: Int = 1) -> Int? {
    guard let first = baseAddress else { return nil }
    let (letters, size) = (text.utf8Start, text.utf8CodeUnitCount)
    var position = start
    while position + size <= count,
      let place = memchr(first + position + letter, Int32(letters[letter]), count - size + 1 - position)
    {
      let start = UnsafeRawPointer(place) - letter
      if memcmp(start, letters, size) == 0 { return start - first + size }
      position = start - first + 1
    }
    return nil
  }

  func contains(_ text: StaticString, by letter: Int = 1) -> Bool { end(of: text, by: letter) != nil }

  /// Where the value of the first member with this key begins, at or after `start`. The key has its quotes.
  func value(of key: StaticString, from start: Int = 0) -> Int? {
    var position = start
    while let end = end(of: key, from: position) {
      position = end
      let colon = skippingSpace(from: end)
      if colon < count, self[colon] == UInt8(ascii: ":") { return skippingSpace(from: colon + 1) }
    }
    return nil
  }

  /// Whether a member with this key has a value that begins so.
  func hasMember(_ key: StaticString, _ text: StaticString) -> Bool {
    let text = UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
    var position = 0
    while let start = value(of: key, from: position) {
      if self[start...].starts(with: text) { return true }
      position = start
    }
    return false
  }

  /// The whole number that is the value of the last member with this key, if it is one.
  func number(of key: StaticString) -> Int? {
    var last: Int?
    while let start = value(of: key, from: last ?? 0) { last = start }
    guard let last else { return nil }
    let digits = self[last...].prefix(while: ASCII.isDigit)
    return Int(String(decoding: digits, as: UTF8.self))
  }

  /// Whether it begins as an object does whose first member has this key.
  func beginsWithMember(_ key: StaticString) -> Bool {
    let open = skippingSpace(from: 0)
    guard open < count, self[open] == UInt8(ascii: "{"), let value = value(of: key) else { return false }
    let start = skippingSpace(from: open + 1)
    return end(of: key).map { $0 - key.utf8CodeUnitCount } == start && value > start
  }

  /// The index of the first byte at or after `start` that is no white space of JSON.
  private func skippingSpace(from start: Int) -> Int {
    var index = start
    while index < count, ASCII.isWhiteSpace(self[index]) { index += 1 }
    return index
  }
}
