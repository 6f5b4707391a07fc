import HTTPClient
import Testing

@testable import Upstreams

@Suite struct UpstreamTimeoutsTests {
  private let timeouts = UpstreamTimeouts(connect: .seconds(3), firstByte: .seconds(7), idle: .seconds(60))

  @Test(
    arguments: [
      (UpstreamWork.inference, 3, 7, 60, nil), (.read, 3, 10, nil, 30), (.lookup, 3, 7, nil, 30),
      (.management, 3, nil, nil, nil), (.check, 2, 5, 5, 10),
    ] as [(UpstreamWork, Int, Int?, Int?, Int?)])
  func eachWorkHasItsOwn(_ work: UpstreamWork, connect: Int, firstByte: Int?, idle: Int?, whole: Int?) {
    let limits = timeouts.limits(of: work, within: nil)
    #expect(limits.connect == .seconds(connect))
    #expect(limits.firstByte == firstByte.map { .seconds($0) })
    #expect(limits.idle == idle.map { .seconds($0) })
    #expect(limits.whole == whole.map { .seconds($0) })
  }

  @Test func aRequestMayHaveLess() {
    let limits = timeouts.limits(of: .read, within: .seconds(2))
    #expect(limits.connect == .seconds(2) && limits.whole == .seconds(2))
    #expect(timeouts.limits(of: .inference, within: .seconds(9)).whole == .seconds(9))
  }
}
