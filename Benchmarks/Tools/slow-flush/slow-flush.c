// Loaded before a program (LD_PRELOAD): each fsync and fdatasync takes at least FLUSH_MICROSECONDS, as on a disk of that speed. So what
// a store costs can be told in flushes where the machine's own disk takes none, or a different time each.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>

static int slowly(const char *name, int descriptor) {
  int (*flush)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
  const char *text = getenv("FLUSH_MICROSECONDS");
  long microseconds = text ? atol(text) : 0;
  struct timespec end;
  clock_gettime(CLOCK_MONOTONIC, &end);
  end.tv_nsec += microseconds % 1000000 * 1000;
  end.tv_sec += microseconds / 1000000 + end.tv_nsec / 1000000000;
  end.tv_nsec %= 1000000000;
  int status = flush(descriptor);
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &end, NULL) != 0) {
  }
  return status;
}

int fsync(int descriptor) { return slowly("fsync", descriptor); }

int fdatasync(int descriptor) { return slowly("fdatasync", descriptor); }
