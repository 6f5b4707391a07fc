/// What a sink's lines look like.
struct LogLineLayout {
  let format: LogLineFormat
  /// Whether the systemd journal takes them: each line then begins with its priority (sd-daemon(3)), and text has no time,
  /// which the journal notes itself.
  let isForJournal: Bool
}
