#include "CSimdJSON.h"

#include <simdjson.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <string_view>
#include <type_traits>

using namespace simdjson;

struct csimdjson_reader {
  csimdjson_reader(size_t maximum_bytes, size_t maximum_depth)
      : parser(maximum_bytes), maximum_bytes(maximum_bytes), maximum_depth(maximum_depth) {}

  dom::parser parser;
  /// Apart from the parser, which offers no way to release the buffers of its own document alone.
  dom::document document;
  size_t maximum_bytes;
  size_t maximum_depth;
};

namespace {

/// Buffers grow in powers of two from here, so that slowly growing documents do not allocate each time.
constexpr size_t smallest_capacity = 1024;

/// simdjson's values are two plain words; this moves them into and out of the C structs, and the compiler checks it.
template <typename To, typename From>
To recast(const From &from) {
  static_assert(sizeof(To) == sizeof(From), "simdjson changed the layout of its values");
  static_assert(std::is_trivially_copyable<To>::value && std::is_trivially_copyable<From>::value,
                "simdjson's values are not plain any more");
  To to;
  std::memcpy(static_cast<void *>(&to), static_cast<const void *>(&from), sizeof(To));
  return to;
}

struct words {
  uint64_t word[2];
};

dom::element element_of(csimdjson_value value) { return recast<dom::element>(value); }

csimdjson_bytes bytes_of(std::string_view string) {
  return {reinterpret_cast<const uint8_t *>(string.data()), string.size()};
}

template <typename Iterator>
void store(uint64_t (&destination)[2], const Iterator &iterator) {
  const words plain = recast<words>(iterator);
  std::copy(std::begin(plain.word), std::end(plain.word), std::begin(destination));
}

template <typename Iterator>
Iterator load(const uint64_t (&source)[2]) {
  return recast<Iterator>(words{{source[0], source[1]}});
}

error_code reserve(csimdjson_reader &reader, size_t count) {
  if (count > reader.maximum_bytes) return CAPACITY;
  if (count <= reader.parser.capacity() && count <= reader.document.capacity()) return SUCCESS;
  size_t capacity = smallest_capacity;
  while (capacity < count) capacity *= 2;
  // simdjson takes 32 bytes as the least capacity, whatever the bound on documents.
  capacity = std::max<size_t>(std::min(capacity, reader.maximum_bytes), dom::MINIMAL_DOCUMENT_CAPACITY);
  if (const error_code error = reader.document.allocate(capacity)) return error;
  return reader.parser.allocate(capacity, reader.maximum_depth);
}

error_code parse(csimdjson_reader &reader, const uint8_t *bytes, size_t count, dom::element &element) {
  if (const error_code error = reserve(reader, count)) return error;
  return reader.parser.parse_into_document(reader.document, bytes, count, true).get(element);
}

}  // namespace

extern "C" {

csimdjson_reader *csimdjson_reader_create(size_t maximum_bytes, size_t maximum_depth) {
  const size_t bound = std::min<size_t>(maximum_bytes, SIMDJSON_MAXSIZE_BYTES);
  return new (std::nothrow) csimdjson_reader(bound, maximum_depth);
}

void csimdjson_reader_destroy(csimdjson_reader *reader) { delete reader; }

int csimdjson_reader_parse(csimdjson_reader *reader, const uint8_t *bytes, size_t count, csimdjson_value *root) {
  if (count == 0) return EMPTY;
  dom::element element;
  if (const error_code error = parse(*reader, bytes, count, element)) return error;
  *root = recast<csimdjson_value>(element);
  return SUCCESS;
}

void csimdjson_reader_trim(csimdjson_reader *reader, size_t keep_bytes) {
  if (csimdjson_reader_capacity(reader) <= keep_bytes) return;
  reader->parser = dom::parser(reader->maximum_bytes);
  reader->document = dom::document();
}

size_t csimdjson_reader_capacity(const csimdjson_reader *reader) {
  return std::max(reader->parser.capacity(), reader->document.capacity());
}

const char *csimdjson_error_message(int code) { return error_message(static_cast<error_code>(code)); }

size_t csimdjson_position(csimdjson_value value) { return value.words[1]; }

int csimdjson_type(csimdjson_value value) { return static_cast<int>(element_of(value).type()); }

size_t csimdjson_count(csimdjson_value value) {
  const dom::element element = element_of(value);
  dom::array array;
  if (!element.get(array)) return array.size();
  dom::object object;
  if (!element.get(object)) return object.size();
  return 0;
}

csimdjson_bytes csimdjson_string(csimdjson_value value) {
  std::string_view string;
  if (element_of(value).get(string)) return {nullptr, 0};
  return bytes_of(string);
}

bool csimdjson_int64(csimdjson_value value, int64_t *number) { return !element_of(value).get(*number); }

bool csimdjson_uint64(csimdjson_value value, uint64_t *number) { return !element_of(value).get(*number); }

bool csimdjson_double(csimdjson_value value, double *number) { return !element_of(value).get(*number); }

bool csimdjson_bool(csimdjson_value value) {
  bool truth = false;
  return !element_of(value).get(truth) && truth;
}

bool csimdjson_find(csimdjson_value value, const uint8_t *key, size_t key_count, csimdjson_value *found) {
  dom::object object;
  if (element_of(value).get(object)) return false;
  const std::string_view wanted(reinterpret_cast<const char *>(key), key_count);
  bool any = false;
  for (auto member = object.begin(); member != object.end(); ++member) {
    if (!member.key_equals(wanted)) continue;
    *found = recast<csimdjson_value>(member.value());
    any = true;
  }
  return any;
}

csimdjson_cursor csimdjson_children(csimdjson_value value) {
  csimdjson_cursor cursor = {};
  const dom::element element = element_of(value);
  dom::array array;
  dom::object object;
  if (!element.get(array)) {
    store(cursor.next, array.begin());
    store(cursor.end, array.end());
  } else if (!element.get(object)) {
    cursor.is_object = true;
    store(cursor.next, object.begin());
    store(cursor.end, object.end());
  }
  return cursor;
}

bool csimdjson_next(csimdjson_cursor *cursor, csimdjson_bytes *key, csimdjson_value *child) {
  // Both iterators compare by the words alone, so a scalar's two empty cursors are equal here.
  if (std::equal(std::begin(cursor->next), std::end(cursor->next), std::begin(cursor->end))) return false;
  if (cursor->is_object) {
    auto member = load<dom::object::iterator>(cursor->next);
    *key = bytes_of(member.key());
    *child = recast<csimdjson_value>(member.value());
    store(cursor->next, ++member);
  } else {
    auto element = load<dom::array::iterator>(cursor->next);
    *key = {nullptr, 0};
    *child = recast<csimdjson_value>(*element);
    store(cursor->next, ++element);
  }
  return true;
}

size_t csimdjson_next_of(csimdjson_cursor *cursor, const csimdjson_bytes *keys, size_t count, csimdjson_value *child) {
  if (!cursor->is_object) return count;
  auto member = load<dom::object::iterator>(cursor->next);
  const auto end = load<dom::object::iterator>(cursor->end);
  size_t place = count;
  for (; place == count && member != end; ++member) {
    const std::string_view key = member.key();
    for (place = 0; place < count; ++place) {
      if (keys[place].count == key.size() && std::memcmp(keys[place].start, key.data(), key.size()) == 0) break;
    }
    if (place < count) *child = recast<csimdjson_value>(member.value());
  }
  store(cursor->next, member);
  return place;
}

}  // extern "C"
