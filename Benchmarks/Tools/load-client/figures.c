#include "figures.h"

#include <stdio.h>

enum { most_departures = 65536 };

struct figures figures;

static struct {
  long number;
  uint64_t nanoseconds;
} departures[most_departures];
static unsigned departure_count;

void figures_fail(const char *what, const char *detail, int detail_count) {
  if (figures.errors++ > 0) return;
  int count = snprintf(figures.first_error, sizeof figures.first_error, "%s: %.*s", what, detail_count, detail);
  // It goes into a JSON string.
  for (int i = 0; i < count && i < (int)sizeof figures.first_error - 1; i++) {
    char *c = &figures.first_error[i];
    if (*c == '"' || *c == '\\') *c = '\'';
    if ((unsigned char)*c < ' ' || (unsigned char)*c > '~') *c = ' ';
  }
}

void figures_departure(long number, uint64_t now) {
  if (departure_count == most_departures) return;
  departures[departure_count].number = number;
  departures[departure_count++].nanoseconds = now;
}

void figures_print(void) {
  printf("{\"seconds\":%.6f,\"answers\":%llu,\"tokens\":%llu,\"errors\":%ld,\"stalled\":%ld,\"first_error\":\"%s\"",
         (double)(figures.ended - figures.began) / 1e9, (unsigned long long)figures.answers,
         (unsigned long long)figures.tokens, figures.errors, figures.stalled, figures.first_error);
  printf(",\"first\":");
  histogram_print(&figures.first, stdout);
  printf(",\"later\":");
  histogram_print(&figures.later, stdout);
  printf(",\"lag\":");
  histogram_print(&figures.lag, stdout);
  printf(",\"departures\":[");
  for (unsigned i = 0; i < departure_count; i++)
    printf("%s[%ld,%llu]", i ? "," : "", departures[i].number, (unsigned long long)departures[i].nanoseconds);
  printf("]}\n");
}
