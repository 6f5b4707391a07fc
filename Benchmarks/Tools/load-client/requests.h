// The bytes that clients send.
#pragma once
#include <stddef.h>

enum { longest_request = 2048 };

// The whole HTTP request of a stream (or of a unary answer), or the frame of a WebSocket's chat message.
size_t request_write(char *bytes, unsigned length, long number);

// The opening handshake of a WebSocket.
size_t handshake_write(char *bytes);

// What stands in an answer before a token's number.
const char *token_mark(void);
