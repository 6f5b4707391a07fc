import Testing

@testable import Access

/// Names as the first system's table has them.
@Suite struct FirstSystemUserTests {
  @Test(arguments: [
    ("ann", "ann"), ("a&amp;b", "a&b"), ("&lt;b&gt;&quot;c&#x27;d&#39;e&#34;", "<b>\"c'd'e\""),
    ("&amp;lt;", "&lt;"), ("&", "&"), ("&amp", "&amp"), ("&AMP;", "&AMP;"), ("&&amp;", "&&"), ("", ""),
    ("&copy;ä&amp;ö", "&copy;ä&ö"),
  ]) func escapesAreUndoneOnce(_ escaped: String, _ name: String) {
    #expect(FirstSystemUser(id: 1, escapedName: escaped).name == name)
    #expect(FirstSystemUser(id: 1, escapedName: "x", escapedFullName: escaped).fullName ?? "" == name)
  }

  @Test func anEmptyFullNameIsNone() {
    #expect(FirstSystemUser(id: 1, escapedName: "x", escapedFullName: "").fullName == nil)
    #expect(FirstSystemUser(id: 1, escapedName: "x").fullName == nil)
  }
}
