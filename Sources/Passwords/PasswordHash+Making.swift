internal import CCrypt
internal import Glibc

// All of this blocks for the time that the hash costs, and never belongs on a loop: see `PasswordChecker`.
extension PasswordHash {
  /// Hashes a password with a new salt. Blocks for a quarter of a second.
  ///
  /// - Returns: nil for a password that bcrypt would cut (``longestPassword`` bytes, or a NUL), and where libcrypt has no
  ///   memory or no bcrypt.
  package static func make(_ password: String) -> PasswordHash? { make(password, cost: cost) }

  static func make(_ password: String, cost: Int) -> PasswordHash? {
    guard let setting = newSetting(cost: cost), let text = hash(password, setting: setting) else {
      return nil
    }
    return PasswordHash(text)
  }

  /// Whether it is the password's. Blocks for the time that it costs, which is the same for a right and a wrong one. False as well
  /// where libcrypt has no memory.
  package func matches(_ password: String) -> Bool {
    guard let hashed = Self.hash(password, setting: text), hashed.utf8.count == text.utf8.count else {
      return false
    }
    var difference: UInt8 = 0
    // The setting before it is the same, but for bits of the last digit of the salt that mean nothing.
    for (left, right) in zip(hashed.utf8.dropFirst(Self.settingBytes), text.utf8.dropFirst(Self.settingBytes))
    {
      difference |= left ^ right
    }
    return difference == 0
  }

  private static func newSetting(cost: Int) -> String? {
    var generator = SystemRandomNumberGenerator()
    let salt = (0..<16).map { _ in CChar.random(in: .min ... .max, using: &generator) }
    return withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(CRYPT_GENSALT_OUTPUT_SIZE)) { output in
      guard
        let setting = crypt_gensalt_rn(
          "$2b$", UInt(cost), salt, Int32(salt.count), output.baseAddress, Int32(output.count))
      else { return nil }
      return String(cString: setting)
    }
  }

  /// Whether bcrypt hashes it: a longer one, or one behind a NUL, it would cut.
  static func takes(_ password: String) -> Bool {
    password.utf8.count <= longestPassword && !password.utf8.contains(0)
  }

  /// - Parameter setting: method, cost and salt; what stands behind them does not count.
  private static func hash(_ password: String, setting: String) -> String? {
    // Cut at the NUL or after 72 bytes it would be another password.
    guard takes(password) else { return nil }
    let size = MemoryLayout<crypt_data>.size
    guard let memory = calloc(1, size) else { return nil }
    defer {
      explicit_bzero(memory, size)
      free(memory)
    }
    guard let text = crypt_rn(password, setting, memory, Int32(size)) else { return nil }
    return String(cString: text)
  }
}
