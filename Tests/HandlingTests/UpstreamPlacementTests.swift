import Fleet
import HTTPFields
import Testing
import Upstreams

@testable import Handling

/// What a client is told of the server that its request came to.
@Suite struct UpstreamPlacementTests {
  private func fields(_ placement: UpstreamPlacement, load: Duration? = nil) -> [String] {
    var fields: FieldSection = []
    placement.append(to: &fields)
    ServerTiming(ollama: nil, placement, load: load).append(to: &fields)
    return fields.map { "\($0.name): \($0.value)" }
  }

  private func comment(_ placement: UpstreamPlacement) -> String? {
    placement.comment.map { String(decoding: $0, as: UTF8.self) }
  }

  @Test func allOfIt() {
    let placement = UpstreamPlacement(
      attempts: 2, waited: .milliseconds(3_240), affinity: .switch, name: "gpu1", isTold: true)
    #expect(
      fields(placement, load: .milliseconds(4_100)) == [
        "X-Gateway-Server: gpu1", "X-Gateway-Queue: 3.2", "X-Gateway-Attempts: 2",
        "X-Gateway-Affinity: switch",
        #"Server-Timing: queue;dur=3240.0, load;dur=4100.0, upstream;desc="gpu1""#,
      ])
    #expect(comment(placement) == ": server=gpu1 attempts=2 queue=3.2\n\n")
  }

  @Test("What did not happen is not told") func onlyTheServer() {
    let placement = UpstreamPlacement(attempts: 1, waited: .zero, affinity: .none, name: "gpu1", isTold: true)
    #expect(fields(placement) == ["X-Gateway-Server: gpu1", #"Server-Timing: upstream;desc="gpu1""#])
    #expect(comment(placement) == ": server=gpu1\n\n")
  }

  @Test("All times are in one field") func timing() {
    let placement = UpstreamPlacement(
      attempts: 1, waited: .milliseconds(5), affinity: .none, name: String(repeating: "n", count: 200),
      isTold: true)
    var fields: FieldSection = []
    ServerTiming(ollama: .seconds(Int64.max), placement, load: .seconds(Int64.max)).append(to: &fields)
    #expect(fields.count == 1)
    let longest = "9223372036854.7"
    #expect(
      fields.first("server-timing")
        == "ollama;dur=\(longest), queue;dur=5.0, load;dur=\(longest), upstream;desc=\"\(placement.name!)\"")
  }

  @Test("Where names are not told") func withoutNames() {
    let moved = UpstreamPlacement(attempts: 3, waited: .zero, affinity: .retain, name: nil, isTold: true)
    #expect(fields(moved) == ["X-Gateway-Attempts: 3", "X-Gateway-Affinity: retain"])
    #expect(comment(moved) == ": attempts=3\n\n")
    let plain = UpstreamPlacement(attempts: 1, waited: .zero, affinity: .none, name: nil, isTold: true)
    #expect(fields(plain) == [] && comment(plain) == nil)
  }

  @Test("Of an only server without a name nothing is told") func oneServer() {
    let placement = UpstreamPlacement(
      attempts: 1, waited: .seconds(1), affinity: .initialize, name: nil, isTold: false)
    #expect(fields(placement, load: .seconds(1)) == [] && comment(placement) == nil)
  }

  @Test(
    "A wait is never none",
    arguments: [(1, "0.1"), (49, "0.1"), (149, "0.1"), (150, "0.2"), (60_000, "60.0")])
  func waits(_ milliseconds: Int, _ text: String) {
    let placement = UpstreamPlacement(
      attempts: 1, waited: .milliseconds(milliseconds), affinity: .none, name: nil, isTold: true)
    #expect(fields(placement).first == "X-Gateway-Queue: \(text)")
    let longest = UpstreamPlacement(
      attempts: .max, waited: .seconds(Int64.max), affinity: .none, name: nil, isTold: true)
    #expect(fields(longest).count == 3)
  }
}
