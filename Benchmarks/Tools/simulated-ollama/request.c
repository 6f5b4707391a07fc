#define _GNU_SOURCE
#include "request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../common/text.h"
#include "answers.h"
#include "closings.h"
#include "streams.h"

static bool send_json(connection *c, const char *json) {
  size_t count = strlen(json);
  char *answer = malloc(256 + count);
  if (!answer) return false;
  int head = sprintf(answer,
                     "HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\n"
                     "Date: Mon, 01 Jan 2024 00:00:00 GMT\r\nContent-Length: %zu\r\n\r\n",
                     count);
  memcpy(answer + head, json, count);
  bool alive = connection_send(c, answer, (size_t)head + count);
  free(answer);
  return alive;
}

enum { other_models = 30 };

static int add_model(char *end, const char *name) {
  return sprintf(end,
                 "{\"name\":\"%s\",\"model\":\"%s\",\"modified_at\":\"2024-01-01T00:00:00Z\",\"size\":1,"
                 "\"digest\":\"%s\"},",
                 name, name, name);
}

// The models that loads name, and in `/api/tags` others beside them, 32 in all.
static const char *models(bool with_others) {
  static char text[2][8192];
  char *const start = text[with_others], *end = start, name[32];
  if (*start) return start;
  static const char *const used[] = {"sim:latest", "sim:20-50000"};
  end += sprintf(end, "{\"models\":[");
  for (size_t i = 0; i < sizeof used / sizeof *used; i++) end += add_model(end, used[i]);
  for (int i = 0; with_others && i < other_models; i++) {
    sprintf(name, "other:%d", i);
    end += add_model(end, name);
  }
  sprintf(end - 1, "]}");
  return start;
}

static bool serve_get(connection *c, const char *path) {
  if (strncmp(path, "/simulator/closings", 19) == 0) return send_json(c, closings_take());
  if (strncmp(path, "/simulator/counts", 17) == 0) return send_json(c, streams_counts());
  if (strncmp(path, "/api/tags", 9) == 0) return send_json(c, models(true));
  if (strncmp(path, "/api/ps", 7) == 0) return send_json(c, models(false));
  return send_json(c, "{\"version\":\"0.9.3\"}");
}

// "script:LENGTH-MICROSECONDS" in the prompt, else "sim:LENGTH-MICROSECONDS" in the model's name, is the script;
// "stream #NUMBER" in the prompt is the stream's name.
static stream_plan plan_of(answer_format format, const char *body) {
  stream_plan plan = {.format = format, .length = 20, .number = -1};
  const char *script = strstr(body, "script:"), *name = strstr(body, "stream #");
  if (!script) script = strstr(body, "sim:");
  char *end;
  if (script) {
    plan.length = (uint32_t)strtoul(strchr(script, ':') + 1, &end, 10);
    if (*end == '-') plan.microseconds = (uint32_t)strtoul(end + 1, NULL, 10);
  }
  // The last one is of this turn; a session's earlier ones stand before it.
  for (; name; name = strstr(name + 1, "stream #")) plan.number = strtol(name + 8, NULL, 10);
  return plan;
}

// Ollama's own paths stream unless told not to, OpenAI's only when told so.
static bool is_stream(answer_format format, const char *body) {
  const char *member = strstr(body, "\"stream\":");
  if (!member) return format != format_openai;
  return member[9 + strspn(member + 9, " ")] == 't';
}

static bool serve(connection *c, const char *body) {
  const char *path = strchr(c->request, ' ');
  if (!path) return false;
  path++;
  // One process stands for several servers, which differ in what is before the path.
  if (strncmp(path, "/server-", 8) == 0) path += 8 + strcspn(path + 8, "/ ");
  connection_counts.requests++;
  if (strncmp(c->request, "POST ", 5) != 0) return serve_get(c, path);
  answer_format format = strncmp(path, "/v1/", 4) == 0             ? format_openai
                         : strncmp(path, "/api/generate", 13) == 0 ? format_generate
                                                                   : format_chat;
  if (!is_stream(format, body)) return send_json(c, answer_unary(format));
  return stream_start(c, plan_of(format, body));
}

// The bytes of the first request with its body, which comes with Content-Length or chunked; 0 while some are missing.
static size_t complete_request(const connection *c, char **body) {
  *body = strstr(c->request, "\r\n\r\n");
  if (!*body) return 0;
  *body += 4;
  size_t total = (size_t)(*body - c->request);
  const char *length = strcasestr(c->request, "\r\ncontent-length:");
  if (length && length < *body) {
    total += strtoul(length + 17, NULL, 10);
  } else if (strcasestr(c->request, "\r\ntransfer-encoding:")) {
    const char *end = strstr(*body, "0\r\n\r\n");
    if (!end) return 0;
    total = (size_t)(end + 5 - c->request);
  }
  return c->used < total ? 0 : total;
}

void requests_serve(connection *c) {
  size_t total;
  char *body;
  while (!c->streams && c->used > 0 && (total = complete_request(c, &body)) > 0) {
    char next = c->request[total];
    c->request[total] = 0; // the body ends here
    if (!serve(c, body)) return;
    c->request[total] = next;
    c->used -= total;
    memmove(c->request, c->request + total, c->used + 1);
  }
}
