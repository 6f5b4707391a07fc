import ArgumentParser
import Sessions

extension StoreError {
  /// 64 where trying again is of no use, as for a wrong setting; else 1.
  var exitCode: ExitCode {
    switch kind {
    case .unusable, .newer, .taken: .validationFailure
    case .away, .full, .readOnly, .corrupt: .failure
    }
  }

  /// What only a file can do.
  ///
  /// - Parameter advice: what does it there.
  static func isNoFile(_ advice: String) -> StoreError {
    StoreError(.unusable, "the store is in PostgreSQL: \(advice)")
  }
}
