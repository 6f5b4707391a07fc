internal import Access
internal import Accounts
internal import HTTPFields

/// The accounts in which the work of keys and users has stood lately: who comes again finds his as it is. Not `Sendable`: each worker has
/// its own.
struct RecentAccounts: ~Copyable {
  /// An account of a grant.
  private final class Entry {
    let grant: Grant
    let account: UsageAccount

    init(_ grant: Grant, _ account: UsageAccount) {
      self.grant = grant
      self.account = account
    }
  }

  /// The most accounts, each in the place that its grant and its model's name give it.
  private static let slotCount = 256

  private var slots: [Entry?] = []

  init() {}

  /// In whose account work with a model stands that a key or a user asks for in his own name.
  ///
  /// - Parameter model: canonical; empty where it is not known.
  mutating func account(of grant: Grant, _ model: String) -> UsageAccount {
    // Objects lie at multiples of 16.
    let address = UInt(bitPattern: ObjectIdentifier(grant)) >> 4
    let place = Int(truncatingIfNeeded: (address ^ UInt(model.utf8.count)) % UInt(RecentAccounts.slotCount))
    if place < slots.count, let entry = slots[place], entry.grant === grant,
      entry.account.model.hasSameBytes(as: model)
    {
      return entry.account
    }
    let account = WorkPayer(grant).account(of: model)
    if slots.isEmpty { slots = Array(repeating: nil, count: RecentAccounts.slotCount) }
    slots[place] = Entry(grant, account)
    return account
  }
}
