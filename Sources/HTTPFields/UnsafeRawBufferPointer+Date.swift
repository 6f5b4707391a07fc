internal import Bytes

extension UnsafeRawBufferPointer {
  /// The time that the value of a field such as `Date` tells, in seconds since 1970: any of the three forms of RFC 9110 section
  /// 5.6.7. Nil where it is none.
  public var httpDate: Int? {
    guard count <= 40 else { return nil }
    let words = split { byte in
      [0x20, UInt8(ascii: ","), UInt8(ascii: "-"), UInt8(ascii: ":")].contains(byte)
    }.map { UnsafeRawBufferPointer(rebasing: $0) }
    guard words.count == 7 || words.count == 8 else { return nil }
    // `Sun Nov  6 08:49:37 1994`, else `Sun, 06 Nov 1994 08:49:37 GMT` or `Sunday, 06-Nov-94 08:49:37 GMT`.
    let isOldest = words.count == 7
    guard isOldest || words[7].elementsEqual("GMT".utf8) else { return nil }
    guard let month = words[isOldest ? 1 : 2].month, let day = words[isOldest ? 2 : 1].decimal,
      var year = words[isOldest ? 6 : 3].decimal, let hour = words[isOldest ? 3 : 4].decimal,
      let minute = words[isOldest ? 4 : 5].decimal, let second = words[isOldest ? 5 : 6].decimal
    else { return nil }
    if words[isOldest ? 6 : 3].count == 2 { year += year < 70 ? 2000 : 1900 }
    guard (1970...9999).contains(year), (1...31).contains(day), hour < 24, minute < 60, second <= 60 else {
      return nil
    }
    return ((days(year, month, day) * 24 + hour) * 60 + minute) * 60 + second
  }

  /// January is 1.
  private var month: Int? {
    let names: [StaticString] = [
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
    let index = names.firstIndex { name in
      hasSameBytes(as: UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
    }
    return index.map { $0 + 1 }
  }

  /// Days since 1970-01-01: years begin in March here, so that the leap day is their last.
  private func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
    let year = month <= 2 ? year - 1 : year
    let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
    return 365 * year + year / 4 - year / 100 + year / 400 + dayOfYear - 719_468
  }
}
