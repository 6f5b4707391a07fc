import Access
import Testing

@Suite struct ForwardedFieldTests {
  @Test(arguments: [
    "for=127.0.0.1", "For=127.0.0.1;proto=http;by=203.0.113.43", #"for="[::1]:4711""#, #"for="127.0.0.1:80""#,
    "proto=https", "by=203.0.113.43", "", " for=127.0.0.1 , for=127.9.9.9", "for=127.0.0.1,", ";;,",
  ])
  func nobodyElseIsNamed(value: String) { #expect(ForwardedField.namesLoopbackOnly(value)) }

  @Test(arguments: [
    "for=203.0.113.9", "for=127.0.0.1, for=203.0.113.9", "for=203.0.113.9;for=127.0.0.1",
    #"for="[2001:db8::1]""#,
    "for=unknown", "for=_hidden", "for", "for=", "FOR=localhost", #"for="127.0.0.1"#, #"for=127.0.0.1""#,
    #"by="x;for=127.0.0.1";for=203.0.113.9"#, "proto=http; for = 203.0.113.9", "for=127.0.0.1 203.0.113.9",
  ])
  func somebodyElseIsNamedOrNobodyKnows(value: String) { #expect(!ForwardedField.namesLoopbackOnly(value)) }
}
