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

  /// What comes in a second goes to the store at once: what a process has counted since is lost with it, and nothing counts twice.
  @Test func whatAGatewayHasCountedIsThereOnce() throws {
    var before = 0
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<6 {
      let process = try StoreProcess(["account", folder.path, "-"])
      var (counted, stored, flushes) = (0, before, 0)
      func read(_ line: String) throws {
        let numbers = line.split(separator: " ").compactMap { Int($0) }
        try #require(numbers.count == 2, "\(line)")
        if numbers[1] != stored { flushes += 1 }
        (counted, stored) = (numbers[0], numbers[1])
        #expect(stored <= before + counted)
      }
      let wanted = Int.random(in: 1...2, using: &generator)
      while flushes < wanted, let line = process.line() { try read(line) }
      for _ in 0..<Int.random(in: 0...100, using: &generator) {
        if let line = process.line() { try read(line) }
      }
      process.kill()
      while let line = process.line() { try read(line) }
      let store = try folder.open()
      defer { store.close() }
      let usage = try store.makeReader().usage(UsageQuestion(hours: 0..<UsageQuestion.lastHour))
      let total = usage.first?[.requests] ?? 0
      // One may have been counted that was not said any more.
      #expect(total >= stored && total <= before + counted + 1)
      #expect(usage.first?[.outputTokens] == total)
      before = total
    }
  }
}
