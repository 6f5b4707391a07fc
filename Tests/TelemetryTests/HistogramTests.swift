import Telemetry
import Testing

@Suite struct HistogramTests {
  private static let bounds = Histogram.Bounds([1, 2, 5])

  /// A bound belongs to its bucket: `le` is "less or equal".
  @Test(arguments: [(0.0, 0), (1.0, 0), (1.5, 1), (2.0, 1), (5.0, 2), (5.1, 3), (.infinity, 3)])
  func valuesFallIntoTheirBucket(_ value: Double, _ bucket: Int) {
    var histogram = Histogram(Self.bounds)
    histogram.observe(value)
    #expect(histogram.counts.firstIndex(of: 1) == bucket)
    #expect(histogram.count == 1)
    #expect(histogram.sum == value)
  }

  @Test func durationsAreSeconds() {
    var histogram = Histogram(Self.bounds)
    histogram.observe(.milliseconds(1500))
    #expect(histogram.counts == [0, 1, 0, 0])
    #expect(abs(histogram.sum - 1.5) < 1e-9)
  }

  @Test("Two histograms add up") func addsUp() {
    var one = Histogram(Self.bounds)
    var other = one
    one.observe(1)
    other.observe(1)
    other.observe(9)
    one.add(other)
    #expect(one.counts == [2, 0, 0, 1])
    #expect(one.sum == 11)
  }

  @Test func boundsAreOpenTelemetrys() {
    #expect(Histogram.Bounds.tokenUsage.values.first == 1)
    #expect(Histogram.Bounds.tokenUsage.values.last == 67_108_864)
    #expect(Histogram.Bounds.requestDuration.values.count == 14)
  }
}
