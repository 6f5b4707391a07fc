public import System

/// What is logged of one request. Never a prompt, what a model wrote, or a key.
public struct AccessLogEntry: Sendable {
  /// The request's method.
  public var method: String
  /// The route's pattern, such as `/api/v1/chat/sessions/{id}`: never the path itself, which is a client's to choose.
  public var route: String
  /// The path, where no route has it and there is nothing at it: of a client that is new here it tells what it misses.
  public var path: String?
  /// The response's status.
  public var status: Int
  /// Bytes of the response's body that were sent.
  public var bytes: Int
  /// From the request's first byte to the response's last, in nanoseconds.
  public var nanoseconds: Int64
  /// From the request's first byte to the response's first, in nanoseconds; nil when none was sent.
  public var firstByteNanoseconds: Int64?
  /// The model that was asked.
  public var model: String?
  /// The Ollama server that responded.
  public var upstream: String?
  /// How many servers were tried; logged where it is more than one.
  public var attempts: Int
  /// What the request waited for a server, in nanoseconds; logged where it is not 0.
  public var queueNanoseconds: Int64
  /// Why that failed.
  public var upstreamFailure: String?
  /// The request's id.
  public var requestID: String
  /// The name that the client has given it.
  public var clientRequestID: String?
  /// The trace that the request is part of.
  public var traceID: TraceID
  /// Who has sent it.
  public var client: Client
  /// The public part of the key that it has shown; nil without a valid one.
  public var key: String?

  /// Who a request comes from, as far as it is believed.
  public enum Client: Sendable {
    /// The connection's other end.
    case peer(Peer)
    /// The address that a trusted proxy has told.
    case address(IPAddress)
  }

  /// What is known of every request; the rest is set where it is known.
  public init(
    method: String, route: String, path: String? = nil, status: Int, bytes: Int, nanoseconds: Int64,
    firstByteNanoseconds: Int64? = nil, model: String? = nil, upstream: String? = nil,
    attempts: Int = 0, queueNanoseconds: Int64 = 0, upstreamFailure: String? = nil, requestID: String,
    clientRequestID: String? = nil, traceID: TraceID,
    client: Client, key: String? = nil
  ) {
    self.method = method
    self.route = route
    self.path = path
    self.status = status
    self.bytes = bytes
    self.nanoseconds = nanoseconds
    self.firstByteNanoseconds = firstByteNanoseconds
    self.model = model
    self.upstream = upstream
    self.attempts = attempts
    self.queueNanoseconds = queueNanoseconds
    self.upstreamFailure = upstreamFailure
    self.requestID = requestID
    self.clientRequestID = clientRequestID
    self.traceID = traceID
    self.client = client
    self.key = key
  }
}
