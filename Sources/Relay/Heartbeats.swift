internal import Handling
internal import EventLoop
internal import System

/// A stream to a client that should not be silent for long.
protocol BeatingStream: AnyObject {
  /// When something was last written to it.
  var lastWrite: MonotonicTime { get }
  /// Its place among those that are watched.
  var heartbeatPlace: Int? { get set }
  /// Writes something that says nothing, if it can be written now.
  func beat()
}

/// Watches over the silent streams of a worker: by one timer for all of them, and with nothing to do for an event that comes.
/// Lives on its worker's loop, where the last reference must go, too, unless the loop has ended.
final class Heartbeats {
  let loop: EventLoop
  /// The longest silence; nil for any.
  var interval: Duration? {
    didSet { lookAgain() }
  }
  private var streams: [any BeatingStream] = []
  private lazy var timer = LazyTimer(loop: loop) { [unowned self] in look() }

  init(loop: EventLoop, interval: Duration?) {
    self.loop = loop
    self.interval = interval
  }

  /// How many streams are watched.
  var count: Int { streams.count }

  /// Watches a stream until ``remove(_:)``.
  func add(_ stream: any BeatingStream) {
    stream.heartbeatPlace = streams.count
    streams.append(stream)
    if let interval { timer.schedule(noLaterThan: loop.now + interval) }
  }

  /// Harmless for one that is not watched.
  func remove(_ stream: any BeatingStream) {
    guard let place = stream.heartbeatPlace else { return }
    stream.heartbeatPlace = nil
    let last = streams.removeLast()
    guard last !== stream else { return }
    streams[place] = last
    last.heartbeatPlace = place
  }

  private func lookAgain() {
    timer.cancel()
    if interval != nil && !streams.isEmpty { look() }
  }

  private func look() {
    guard let interval else { return }
    for stream in streams {
      let due = stream.lastWrite + interval
      if due > loop.now {
        timer.schedule(noLaterThan: due)
      } else {
        stream.beat()
        timer.schedule(noLaterThan: loop.now + interval)
      }
    }
  }
}
