import Telemetry
import Testing

@Suite struct MetricsTextTests {
  private func text(_ format: MetricsText.Format, _ write: (inout MetricsText) -> Void) -> String {
    var text = MetricsText(format)
    write(&text)
    return String(decoding: text.finish(), as: UTF8.self)
  }

  @Test("A gauge has its help, type and sample") func aGauge() {
    let text = text(.prometheus) {
      $0.gauge("a_b", "What it is.")
      $0.sample(3)
      $0.sample(["x": "1", "y": "two"], 2.5)
    }
    #expect(
      text == """
        # HELP a_b What it is.
        # TYPE a_b gauge
        a_b 3
        a_b{x="1",y="two"} 2.5

        """)
  }

  /// The formats differ in where a counter's suffix stands, and in the mark of the end.
  @Test(
    "A counter has its suffix where the format wants it",
    arguments: [
      (MetricsText.Format.prometheus, "# HELP n_total H.\n# TYPE n_total counter\nn_total 7\n"),
      (.openMetrics, "# HELP n H.\n# TYPE n counter\nn_total 7\n# EOF\n"),
    ])
  func aCounter(_ format: MetricsText.Format, _ expected: String) {
    let text = text(format) {
      $0.counter("n", "H.")
      $0.sample(7)
    }
    #expect(text == expected)
  }

  /// Buckets are told cumulatively.
  @Test("A histogram's buckets are cumulative") func aHistogram() {
    var histogram = Histogram(Histogram.Bounds([0.5, 1]))
    for value in [0.25, 0.75, 0.75, 8] { histogram.observe(value) }
    let text = text(.prometheus) {
      $0.histogram("h", "H.")
      $0.sample(["r": "/"], histogram)
    }
    #expect(
      text == """
        # HELP h H.
        # TYPE h histogram
        h_bucket{r="/",le="0.5"} 1
        h_bucket{r="/",le="1.0"} 3
        h_bucket{r="/",le="+Inf"} 4
        h_sum{r="/"} 9.75
        h_count{r="/"} 4

        """)
  }

  @Test func labelValuesAreEscaped() {
    let text = text(.prometheus) {
      $0.gauge("g", "H.")
      $0.sample(["v": "a\"b\\c\nd"], 1)
    }
    #expect(text.hasSuffix(#"g{v="a\"b\\c\nd"} 1"# + "\n"))
  }

  @Test(
    arguments: [
      (nil, "text/plain; version=0.0.4; charset=utf-8"), ("*/*", "text/plain; version=0.0.4; charset=utf-8"),
      (
        "application/openmetrics-text;version=1.0.0,text/plain;q=0.5",
        "application/openmetrics-text; version=1.0.0; charset=utf-8"
      ),
    ] as [(String?, String)])
  func theFormatIsTheClientsChoice(_ accept: String?, _ type: String) {
    #expect(MetricsText.Format(accept: accept).contentType == type)
  }
}
