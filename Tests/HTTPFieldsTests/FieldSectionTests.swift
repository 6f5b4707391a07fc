import HTTPFields
import Testing

@Suite struct FieldSectionTests {
  private func lines(_ fields: FieldSection) -> [String] { fields.map { "\($0.name)=\($0.value)" } }

  @Test func keepsFieldsInOrderWithTheirRepetitions() {
    let fields: FieldSection = [("Host", "a"), ("x-empty", ""), ("Accept", "b"), ("accept", "c")]
    #expect(lines(fields) == ["Host=a", "x-empty=", "Accept=b", "accept=c"])
    #expect(fields.count == 4)
    #expect(fields.byteCount == 4 + 1 + 7 + 0 + 6 + 1 + 6 + 1)
    #expect(FieldSection().count == 0 && lines(FieldSection()).isEmpty)
  }

  @Test func findsTheFirstOfAName() {
    let fields: FieldSection = [("Accept-Encoding", "gzip"), ("ACCEPT", "b"), ("accept", "c"), ("Empty", "")]
    #expect(fields.first("accept") == "b")
    #expect(fields.first("empty") == "")
    #expect(fields.first("accept-") == nil)
    #expect(fields.contains("accept-encoding"))
    #expect(!fields.contains("host"))
    #expect(fields.withFirst("accept") { $0.isValue("b") } == true)
  }

  @Test func showsNamesAndValuesAsCStrings() {
    let fields: FieldSection = [("Name", "Value"), ("N", "")]
    var seen: [String] = []
    fields.withEachField { field in
      seen.append(String(cString: field.name.bindMemory(to: CChar.self).baseAddress!))
      seen.append(String(cString: field.value.bindMemory(to: CChar.self).baseAddress!))
    }
    #expect(seen == ["Name", "Value", "N", ""])
  }

  @Test func passesBytesThatAreNoText() {
    var fields = FieldSection(reservingCapacity: 2, bytes: 8)
    let value: [UInt8] = [0xff, 0x20, 0xe4]
    value.withUnsafeBytes { fields.append("X-Latin", $0) }
    var copy = FieldSection()
    fields.withEachField { copy.append($0) }
    #expect(copy.withFirst("x-latin") { Array($0.value) } == value)
    #expect(copy.first("x-latin") == "\u{fffd} \u{fffd}")
  }

  @Test func aCopyIsItsOwn() {
    let fields: FieldSection = [("A", "1")]
    var copy = fields
    copy.append("B", "2")
    #expect(lines(fields) == ["A=1"])
    #expect(lines(copy) == ["A=1", "B=2"])
  }

  @Test func stopsAtAnError() {
    struct Stop: Error {}
    let fields: FieldSection = [("A", "1"), ("B", "2"), ("C", "3")]
    var seen = 0
    #expect(throws: Stop.self) {
      try fields.withEachField { field throws(Stop) in
        seen += 1
        if field.isNamed("b") { throw Stop() }
      }
    }
    #expect(seen == 2)
  }

  @Test(arguments: [("x-forwarded-for", true), ("X-FORWARDED-", true), ("X-Forwarded", false), ("y", false)])
  func namesBeginWithAPrefix(_ name: String, _ begins: Bool) {
    let fields: FieldSection = [(name, "")]
    fields.withEachField { #expect($0.hasNamePrefix("x-forwarded-") == begins) }
  }

  @Test func setsKnowFields() {
    let set = FieldNameSet(["te", "connection"])
    let fields: FieldSection = [("TE", ""), ("Connection", ""), ("to", ""), ("connections", "")]
    var known: [Bool] = []
    fields.withEachField { known.append(set.contains($0)) }
    #expect(known == [true, true, false, false])
  }
}

/// Names are compared several bytes at a time.
@Suite struct FieldNameTests {
  /// Each byte at each place, in names that are shorter than a word, end with it, and end behind it.
  @Test func haveNoCaseAndNoOtherFreedom() {
    let names: [StaticString] = [
      "te", "host", "accept", "x_own~1z", "content-type", "transfer-encoding",
      "access-control-request-method",
    ]
    for name in names {
      let plain = Array("\(name)".utf8)
      let set = FieldNameSet([name])
      for place in plain.indices {
        for byte in UInt8.min...UInt8.max {
          var spelled = plain
          spelled[place] = byte
          let isCapital = (0x41...0x5a).contains(byte)
          let isSame = byte == plain[place] || isCapital && byte + 0x20 == plain[place]
          var fields: FieldSection = []
          spelled.withUnsafeBytes {
            fields.append(name: $0, value: UnsafeRawBufferPointer(start: nil, count: 0))
          }
          var isInSet = false
          fields.withEachField { isInSet = set.contains($0) }
          if fields.contains(name) != isSame || isInSet != isSame {
            Issue.record("\(byte) at \(place) of \(name)")
          }
        }
      }
      let capitals = "\(name)".uppercased()
      #expect(set.contains(capitals) && FieldSection([(capitals, "")]).contains(name))
    }
  }
}
