import HTTPFields
import Testing

/// Fields in place of others.
@Suite struct OverridingTests {
  private func lines(_ fields: FieldSection) -> [String] { fields.map { "\($0.name): \($0.value)" } }

  @Test func namesAreTheSameInAnyCase() {
    let fields: FieldSection = [("A", "1"), ("Key", "2"), ("KEY", "3"), ("Keys", "4")]
    #expect(
      lines(fields.overridden(by: [("key", "5"), ("B", "6")])) == ["A: 1", "Keys: 4", "key: 5", "B: 6"])
    #expect(lines(fields.overridden(by: [])) == lines(fields))
    #expect(lines(FieldSection().overridden(by: [("B", "")])) == ["B: "])
  }

  @Test func sectionsAreComparedByteByByte() {
    let fields: FieldSection = [("A", "1"), ("B", "")]
    #expect(fields.hasSameBytes(as: [("A", "1"), ("B", "")]))
    #expect(FieldSection().hasSameBytes(as: []))
    let others: [FieldSection] = [
      [("a", "1"), ("B", "")], [("A", "2"), ("B", "")], [("A", "1")], [("B", ""), ("A", "1")], [],
    ]
    for other in others { #expect(!fields.hasSameBytes(as: other)) }
  }
}
