internal import CCurl

/// What the libcurl that the process has loaded can be trusted with; it need not be the one that it was built against.
enum LibraryVersion {
  /// Whether an easy handle may serve one transfer after the other.
  static let reusesHandles = isSafeToReuse(ccurl_version_number())

  /// The folder of certificates that it believes beside a file of them.
  static let authorityFolder = ccurl_authority_folder().map { String(cString: $0) }

  /// Before 8.1.0 libcurl frees the header lines of a transfer at the beginning of the handle's next one, but keeps its
  /// pointer to the last of them. Where the first line of the next response begins with white space, it takes that for the
  /// rest of the freed line and writes there (its issue 11101). It does so before it calls anybody, and
  /// `curl_easy_reset` leaves the pointer as it is.
  ///
  /// - Parameter version: of the library, as `curl_version_info` has it: 0xMMNNPP.
  static func isSafeToReuse(_ version: UInt32) -> Bool { version >= 0x08_01_00 }
}
