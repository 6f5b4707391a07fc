// The texts of the answers, as Ollama writes them.
#pragma once
#include <stdint.h>

#include "../common/text.h"
#include "connection.h"

enum { longest_token_text = 640 };

const char *answer_unary(answer_format);

void answer_add_head(text *, answer_format);

// The plan's next token as a chunk of the response, with its number and the clock as its content. The last one ends the
// response.
void answer_add_token(text *, stream_plan *, uint64_t clock);
