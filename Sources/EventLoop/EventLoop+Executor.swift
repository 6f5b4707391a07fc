extension EventLoop: SerialExecutor {
  /// Takes a job of the Swift runtime: an actor or task whose executor this loop is goes on here. From any thread.
  public func enqueue(_ job: consuming ExecutorJob) {
    post(.job(UnownedJob(job)))
  }

  public func asUnownedSerialExecutor() -> UnownedSerialExecutor {
    UnownedSerialExecutor(ordinary: self)
  }

  /// Lets `assumeIsolated` of this loop's actors pass in C callbacks and timers, which no job surrounds.
  public func checkIsolated() {
    preconditionCurrent()
  }

  public func isIsolatingCurrentContext() -> Bool? { isCurrent }
}
