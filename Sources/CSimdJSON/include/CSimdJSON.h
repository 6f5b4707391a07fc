// A small C face for simdjson's DOM API, so that Swift needs no C++ interoperability.
//
// Nothing here throws, and nothing here is thread-safe: a reader and the values from it belong to one thread at a
// time. A value, and every byte that a value points to, is valid until its reader parses again, is trimmed or is
// destroyed; using it later is undefined. The Swift target `JSON` enforces that, and is the only importer.
#ifndef CSIMDJSON_H
#define CSIMDJSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// A parser with its buffers: the padded copy of the input, the structural index, the tape and the strings.
typedef struct csimdjson_reader csimdjson_reader;

/// A place in the parsed document: a `simdjson::dom::element` in a box that Swift can copy.
typedef struct csimdjson_value {
  uint64_t words[2];
} csimdjson_value;

/// A place between two members of an object or two elements of an array.
typedef struct csimdjson_cursor {
  uint64_t next[2];
  uint64_t end[2];
  bool is_object;
} csimdjson_cursor;

/// UTF-8 bytes in a reader's string buffer, without a terminating zero of their own.
typedef struct csimdjson_bytes {
  const uint8_t *start;
  size_t count;
} csimdjson_bytes;

/// What `csimdjson_type` returns; the values are simdjson's own (`dom::element_type`).
enum {
  CSIMDJSON_ARRAY = '[',
  CSIMDJSON_OBJECT = '{',
  CSIMDJSON_INT64 = 'l',
  CSIMDJSON_UINT64 = 'u',
  CSIMDJSON_DOUBLE = 'd',
  CSIMDJSON_STRING = '"',
  CSIMDJSON_BOOL = 't',
  CSIMDJSON_NULL = 'n',
};

/// A new reader that refuses documents of over `maximum_bytes` bytes (at most 4 GiB, simdjson's own bound) and of
/// over `maximum_depth` nested arrays and objects. NULL when memory is short. Free it with
/// `csimdjson_reader_destroy`.
csimdjson_reader *csimdjson_reader_create(size_t maximum_bytes, size_t maximum_depth);

/// Frees a reader and all its buffers.
void csimdjson_reader_destroy(csimdjson_reader *reader);

/// Parses `count` bytes, which need no padding and may be freed on return, and puts the document's root into `root`.
/// Returns 0, or one of simdjson's error codes for `csimdjson_error_message`.
int csimdjson_reader_parse(csimdjson_reader *reader, const uint8_t *bytes, size_t count, csimdjson_value *root);

/// Gives back the buffers when they fit a document of over `keep_bytes` bytes. The values of the last parse end here.
void csimdjson_reader_trim(csimdjson_reader *reader, size_t keep_bytes);

/// The size in bytes of the largest document that fits without growing the buffers. They take up to 15 times this.
size_t csimdjson_reader_capacity(const csimdjson_reader *reader);

/// simdjson's message for an error code: a static string that holds nothing of the document.
const char *csimdjson_error_message(int code);

/// The type of a value: one of the `CSIMDJSON_` constants.
int csimdjson_type(csimdjson_value value);

/// Where the value stands on simdjson's tape (its `doc/tape.md`): the root is at 1, a number takes two places and each
/// other scalar, key and bracket one.
size_t csimdjson_position(csimdjson_value value);

/// The number of members or elements, which simdjson stops counting at 2^24 - 1; 0 for a scalar.
size_t csimdjson_count(csimdjson_value value);

/// The bytes of a string; `start` is NULL for any other type.
csimdjson_bytes csimdjson_string(csimdjson_value value);

/// The number of an INT64, or of a UINT64 that fits: false when it is neither.
bool csimdjson_int64(csimdjson_value value, int64_t *number);

/// The number of a UINT64, or of an INT64 that is not negative: false when it is neither.
bool csimdjson_uint64(csimdjson_value value, uint64_t *number);

/// The value of any number as a double, rounded where it must be: false when it is not a number.
bool csimdjson_double(csimdjson_value value, double *number);

/// Whether the value is `true`; false for every other type as well, so ask `csimdjson_type` first.
bool csimdjson_bool(csimdjson_value value);

/// The value of the last member with this key, since of two members with one key the last counts for Go, Python and
/// JavaScript alike. False when there is none or the value is not an object. Takes time by the number of members.
bool csimdjson_find(csimdjson_value value, const uint8_t *key, size_t key_count, csimdjson_value *found);

/// A cursor before the first child of an array or object. On a scalar it has no children.
csimdjson_cursor csimdjson_children(csimdjson_value value);

/// Steps over one child: false at the end. `key` gets the member's key, or NULL bytes in an array.
bool csimdjson_next(csimdjson_cursor *cursor, csimdjson_bytes *key, csimdjson_value *child);

/// Steps over members of an object until behind one whose key is among `keys`, and returns its key's place there: `count`
/// at the end, and of an array's cursor.
size_t csimdjson_next_of(csimdjson_cursor *cursor, const csimdjson_bytes *keys, size_t count, csimdjson_value *child);

#ifdef __cplusplus
}
#endif

#endif
