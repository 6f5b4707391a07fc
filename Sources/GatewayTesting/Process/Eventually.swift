internal import System

/// A condition that a test waited for and that did not come about.
public struct ConditionTimeout: Error, CustomStringConvertible {
  /// What was waited for, and what was there instead.
  public let description: String
}

/// Waits until `condition` holds. The only way a test waits: it asks again and again, with short sleeps.
///
/// - Parameters:
///   - what: what is waited for, as the failure shall name it: "the upstream connection is closed".
///   - limit: when to give up. Generous: a loaded machine under a sanitizer is slow, and a test that passes
///     never waits so long.
///   - state: what to add to the failure's description.
/// - Throws: ``ConditionTimeout``, or what `condition` throws.
public func eventually(
  _ what: String, within limit: Duration = .seconds(120), file: StaticString = #fileID, line: UInt = #line,
  state: () -> String = { "" }, _ condition: () async throws -> Bool
) async throws {
  let deadline = MonotonicTime.now + limit
  var nap = Duration.milliseconds(1)
  while true {
    if try await condition() { return }
    guard MonotonicTime.now < deadline else {
      let state = state()
      throw ConditionTimeout(
        description: "\(file):\(line): not within \(limit): \(what)\(state.isEmpty ? "" : "\n")\(state)")
    }
    try await Task.sleep(for: nap)
    nap = min(nap * 2, .milliseconds(10))
  }
}
