#include "streams.h"

#include <stdio.h>

#include "../common/clock.h"
#include "../common/histogram.h"
#include "answers.h"
#include "request.h"

// A wheel of milliseconds: a stream is in the slot of its next token. Those that are due later than one turn of the
// wheel are passed over until their turn has come.
enum { slot_count = 4096, millisecond = 1000000, tokens_at_once = 32, writes_at_once = 4 };

static connection *slots[slot_count];
static long paced;
static uint64_t tick; // the last millisecond that was served
static uint64_t tokens;
static histogram lateness;

static void put_in_wheel(connection *c) {
  // What is late already comes with the next tick, and is late once, not for ever.
  if (c->due / millisecond <= tick) c->due = (tick + 1) * millisecond;
  connection **slot = &slots[c->due / millisecond % slot_count];
  c->previous = NULL;
  c->next = *slot;
  if (c->next) c->next->previous = c;
  *slot = c;
}

static void take_from_wheel(connection *c) {
  if (c->next) c->next->previous = c->previous;
  if (c->previous)
    c->previous->next = c->next;
  else
    slots[c->due / millisecond % slot_count] = c->next;
}

void stream_end(connection *c) {
  c->streams = false;
  connection_counts.streaming--;
  if (c->plan.microseconds == 0) return;
  take_from_wheel(c);
  paced--;
}

static bool is_over(const connection *c) { return c->plan.sequence == c->plan.length && c->plan.length > 0; }

// A number between 0 and LIMIT: the golden ratio spreads them evenly, whatever their count.
static uint64_t spread(uint64_t limit) {
  static uint64_t state;
  state += 0x9e3779b97f4a7c15;
  return (uint64_t)((unsigned __int128)state * limit >> 64);
}

static bool send_tokens(connection *c, text *t, int count) {
  uint64_t now = nanoseconds();
  for (int i = 0; i < count && !is_over(c); i++, tokens++) answer_add_token(t, &c->plan, now);
  return connection_send(c, t->bytes, t->count);
}

bool stream_start(connection *c, stream_plan plan) {
  char bytes[256 + longest_token_text];
  text t = {bytes, 0};
  c->plan = plan;
  answer_add_head(&t, plan.format);
  if (!send_tokens(c, &t, 1)) return false;
  if (is_over(c)) return true;
  c->streams = true;
  connection_counts.streaming++;
  if (plan.microseconds == 0) {
    stream_writable(c);
    return c->watcher.fd >= 0;
  }
  uint64_t pace = (uint64_t)plan.microseconds * 1000;
  if (paced++ == 0) tick = nanoseconds() / millisecond;
  c->due = nanoseconds() + 1 + spread(pace);
  put_in_wheel(c);
  return true;
}

void stream_writable(connection *c) {
  static char bytes[tokens_at_once * longest_token_text];
  for (int i = 0; i < writes_at_once && c->plan.microseconds == 0 && c->unsent_count == 0; i++) {
    text t = {bytes, 0};
    if (!send_tokens(c, &t, tokens_at_once)) return;
    if (is_over(c)) {
      stream_end(c);
      return requests_serve(c);
    }
  }
  // More than a socket's buffer takes at once: go on when the others had their turn.
  if (c->plan.microseconds == 0 && c->unsent_count == 0) loop_change(&c->watcher, EPOLLIN | EPOLLOUT);
}

static void send_due_token(connection *c) {
  char bytes[longest_token_text];
  text t = {bytes, 0};
  uint64_t now = nanoseconds();
  histogram_add(&lateness, now > c->due ? now - c->due : 0);
  if (!send_tokens(c, &t, 1)) return;
  if (is_over(c)) {
    stream_end(c);
    return requests_serve(c);
  }
  take_from_wheel(c);
  c->due += (uint64_t)c->plan.microseconds * 1000;
  put_in_wheel(c);
}

int streams_send_due(void) {
  uint64_t now = nanoseconds() / millisecond;
  for (; paced > 0 && tick < now; ) {
    tick++;
    for (connection *c = slots[tick % slot_count], *next; c; c = next) {
      next = c->next;
      if (c->due / millisecond <= tick) send_due_token(c);
    }
  }
  return paced > 0 ? 1 : -1;
}

const char *streams_counts(void) {
  static char json[512];
  FILE *file = fmemopen(json, sizeof json, "w");
  if (!file) return "{}";
  fprintf(file, "{\"accepted\":%lu,\"open\":%ld,\"requests\":%lu,\"dropped\":%lu,\"streaming\":%ld,\"tokens\":%llu,"
                "\"lateness\":",
          connection_counts.accepted, connection_counts.open, connection_counts.requests, connection_counts.dropped,
          connection_counts.streaming, (unsigned long long)tokens);
  histogram_print(&lateness, file);
  fputc('}', file);
  fclose(file);
  return json;
}
