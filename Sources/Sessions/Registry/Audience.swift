import Access

/// Those who have joined a session.
struct Audience {
  /// The session's.
  let owner: Principal.ID
  var listeners: [SessionListener] = []
}
