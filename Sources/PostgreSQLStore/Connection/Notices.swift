internal import CPostgreSQL

/// What a server says beside its results. Belongs to the queue of its connection, inside of whose calls the library calls back.
final class Notices {
  /// How many warnings have come.
  private(set) var warnings = 0
  /// The latest.
  private(set) var lastWarning = ""

  /// Has the library call this, which must live as long as the connection. Without it, it prints to the standard error.
  func receive(from connection: OpaquePointer) {
    PQsetNoticeReceiver(
      connection,
      { receiver, notice in
        guard let receiver, let notice else { return }
        Unmanaged<Notices>.fromOpaque(receiver).takeUnretainedValue().take(notice)
      }, Unmanaged.passUnretained(self).toOpaque())
  }

  private func take(_ notice: OpaquePointer) {
    guard let severity = PQresultErrorField(notice, cpostgresql_severity_field),
      String(cString: severity) == "WARNING"
    else { return }
    warnings += 1
    lastWarning = PQresultErrorField(notice, cpostgresql_message_field).map { String(cString: $0) } ?? ""
  }
}
