/// What a ``ChatConversation`` asks its owner to do.
enum ChatAction: Equatable {
  /// Send this text message.
  case send([UInt8])
  /// Write this to standard output.
  case print([UInt8])
  /// Show this, which the model thinks and which is no part of its message, where standard output is a terminal.
  case think([UInt8])
  /// Tell whoever sits at the terminal; of no interest where the output is piped.
  case note(String)
  /// Write this as a line to standard error.
  case complain(String)
  /// A line can be typed now.
  case prompt
  /// Connect to the session ``ChatConversation/session`` after this time.
  case connect(after: Duration)
  /// One of the lines that were read has been dealt with: another may be read.
  case lineTaken
  /// The end of the program: 0, or 1.
  case exit(Int32)
}
