/// One owner's sessions in the order of their last update.
///
/// They lie in runs, so that a part of the list is found by counting the runs before it, and not the sessions: however far
/// down it begins, it costs no more than its own length and a step for some hundreds of sessions.
struct OwnedSessions {
  /// Some sessions that follow each other, the latest last.
  final class Run {
    var sessions: [Session] = []
  }

  /// The latest last, none of them empty.
  private var runs: [Run] = []
  private(set) var count = 0

  /// Sessions of a run, at most.
  private static let longestRun = 512
  /// Two neighbours with no more than this together become one: so there are few runs, whatever goes.
  private static let joinedRun = 256

  var runCount: Int { runs.count }

  /// Puts a session that is not in the list at its latest end.
  mutating func append(_ session: Session) {
    if runs.last.map({ $0.sessions.count >= OwnedSessions.longestRun }) ?? true { runs.append(Run()) }
    guard let run = runs.last else { return }
    run.sessions.append(session)
    session.run = run
    count += 1
  }

  mutating func remove(_ session: Session) {
    guard let run = session.run, let place = run.sessions.firstIndex(where: { $0 === session }) else {
      return
    }
    run.sessions.remove(at: place)
    session.run = nil
    count -= 1
    if run.sessions.count <= OwnedSessions.joinedRun { shorten(run) }
  }

  /// Puts a session at the latest end, whether or not it is in the list.
  mutating func touch(_ session: Session) {
    guard runs.last?.sessions.last !== session else { return }
    remove(session)
    append(session)
  }

  /// A part of the list, the latest first.
  func part(skip: Int, limit: Int) -> [Session] {
    var part: [Session] = []
    var left = max(0, skip)
    for run in runs.reversed() {
      guard left < run.sessions.count else {
        left -= run.sessions.count
        continue
      }
      for session in run.sessions.reversed().dropFirst(left) {
        guard part.count < limit else { return part }
        part.append(session)
      }
      left = 0
    }
    return part
  }

  /// Drops a run that is empty, and joins one that is short with a neighbour.
  private mutating func shorten(_ run: Run) {
    guard let place = runs.lastIndex(where: { $0 === run }) else { return }
    if run.sessions.isEmpty {
      runs.remove(at: place)
      // Those that are neighbours now may be short both.
      if place > 0, place < runs.count { joinIfShort(place - 1) }
    } else {
      if place + 1 < runs.count { joinIfShort(place) }
      if place > 0 { joinIfShort(place - 1) }
    }
  }

  /// Joins a run with the one that follows it, if both are short.
  private mutating func joinIfShort(_ place: Int) {
    let (run, next) = (runs[place], runs[place + 1])
    guard run.sessions.count + next.sessions.count <= OwnedSessions.joinedRun else { return }
    for session in next.sessions { session.run = run }
    run.sessions.append(contentsOf: next.sessions)
    runs.remove(at: place + 1)
  }
}
