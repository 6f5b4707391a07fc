// What comes back: heads of responses, tokens in whatever frames them, the ends of answers.
#pragma once
#include "client.h"

typedef enum { answer_goes_on, answer_ended, answer_failed } answer_progress;

// Reads text of a stream; the caller sees the end of an HTTP response, a WebSocket's answer tells its end itself. The
// bytes before TEXT, `longest_tail` of them, may be overwritten.
answer_progress answer_read(client *, char *text, size_t count, uint64_t now);

// Whether a head says 200 (or 101, for a WebSocket); the text is at least 12 bytes.
bool answer_is_accepted(const char *text);

// The bytes of the first whole response in TEXT, with Content-Length or chunked; 0 while some are missing.
size_t answer_whole(const char *text, size_t count);
