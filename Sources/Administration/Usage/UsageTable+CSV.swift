extension UsageTable.Cell {
  /// As a table of text shows it.
  package var text: String {
    switch self {
    case .name(let name): name
    case .count(let count): "\(count)"
    case .seconds(let seconds): "\(seconds)"
    }
  }
}

extension UsageRows {
  /// The rows with a header, as RFC 4180 has it.
  package var csv: [UInt8] {
    var bytes: [UInt8] = []
    UsageTable.append(columns, to: &bytes)
    return bytes + csvRows
  }

  /// The rows without a header.
  package var csvRows: [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(128 * rows.count)
    for row in rows { UsageTable.append(row.map(UsageTable.field), to: &bytes) }
    return bytes
  }
}

extension UsageTable {
  /// What begins a formula in programs for tables: in front of such a name stands an apostrophe, which they leave out.
  private static let formulas: [UInt8] = Array("=+-@\t\r".utf8)

  fileprivate static func field(_ cell: Cell) -> String {
    guard case .name(let name) = cell else { return cell.text }
    let isFormula = name.utf8.first.map(formulas.contains) ?? false
    let text = isFormula ? "'" + name : name
    guard text.utf8.contains(where: { "\",\r\n".utf8.contains($0) }) else { return text }
    var quoted: [UInt8] = [UInt8(ascii: "\"")]
    for byte in text.utf8 {
      if byte == UInt8(ascii: "\"") { quoted.append(byte) }
      quoted.append(byte)
    }
    quoted.append(UInt8(ascii: "\""))
    return String(decoding: quoted, as: UTF8.self)
  }

  fileprivate static func append(_ fields: [String], to bytes: inout [UInt8]) {
    for (place, field) in fields.enumerated() {
      if place > 0 { bytes.append(UInt8(ascii: ",")) }
      bytes += field.utf8
    }
    bytes += "\r\n".utf8
  }
}
