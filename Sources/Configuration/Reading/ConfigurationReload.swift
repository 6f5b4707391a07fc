/// What comes of reading the configuration again while the gateway runs.
public struct ConfigurationReload: Sendable, Equatable {
  /// What holds from now on.
  public private(set) var configuration: Configuration
  /// The keys of the settings that take another value now.
  public private(set) var changed: [String] = []
  /// The keys of those that would, but only at the next start.
  public private(set) var postponed: [String] = []

  /// - Parameters:
  ///   - running: what holds.
  ///   - read: what was read again.
  public init(of running: Configuration, with read: Configuration) {
    configuration = running
    for setting in Setting.all where !setting.isSame(running, read) {
      guard setting.effect == .atReload else {
        postponed.append(setting.key)
        continue
      }
      setting.adopt(read, &configuration)
      changed.append(setting.key)
    }
  }
}
