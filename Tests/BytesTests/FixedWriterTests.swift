import Testing

@testable import Bytes

@Suite struct FixedWriterTests {
  private func text(_ size: Int, _ write: (inout FixedWriter) -> Void) -> String {
    withUnsafeTemporaryAllocation(byteCount: size, alignment: 1) { memory in
      var writer = FixedWriter(memory)
      write(&writer)
      return String(decoding: writer.text, as: UTF8.self)
    }
  }

  @Test(
    arguments: [
      0, 1, 9, 10, 11, 99, 100, 999_999_999_999_999, 9_999_999_999_999_999_999, 10_000_000_000_000_000_000,
      .max,
    ] as [UInt64])
  func numbers(_ number: UInt64) {
    #expect(text(20) { $0.append(number) } == "\(number)")
  }

  @Test func whatDoesNotFitIsLeftOut() {
    let written = text(7) {
      $0.append("abc")
      $0.append("defgh")
      $0.append(12_345)
      $0.append(1234)
      $0.append("x")
    }
    #expect(written == "abc1234")
    #expect(text(0) { $0.append(0) } == "")
  }
}
