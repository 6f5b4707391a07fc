// A cheap stand-in for an Ollama server: one thread, one epoll loop, HTTP/1.1 with keep-alive, on a free port of
// 127.0.0.1. It prints the port and runs until it is killed.
//
// POST /api/chat, /api/generate and /v1/chat/completions are answered in Ollama's formats, in one piece or streamed as
// the request says. The prompt has the script, "script:LENGTH-MICROSECONDS", or the model's name,
// "sim:LENGTH-MICROSECONDS": LENGTH tokens (0: for ever), one every MICROSECONDS (0: as fast as they are taken). The
// first token goes out with the head, at once; each is a chunk and a write of its own, and its content is its number and
// the monotonic clock: " 17:123456789012345".
//
//   GET /simulator/closings   the streams that clients have left since the last time, each with the clock then
//   GET /simulator/counts     connections, requests, tokens, and how late they were sent
//   GET /api/tags             32 models
//   GET /api/ps               those of them that loads name
//
// Any other GET gets {"version":"0.9.3"}. A path may have "/server-NAME" before it, so that one process stands for
// several servers.
#include <stdio.h>

#include "../common/descriptors.h"
#include "connection.h"
#include "streams.h"

int main(void) {
  raise_descriptor_limit();
  printf("%d\n", connections_listen());
  fflush(stdout);
  while (1) loop_turn(streams_send_due());
}
