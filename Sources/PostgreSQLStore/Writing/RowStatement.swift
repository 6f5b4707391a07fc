/// A statement that takes one row or many, as two that are prepared: a row alone costs less as plain values.
struct RowStatement: Sendable {
  /// A column's type, as SQL has it.
  enum ColumnType: String {
    case text
    case bigint
    case bytea

    /// Its object identifier in `pg_type`.
    fileprivate var number: Int32 {
      switch self {
      case .text: 25
      case .bigint: 20
      case .bytea: 17
      }
    }
  }

  typealias Column = (name: String, type: ColumnType)

  let columns: [Column]
  /// Its parameters are a row.
  let one: Statement
  /// Its parameters are the columns, of each an array.
  let many: Statement

  /// - Parameter sql: reads the rows from `part`, a table whose columns have the given names.
  init(_ name: String, _ columns: [Column], _ sql: String) {
    self.columns = columns
    let values = columns.enumerated().map { "$\($0 + 1)::\($1.type.rawValue) AS \($1.name)" }
    one = Statement(name, "WITH part AS MATERIALIZED (SELECT \(values.joined(separator: ", "))), \(sql)")
    // One function that makes rows costs less than `unnest`, which is one for each column.
    let elements = columns.enumerated().map { "($\($0 + 1)::\($1.type.rawValue)[])[i] AS \($1.name)" }
    many = Statement(
      "\(name)s",
      """
      WITH part AS MATERIALIZED (
        SELECT \(elements.joined(separator: ", ")) FROM generate_series(1, cardinality($1::text[])) AS i),
      \(sql)
      """)
  }

  /// The command for some rows of parameters; nil for none.
  func command(_ rows: [[Parameter]]) -> Command? {
    guard let first = rows.first else { return nil }
    guard rows.count > 1 else { return .prepared(one, first) }
    return .prepared(
      many,
      columns.indices.map { place in
        Parameter(
          array: rows.map { place < $0.count ? $0[place].bytes : nil }, ofType: columns[place].type.number)
      })
  }
}

/// Rows on their way into a statement.
struct StatementRows {
  private let statement: RowStatement
  private var rows: [[Parameter]] = []
  /// Bytes of all values.
  private(set) var size = 0

  init(_ statement: RowStatement) { self.statement = statement }

  mutating func append(_ row: [Parameter]) {
    rows.append(row)
    size += row.reduce(0) { $0 + ($1.bytes?.count ?? 0) }
  }

  /// The command for what has come; nil where nothing has.
  mutating func take() -> Command? {
    defer { (rows, size) = ([], 0) }
    return statement.command(rows)
  }
}
