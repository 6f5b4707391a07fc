import GatewayTesting
import System
import Testing

/// What a simulated Ollama does, in the tests' own time.
@Suite struct OllamaSimulationTests {
  private typealias Work = OllamaSimulation.Work

  /// A simulation with round times, and what it said.
  private struct Run {
    var ollama: OllamaSimulation
    var effects: [OllamaSimulation.Effect] = []
    private let start = MonotonicTime(nanoseconds: 0)

    init(_ names: [String] = ["a", "b", "c"], _ change: (inout OllamaSimulation.Settings) -> Void = { _ in })
    {
      var settings = OllamaSimulation.Settings(names)
      settings.loadTime = .seconds(10)
      settings.tokenTime = .seconds(1)
      settings.promptTokenTime = .seconds(1)
      settings.bytesPerToken = 1
      settings.tokens = ["x", "y"]
      change(&settings)
      ollama = OllamaSimulation(settings, at: start)
    }

    private func time(_ seconds: Double) -> MonotonicTime { start + .seconds(seconds) }

    mutating func submit(_ id: Int, _ work: OllamaSimulation.Work, at seconds: Double) {
      effects += ollama.submit(id, work, at: time(seconds))
    }

    mutating func leave(_ id: Int, at seconds: Double) { effects += ollama.left(id, at: time(seconds)) }
    mutating func advance(to seconds: Double) { effects += ollama.advance(to: time(seconds)) }

    mutating func expiry(at seconds: Double) -> Duration? {
      ollama.residents(at: time(seconds)).rows.first.map { $0.expiry - start }
    }

    func figures(_ id: Int) -> OllamaSimulation.Figures? {
      effects.lazy.compactMap { if case .ended(id, let figures) = $0 { figures } else { nil } }.first
    }

    func job(_ id: Int) -> OllamaSimulation.Record.Job? { ollama.record.jobs.first { $0.id == id } }
  }

  @Test("the wait for a slot is what the total has beside the other durations")
  func slotWait() throws {
    var run = Run()
    for id in 1...3 { run.submit(id, Work("a", prompt: "p\(id)"), at: 0) }
    run.advance(to: 100)
    let figures = try (1...3).map { try #require(run.figures($0)) }
    #expect(figures.map(\.load) == [.seconds(10), .seconds(10), .seconds(10)])
    // Two tokens of prompt, of which the second time one is cached, and two of the text.
    #expect(figures.map(\.promptEvaluation) == [.seconds(2), .seconds(1), .seconds(1)])
    #expect(figures.map(\.promptTokens) == [2, 2, 2] && figures.map(\.cachedTokens) == [0, 1, 1])
    #expect(figures.map(\.slotWait) == [.zero, .seconds(4), .seconds(7)])
    #expect(figures.map(\.total) == [.seconds(14), .seconds(17), .seconds(20)])
    #expect(run.ollama.record.loads.count == 1)
  }

  @Test("slots are served in the order of coming, so many at once as there are")
  func slots() throws {
    var run = Run { $0.slots = 2 }
    for id in 1...3 { run.submit(id, Work("a", prompt: "\(id)"), at: 0) }
    run.advance(to: 10)
    let runner = try #require(run.ollama.view.runner("a"))
    #expect(runner.running == 2 && runner.waiting == 1)
    run.advance(to: 100)
    #expect((1...3).map { run.figures($0)?.slotWait } == [.zero, .zero, .seconds(3)])
  }

  @Test("a model that is forced to one slot has one")
  func forcedSlots() {
    var run = Run { settings in
      settings.slots = 4
      settings.models = [.embedding("e")]
    }
    for id in 1...2 { run.submit(id, Work("e", kind: .embedding, prompt: "p"), at: 0) }
    run.advance(to: 10)
    #expect(run.ollama.view.runner("e")?.running == 1 && run.ollama.view.waiting == 1)
  }

  @Test("other runner options reload the model; Ollama's own choice equals the same number")
  func reload() {
    var run = Run()
    run.submit(1, Work("a", prompt: "p"), at: 0)
    run.submit(2, Work("a", prompt: "p", options: RunnerOptions(contextLength: 4096)), at: 50)
    run.submit(3, Work("a", prompt: "p", options: RunnerOptions(contextLength: 8192)), at: 100)
    run.submit(4, Work("a", prompt: "p"), at: 150)
    run.advance(to: 200)
    #expect(run.ollama.record.loads.map(\.options.contextLength) == [4096, 8192, 4096])
    #expect(run.ollama.record.unloads.map(\.reason) == [.reloaded, .reloaded])
    #expect(run.figures(2)?.load == .zero && run.figures(3)?.load == .seconds(10))
    #expect(run.figures(4)?.cachedTokens == 0)
  }

  @Test("a load dies with its requester, and the next one begins anew")
  func abortedLoad() {
    var run = Run()
    run.submit(1, Work("a", prompt: "p"), at: 0)
    run.submit(2, Work("a", prompt: "p"), at: 1)
    run.leave(1, at: 9)
    run.advance(to: 18)
    #expect(run.ollama.view.loading == "a:latest")
    run.advance(to: 100)
    #expect(run.ollama.record.loads.map(\.isComplete) == [false, true])
    #expect(run.figures(1) == nil && run.figures(2)?.load == .seconds(18))
    #expect(run.job(1)?.outcome == .left(.loading))
  }

  @Test("one load at a time, in the order of coming")
  func oneLoadAtATime() {
    var run = Run()
    run.submit(1, Work("a", prompt: "p"), at: 0)
    run.submit(2, Work("b", prompt: "p"), at: 0)
    run.advance(to: 5)
    #expect(run.ollama.view.loading == "a:latest" && run.ollama.view.pending == 1)
    run.advance(to: 15)
    #expect(run.ollama.view.loading == "b:latest" && run.ollama.view.runners.count == 1)
    run.advance(to: 100)
    #expect(run.figures(2)?.load == .seconds(20))
  }

  @Test("an idle model goes before a busy one, and of two the one with the shorter keep-alive")
  func eviction() {
    var run = Run { $0.maximumLoaded = 2 }
    run.submit(1, Work("a", prompt: "p", keepAlive: .after(.seconds(1000))), at: 0)
    run.submit(2, Work("b", prompt: "p", keepAlive: .after(.seconds(900))), at: 20)
    run.submit(3, Work("c", prompt: "p", keepAlive: .forever), at: 50)
    run.advance(to: 100)
    #expect(run.ollama.record.unloads.map(\.name) == ["b:latest"])
    // a is idle, c has the longer keep-alive: a goes, though c is not asked for either.
    run.submit(4, Work("b", prompt: "p"), at: 150)
    run.advance(to: 160)
    #expect(run.ollama.record.unloads.map(\.name) == ["b:latest", "a:latest"])
  }

  @Test("a load waits for the requests of what it evicts, while new ones for that go in")
  func starvation() {
    var run = Run { $0.maximumLoaded = 1 }
    run.submit(1, Work("a", prompt: "p"), at: 0)
    run.submit(2, Work("b", prompt: "p"), at: 11)
    run.submit(3, Work("a", prompt: "p"), at: 12)
    run.advance(to: 15)
    #expect(run.figures(1) != nil && run.figures(2) == nil && run.ollama.view.loading == nil)
    run.advance(to: 16)
    #expect(run.figures(3) != nil && run.ollama.view.loading == "b:latest")
  }

  @Test("without the fast path a request for a loaded model waits behind a load")
  func noFastPath() {
    var run = Run {
      $0.maximumLoaded = 1
      $0.hasFastPath = false
    }
    run.submit(1, Work("a", prompt: "p"), at: 0)
    run.submit(2, Work("b", prompt: "p"), at: 11)
    run.submit(3, Work("a", prompt: "p"), at: 12)
    run.advance(to: 100)
    #expect(run.ollama.record.loads.map(\.name) == ["a:latest", "b:latest", "a:latest"])
  }

  @Test("more than the queue of loads takes are refused in Ollama's words")
  func queueBound() {
    var run = Run { $0.maximumQueue = 1 }
    for (id, model) in [(1, "a"), (2, "b"), (3, "c")] { run.submit(id, Work(model, prompt: "p"), at: 0) }
    #expect(
      run.effects == [
        .refused(3, status: 503, message: "server busy, please try again.  maximum pending requests exceeded")
      ])
    #expect(run.job(3)?.outcome == .refused(status: 503))
  }

  @Test("expires_at stands still while a model is busy, and jumps to the end of the request plus keep-alive")
  func expiry() {
    var run = Run()
    run.submit(1, Work("a", prompt: "p", keepAlive: .after(.seconds(100))), at: 0)
    // A model that is being loaded is not shown.
    var expiries = [5, 10, 12, 50].map { run.expiry(at: $0) }
    run.submit(2, Work("a", prompt: "q"), at: 60)
    expiries += [60, 62, 70].map { run.expiry(at: $0) }
    #expect(expiries == [nil] + [110, 110, 113, 113, 113, 363].map { .seconds($0) })
    run.advance(to: 363)
    #expect(run.ollama.record.unloads.map(\.reason) == [.expired] && run.ollama.view.runners.isEmpty)
  }

  @Test("keep_alive 0 unloads at the end of the request")
  func noKeepAlive() {
    var run = Run()
    run.submit(1, Work("a", prompt: "p", keepAlive: .after(.zero)), at: 0)
    run.advance(to: 100)
    #expect(run.figures(1) != nil && run.ollama.view.runners.isEmpty)
  }

  @Test("two names of one file have one runner, which shows the name that loaded it")
  func oneNameADigest() {
    var run = Run()
    let isCopied = run.ollama.copy("a", to: "alias")
    run.submit(1, Work("alias", prompt: "p"), at: 0)
    run.submit(2, Work("a", prompt: "p"), at: 50)
    run.advance(to: 100)
    #expect(isCopied && run.ollama.record.loads.count == 1)
    #expect(run.ollama.view.runners.map(\.name) == ["alias:latest"])
    #expect(run.ollama.model(named: "LIBRARY/Alias")?.digest == run.ollama.model(named: "a:latest")?.digest)
  }

  @Test("a prompt evaluation outlives its client and holds the slot; a generation does not")
  func ghost() throws {
    var run = Run { $0.promptTokenTime = .seconds(10) }
    run.submit(1, Work("a", prompt: "abc"), at: 0)
    run.submit(2, Work("a", prompt: "x"), at: 1)
    run.leave(1, at: 15)
    #expect(run.ollama.view.runner("a")?.ghosts == 1 && run.ollama.view.runner("a")?.waiting == 1)
    run.advance(to: 100)
    #expect(run.figures(2)?.slotWait == .seconds(30), "the evaluation of three tokens went on to its end")
    run.submit(3, Work("a", prompt: "abc"), at: 100)
    run.advance(to: 110)
    #expect(run.job(3)?.cachedTokens == 2, "what was evaluated for nobody is cached")
    run.submit(4, Work("a", prompt: "z"), at: 111.5)
    run.leave(3, at: 111.5)
    run.advance(to: 200)
    #expect(run.figures(4)?.slotWait == .zero && run.job(3)?.outcome == .left(.tokens))
  }

  @Test("a cache per server keeps several conversations, one per slot the last one")
  func promptCaches() {
    for (capacity, cached) in [(PromptCache.Capacity.prompts(2), 5), (.onePerSlot, 0)] {
      var run = Run { $0.promptCache = capacity }
      run.submit(1, Work("a", prompt: "one"), at: 0)
      run.submit(2, Work("a", prompt: "two"), at: 50)
      // The turn before with its text, and some more.
      run.submit(3, Work("a", prompt: "onexyz"), at: 100)
      run.advance(to: 200)
      #expect(run.job(3)?.cachedTokens == cached, "\(capacity)")
      #expect(run.figures(3)?.promptTokens == 6 && run.figures(3)?.promptEvaluation == .seconds(6 - cached))
    }
  }

  @Test("the least recently used prompt leaves the cache")
  func promptCacheBound() {
    var run = Run { $0.promptCache = .prompts(2) }
    for (id, prompt) in [(1, "111"), (2, "222"), (3, "333"), (4, "111")] {
      run.submit(id, Work("a", prompt: prompt), at: Double(id) * 50)
    }
    run.advance(to: 500)
    #expect(run.job(4)?.cachedTokens == 0)
  }

  @Test("a prompt that kills its runner takes the others of it along")
  func killer() {
    var run = Run { $0.promptTokenTime = .milliseconds(1) }
    run.submit(1, Work("a", prompt: "kill-runner now"), at: 0)
    run.submit(2, Work("a", prompt: "p"), at: 0)
    run.submit(3, Work("b", prompt: "p"), at: 0)
    run.advance(to: 100)
    #expect(run.job(1)?.outcome == .failed && run.job(2)?.outcome == .failed && run.job(3)?.outcome == .ended)
    #expect(run.ollama.record.unloads.map(\.reason) == [.died])
  }

  @Test("a limit cuts the text; a preload takes no slot; an embedding has no tokens")
  func kinds() {
    var run = Run()
    run.submit(1, Work("a", prompt: "p", tokenLimit: 1), at: 0)
    run.submit(2, Work("a", kind: .load), at: 11)
    run.advance(to: 100)
    #expect(run.figures(1)?.tokens == 1 && run.figures(1)?.isCut == true)
    #expect(run.figures(2)?.total == .zero)
    run.submit(3, Work("a", kind: .embedding, prompt: "abc"), at: 100)
    run.submit(4, Work("nothing", prompt: "p"), at: 100)
    run.advance(to: 200)
    #expect(run.figures(3)?.tokens == 0 && run.figures(3)?.promptTokens == 3)
    #expect(run.job(4)?.outcome == .refused(status: 404))
  }

  @Test("a client leaves each place of waiting without a trace")
  func leaving() {
    var run = Run()
    run.submit(1, Work("a", prompt: "p"), at: 0)
    run.submit(2, Work("b", prompt: "p"), at: 0)
    run.leave(2, at: 9)
    run.submit(3, Work("a", prompt: "p"), at: 10)
    run.leave(3, at: 11)
    run.advance(to: 100)
    #expect(run.job(2)?.outcome == .left(.pending) && run.job(3)?.outcome == .left(.waiting))
    #expect(run.ollama.record.loads.map(\.name) == ["a:latest"] && run.ollama.view.unfinished == 0)
  }
}
