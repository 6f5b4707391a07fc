#include "frames.h"

#include <err.h>
#include <string.h>

static size_t head_length(const frame_reader *r) {
  if (r->head_count < 2) return 2;
  int length = r->head[1] & 127;
  return length == 127 ? 10 : length == 126 ? 4 : 2;
}

static uint64_t payload_length(const frame_reader *r) {
  uint64_t length = r->head[1] & 127;
  if (length < 126) return length;
  uint64_t long_form = 0;
  for (size_t i = 2; i < head_length(r); i++) long_form = long_form << 8 | r->head[i];
  return long_form;
}

static bool is_control(const frame_reader *r) { return r->head[0] & 8; }

// Returns the bytes taken; the head is complete when `left` may be relied on.
static size_t read_head(frame_reader *r, const char *bytes, size_t count) {
  size_t taken = 0;
  while (taken < count && r->head_count < head_length(r)) r->head[r->head_count++] = (uint8_t)bytes[taken++];
  if (r->head_count < head_length(r)) return taken;
  if (r->head[1] & 128) errx(1, "the server masks its frames");
  r->left = payload_length(r);
  r->control_count = 0;
  if (is_control(r) && r->left > longest_control) errx(1, "a control frame of %llu bytes", (unsigned long long)r->left);
  return taken;
}

size_t frame_read(frame_reader *r, char *bytes, size_t count, int *opcode, char **piece, size_t *piece_count) {
  *opcode = -1;
  *piece_count = 0;
  size_t taken = 0;
  if (r->head_count < head_length(r)) {
    taken = read_head(r, bytes, count);
    if (r->head_count < head_length(r)) return taken;
  }
  size_t part = count - taken < r->left ? count - taken : (size_t)r->left;
  *piece = bytes + taken;
  *piece_count = part;
  r->left -= part;
  if (is_control(r)) {
    memcpy(r->control + r->control_count, bytes + taken, part);
    r->control_count = (uint8_t)(r->control_count + part);
    *piece = r->control;
    *piece_count = r->control_count;
    if (r->left == 0) *opcode = r->head[0] & 15;
  } else {
    *opcode = frame_text;
  }
  if (r->left == 0) r->head_count = 0;
  return taken + part;
}

size_t frame_write(char *frame, int opcode, const char *payload, size_t count) {
  static uint32_t random = 2463534242;
  random ^= random << 13, random ^= random >> 17, random ^= random << 5;
  size_t head = 2;
  frame[0] = (char)(128 | opcode);
  frame[1] = (char)(128 | (count < 126 ? count : 126));
  if (count >= 126) {
    frame[2] = (char)(count >> 8);
    frame[3] = (char)count;
    head = 4;
  }
  const char *mask = (const char *)&random;
  memcpy(frame + head, mask, 4);
  for (size_t i = 0; i < count; i++) frame[head + 4 + i] = (char)(payload[i] ^ mask[i % 4]);
  return head + 4 + count;
}
