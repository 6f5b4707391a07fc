#include "requests.h"

#include <stdio.h>
#include <string.h>

#include "frames.h"
#include "options.h"

static const char clear_history[] = "{\"type\":\"clear_history\"}";

static int write_body(char *bytes, unsigned length, long number) {
  // Not in the model's name: a gateway before several servers knows their models.
  char prompt[80];
  snprintf(prompt, sizeof prompt, "script:%u-%d stream #%ld", length, options.microseconds, number);
  const char *form = "";
  switch (options.kind) {
  case load_unary:
    form = "{\"model\":\"sim\",\"messages\":[{\"role\":\"user\",\"content\":\"%s\"}],\"stream\":false}";
    break;
  case load_chat:
  case load_openai:
    form = "{\"model\":\"sim\",\"messages\":[{\"role\":\"user\",\"content\":\"%s\"}],\"stream\":true}";
    break;
  case load_generate: form = "{\"model\":\"sim\",\"prompt\":\"%s\",\"stream\":true}"; break;
  case load_sse:
  case load_ndjson:
  case load_websocket: form = "{\"model\":\"sim\",\"message\":\"%s\",\"stream\":true}"; break;
  }
  return snprintf(bytes, 512, form, prompt);
}

// The field that shows the key, or nothing.
static const char *credentials(void) {
  static char field[longest_key + 32];
  if (options.key && !*field) snprintf(field, sizeof field, "Authorization: Bearer %s\r\n", options.key);
  return field;
}

size_t request_write(char *bytes, unsigned length, long number) {
  char body[512];
  int count = write_body(body, length, number);
  if (options.kind == load_websocket) {
    // Over HTTP each stream is a session of its own: here, too, none carries the messages of those before it.
    size_t cleared = frame_write(bytes, frame_text, clear_history, sizeof clear_history - 1);
    return cleared + frame_write(bytes + cleared, frame_text, body, (size_t)count);
  }
  const char *accept = options.kind == load_ndjson ? "application/x-ndjson" : "*/*";
  return (size_t)snprintf(bytes, longest_request,
                          "POST %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nAccept: %s\r\n"
                          "Content-Type: application/json\r\n%sContent-Length: %d\r\n\r\n%s",
                          options.path, options.port, accept, credentials(), count, body);
}

size_t handshake_write(char *bytes) {
  return (size_t)snprintf(bytes, longest_request,
                          "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                          "Sec-WebSocket-Key: b2xsYW1hLWdhdGV3YXktMQ==\r\nSec-WebSocket-Version: 13\r\n%s\r\n",
                          options.path, options.port, credentials());
}

const char *token_mark(void) { return options.kind == load_generate ? "\"response\":\" " : "\"content\":\" "; }
