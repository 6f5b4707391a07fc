import ChatClient

/// Rows for people, each column as wide as its widest cell.
struct TextTable {
  private var rows: [[String]]
  /// The columns whose cells stand at the right.
  private let numbers: Set<Int>

  /// - Parameters:
  ///   - header: the first row.
  ///   - numbers: the columns of numbers.
  init(_ header: [String], numbers: Set<Int> = []) {
    rows = [header]
    self.numbers = numbers
  }

  mutating func add(_ row: [String]) {
    // Names are those of clients: nothing in them steers a terminal.
    rows.append(row.map { TerminalText.line($0) })
  }

  /// Writes all of it to standard output.
  func write() {
    let widths = (rows.first ?? []).indices.map { column in
      rows.map { $0[column].unicodeScalars.count }.max() ?? 0
    }
    for row in rows {
      var line = ""
      for (column, cell) in row.enumerated() {
        let padding = String(repeating: " ", count: widths[column] - cell.unicodeScalars.count)
        if column > 0 { line += "  " }
        if numbers.contains(column) {
          line += padding + cell
        } else {
          line += column == row.count - 1 ? cell : cell + padding
        }
      }
      print(line)
    }
  }
}
