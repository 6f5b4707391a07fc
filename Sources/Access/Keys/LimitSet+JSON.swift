public import JSON
public import Limits
internal import HTTPFields

// Limits as records, the admin API and files have them: {"rpm": 60, "budgets": [{"unit": "tokens", "period": "month", "amount": 1}]}.
extension LimitSet {
  /// Limits of one number each, under the names of their members.
  package static let numbers: [(name: String, path: any WritableKeyPath<LimitSet, Int?> & Sendable)] = [
    ("rpm", \.rpm), ("rpd", \.rpd), ("tpm", \.tpm), ("tpd", \.tpd), ("concurrent", \.concurrent),
    ("streams", \.streams), ("websockets", \.websockets),
  ]

  /// Reads a document; one without members limits nothing, as `null` does.
  ///
  /// - Throws: what is wrong, by its member.
  public init(_ json: JSONValue) throws(RecordError) {
    self.init()
    if json.isNull { return }
    try json.distinctMembers { (name, value) throws(RecordError) in
      if let (name, path) = LimitSet.numbers.first(where: { $0.name.hasSameBytes(as: name) }) {
        self[keyPath: path] = value.isNull ? nil : try value.whole(name, in: LimitSet.range)
      } else if name.hasSameBytes(as: "budgets") {
        budgets = try LimitSet.budgets(value)
      } else {
        throw RecordError(
          name, takes: "one of " + (LimitSet.numbers.map(\.name) + ["budgets"]).joined(separator: ", "))
      }
    }
  }

  private static func budgets(_ json: JSONValue) throws(RecordError) -> [Budget] {
    if json.isNull { return [] }
    let takes = "at most \(mostBudgets) budgets, one of each unit and period"
    guard json.kind == .array, json.count <= mostBudgets else { throw RecordError("budgets", takes: takes) }
    var budgets: [Budget] = []
    try json.forEachElement { (element) throws(RecordError) in
      let budget: Budget
      do throws(RecordError) { budget = try Budget(element) } catch {
        throw error.within("budgets[\(budgets.count)]")
      }
      guard !budgets.contains(where: { $0.unit == budget.unit && $0.period == budget.period }) else {
        throw RecordError("budgets[\(budgets.count)]", takes: takes)
      }
      budgets.append(budget)
    }
    return budgets
  }

  /// Writes an object that reads back as this.
  public func encode(into writer: inout JSONWriter) {
    writer.object { writer in
      for (name, path) in LimitSet.numbers {
        guard let limit = self[keyPath: path] else { continue }
        writer.key(text: name)
        writer.integer(limit)
      }
      guard !budgets.isEmpty else { return }
      writer.key("budgets")
      writer.array { writer in for budget in budgets { budget.encode(into: &writer) } }
    }
  }
}

extension Budget {
  /// Reads a document; all three members must be there.
  init(_ json: JSONValue) throws(RecordError) {
    var (unit, period, amount): (Unit?, CalendarPeriod?, Int?) = (nil, nil, nil)
    let (units, periods) = (Self.words(Unit.self), Self.words(CalendarPeriod.self))
    try json.distinctMembers { (name, value) throws(RecordError) in
      switch name.utf8.count {
      case _ where name.hasSameBytes(as: "unit"):
        unit = Unit(bytesOf: try value.text("unit", takes: units))
      case _ where name.hasSameBytes(as: "period"):
        period = CalendarPeriod(bytesOf: try value.text("period", takes: periods))
      case _ where name.hasSameBytes(as: "amount"): amount = try value.whole("amount", in: LimitSet.range)
      default: throw RecordError(name, takes: "one of unit, period, amount")
      }
    }
    guard let unit else { throw RecordError("unit", takes: units) }
    guard let period else { throw RecordError("period", takes: periods) }
    guard let amount else { throw RecordError("amount", takes: "a whole number") }
    self.init(unit: unit, period: period, amount: amount)
  }

  private static func words<Word: RawRepresentable & CaseIterable>(_ type: Word.Type) -> String
  where Word.RawValue == String {
    "one of " + Word.allCases.map(\.rawValue).joined(separator: ", ")
  }

  func encode(into writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("unit", unit.rawValue)
      writer.member("period", period.rawValue)
      writer.member("amount", amount)
    }
  }
}

extension JSONValue {
  /// The same as ``members(_:_:)``, where none may stand twice: of two values it would be anybody's guess which holds. `body` throws at a
  /// name that it does not know, so that those that are kept are few.
  fileprivate func distinctMembers(
    _ body: (_ name: String, _ value: JSONValue) throws(RecordError) -> Void
  ) throws(RecordError) {
    var names: [String] = []
    try members("") { (name, value) throws(RecordError) in
      guard !names.contains(where: { $0.hasSameBytes(as: name) }) else {
        throw RecordError(name, takes: "one value, and stands there twice")
      }
      try body(name, value)
      names.append(name)
    }
  }
}

extension JSONWriter {
  /// A key known at run time only.
  mutating func key(text: String) {
    var text = text
    text.withUTF8 { key(utf8: UnsafeRawBufferPointer($0)) }
  }
}
