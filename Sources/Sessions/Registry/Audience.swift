import Access

/// Those who have joined a session.
struct Audience {
  /// One of them.
  struct Member {
    let listener: SessionListener
    let principal: Principal.ID
  }

  /// The session's.
  var owner: Principal.ID
  var members: [Member] = []
}
