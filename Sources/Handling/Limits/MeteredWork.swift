internal import Accounts
internal import System
internal import EventLoop
internal import Limits
internal import OllamaAPI

/// What a model does for somebody who has limits or an account: a reservation, until it is known what it has come to. Lives on its
/// worker's loop.
///
/// It is settled exactly once. Until it was sent to a server it costs nothing: who drops it gives everything back. From then on its
/// meter keeps it until its end, which is that of its source at the latest.
package final class MeteredWork {
  private let meter: WorkMeter
  let reservation: Reservation
  /// By which metrics know the key.
  private let label: Int
  private var detail: UsageDetail?
  /// Whether it is for the log, which has the server.
  package let isLogged: Bool
  private var stage = Stage.reserved
  /// What it waited for a server.
  package var waited = Duration.zero
  /// Bytes of the response that went to the client.
  package var sentBytes = 0
  /// The server that has it, or had it last, as administrators know it: the log is for them. Of what is not for the log nil.
  package var server: String? {
    get { detail?.server }
    set { detail?.server = newValue }
  }
  /// What takes the response. Not weak: each reference to an object that has been referred to so goes a longer way from then on.
  private unowned var source: (any MeteredSource)?
  /// Its place among its meter's.
  var place: Int?

  private enum Stage {
    case reserved
    /// At a server, since then.
    case sent(MonotonicTime)
    case settled
  }

  init(_ meter: WorkMeter, _ reservation: Reservation, label: Int, detail: UsageDetail?) {
    self.detail = detail
    isLogged = detail != nil
    self.meter = meter
    self.reservation = reservation
    self.label = label
  }

  // Sent work is its meter's.
  deinit {
    if case .reserved = stage { meter.control.cancel(reservation, at: .now, .now) }
  }

  /// It goes to a server: from here on it is charged. Of several attempts the first counts.
  package func isSent(by source: any MeteredSource) {
    guard case .reserved = stage else { return }
    stage = .sent(meter.loop.now)
    self.source = source
    meter.add(self)
  }

  /// The source is about to be gone. What it has said nothing of by then has ended somewhere.
  package func sourceGoes() {
    if case .sent = stage { end(.unseen, status: 499) }
  }

  /// The prompt has more than was known when it was let in: a chat's earlier messages.
  package func extend(textBytes: Int, images: Int) {
    guard textBytes > 0 || images > 0, case .reserved = stage else { return }
    meter.control.extend(reservation, textBytes: textBytes, images: images, at: meter.loop.now)
  }

  /// It is over. Before the client hears of that, who may ask for more at once. Harmless after the first time.
  ///
  /// - Parameter status: the response's, or 499 for a client that left.
  package func end(_ outcome: WorkOutcome, status: Int) {
    switch stage {
    case .settled: return
    case .reserved: meter.control.cancel(reservation, at: meter.loop.now, .now)
    case .sent(let start):
      meter.remove(self)
      let record = UsageRecord(usage(outcome, since: start), status: status, outcome.ending)
      // Nil, where it is, is told as such: to copy what may be there takes as long as to count the request.
      if isLogged {
        meter.settle(reservation, record, detail, label: label)
      } else {
        meter.settle(reservation, record, nil, label: label)
      }
    }
    stage = .settled
    source = nil
  }

  /// Its share of what is flushed while it runs.
  func tellProgress() {
    guard case .sent(let start) = stage else { return }
    meter.control.running(
      reservation, usage(.estimated(tokens: source?.generatedTokens ?? 0), since: start), at: .now)
  }

  /// Its worker ends before it does.
  func endEarly() {
    end(source?.generatedTokens.map { .estimated(tokens: $0) } ?? .unseen, status: 503)
  }

  /// Where Ollama does not say how long it took, as its OpenAI and Anthropic paths do not, it is the time from the request to its end.
  private func usage(_ outcome: WorkOutcome, since start: MonotonicTime) -> Usage {
    var usage = Usage(waitMicroseconds: MeteredWork.microseconds(waited), sentBytes: sentBytes)
    let elapsed = MeteredWork.microseconds(meter.loop.now - start)
    switch outcome {
    case .nothing: break
    case .estimated(let tokens):
      usage.outputTokens = tokens
      usage.evalMicroseconds = elapsed
    case .unseen: usage.evalMicroseconds = elapsed
    case .counted(let counts):
      usage.inputTokens = counts.promptTokens
      usage.outputTokens = counts.completionTokens
      guard let durations = counts.durations else {
        usage.evalMicroseconds = elapsed
        break
      }
      usage.promptMicroseconds = durations.promptEval / 1000
      usage.evalMicroseconds = durations.eval / 1000
      usage.loadMicroseconds = durations.load / 1000
    }
    return usage
  }

  private static func microseconds(_ duration: Duration) -> Int {
    Int(clamping: max(0, duration.wholeNanoseconds) / 1000)
  }
}
