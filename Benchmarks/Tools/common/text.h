// Text put together in memory without printf, which would cost more than the rest of a token.
#pragma once
#include <stdint.h>
#include <string.h>

// The caller provides for the room: every text here has a bound that is known when it is written.
typedef struct {
  char *bytes;
  size_t count;
} text;

static inline void text_add(text *t, const void *bytes, size_t count) {
  memcpy(t->bytes + t->count, bytes, count);
  t->count += count;
}

static inline void text_add_string(text *t, const char *string) { text_add(t, string, strlen(string)); }

static inline void text_add_number(text *t, uint64_t number) {
  char digits[20];
  size_t count = 0;
  do digits[sizeof digits - ++count] = (char)('0' + number % 10);
  while (number /= 10);
  text_add(t, digits + sizeof digits - count, count);
}
