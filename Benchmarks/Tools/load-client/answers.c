#define _GNU_SOURCE
#include "answers.h"

#include <stdlib.h>
#include <string.h>

#include "figures.h"
#include "options.h"
#include "requests.h"

static const char stream_end[] = "\"stream_end\"", last_chunk[] = "0\r\n\r\n";

bool answer_is_accepted(const char *text) {
  const char *wanted = options.kind == load_websocket ? "HTTP/1.1 101" : "HTTP/1.1 200";
  return strncmp(text, wanted, strlen(wanted)) == 0;
}

size_t answer_whole(const char *text, size_t count) {
  const char *body = memmem(text, count, "\r\n\r\n", 4);
  if (!body) return 0;
  body += 4;
  const char *length = strcasestr(text, "\r\ncontent-length:");
  if (length && length < body) {
    size_t total = (size_t)(body - text) + strtoul(length + 17, NULL, 10);
    return total <= count ? total : 0;
  }
  const char *end = memmem(body, count - (size_t)(body - text), last_chunk, sizeof last_chunk - 1);
  return end ? (size_t)(end - text) + sizeof last_chunk - 1 : 0;
}

static void count_token(client *c, uint64_t sent, uint64_t now) {
  if (!figures.measuring) return;
  figures.tokens++;
  if (c->sequence > 1) {
    if (sent >= figures.began) histogram_add(&figures.later, now - sent);
  } else if (c->asked >= figures.began) {
    histogram_add(&figures.first, now - c->asked);
  }
}

// Reads "NUMBER:CLOCK\"" and returns what follows, NULL if not all of it is there.
static char *read_token(char *text, const char *end, uint64_t *number, uint64_t *clock) {
  *number = *clock = 0;
  for (; text < end && *text >= '0' && *text <= '9'; text++) *number = *number * 10 + (uint64_t)(*text - '0');
  if (text < end && *text == ':') text++;
  for (; text < end && *text >= '0' && *text <= '9'; text++) *clock = *clock * 10 + (uint64_t)(*text - '0');
  return text < end ? text + 1 : NULL;
}

static bool has_ended(const client *c, const char *rest, size_t count) {
  return options.kind == load_websocket && c->length > 0 && c->sequence == c->length &&
         memmem(rest, count, stream_end, sizeof stream_end - 1);
}

answer_progress answer_read(client *c, char *text, size_t count, uint64_t now) {
  const char *mark = token_mark();
  const size_t mark_count = strlen(mark);
  char *rest = text - c->tail_count, *end = text + count, *found;
  memcpy(rest, c->tail, c->tail_count);
  while ((found = memmem(rest, (size_t)(end - rest), mark, mark_count))) {
    uint64_t number, clock;
    rest = found;
    char *after = read_token(found + mark_count, end, &number, &clock);
    if (!after) break;
    if (number != c->sequence + 1) {
      figures_fail("a token is missing", found, 48);
      return answer_failed;
    }
    c->sequence++;
    count_token(c, clock, now);
    rest = after;
  }
  size_t left = (size_t)(end - rest);
  if (has_ended(c, rest, left)) {
    c->tail_count = 0;
    return answer_ended;
  }
  // What may be the beginning of a token or of the answer's end is looked at again with what comes next.
  size_t kept = left < longest_tail ? left : found ? longest_tail + 1 : 2 * mark_count;
  if (kept > longest_tail) {
    figures_fail("not a token", found, 48);
    return answer_failed;
  }
  memcpy(c->tail, end - kept, kept);
  c->tail_count = (uint8_t)kept;
  return answer_goes_on;
}
