import Glibc
import Sessions
import Testing

@testable import SQLiteStore

/// What was acknowledged is there after the process was killed, once.
@Suite struct KillTests {
  private let folder = Folder()

  @Test func whatWasAcknowledgedIsThere() throws {
    var acknowledged = 0
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<25 {
      let process = try StoreProcess(["write", folder.path, "\(acknowledged)"])
      for _ in 0..<Int.random(in: 1...40, using: &generator) {
        guard let line = process.line(), let place = Int(line) else { break }
        #expect(place == acknowledged)
        acknowledged = place + 1
      }
      process.kill()
      // What it has written and nobody has read yet is acknowledged as well.
      while let line = process.line() { acknowledged = (Int(line) ?? -1) + 1 }
      let texts = try folder.texts("killed")
      #expect(texts.count >= acknowledged)
      for (place, text) in texts.enumerated() {
        #expect(text == String(repeating: "text \(place) ", count: place % 600))
      }
      // One commit may have come through that nobody was told of.
      #expect(texts.count <= acknowledged + 1)
      acknowledged = texts.count
    }
    let connection = try SQLiteConnection(folder.path, for: .reading, durability: .full)
    #expect(try connection.texts("PRAGMA integrity_check") == ["ok"])
  }

  /// Whoever comes after it flushes again what was not acknowledged: that adds it once, whether it was written or not.
  @Test func whatWasUsedIsThereOnce() throws {
    var acknowledged = 0
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<25 {
      let process = try StoreProcess(["flush", folder.path, "\(acknowledged + 1)"])
      for _ in 0..<Int.random(in: 1...40, using: &generator) {
        guard let line = process.line(), let number = Int(line) else { break }
        #expect(number == acknowledged + 1)
        acknowledged = number
      }
      process.kill()
      while let line = process.line() { acknowledged = Int(line) ?? -1 }
      let store = try folder.open()
      defer { store.close() }
      let reader = try store.makeReader()
      let requests = try reader.usage(UsageQuestion(hours: 0..<UsageQuestion.lastHour)).map { $0[.requests] }
      let tokens = try reader.counters(of: [StoredCounter.endless], limit: 9).map(\.amount)
      // One flush may have come through that nobody was told of.
      #expect(requests == [acknowledged] || requests == [acknowledged + 1])
      #expect(tokens == requests)
    }
  }
}
