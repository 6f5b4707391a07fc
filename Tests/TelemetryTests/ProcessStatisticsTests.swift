import Glibc
import Telemetry
import Testing

@Suite struct ProcessStatisticsTests {
  @Test func knowsThisProcess() throws {
    let figures = try #require(ProcessStatistics.current())
    #expect(figures.residentBytes > 1 << 20)
    #expect(figures.virtualBytes >= figures.residentBytes)
    #expect(figures.threads >= 1)
    #expect(figures.openDescriptors >= 3 && figures.openDescriptors <= figures.maximumDescriptors)
    // Begun before now, and in this century.
    #expect(figures.startTimeSeconds > 978_307_200 && figures.startTimeSeconds <= Double(time(nil)) + 1)
    #expect(figures.cpuSeconds >= 0)
  }
}
