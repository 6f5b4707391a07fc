import Testing

/// Waits until `condition` holds; fails the test when it does not within two minutes.
func eventually(
  _ what: Comment = "", sourceLocation: SourceLocation = #_sourceLocation,
  _ condition: () async throws -> Bool
) async rethrows {
  let deadline = ContinuousClock.now + .seconds(120)
  while ContinuousClock.now < deadline {
    if try await condition() { return }
    try? await Task.sleep(for: .milliseconds(1))
  }
  Issue.record("it never came about: \(what)", sourceLocation: sourceLocation)
}
