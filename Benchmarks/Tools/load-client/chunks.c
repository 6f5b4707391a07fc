#include "chunks.h"

static int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c |= 32;
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// Takes one byte of what is around the data. False when it cannot stand there.
static bool take(chunk_reader *r, char c) {
  switch (r->state) {
  case chunk_size:
    if (digit(c) >= 0) {
      r->left = r->left * 16 + (uint64_t)digit(c);
      return r->left < 1u << 30;
    }
    r->state = chunk_extension;
    __attribute__((fallthrough));
  case chunk_extension:
    if (c == '\n') r->state = r->left > 0 ? chunk_data : chunk_last;
    return true;
  case chunk_data_end:
    if (c == '\n') r->state = chunk_size;
    return c == '\r' || c == '\n';
  case chunk_last:
    if (c == '\n') r->state = chunk_over;
    return c == '\r' || c == '\n';
  default: return false;
  }
}

size_t chunk_read(chunk_reader *r, char *bytes, size_t count, char **piece, size_t *piece_count) {
  size_t taken = 0;
  *piece_count = 0;
  while (taken < count && r->state != chunk_data) {
    if (!take(r, bytes[taken++])) return 0;
    if (r->state == chunk_over) return taken;
  }
  if (r->state != chunk_data) return taken;
  *piece = bytes + taken;
  *piece_count = count - taken < r->left ? count - taken : (size_t)r->left;
  r->left -= *piece_count;
  if (r->left == 0) r->state = chunk_data_end;
  return taken + *piece_count;
}
