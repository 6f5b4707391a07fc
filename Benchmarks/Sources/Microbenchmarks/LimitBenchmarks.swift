import Benchmark
import Limits
import System

/// What the limits of one account cost a request, from its admission to its end, without the table in which the account is found.
func limitBenchmarks() -> BenchmarkSuite {
  BenchmarkSuite(name: "limits") { suite in
    let most = 1_000_000_000_000
    let budget = Budget(unit: .tokens, period: .month, amount: most)
    for (name, limits) in [
      ("none", LimitSet.none), ("rpm", LimitSet(rpm: most)),
      ("rpm, rpd, tpm, concurrent", LimitSet(rpm: most, rpd: most, tpm: most, concurrent: 4)),
      ("the same and a budget", LimitSet(rpm: most, rpd: most, tpm: most, concurrent: 4, budgets: [budget])),
    ] {
      suite.benchmark(name) {
        var account = LimitAccount()
        account.use(limits, at: .now, .now)
        for _ in 0..<repetitions { serve(&account) }
      }
    }
    suite.benchmark("what is left, as OpenAI's fields") {
      let standings = [
        LimitStanding(kind: .rpm, limit: 60, remaining: 12, fullAgain: .seconds(31)),
        LimitStanding(kind: .tpm, limit: 100_000, remaining: 99_000, fullAgain: .seconds(1)),
      ]
      for _ in 0..<repetitions {
        let fields = RateLimitFields.fields(of: standings, in: .openAI, at: .now)
        precondition(fields.count == 8)
      }
    }
  }
}

private func serve(_ account: inout LimitAccount) {
  let (now, wall) = (MonotonicTime.now, Timestamp.now)
  let claim = LimitClaim(text: 100, output: 100)
  precondition(account.excess(of: claim, at: now, wall) == nil)
  var counted: Int64 = 0
  var hold = account.take(claim, at: now, wall) { amount, _ in counted += amount }
  account.spend(tokens: 150, gpuMicroseconds: 1000, at: wall) { amount, _ in counted += amount }
  account.settle(&hold, used: 150, at: now)
}
