import Access
import Handling
import JSON
import Limits
import System

@testable import Administration

/// Reads bodies as the routes do.
enum Reading {
  static let now = Timestamp(millisecondsSince1970: 1_795_780_800_000)

  /// What comes of a body: what was read, or the failure.
  static func read<Value>(
    _ body: String, _ read: (JSONValue) throws(RequestFailure) -> Value
  ) -> Result<Value, RequestFailure> {
    let reader = JSONReader(maximumBytes: 1 << 20)
    do throws(RequestFailure) {
      return .success(try reader.withDocument(body, read))
    } catch {
      return .failure(error)
    }
  }

  static func newKey(_ body: String) -> Result<NewKey, RequestFailure> {
    read(body) { (root) throws(RequestFailure) in try NewKey(root, at: now) }
  }

  /// A key with something to change.
  static let record: KeyRecord = {
    var record = NewKey(KeyText(), name: "before", at: now).record
    record.limits.rpm = 60
    record.limits.tpm = 1000
    record.labels = ["a": "1", "b": "2"]
    record.user = UserName("ann")
    record.expiresAt = now.adding(.seconds(60))
    return record
  }()

  /// A key after a `PATCH`.
  static func change(_ body: String, of record: KeyRecord = record) -> Result<KeyRecord, RequestFailure> {
    read(body) { (root) throws(RequestFailure) in
      var changed = record
      let edit = try KeyEdit(root, of: record, isNew: false, at: now)
      do throws(RecordError) { try edit.apply(to: &changed) } catch { throw RequestFailure(error) }
      return changed
    }
  }

  /// A key after LiteLLM's `/key/update`, or as `/key/generate` makes it.
  static func litellm(
    _ body: String, of record: KeyRecord = record, isNew: Bool = false
  ) -> Result<KeyRecord, RequestFailure> {
    read(body) { (root) throws(RequestFailure) in
      var changed = record
      let edit = try LiteLLMKeyFields.edit(
        root, of: record, others: ["key"], nullClears: !isNew, at: now)
      do throws(RecordError) { try edit.apply(to: &changed) } catch { throw RequestFailure(error) }
      return changed
    }
  }
}

extension Result where Failure == RequestFailure {
  /// The status and the field of a failure.
  var failure: String? {
    if case .failure(let failure) = self { "\(failure.status) \(failure.field ?? "-")" } else { nil }
  }

  var value: Success? { if case .success(let value) = self { value } else { nil } }
}
