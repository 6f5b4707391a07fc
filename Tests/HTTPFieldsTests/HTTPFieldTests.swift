import HTTPFields
import Testing

@Suite struct HTTPFieldTests {
  @Test(arguments: ["content-type", "Content-Type", "CONTENT-TYPE", "cOnTeNt-TyPe"])
  func namesHaveNoCase(name: String) {
    #expect(name.isFieldName("content-type"))
    #expect(FieldNameSet(["content-type", "host"]).contains(name))
    #expect([("Host", "a"), (name, "b"), ("content-type", "c")].first("content-type") == "b")
  }

  @Test(arguments: [
    "", "content-typ", "content-type ", "content_type", "contentttype", "Ａontent-type", "content-type\0",
  ])
  func otherNamesAreOthers(name: String) {
    #expect(!name.isFieldName("content-type"))
    #expect(!FieldNameSet(["content-type", "host"]).contains(name))
    #expect([(name, "b")].first("content-type") == nil)
  }

  @Test func onlyLettersHaveCase() {
    // "[" and "{" differ in the bit that tells "A" from "a".
    #expect(!"[x".isFieldName("{x"))
    #expect(!FieldNameSet([]).contains("x"))
  }

  @Test(arguments: [
    "application/json", "Application/JSON", " application/json; charset=utf-8", "application/json ;x",
  ])
  func mediaTypesAreKnownByTheirName(type: String) {
    #expect(type.hasMediaType("application/json"))
  }

  @Test(arguments: [
    "", "application/jsonl", "application/jso", "text/plain; application/json", "application/json+x",
  ])
  func otherMediaTypesAreOthers(type: String) {
    #expect(!type.hasMediaType("application/json"))
  }
}

/// What compares and reads bytes.
@Suite struct FieldBytesTests {
  @Test func stringsAreTheSameByTheirBytes() {
    #expect("/api/chat".hasSameBytes(as: "/api/chat"))
    #expect("".hasSameBytes(as: ""))
    #expect(!"/api/chat".hasSameBytes(as: "/api/chaT"))
    #expect(!"/api/chat".hasSameBytes(as: "/api/chat/"))
    // Equal as Strings.
    #expect("\u{212a}" == "K" && !"\u{212a}".hasSameBytes(as: "K"))
    #expect("e\u{301}" == "\u{e9}" && !"e\u{301}".hasSameBytes(as: "\u{e9}"))
    let long = String(repeating: "/a", count: 40)
    #expect(long.hasSameBytes(as: String(long.reversed().reversed())) && !long.hasSameBytes(as: long + "/"))
  }
}
