/// Those who have joined a session.
struct Audience {
  /// The session's.
  let owner: SessionOwner
  var listeners: [SessionListener] = []
}
