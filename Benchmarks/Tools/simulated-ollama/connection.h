// A client's connection to the simulated Ollama: what it has sent, what it is to get, and the stream that runs on it.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../common/loop.h"

typedef enum { format_chat, format_generate, format_openai } answer_format;

// An answer in tokens. SEQUENCE counts those that are sent.
typedef struct {
  answer_format format;
  uint32_t sequence;
  uint32_t length;       // in tokens; 0 for ever
  uint32_t microseconds; // between tokens; 0 as fast as they are taken
  long number;           // the client's name for it, to tell whose end was seen; -1 when it gave none
} stream_plan;

typedef struct connection {
  watcher watcher;
  char *request;
  size_t used, capacity;
  char *unsent; // what the socket did not take yet
  size_t unsent_count;
  bool streams;
  stream_plan plan;
  uint64_t due; // when the next token is sent, in nanoseconds
  struct connection *previous, *next; // in the wheel while it streams at a pace; `next` also among those not in use
} connection;

extern struct connection_counts {
  unsigned long accepted, requests, dropped;
  long open, streaming;
} connection_counts;

// Listens on a free port of 127.0.0.1 and returns it.
int connections_listen(void);

// Sends, and keeps what the socket does not take. False if the connection was closed over it.
bool connection_send(connection *, const void *bytes, size_t count);

void connection_close(connection *);
