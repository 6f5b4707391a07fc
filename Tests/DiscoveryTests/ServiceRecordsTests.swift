import Testing

@testable import Discovery

/// Responses of DNS, byte by byte.
@Suite struct ServiceRecordsTests {
  private func name(_ labels: String...) -> [UInt8] {
    labels.flatMap { [UInt8($0.utf8.count)] + $0.utf8 } + [0]
  }

  private func number(_ value: Int) -> [UInt8] { [UInt8(value >> 8), UInt8(value & 255)] }

  private func record(_ owner: [UInt8], type: Int = 33, _ data: [UInt8]) -> [UInt8] {
    owner + number(type) + number(1) + [0, 0, 0, 30] + number(data.count) + data
  }

  private func service(_ port: Int, _ target: [UInt8]) -> [UInt8] {
    number(1) + number(2) + number(port) + target
  }

  private func message(_ records: [[UInt8]], answers: Int? = nil) -> [UInt8] {
    let head = [0, 7, 0x81, 0x80] + number(1) + number(answers ?? records.count) + number(0) + number(0)
    return head + name("_ollama", "_tcp", "x") + number(33) + number(1) + records.joined()
  }

  /// The question's name stands at 12, and its last label at 25.
  private let owner: [UInt8] = [0xC0, 12]

  @Test func targetsAndPorts() throws {
    let message = message([
      record(owner, type: 5, name("alias")),
      record(owner, service(11434, name("GPU-1", "x"))),
      record(owner, service(8080, [5] + Array("gpu-2".utf8) + [0xC0, 25])),
      record(name("other"), service(1, name("10", "0", "0", "1"))),
    ])
    let records = try #require(ServiceRecords(message))
    #expect(
      records.targets == [FoundServer("gpu-1.x"), FoundServer("gpu-2.x", 8080), FoundServer("10.0.0.1", 1)])
  }

  @Test func whatIsNoServerIsLeftOut() throws {
    let message = message([
      record(owner, service(1, [0])), record(owner, service(0, name("a"))),
      record(owner, service(1, name("a b"))), record(owner, service(1, name("ok"))),
    ])
    #expect(try #require(ServiceRecords(message)).targets == [FoundServer("ok", 1)])
    #expect(try #require(ServiceRecords(self.message([]))).targets.isEmpty)
  }

  @Test func noWholeResponse() {
    let whole = message([record(owner, service(1, name("target")))])
    for size in 0..<whole.count { #expect(ServiceRecords(Array(whole[..<size])) == nil, "\(size)") }
    #expect(ServiceRecords(message([], answers: 1)) == nil)
    // Pointers to themselves, forward, and out of the message.
    for target: [UInt8] in [[0xC0, 50], [0xC0, 51], [0xFF, 0xFF], [0x80, 0], [5, 97], [0xC0]] {
      #expect(ServiceRecords(message([record(owner, service(1, target))])) == nil, "\(target)")
    }
    #expect(ServiceRecords(message([record(owner, [0, 1])])) == nil)
  }

  @Test("Whatever the bytes are, reading ends") func anyBytes() {
    var generator = SystemRandomNumberGenerator()
    let whole = message([record(owner, service(1, [3] + Array("gpu".utf8) + [0xC0, 25]))])
    for _ in 0..<20_000 {
      var bytes = whole
      for _ in 0..<Int.random(in: 1...6, using: &generator) {
        bytes[Int.random(in: 0..<bytes.count, using: &generator)] = .random(in: 0...255, using: &generator)
      }
      _ = ServiceRecords(bytes)
    }
  }
}
