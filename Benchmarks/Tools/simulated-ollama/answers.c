#include "answers.h"

#include <stdbool.h>

typedef struct {
  const char *unary, *head, *before, *after, *after_last, *ending;
} answer_texts;

#define HEAD(TYPE)                                                                                                     \
  "HTTP/1.1 200 OK\r\nContent-Type: " TYPE "\r\nDate: Mon, 01 Jan 2024 00:00:00 GMT\r\nTransfer-Encoding: chunked"     \
  "\r\n\r\n"
#define CREATED "\"created_at\":\"2024-01-01T00:00:00.000000000Z\","
#define USAGE "\"total_duration\":500000000,\"prompt_eval_count\":10,\"eval_count\":9"
#define OPENAI(OBJECT)                                                                                                 \
  "{\"id\":\"chatcmpl-857\",\"object\":\"" OBJECT "\",\"created\":1704067200,\"model\":\"sim\","                     \
  "\"system_fingerprint\":\"fp_ollama\",\"choices\":[{\"index\":0,"

static const answer_texts texts[] = {
    [format_chat] = {
        .unary = "{\"model\":\"sim\"," CREATED "\"message\":{\"role\":\"assistant\",\"content\":"
                 "\"Hello! How can I help you today?\"},\"done_reason\":\"stop\",\"done\":true," USAGE "}",
        .head = HEAD("application/x-ndjson"),
        .before = "{\"model\":\"sim\"," CREATED "\"message\":{\"role\":\"assistant\",\"content\":\" ",
        .after = "\"},\"done\":false}\n",
        .after_last = "\"},\"done_reason\":\"stop\",\"done\":true," USAGE "}\n",
        .ending = "",
    },
    [format_generate] = {
        .unary = "{\"model\":\"sim\"," CREATED "\"response\":\"Hello! How can I help you today?\","
                 "\"done\":true,\"done_reason\":\"stop\"," USAGE "}",
        .head = HEAD("application/x-ndjson"),
        .before = "{\"model\":\"sim\"," CREATED "\"response\":\" ",
        .after = "\",\"done\":false}\n",
        .after_last = "\",\"done\":true,\"done_reason\":\"stop\"," USAGE "}\n",
        .ending = "",
    },
    [format_openai] = {
        .unary = OPENAI("chat.completion") "\"message\":{\"role\":\"assistant\",\"content\":"
                 "\"Hello! How can I help you today?\"},\"finish_reason\":\"stop\"}],"
                 "\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":9,\"total_tokens\":19}}",
        .head = HEAD("text/event-stream"),
        .before = "data: " OPENAI("chat.completion.chunk") "\"delta\":{\"role\":\"assistant\",\"content\":\" ",
        .after = "\"},\"finish_reason\":null}]}\n\n",
        .after_last = "\"},\"finish_reason\":\"stop\"}]}\n\n",
        .ending = "data: [DONE]\n\n",
    },
};

const char *answer_unary(answer_format format) { return texts[format].unary; }

void answer_add_head(text *t, answer_format format) { text_add_string(t, texts[format].head); }

// A chunk of HTTP/1.1 whose content is written by the caller between the two: its length is known afterwards and put
// into the three hexadecimal digits that are left for it.
static size_t begin_chunk(text *t) {
  text_add_string(t, "000\r\n");
  return t->count;
}

static void end_chunk(text *t, size_t start) {
  static const char digits[] = "0123456789abcdef";
  size_t count = t->count - start;
  char *number = t->bytes + start - 5;
  number[0] = digits[count >> 8 & 15];
  number[1] = digits[count >> 4 & 15];
  number[2] = digits[count & 15];
  text_add_string(t, "\r\n");
}

void answer_add_token(text *t, stream_plan *plan, uint64_t clock) {
  const answer_texts *format = &texts[plan->format];
  plan->sequence++;
  bool last = plan->sequence == plan->length;
  size_t start = begin_chunk(t);
  text_add_string(t, format->before);
  text_add_number(t, plan->sequence);
  text_add(t, ":", 1);
  text_add_number(t, clock);
  text_add_string(t, last ? format->after_last : format->after);
  end_chunk(t, start);
  if (!last) return;
  if (*format->ending) {
    start = begin_chunk(t);
    text_add_string(t, format->ending);
    end_chunk(t, start);
  }
  text_add_string(t, "0\r\n\r\n");
}
