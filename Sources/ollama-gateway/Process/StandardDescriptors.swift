import Glibc

/// The three descriptors that a program has from the start.
enum StandardDescriptors {
  /// Puts something into the place of those that are closed (`>&-`), or what the program opens first, a database perhaps, would be
  /// its standard output. What is written there or read fails as before.
  static func fill() {
    for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
      // The first that is free.
      _ = open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
    }
  }
}
