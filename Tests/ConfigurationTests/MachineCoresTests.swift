import Testing

@testable import Configuration

@Suite struct MachineCoresTests {
  @Test(arguments: [
    ("Name:\tx\nCpus_allowed:\tf\nCpus_allowed_list:\t0-3\n", 4), ("Cpus_allowed:\t00000000,00000005", 2),
    ("Cpus_allowed:\tffffffff,ffffffff", 64),
  ])
  func readsTheAffinityMask(_ status: String, _ cores: Int) {
    #expect(MachineCores.allowed(in: status) == cores)
  }

  @Test(arguments: [
    ("max 100000\n", nil), ("200000 100000\n", 2), ("150000 100000", 2), ("50000 100000", 1), ("", nil),
    ("x y", nil),
    ("100000 0", nil), ("-1 100000", nil),
  ])
  func readsTheQuota(_ limit: String, _ cores: Int?) { #expect(MachineCores.quota(in: limit) == cores) }

  @Test func thereIsAtLeastOne() { #expect(MachineCores.available >= 1) }
}
