/* test_wire.c - messages survive the wire; what is not a message is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/common/error.h"
#include "core/common/wire.h"

static struct wire_decoder decoder;

static int set_up(void **state)
{
	(void)state;
	wire_decoder_init(&decoder);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	wire_decoder_destroy(&decoder);
	return 0;
}

static int decode(const struct buffer *b, struct wire_message *m)
{
	struct ptpar_error err;

	assert_int_equal(wire_frame(b->data, b->len), b->len);
	return wire_decode(&decoder, b->data, b->len, m, &err);
}

static void each_field_type_survives(void **state)
{
	static const uint32_t ranks[] = { 0, 7, UINT32_MAX };
	static const char *const paths[] = { "a.so", "", "ä b.so" };
	struct buffer b = { 0 };
	struct wire_message m;

	(void)state;
	wire_put_group(&b, &(struct wire_group){ .group = UINT64_MAX, .ranks = { ranks, 3 } });
	assert_int_equal(decode(&b, &m), 0);
	assert_int_equal(m.number, WIRE_GROUP);
	assert_true(m.group.group == UINT64_MAX);
	assert_int_equal(m.group.ranks.n, 3);
	assert_memory_equal(m.group.ranks.items, ranks, sizeof(ranks));

	b.len = 0;
	wire_put_collect(&b, &(struct wire_collect){ .paths = { paths, 3 }, .skip = 5 });
	assert_int_equal(decode(&b, &m), 0);
	for (size_t i = 0; i < 3; i++)
		assert_string_equal(m.collect.paths.items[i], paths[i]);
	assert_int_equal(m.collect.skip, 5);

	b.len = 0;
	wire_put_done(&b, &(struct wire_done){ .seq = 1, .outcome = 2, .duration = 0.25, .output = { "a\0b", 3 } });
	assert_int_equal(decode(&b, &m), 0);
	assert_true(m.done.duration == 0.25);
	assert_int_equal(m.done.output.n, 3);
	assert_memory_equal(m.done.output.data, "a\0b", 3);

	b.len = 0;
	wire_put_test(&b, &(struct wire_test){ .name = "t", .np = INT64_MIN, .param = NULL });
	assert_int_equal(decode(&b, &m), 0);
	assert_true(m.test.np == INT64_MIN);
	assert_string_equal(m.test.name, "t");
	assert_null(m.test.param);
	buffer_free(&b);
}

static void each_message_survives_empty(void **state)
{
	struct buffer b = { 0 };
	struct wire_message m;

	(void)state;
#define MESSAGE(CONSTANT, name)                                                                                    \
	b.len = 0;                                                                                                 \
	wire_put_##name(&b, &(struct wire_##name){ 0 });                                                           \
	assert_int_equal(decode(&b, &m), 0);                                                                       \
	assert_int_equal(m.number, WIRE_##CONSTANT);                                                               \
	assert_string_equal(wire_name(m.number), #name);
	WIRE_MESSAGES(MESSAGE)
#undef MESSAGE
	buffer_free(&b);
}

static void a_frame_is_waited_for(void **state)
{
	struct buffer b = { 0 };
	size_t whole;

	(void)state;
	wire_put_warning(&b, &(struct wire_warning){ .text = "hello" });
	whole = b.len;
	for (size_t n = 0; n < whole; n++)
		assert_int_equal(wire_frame(b.data, n), 0);
	wire_put_leave(&b, &(struct wire_leave){ 0 });
	assert_int_equal(wire_frame(b.data, b.len), whole);
	assert_int_equal(wire_frame("\xff\xff\xff\xff", 4), -EMSGSIZE);
	buffer_free(&b);
}

/* Every byte of a frame changed in every bit, and every frame cut short: no crash, and never taken for another
 * message with fields that are missing. (The sanitizers watch.) */
static void damaged_frames_are_refused_or_whole(void **state)
{
	struct buffer b = { 0 };
	struct wire_message m;
	struct ptpar_error err;

	(void)state;
	wire_put_run(&b,
		     &(struct wire_run){ .seq = 300, .suite = 1, .index = 70000, .name = "test_A", .group = 3 });
	for (size_t at = 4; at < b.len; at++) {
		for (int bit = 0; bit < 8; bit++) {
			b.data[at] = (char)(b.data[at] ^ 1 << bit);
			if (wire_decode(&decoder, b.data, b.len, &m, &err) == 0)
				assert_in_range(m.number, 1, WIRE_COUNT - 1);
			b.data[at] = (char)(b.data[at] ^ 1 << bit);
		}
	}
	for (size_t n = 4; n < b.len; n++)
		assert_int_equal(wire_decode(&decoder, b.data, n, &m, &err), -EPROTO);
	buffer_free(&b);
}

/* Five bytes that say that there are 4 billion items, alone and within the message: no memory is set aside for
 * them. Nor for more items than there are bytes, or than anybody sends. */
static void boasting_arrays_are_refused(void **state)
{
	static const char *const boasts[] = {
		"\0\0\0\5\xdd\xff\xff\xff\xff",         "\0\0\0\7\x92\x01\xdd\xff\xff\xff\xff",
		"\0\0\0\7\x92\x01\xdd\x00\x00\x00\x02", "\0\0\0\5\xdb\xff\xff\xff\xff",
		"\0\0\0\5\xc6\xff\xff\xff\xff",         "\0\0\0\5\xdf\xff\xff\xff\xff",
	};
	enum { MANY = (1 << 20) + 1 };
	uint32_t *ranks = calloc(MANY, sizeof(*ranks));
	struct buffer b = { 0 };
	struct wire_message m;
	struct ptpar_error err;

	(void)state;
	for (size_t i = 0; i < sizeof(boasts) / sizeof(*boasts); i++)
		assert_int_equal(wire_decode(&decoder, boasts[i], 4 + (size_t)boasts[i][3], &m, &err), -EPROTO);
	wire_put_group(&b, &(struct wire_group){ .group = 1, .ranks = { ranks, MANY - 9 } });
	assert_int_equal(decode(&b, &m), 0);
	b.len = 0;
	wire_put_group(&b, &(struct wire_group){ .group = 1, .ranks = { ranks, MANY } });
	assert_int_equal(decode(&b, &m), -EPROTO);
	buffer_free(&b);
	free(ranks);
}

static void strings_hold_no_nul(void **state)
{
	/* [17 = warning's number, a str of 3 bytes with a NUL in it] is made from a real one. */
	struct buffer b = { 0 };
	struct wire_message m;
	struct ptpar_error err;

	(void)state;
	wire_put_warning(&b, &(struct wire_warning){ .text = "abc" });
	b.data[b.len - 2] = '\0';
	assert_int_equal(wire_decode(&decoder, b.data, b.len, &m, &err), -EPROTO);
	buffer_free(&b);
}

static void the_preface_is_checked(void **state)
{
	unsigned char token[WIRE_TOKEN_SIZE], other[WIRE_TOKEN_SIZE];
	struct buffer b = { 0 };
	struct ptpar_error err;

	(void)state;
	memset(token, 0xa5, sizeof(token));
	wire_put_preface(&b, token);
	assert_int_equal(b.len, WIRE_PREFACE_SIZE);
	assert_int_equal(wire_check_preface(b.data, token, &err), 0);
	for (size_t i = 0; i < sizeof(other); i++) {
		memcpy(other, token, sizeof(other));
		other[i] ^= 1;
		assert_int_equal(wire_check_preface(b.data, other, &err), -EACCES);
	}
	b.data[7]++;
	assert_int_equal(wire_check_preface(b.data, token, &err), -EPROTO);
	assert_non_null(strstr(err.text, "version"));
	b.data[0] = 'G';
	assert_int_equal(wire_check_preface(b.data, token, &err), -EPROTO);
	buffer_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_field_type_survives),
		cmocka_unit_test(each_message_survives_empty),
		cmocka_unit_test(a_frame_is_waited_for),
		cmocka_unit_test(damaged_frames_are_refused_or_whole),
		cmocka_unit_test(boasting_arrays_are_refused),
		cmocka_unit_test(strings_hold_no_nul),
		cmocka_unit_test(the_preface_is_checked),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
