/* wire.c - what somebody sends on a connection: a preface perhaps, then frames. */
#include <string.h>

#include "core/common/alloc.h"
#include "core/common/buffer.h"
#include "core/common/wire.h"
#include "fuzz/fuzz.h"

static void encode(struct buffer *out, const struct wire_message *m)
{
	switch (m->number) {
#define MESSAGE(CONSTANT, name)                                                                                    \
	case WIRE_##CONSTANT:                                                                                      \
		wire_put_##name(out, &m->name);                                                                    \
		break;
		WIRE_MESSAGES(MESSAGE)
#undef MESSAGE
	default:
		MUST(!"a message that is in the table");
	}
}

/* What was understood says the same when it is sent on. */
static void check_round_trip(const struct wire_message *m)
{
	struct buffer first = { 0 }, second = { 0 };
	struct wire_decoder decoder;
	struct wire_message again;

	wire_decoder_init(&decoder);
	encode(&first, m);
	MUST(wire_frame(first.data, first.len) == (int64_t)first.len);
	MUST(wire_decode(&decoder, first.data, first.len, &again, NULL) == 0);
	encode(&second, &again);
	MUST(first.len == second.len && memcmp(first.data, second.data, first.len) == 0);
	wire_decoder_destroy(&decoder);
	buffer_free(&first);
	buffer_free(&second);
}

/* In memory of its own, so that AddressSanitizer sees who reads beyond it. */
static int decode(struct wire_decoder *decoder, const uint8_t *frame, size_t n)
{
	char *exact = xmalloc(n);
	struct wire_message m;
	struct ptpar_error err;
	int status;

	memcpy(exact, frame, n);
	status = wire_decode(decoder, exact, n, &m, &err);
	if (status == 0)
		check_round_trip(&m);
	free(exact);
	return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const unsigned char token[WIRE_TOKEN_SIZE] = "the token of the fuzzed session";
	struct wire_decoder decoder;
	size_t at = 0;
	int64_t n;

	/* What follows is read also if it is wrong: the kept corpus outlives versions. */
	if (size >= WIRE_PREFACE_SIZE && memcmp(data, "ptpar/", 7) == 0) {
		wire_check_preface((const char *)data, token, NULL);
		at = WIRE_PREFACE_SIZE;
	}
	wire_decoder_init(&decoder);
	while ((n = wire_frame((const char *)data + at, size - at)) > 0) {
		MUST((size_t)n <= size - at);
		if (decode(&decoder, data + at, (size_t)n) < 0)
			break;
		at += (size_t)n;
	}
	wire_decoder_destroy(&decoder);
	return 0;
}
