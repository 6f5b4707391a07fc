package import JSON

/// Rows of what was used, with as many cells as columns each.
package protocol UsageRows: Sendable {
  /// The names of the columns.
  var columns: [String] { get }
  /// As many cells as columns each.
  var rows: [[UsageTable.Cell]] { get }
  /// How many columns have names and times; the rest have numbers.
  var namedColumns: Int { get }
}

extension UsageRows {
  /// Writes the object of one row.
  package func encodeRow(_ place: Int, into writer: inout JSONWriter) {
    writer.object { writer in
      for (column, cell) in zip(columns, rows[place]) {
        var column = column
        column.withUTF8 { writer.key(utf8: UnsafeRawBufferPointer($0)) }
        switch cell {
        case .name(let name): if name.isEmpty { writer.null() } else { writer.string(name) }
        case .count(let count): writer.integer(count)
        case .seconds(let seconds): writer.number(seconds)
        }
      }
    }
  }
}
