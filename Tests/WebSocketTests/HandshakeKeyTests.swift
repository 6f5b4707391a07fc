import Bytes
import Testing
import WebSocket

@Suite struct HandshakeKeyTests {
  @Test func sixteenBytesAreKnownByTheirForm() {
    for count in 0...40 {
      let text = Base64.text(of: [UInt8](repeating: 0xA7, count: count))
      #expect((HandshakeKey(text) != nil) == (count == 16), "\(count) bytes")
    }
  }

  @Test(arguments: [
    "dGhlIHNhbXBsZSBub25jZQ=", "dGhlIHNhbXBsZSBub25jZQ", "dGhlIHNhbXBsZSBub25jZ===",
    "dGhlIHNhbXBsZSBub25j=Q==",
    "dGhlIHNhbXBsZSBub25jZQ==\n", "dGhlIHNhbXBsZSBub2-jZQ==", "dGhlIHNhbXBsZSBub2_jZQ==",
    "dGhlIHNhbXBsZSBub2 jZQ==",
    "dGhlIHNhbXBsZSBub25jZé==",
  ])
  func otherFormsAreNot(text: String) {
    #expect(HandshakeKey(text) == nil)
  }
}
