import Access

/// Those who have joined a session.
struct Audience {
  /// The session's.
  var owner: Principal.ID
  var listeners: [SessionListener] = []
}
