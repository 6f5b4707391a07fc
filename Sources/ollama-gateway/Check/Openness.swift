/// What it means to listen where other machines are while nobody needs a key, and whoever runs the gateway shall know it.
enum Openness {
  /// Said by `check`, and in the log at the start.
  static let warning =
    "other machines may reach the gateway, and there are no keys or users: models, chat, metrics and health are open to them"
}
