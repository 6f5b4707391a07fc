/// One of what a client holds, as a value with an owner: it is given back when the last reference goes, however that
/// comes. Safe from any thread.
public final class ClientHold: Sendable {
  /// Whose it is.
  public let account: ClientAccount
  private let resource: ClientResource

  /// Of what `account` has taken.
  private init(_ resource: ClientResource, of account: ClientAccount) {
    self.account = account
    self.resource = resource
  }

  deinit { account.giveBack(resource) }

  /// Nil when the client holds as many as it may.
  ///
  /// No failable initializer: one that fails here would end in `deinit`, and give back what it has not got.
  public static func take(_ resource: ClientResource, of account: ClientAccount) -> ClientHold? {
    account.take(resource) ? ClientHold(resource, of: account) : nil
  }
}
