import CSimdJSON

extension JSONValue {
  /// The number of members or elements; exact below 2^24 - 1, and that number for more. 0 for a scalar.
  public var count: Int { csimdjson_count(raw) }

  /// The member with this key, the last if there are several; `nil` when there is none or this is no object.
  /// The search is linear.
  public subscript(_ key: StaticString) -> JSONValue? {
    @_lifetime(copy self)
    get {
      var found = csimdjson_value()
      guard csimdjson_find(raw, key.utf8Start, key.utf8CodeUnitCount, &found) else { return nil }
      return JSONValue(found, in: self)
    }
  }

  /// The member with this key, as the subscript above, but `nil` also when it is `null`: for interfaces where null
  /// means absent.
  @_lifetime(copy self)
  public func present(_ key: StaticString) -> JSONValue? {
    guard let member = self[key], !member.isNull else { return nil }
    return member
  }

  /// Calls `body` for each member in the document's order, duplicates too, with the key's UTF-8. Nothing happens
  /// when this is no object.
  public func forEachMember<Failure: Error>(
    _ body: (UnsafeRawBufferPointer, JSONValue) throws(Failure) -> Void
  ) throws(Failure) {
    guard kind == .object else { return }
    var cursor = csimdjson_children(raw)
    var key = csimdjson_bytes()
    var child = csimdjson_value()
    while csimdjson_next(&cursor, &key, &child) {
      try body(UnsafeRawBufferPointer(start: key.start, count: key.count), JSONValue(child, in: self))
    }
  }

  /// Calls `body` for each member that has one of these keys, in the document's order, duplicates too, with the key's place among
  /// them. One search for all: see the subscript above. Nothing happens when this is no object.
  public func forEachMember(named keys: JSONKeys, _ body: (Int, JSONValue) -> Void) {
    keys.keys.withUnsafeBufferPointer { keys in
      var cursor = csimdjson_children(raw)
      var child = csimdjson_value()
      while true {
        let place = csimdjson_next_of(&cursor, keys.baseAddress, keys.count, &child)
        guard place < keys.count else { return }
        body(place, JSONValue(child, in: self))
      }
    }
  }

  /// Calls `body` for each element in order. Nothing happens when this is no array.
  public func forEachElement<Failure: Error>(
    _ body: (JSONValue) throws(Failure) -> Void
  ) throws(Failure) {
    guard kind == .array else { return }
    var cursor = csimdjson_children(raw)
    var key = csimdjson_bytes()
    var child = csimdjson_value()
    while csimdjson_next(&cursor, &key, &child) {
      try body(JSONValue(child, in: self))
    }
  }
}
