/// An Ollama as far as a scheduler can tell: slots with a silent queue, one load at a time, models that make room for others, a cache
/// of prompts. Times are seconds.
struct SimulatedOllama {
  struct Traits {
    var slots = 1
    var maxLoaded = 1
    var loadTime = 10.0
    /// Tokens a second.
    var prefillRate = 500.0
    var decodeRate = 40.0
    /// Prompts that stay in its cache.
    var cachedPrompts = 16
    /// Nothing goes out of memory by itself.
    var version = "0.33.0"
  }

  struct Job {
    let number: Int
    let model: Int
    /// `num_ctx`; 0 for none.
    var context = 0
    var conversation = 0
    /// Of the prompt, what all conversations begin with.
    var sharedTokens = 0
    var promptTokens = 0
    var outputTokens = 0
    /// Whether it only loads.
    var isPreload = false
    var isUnary = false
    var arrivedAt = 0.0
    var readyAt = 0.0
    var startedAt = 0.0
    var prefill = 0.0
    var eval = 0.0
    /// Whether its conversation's last turn was there.
    var isHit = false
  }

  enum Event {
    case head(server: Int, job: Int)
    case end(server: Int, job: Int)
    case loaded(server: Int)
  }

  struct Runner {
    let model: Int
    let context: Int
    var active = 0
    var queue: [Int] = []
    var usedAt = 0.0
    var users: Int { active + queue.count }
  }

  let index: Int
  let traits: Traits
  private(set) var runners: [Runner] = []
  private(set) var jobs: [Int: Job] = [:]
  /// Waiting for a load, in their order.
  private var pending: [Int] = []
  private(set) var loading: (model: Int, context: Int)?
  /// Conversations whose prompts are cached, the newest last, and how many tokens.
  private var cache: [(conversation: Int, tokens: Int)] = []
  private(set) var loads = 0
  private(set) var hits = 0
  private(set) var followUps = 0
  /// Those that are told of no more: killed, or their client has gone.
  private var dead: Set<Int> = []

  init(index: Int, traits: Traits) {
    self.index = index
    self.traits = traits
  }

  var inFlight: Int { jobs.count }

  mutating func receive(_ job: Job, at now: Double, _ agenda: inout Agenda<Event>) {
    var job = job
    job.arrivedAt = now
    jobs[job.number] = job
    if let runner = runners.firstIndex(where: { $0.model == job.model && $0.context == job.context }) {
      enter(job.number, runner, at: now, &agenda)
    } else {
      pending.append(job.number)
      load(at: now, &agenda)
    }
  }

  private mutating func enter(_ number: Int, _ runner: Int, at now: Double, _ agenda: inout Agenda<Event>) {
    jobs[number]?.readyAt = now
    runners[runner].usedAt = now
    guard jobs[number]?.isPreload != true else {
      agenda.add(.end(server: index, job: number), at: now)
      return
    }
    if runners[runner].active < traits.slots {
      start(number, runner, at: now, &agenda)
    } else {
      runners[runner].queue.append(number)
    }
  }

  private mutating func start(_ number: Int, _ runner: Int, at now: Double, _ agenda: inout Agenda<Event>) {
    guard var job = jobs[number] else { return }
    runners[runner].active += 1
    var cached = 0
    if job.conversation > 0 {
      let key = job.conversation
      if let place = cache.firstIndex(where: { $0.conversation == key }) {
        cached = min(cache.remove(at: place).tokens, job.promptTokens)
        hits += 1
        job.isHit = true
      } else if !cache.isEmpty {
        cached = min(job.sharedTokens, job.promptTokens)
      }
      cache.append((key, job.promptTokens + job.outputTokens))
      if cache.count > traits.cachedPrompts { cache.removeFirst() }
    }
    job.startedAt = now
    job.prefill = Double(job.promptTokens - cached) / traits.prefillRate + 0.02
    job.eval = Double(job.outputTokens) / traits.decodeRate
    jobs[number] = job
    let head = now + job.prefill
    agenda.add(.head(server: index, job: number), at: job.isUnary ? head + job.eval : head)
    agenda.add(.end(server: index, job: number), at: head + job.eval)
  }

  /// One load after the other; what is idle goes first, else what comes first to be idle, while its requests still go in.
  private mutating func load(at now: Double, _ agenda: inout Agenda<Event>) {
    guard loading == nil, let first = pending.first, let job = jobs[first] else { return }
    if let runner = runners.firstIndex(where: { $0.model == job.model && $0.context == job.context }) {
      pending.removeFirst()
      enter(first, runner, at: now, &agenda)
      load(at: now, &agenda)
      return
    }
    // Another context of the same model takes its place.
    if let other = runners.firstIndex(where: { $0.model == job.model }) {
      guard runners[other].users == 0 else { return }
      runners.remove(at: other)
    } else if runners.count >= traits.maxLoaded {
      let idle = runners.indices.filter { runners[$0].users == 0 }.min {
        runners[$0].usedAt < runners[$1].usedAt
      }
      guard let idle else { return }
      runners.remove(at: idle)
    }
    loading = (job.model, job.context)
    loads += 1
    cache.removeAll()
    agenda.add(.loaded(server: index), at: now + traits.loadTime)
  }

  mutating func loaded(at now: Double, _ agenda: inout Agenda<Event>) {
    guard let loading else { return }
    self.loading = nil
    runners.append(Runner(model: loading.model, context: loading.context, usedAt: now))
    let ready = pending.filter { jobs[$0]?.model == loading.model && jobs[$0]?.context == loading.context }
    pending.removeAll { ready.contains($0) }
    for number in ready { enter(number, runners.count - 1, at: now, &agenda) }
    load(at: now, &agenda)
  }

  /// - Returns: the request that has ended; nil for one that had gone before.
  mutating func end(_ number: Int, at now: Double, _ agenda: inout Agenda<Event>) -> Job? {
    guard let job = jobs.removeValue(forKey: number) else { return nil }
    if !job.isPreload,
      let runner = runners.firstIndex(where: { $0.model == job.model && $0.context == job.context })
    {
      runners[runner].active -= 1
      runners[runner].usedAt = now
      if !runners[runner].queue.isEmpty {
        start(runners[runner].queue.removeFirst(), runner, at: now, &agenda)
      }
    }
    load(at: now, &agenda)
    return job
  }

  /// It dies with all that it has.
  mutating func kill() -> [Job] {
    let lost = Array(jobs.values).sorted { $0.number < $1.number }
    jobs = [:]
    runners = []
    pending = []
    loading = nil
    cache = []
    return lost
  }
}
