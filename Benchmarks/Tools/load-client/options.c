#include "options.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

load_options options = {.count = 1, .tokens = 100, .microseconds = 50000, .opened_a_second = 2000, .settle = 1,
                        .window = 4};

static const struct {
  const char *name, *path;
  load_kind kind;
} kinds[] = {
    {"unary", "/api/chat", load_unary},
    {"unary-openai", "/v1/chat/completions", load_unary},
    {"chat", "/api/chat", load_chat},
    {"generate", "/api/generate", load_generate},
    {"openai", "/v1/chat/completions", load_openai},
    {"sse", "/api/v1/chat/", load_sse},
    {"ndjson", "/api/v1/chat/", load_ndjson},
    {"websocket", "/ws", load_websocket},
};

static const struct {
  const char *name;
  int *value;
} numbers[] = {
    {"--port", &options.port},           {"--count", &options.count},
    {"--tokens", &options.tokens},       {"--microseconds", &options.microseconds},
    {"--open-rate", &options.opened_a_second}, {"--leave-every", &options.leave_every},
};

static const struct {
  const char *name;
  double *value;
} durations[] = {{"--settle", &options.settle}, {"--window", &options.window}};

static const struct {
  const char *name;
  const char **value;
} texts[] = {{"--key", &options.key}};

static _Noreturn void usage(void) {
  fprintf(stderr, "usage: load-client KIND --port N [--count N] [--tokens N] [--microseconds N] [--settle SECONDS]\n"
                  "                   [--window SECONDS] [--open-rate N] [--leave-every MICROSECONDS] [--idle] [--key KEY]\n"
                  "KIND:");
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) fprintf(stderr, " %s", kinds[i].name);
  fprintf(stderr, "\n");
  exit(2);
}

static bool parse_value(const char *name, const char *text) {
  char *end;
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
    if (strcmp(name, numbers[i].name) != 0) continue;
    long value = strtol(text, &end, 10);
    if (*end || value < 0 || value > 1000000000) errx(2, "%s: not a number of use: %s", name, text);
    *numbers[i].value = (int)value;
    return true;
  }
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    if (strcmp(name, texts[i].name) != 0) continue;
    if (strlen(text) > longest_key) errx(2, "%s: longer than %d", name, longest_key);
    *texts[i].value = text;
    return true;
  }
  for (size_t i = 0; i < sizeof durations / sizeof *durations; i++) {
    if (strcmp(name, durations[i].name) != 0) continue;
    *durations[i].value = strtod(text, &end);
    if (*end || !(*durations[i].value >= 0)) errx(2, "%s: not a number of seconds: %s", name, text);
    return true;
  }
  return false;
}

void options_parse(int argc, char **argv) {
  size_t kind = 0;
  if (argc < 2) usage();
  while (strcmp(argv[1], kinds[kind].name) != 0)
    if (++kind == sizeof kinds / sizeof *kinds) usage();
  options.kind = kinds[kind].kind;
  options.path = kinds[kind].path;
  for (int i = 2; i < argc; i++) {
    if (strcmp(argv[i], "--idle") == 0)
      options.idle = true;
    else if (i + 1 == argc || !parse_value(argv[i], argv[i + 1]))
      usage();
    else
      i++;
  }
  if (options.port == 0 || options.count == 0) usage();
  if (options.idle && options.kind != load_websocket) errx(2, "--idle is for WebSockets");
}
