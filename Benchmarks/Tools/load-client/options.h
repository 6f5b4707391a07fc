// What the load client is asked to do.
#pragma once
#include <stdbool.h>

typedef enum {
  load_unary,      // requests one after the other on each connection
  load_chat,       // streams of /api/chat
  load_generate,   // of /api/generate
  load_openai,     // of /v1/chat/completions
  load_sse,        // of the gateway's chat API, server-sent events
  load_ndjson,     // the same as lines of JSON
  load_websocket,  // of the gateway's WebSocket
} load_kind;

enum { longest_key = 1024 };

typedef struct {
  load_kind kind;
  const char *path;
  int port, count;    // connections at once
  int tokens;         // of a stream; 0: endless
  int microseconds;   // between tokens
  int opened_a_second; // while the load is built up
  double settle, window; // seconds: before the measurement, and of it
  bool idle;          // WebSockets that say nothing
  const char *key;    // shown as a bearer; NULL for none
  int leave_every;    // microseconds after which a client leaves and another one comes; 0: nobody leaves
} load_options;

extern load_options options;

void options_parse(int argc, char **argv);
