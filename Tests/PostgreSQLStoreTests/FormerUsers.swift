/// A store of the version before users: names that keys have, and that a key has said which acts for others.
enum FormerUsers {
  /// Public parts and documents.
  static let keys = [
    ("aaaaaaaaaaaa", #"{"id":"aaaaaaaaaaaa","user":"ann"}"#), ("bbbbbbbbbbbb", #"{"user":"7"}"#),
    ("cccccccccccc", #"{"user":"ann"}"#), ("dddddddddddd", #"{"may_act_for_users":true}"#),
    ("eeeeeeeeeeee", #"{"may_act_for_users":false}"#),
  ]
  static let sessions: [(key: String, owner: String)] = [
    ("s1", "user:ann"), ("tour@user:ann", "user:ann"), ("tour@user:7", "user:7"),
    ("tour@user:1", "user:1"), ("tour@user:web", "user:web"), ("s2", "key:aaaaaaaaaaaa"),
    ("tour@loopback", "loopback"),
  ]
  /// Each session's key, owner and last author, sorted.
  static let expected = [
    "s1 user:2 user:2", "s2 key:aaaaaaaaaaaa key:aaaaaaaaaaaa",
    "tour@key:dddddddddddd/user:1 key:dddddddddddd/user:1 key:dddddddddddd/user:1",
    "tour@key:dddddddddddd/user:web key:dddddddddddd/user:web key:dddddddddddd/user:web",
    "tour@loopback loopback loopback", "tour@user:1 user:1 user:1", "tour@user:2 user:2 user:2",
  ]
}
