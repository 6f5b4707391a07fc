/// A statement that takes many rows: its parameters are the columns, of each an array.
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
  let statement: Statement

  /// - Parameter sql: reads the rows from `part`, a table whose columns have the given names.
  init(_ name: String, _ columns: [Column], _ sql: String) {
    self.columns = columns
    // One function that makes rows costs less than `unnest`, which is one for each column.
    let elements = columns.enumerated().map { "($\($0 + 1)::\($1.type.rawValue)[])[i] AS \($1.name)" }
    statement = Statement(
      name,
      """
      WITH part AS MATERIALIZED (
        SELECT \(elements.joined(separator: ", ")) FROM generate_series(1, cardinality($1::text[])) AS i),
      \(sql)
      """)
  }

  /// - Parameter rows: of each as many parameters as there are columns.
  func command(_ rows: [[Parameter]]) -> Command {
    .prepared(
      statement,
      columns.indices.map { place in
        Parameter(
          array: rows.map { place < $0.count ? $0[place].bytes : nil }, ofType: columns[place].type.number)
      })
  }
}
