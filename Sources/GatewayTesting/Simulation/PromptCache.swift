/// The prompts that a runner has in memory. A prompt that begins as one of them costs its own rest only.
public struct PromptCache: Sendable {
  /// How many prompts are kept.
  public enum Capacity: Sendable, Equatable {
    /// One a slot, as Ollama 0.9.3 does.
    case onePerSlot
    /// So many a runner, whichever slot had them, as Ollama 0.33 does.
    case prompts(Int)
  }

  private let capacity: Capacity
  /// The least recently used first.
  private var prompts: [(slot: Int, text: [UInt8])] = []

  init(_ capacity: Capacity) { self.capacity = capacity }

  /// How many bytes of a prompt the slot need not evaluate.
  func cachedBytes(of prompt: [UInt8], slot: Int) -> Int {
    prompts.lazy.filter { capacity != .onePerSlot || $0.slot == slot }
      .map { Self.commonPrefix($0.text, prompt) }.max() ?? 0
  }

  /// The slot for a prompt: that with the longest beginning in common, from a tenth of the prompt on, else the least
  /// recently used (llama-server's `--slot-prompt-similarity`).
  func slot(for prompt: [UInt8], among free: [Int]) -> Int? {
    let hits = prompts.filter { free.contains($0.slot) }.map { ($0.slot, Self.commonPrefix($0.text, prompt)) }
    if let best = hits.max(by: { $0.1 < $1.1 }), best.1 > 0, best.1 * 10 >= prompt.count { return best.0 }
    let lastUse = { slot in prompts.lastIndex { $0.slot == slot } ?? -1 }
    return free.min { lastUse($0) < lastUse($1) }
  }

  /// Notes what a slot has in memory now.
  mutating func insert(_ text: [UInt8], slot: Int) {
    switch capacity {
    case .onePerSlot: prompts.removeAll { $0.slot == slot }
    case .prompts:
      // A conversation takes the place of its own beginning.
      prompts.removeAll { text.starts(with: $0.text) }
    }
    prompts.append((slot, text))
    if case .prompts(let count) = capacity, prompts.count > count {
      prompts.removeFirst(prompts.count - count)
    }
  }

  private static func commonPrefix(_ first: [UInt8], _ second: [UInt8]) -> Int {
    let count = min(first.count, second.count)
    var index = 0
    while index < count, first[index] == second[index] { index += 1 }
    return index
  }
}
