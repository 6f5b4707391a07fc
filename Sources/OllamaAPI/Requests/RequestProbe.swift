internal import JSON

/// What Ollama will see in the body of a relayed request, as far as the gateway must know it.
///
/// Ollama is written in Go, whose decoder takes keys in any case and by Unicode's simple folding (`ſtream` is
/// `stream`), and of several the last. So does this: a request must not mean one thing here and another there.
public struct RequestProbe: Equatable, Sendable {
  /// What is read beside `model` and `stream`, by what means something where the request goes.
  public struct Interests: OptionSet, Sendable {
    /// One bit each.
    public let rawValue: Int

    /// A set of these bits.
    public init(rawValue: Int) { self.rawValue = rawValue }

    /// `keep_alive`.
    public static let keepAlive = Interests(rawValue: 1)
    /// The `tools` that Ollama, or its maker, has of its own.
    public static let tools = Interests(rawValue: 2)
    /// What tells which server should serve it.
    public static let placement = Interests(rawValue: 4)
    /// `name`, which stands for a `model` that is missing or empty.
    public static let name = Interests(rawValue: 8)
    /// Every model that the body names: ``RequestProbe/names``.
    public static let everyName = Interests(rawValue: 16)
    /// With ``everyName``, what names a model or its files in an order: `name`, `source`, `destination`, `from`, `files` and their like.
    public static let orders = Interests(rawValue: 32)
    /// Where the model's name stands: ``RequestProbe/modelPlaces``.
    public static let modelPlaces = Interests(rawValue: 64)
  }

  /// As it was written, without a tag made up; `nil` when it is absent.
  public private(set) var model: String?

  /// Whether a member `model`, in whatever spelling, names a model of the cloud: for these Ollama looks before its own
  /// decoder does, and takes another one of several.
  public private(set) var namesCloudModel = false

  /// Whether one of `tools` is a search of the web.
  public private(set) var searchesWeb = false

  /// `nil` when it is absent: Ollama's own paths stream then, `/v1` does not.
  public private(set) var stream: Bool?

  /// `nil` when it is absent: Ollama's default.
  public private(set) var keepAlive: KeepAlive?

  /// Where ``Interests/placement`` was asked for. Written so it is not made as `nil` first.
  public private(set) var placement: Optional<PlacementSigns>

  /// Where the body has the model's name, its quotes included: each place, as which of several counts is Ollama's to say. Known
  /// where ``Interests/modelPlaces`` was asked for; of more than ``maximumModelPlaces`` the first ones.
  public private(set) var modelPlaces: [Range<Int>] = []

  /// What the body calls models, in whatever spelling and each once, where ``Interests/everyName`` was asked for: of several members
  /// of one meaning it is Ollama's to say which counts.
  public private(set) var names: [String] = []

  /// Whether there are more ``names`` than are kept, or the body makes a model of files, of which nobody knows what they are.
  public private(set) var namesAnything = false

  /// Names that are kept.
  private static let nameLimit = 8

  /// A body that names its model more often is nobody's but an attacker's.
  public static let maximumModelPlaces = 8

  /// Whether the request unloads its model.
  public var keepAliveIsZero: Bool { keepAlive == .zero }

  /// Bytes of the longest number or duration that is read. Of more digits a double keeps no trace.
  private static let keepAliveBytes = 400

  /// Bytes of the longest type of a tool that is read.
  private static let toolTypeBytes = 4096

  /// Before anything was read.
  init(_ interests: Interests, of kind: StreamKind?) {
    placement = interests.contains(.placement) ? PlacementSigns(of: kind) : nil
  }

  /// Reads a body whole, however large it is: see ``RequestProbeReader``.
  ///
  /// - Parameter kind: the API, where that is known.
  /// - Throws: when the body is no JSON object, or one of the fields is nothing that Ollama would take.
  public init(
    _ body: UnsafeRawBufferPointer, _ interests: Interests = .keepAlive, of kind: StreamKind? = nil
  ) throws(RequestProbeError) {
    var reader = RequestProbeReader(interests, of: kind)
    while try !reader.read(body, upTo: .max) {}
    self = reader.probe
  }
}

// MARK: - Fields

extension RequestProbe {
  /// Takes a member of the body into account.
  mutating func note(
    _ member: JSONMemberScanner.Member, of body: UnsafeRawBufferPointer, _ interests: Interests
  ) throws(RequestProbeError) {
    switch RequestField(key: member.key) {
    case .model:
      try readModel(member.value)
      if interests.contains(.modelPlaces) { notePlace(of: member.value, in: body) }
      if interests.contains(.everyName) { noteEveryName(member.value) }
    case .stream: try readStream(member.value)
    case .keepAlive: if interests.contains(.keepAlive) { try readKeepAlive(member.value) }
    case nil:
      placement?.note(member, of: body)
      if interests.contains(.name) { noteName(member, in: body, interests) }
      if interests.contains(.everyName) { noteOrder(member, interests) }
    }
  }

  private static let orderNames: [StaticString] = ["name", "source", "destination", "from"]
  private static let orderFiles: [StaticString] = ["files", "adapters", "modelfile", "path"]

  private mutating func noteOrder(_ member: JSONMemberScanner.Member, _ interests: Interests) {
    let isName =
      interests.contains(.orders)
      ? Self.orderNames.contains { FoldedKey.matches(member.key, $0) }
      : interests.contains(.name) && FoldedKey.matches(member.key, "name")
    if isName { noteEveryName(member.value) }
    guard interests.contains(.orders), !Self.isNull(member.value),
      Self.orderFiles.contains(where: { FoldedKey.matches(member.key, $0) })
    else { return }
    namesAnything = true
  }

  private mutating func noteEveryName(_ value: UnsafeRawBufferPointer) {
    // Ollama has its own words for what is no name; an empty one is none.
    guard let content = Self.content(value), !content.isEmpty else { return }
    guard value.count <= 6 * ModelName.maximumBytes, names.count < Self.nameLimit else {
      return namesAnything = true
    }
    let name = String(decoding: JSONString.unescaped(content), as: UTF8.self)
    if !names.contains(where: { $0.utf8.elementsEqual(name.utf8) }) { names.append(name) }
  }

  /// Ollama has its own words for what is no name.
  private mutating func noteName(
    _ member: JSONMemberScanner.Member, in body: UnsafeRawBufferPointer, _ interests: Interests
  ) {
    guard FoldedKey.matches(member.key, "name"), model?.isEmpty ?? true,
      (try? readModel(member.value)) != nil
    else { return }
    if interests.contains(.modelPlaces) { notePlace(of: member.value, in: body) }
  }

  private mutating func notePlace(of value: UnsafeRawBufferPointer, in body: UnsafeRawBufferPointer) {
    guard let start = value.baseAddress, let first = body.baseAddress,
      modelPlaces.count < RequestProbe.maximumModelPlaces
    else { return }
    modelPlaces.append(start - first..<start - first + value.count)
  }

  /// Takes a member of an element of one of the body's arrays into account.
  mutating func note(element member: JSONMemberScanner.Member, of parent: UnsafeRawBufferPointer) {
    guard !searchesWeb, FoldedKey.matches(member.key, "type"), FoldedKey.matches(parent, "tools"),
      let type = Self.content(member.value)
    else { return }
    // No type is so long but for the white space around it.
    guard type.count <= Self.toolTypeBytes else {
      searchesWeb = true
      return
    }
    let text = String(decoding: JSONString.unescaped(type), as: UTF8.self)
    let start = text.unicodeScalars.drop { $0.properties.isWhitespace }
    searchesWeb = Substring(start).lowercased().utf8.starts(with: "web_search".utf8)
  }

  /// `null` leaves a Go string as it is.
  private mutating func readModel(_ value: UnsafeRawBufferPointer) throws(RequestProbeError) {
    if Self.isNull(value) { return }
    // An escape takes six bytes for one at the most.
    guard value.count <= 6 * ModelName.maximumBytes, let name = Self.content(value) else {
      throw .invalid(field: "model", expected: "the name of a model")
    }
    model = Self.text(name)
    if let model, ModelName.isOfCloud(model) { namesCloudModel = true }
  }

  /// What a string's content means. What needs no repair, as almost all, is taken as it is: to have it validated, the library looks
  /// types up at run time.
  private static func text(_ content: UnsafeRawBufferPointer) -> String {
    let isPlain = content.allSatisfy { $0 < 0x80 && $0 != UInt8(ascii: "\\") }
    return isPlain
      ? String(decoding: content, as: UTF8.self)
      : String(decoding: JSONString.unescaped(content), as: UTF8.self)
  }

  /// `null` unsets a Go pointer.
  private mutating func readStream(_ value: UnsafeRawBufferPointer) throws(RequestProbeError) {
    switch value.first {
    case UInt8(ascii: "t"): stream = true
    case UInt8(ascii: "f"): stream = false
    case UInt8(ascii: "n"): stream = nil
    default: throw .invalid(field: "stream", expected: "true or false")
    }
  }

  private mutating func readKeepAlive(_ value: UnsafeRawBufferPointer) throws(RequestProbeError) {
    if Self.isNull(value) {
      keepAlive = nil
    } else if value.count <= Self.keepAliveBytes, let time = Self.keepAlive(value) {
      keepAlive = time
    } else {
      throw .invalid(field: "keep_alive", expected: "a number of seconds, or a duration such as \"5m\"")
    }
  }

  private static func isNull(_ value: UnsafeRawBufferPointer) -> Bool {
    value.first == UInt8(ascii: "n")
  }

  private static func keepAlive(_ value: UnsafeRawBufferPointer) -> KeepAlive? {
    if let text = content(value) { return KeepAlive(duration: JSONString.unescaped(text)) }
    // Go refuses a number that no double holds.
    guard let seconds = Double(String(decoding: value, as: UTF8.self)), seconds.isFinite else { return nil }
    return KeepAlive(seconds: seconds)
  }

  /// What stands between a string's quotes.
  private static func content(_ value: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
    guard value.count >= 2, value.first == UInt8(ascii: "\"") else { return nil }
    return UnsafeRawBufferPointer(rebasing: value[1..<value.count - 1])
  }
}
