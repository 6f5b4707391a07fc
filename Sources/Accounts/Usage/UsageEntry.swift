package import System

/// What a log of requests has of one, beside what it used.
package struct UsageDetail: Equatable, Sendable {
  /// The name of the server that had it; nil where none had.
  package var server: String?
  /// Of the model; nil where it is not known.
  package let digest: String?
  /// The API's: `ollama`, `openai`, `anthropic` or `chat`.
  package let dialect: String
  /// By which the log and the client know the request.
  package let requestID: String

  /// See the properties.
  package init(server: String?, digest: String?, dialect: String, requestID: String) {
    (self.server, self.digest, self.dialect, self.requestID) = (server, digest, dialect, requestID)
  }
}

/// A request that has ended, for the log.
package struct UsageEntry: Equatable, Sendable {
  /// When it ended.
  package let time: Timestamp
  /// Of the entries of this process, from 1.
  package let number: Int64
  /// For whom, and of which model.
  package let account: UsageAccount
  /// What it used.
  package let usage: Usage
  /// The response's.
  package let status: Int
  /// The rest.
  package let detail: UsageDetail

  /// See the properties.
  package init(
    time: Timestamp, number: Int64, account: UsageAccount, usage: Usage, status: Int, detail: UsageDetail
  ) {
    self.time = time
    self.number = number
    self.account = account
    self.usage = usage
    self.status = status
    self.detail = detail
  }
}
