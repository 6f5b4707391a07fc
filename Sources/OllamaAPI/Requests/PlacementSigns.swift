internal import Bytes
internal import JSON

/// What the body of a request tells of the server that should serve it: what its model is loaded with, which conversation it
/// goes on with, and how much is asked for. Keys are taken as Go takes them; values that make no sense are passed over, as
/// Ollama has its own words for them.
public struct PlacementSigns: Equatable, Sendable {
  /// `options.num_ctx`: tokens, from 1 to ``maximumTokens``.
  public private(set) var contextLength: Int?
  /// Where ``contextLength`` stands in the body, if it stands there once and no more context may make the prompt longer.
  public var contextPlace: Range<Int>? { template?.isOpenEnded == true ? nil : contextNumberPlace }
  var contextNumberPlace: Range<Int>?
  /// How often the body has a `num_ctx`.
  private var contextCount = 0
  /// A hash of the other options for which Ollama loads a model anew; 0 where there are none.
  public private(set) var runnerOptions: UInt64 = 0
  private var outputLimit: OutputLimit
  /// How many tokens are asked for at most, from 1 to ``maximumTokens``; nil where there is no end.
  public var outputTokens: Int? { outputLimit.tokens }
  /// Bytes of what is to be read before the first token: prompt, messages, tools; and what stands for as many tokens.
  public var promptBytes: Int { writtenBytes + contextTokens * Self.tokenBytes + templateBytes }
  /// Those that the body has.
  private var writtenBytes = 0
  /// Tokens of an earlier conversation, which `/api/generate` takes as they are: at most as many as the body has bytes.
  private var contextTokens = 0
  /// What stands in the model's place for what it makes of a prompt, in `/api/generate`.
  private var template: PromptTemplate?
  private var templateParts = PromptTemplate.Parts()
  /// What is read of it beside the prompt's own bytes, of which the template may have several.
  private var templateBytes: Int { template?.bytes(of: templateParts) ?? 0 }
  /// Pictures among it, or beside it: see ``PromptImage``.
  public private(set) var imageCount = 0
  /// Bytes of the pictures among ``promptBytes``.
  private var imageBytes = 0
  /// Bytes of the prompt without its pictures. What JSON adds to a text is about what the model's template does.
  public var textBytes: Int { promptBytes - imageBytes }
  /// What the client calls its conversation; from 1 to ``maximumConversationBytes`` bytes, still escaped.
  public private(set) var conversation: [UInt8]?
  /// Where the body has what a model reads: the system prompt, the tools, and the prompt or the messages. Of several of one meaning
  /// the last counts that is not null.
  var systemPlace = 0..<0
  var toolsPlace = 0..<0
  var promptPlace = 0..<0
  /// Whether the answer shall have a form.
  public private(set) var isFormatted = false
  /// Whether the model shall think first.
  public private(set) var thinks = false

  /// The order of the fields that name a conversation: a lower one counts more.
  private var conversationRank = Int.max

  /// More tokens than any model takes.
  public static let maximumTokens = 1 << 24
  /// What a token is taken for, of which there is only the number.
  static let tokenBytes = 4
  /// A longer name of a conversation is none.
  public static let maximumConversationBytes = 255
  /// Bytes of an object within the body that are looked at.
  static let objectLimit = 64 * 1024

  /// - Parameter kind: the API, whose fields count; nil of one that is not known.
  init(of kind: StreamKind?) { outputLimit = OutputLimit(kind) }

  /// What a request of the gateway's own tells.
  ///
  /// - Parameter bytes: of its body.
  public init(_ request: ChatRequest, bytes: Int) {
    outputLimit = OutputLimit(.generation)
    var writer = JSONWriter()
    request.options.encode(into: &writer)
    writer.take().withUnsafeBytes { readOptions($0, of: nil) }
    writtenBytes = bytes
    isFormatted = request.format != nil
    thinks = request.think != nil
  }

  /// Takes a member of the body into account.
  mutating func note(_ member: JSONMemberScanner.Member, of body: UnsafeRawBufferPointer) {
    let (key, value) = (member.key, member.value)
    // `max_completion_tokens` is the longest name, and six bytes the longest way to write a letter.
    guard key.count >= 5, key.count <= 126 else { return }
    switch FoldedKey.first(of: key) {
    case UInt8(ascii: "m"): noteM(member, of: body)
    case UInt8(ascii: "p"): noteP(member, of: body)
    case UInt8(ascii: "o"): if FoldedKey.matches(key, "options") { readOptions(value, of: body) }
    case UInt8(ascii: "c"):
      if FoldedKey.matches(key, "conversation") { readConversation(value) }
      if FoldedKey.matches(key, "context"), isOwn, !Self.isNull(value) {
        contextTokens += member.counted.numbers
      }
    case UInt8(ascii: "i"):
      if FoldedKey.matches(key, "input") { addPrompt(member, of: body) }
      if FoldedKey.matches(key, "instructions") { addSystem(member, of: body) }
      if FoldedKey.matches(key, "images") { addImages(member.counted) }
    case UInt8(ascii: "s"):
      if FoldedKey.matches(key, "system") { addSystem(member, of: body) }
      if FoldedKey.matches(key, "suffix") { addSuffix(member) }
    case UInt8(ascii: "t"):
      if FoldedKey.matches(key, "tools") { toolsPlace = addText(member, of: body) ?? toolsPlace }
      if FoldedKey.matches(key, "template"), isOwn { addTemplate(value) }
      if FoldedKey.matches(key, "think") || FoldedKey.matches(key, "thinking") { thinks = !Self.isOff(value) }
    case UInt8(ascii: "f"): if FoldedKey.matches(key, "format") { isFormatted = !Self.isOff(value) }
    case UInt8(ascii: "r"):
      if FoldedKey.matches(key, "response_format") { isFormatted = !Self.isOff(value) }
      if FoldedKey.matches(key, "reasoning_effort") { thinks = !Self.isOff(value) }
    default: break
    }
  }

  private mutating func noteM(_ member: JSONMemberScanner.Member, of body: UnsafeRawBufferPointer) {
    let (key, value) = (member.key, member.value)
    if FoldedKey.matches(key, "messages") {
      addPrompt(member, of: body)
    } else if FoldedKey.matches(key, "metadata") {
      readMetadata(value)
    } else {
      outputLimit.note(member: key, tokens: Self.tokens(value))
    }
  }

  private mutating func noteP(_ member: JSONMemberScanner.Member, of body: UnsafeRawBufferPointer) {
    let (key, value) = (member.key, member.value)
    if FoldedKey.matches(key, "prompt") {
      addPrompt(member, of: body)
    } else if FoldedKey.matches(key, "prompt_cache_key") {
      nameConversation(Self.content(value), rank: 1)
    } else if FoldedKey.matches(key, "previous_response_id") {
      nameConversation(Self.content(value), rank: 3)
    }
  }

  /// Whether it is of Ollama's own API.
  private var isOwn: Bool { outputLimit.kind == .generation }

  /// What has no pictures: whatever its strings look like, a model reads them as they are.
  ///
  /// - Returns: where it stands; nil of null, which leaves a field as it was.
  private mutating func addText(
    _ member: JSONMemberScanner.Member, of body: UnsafeRawBufferPointer
  ) -> Range<Int>? {
    writtenBytes += member.value.count
    return Self.isNull(member.value) ? nil : Self.place(of: member, in: body)
  }

  private mutating func addSystem(_ member: JSONMemberScanner.Member, of body: UnsafeRawBufferPointer) {
    templateParts.note(system: member.value.count)
    systemPlace = addText(member, of: body) ?? systemPlace
  }

  private mutating func addSuffix(_ member: JSONMemberScanner.Member) {
    templateParts.note(suffix: member.value.count)
    writtenBytes += member.value.count
  }

  /// All members together have no more bytes than the body.
  private mutating func addPrompt(_ member: JSONMemberScanner.Member, of body: UnsafeRawBufferPointer) {
    imageBytes += member.counted.bytes
    addImages(member.counted)
    templateParts.note(prompt: member.value.count)
    promptPlace = addText(member, of: body) ?? promptPlace
  }

  private mutating func addTemplate(_ value: UnsafeRawBufferPointer) {
    let new = PromptTemplate(value)
    template = template?.union(new) ?? new
  }

  private static func place(
    of member: JSONMemberScanner.Member, in body: UnsafeRawBufferPointer
  ) -> Range<Int> {
    guard let start = member.value.baseAddress, let first = body.baseAddress else { return 0..<0 }
    return start - first..<start - first + member.value.count
  }

  private mutating func addImages(_ counted: JSONMemberScanner.CountedValues) { imageCount += counted.count }
}

// MARK: - Objects within the body

extension PlacementSigns {
  /// Calls `body` with the members of an object, as far as it is one.
  private static func forEachMember(
    of object: UnsafeRawBufferPointer, _ body: (JSONMemberScanner.Member) -> Void
  ) {
    guard object.first == UInt8(ascii: "{"), object.count <= objectLimit else { return }
    var scanner = JSONMemberScanner()
    while case .member(let member)? = try? scanner.next(in: object) { body(member) }
  }

  /// Go adds options to those before, and null takes them all away.
  private mutating func readOptions(_ value: UnsafeRawBufferPointer, of body: UnsafeRawBufferPointer?) {
    contextNumberPlace = nil
    outputLimit.forgetOptions()
    let isUnread = value.count > Self.objectLimit
    if isUnread || Self.isNull(value) {
      contextLength = nil
      runnerOptions = 0
      templateParts.note(context: isUnread ? Self.maximumTokens : nil)
    }
    Self.forEachMember(of: value) { member in
      let key = member.key
      guard key.contains(UInt8(ascii: "\\")) else { return note(option: member, key, of: body) }
      JSONString.unescaped(key).withUnsafeBytes { note(option: member, $0, of: body) }
    }
  }

  /// Ollama takes the names of options in lower case alone.
  ///
  /// - Parameter key: its name without escapes.
  private mutating func note(
    option member: JSONMemberScanner.Member, _ key: UnsafeRawBufferPointer, of body: UnsafeRawBufferPointer?
  ) {
    let value = member.value
    if Self.is(key, "num_ctx") {
      contextLength = Self.tokens(value)
      // Go reads a number of any length.
      templateParts.note(context: value.count > Self.tokensLimit ? Self.maximumTokens : contextLength)
      contextCount += 1
      contextNumberPlace =
        contextCount == 1 && contextLength != nil ? body.map { Self.place(of: member, in: $0) } : nil
    } else if Self.is(key, "num_predict") {
      outputLimit.note(option: Self.tokens(value))
    } else if Self.isLoadingOption(key) {
      // The order of the options says nothing.
      runnerOptions &+= Self.hash(key, value)
    }
  }

  /// Whether Ollama loads a model anew for an option (`needsReload` in its server/sched.go).
  static func isLoadingOption(_ key: UnsafeRawBufferPointer) -> Bool {
    loadingOptions.contains { Self.is(key, $0) }
  }

  private static let loadingOptions: [StaticString] = [
    "num_ctx", "num_batch", "num_gpu", "main_gpu", "use_mmap", "num_thread", "draft_num_predict",
  ]

  private mutating func readConversation(_ value: UnsafeRawBufferPointer) {
    if let name = Self.content(value) { return nameConversation(name, rank: 2) }
    var id: UnsafeRawBufferPointer?
    Self.forEachMember(of: value) { if FoldedKey.matches($0.key, "id") { id = Self.content($0.value) } }
    nameConversation(id, rank: 2)
  }

  /// Claude Code names its session there: at the end of `user_id`, or in JSON within it.
  private mutating func readMetadata(_ value: UnsafeRawBufferPointer) {
    var user: UnsafeRawBufferPointer?
    Self.forEachMember(of: value) {
      if FoldedKey.matches($0.key, "user_id") { user = Self.content($0.value) }
    }
    guard let user, Self.contains(user, "session") else { return }
    nameConversation(user, rank: 0)
  }

  private mutating func nameConversation(_ name: UnsafeRawBufferPointer?, rank: Int) {
    guard let name, rank <= conversationRank, !name.isEmpty, name.count <= Self.maximumConversationBytes
    else { return }
    (conversation, conversationRank) = (Array(name), rank)
  }
}

// MARK: - Values

extension PlacementSigns {
  private static func isOff(_ value: UnsafeRawBufferPointer) -> Bool {
    value.first == UInt8(ascii: "n") || value.first == UInt8(ascii: "f") || value.elementsEqual("\"\"".utf8)
  }

  private static func isNull(_ value: UnsafeRawBufferPointer) -> Bool { value.elementsEqual("null".utf8) }

  /// A longer number is not read.
  private static let tokensLimit = 32

  private static func tokens(_ value: UnsafeRawBufferPointer) -> Int? {
    guard value.count <= tokensLimit, let number = Double(String(decoding: value, as: UTF8.self)),
      number.isFinite,
      number >= 1
    else {
      return nil
    }
    return Int(min(number, Double(maximumTokens)))
  }

  private static func `is`(_ key: UnsafeRawBufferPointer, _ name: StaticString) -> Bool {
    key.elementsEqual(UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
  }

  /// FNV-1a, of 64 bits.
  private static func hash(_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for part in [key, value] {
      for byte in part.prefix(64) { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
      hash = (hash ^ 0xFF) &* 0x100_0000_01B3
    }
    return hash
  }

  private static func contains(_ text: UnsafeRawBufferPointer, _ word: StaticString) -> Bool {
    let word = UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount)
    guard text.count >= word.count, text.count <= 4096 else { return false }
    return (0...text.count - word.count).contains { text[$0..<$0 + word.count].elementsEqual(word) }
  }

  /// What stands between a string's quotes.
  private static func content(_ value: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
    guard value.count >= 2, value.first == UInt8(ascii: "\"") else { return nil }
    return UnsafeRawBufferPointer(rebasing: value[1..<value.count - 1])
  }
}
