/* test_text.c - bytes from outside, made safe for a terminal, XML and JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/common/text.h"

typedef void put_function(struct buffer *out, const char *s, size_t n);

static void check(put_function *put, const char *s, size_t n, const char *expected)
{
	struct buffer b = { 0 };

	put(&b, s, n);
	assert_string_equal(buffer_string(&b), expected);
	buffer_free(&b);
}

#define CHECK(put, literal, expected) check(put, literal, sizeof(literal) - 1, expected)

static void decoding_refuses_what_is_no_utf8(void **state)
{
	static const char *const bad[] = { "\x80", "\xc0\x80", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80",
					   "\xf8", "\xc3",     "\xe2\x82",     "\xc3(" };
	unsigned code;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(text_decode(bad[i], strlen(bad[i]), &code), 0);
	assert_int_equal(text_decode("\xf0\x9f\x98\x80", 4, &code), 4);
	assert_int_equal(code, 0x1f600);
	assert_int_equal(text_decode("\xe2\x82\xac", 3, &code), 3);
	assert_int_equal(code, 0x20ac);
	assert_int_equal(text_decode("\xe2\x82\xac", 2, &code), 0);
}

static void terminals_see_control_characters(void **state)
{
	(void)state;
	CHECK(text_put_visible, "", "");
	CHECK(text_put_visible, "plain\n\ttext", "plain\n\ttext");
	CHECK(text_put_visible, "\033[31m\r\a\x7f", "^[[31m^M^G^?");
	CHECK(text_put_visible, "a\0b", "a^@b");
	CHECK(text_put_visible,
	      "\xc2\x9b"
	      "31m",
	      "\xef\xbf\xbd"
	      "31m");
	CHECK(text_put_visible, "\xff\xc3(€", "\xef\xbf\xbd\xef\xbf\xbd(€");
}

static void xml_gets_what_it_allows(void **state)
{
	(void)state;
	CHECK(text_put_xml, "a]]>b<&\"'", "a]]&gt;b&lt;&amp;&quot;&apos;");
	CHECK(text_put_xml, "\033\001\0", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
	CHECK(text_put_xml, "\x7f\xc2\x9b", "&#127;&#155;");
	CHECK(text_put_xml, "\xef\xbf\xbe\xef\xbf\xbf", "\xef\xbf\xbd\xef\xbf\xbd");
	CHECK(text_put_xml, "\n\té\xf0\x9f\x98\x80\xe9", "\n\té\xf0\x9f\x98\x80\xef\xbf\xbd");
}

/* As GitHub, Azure and TeamCity would find them in the log of a job. */
static void ci_services_get_no_commands(void **state)
{
	(void)state;
	CHECK(text_put_visible, "::error file=a.c::no", ": :error file=a.c::no");
	CHECK(text_put_visible, "a\n \t::warning::no\n::", "a\n \t: :warning::no\n::");
	CHECK(text_put_visible,
	      "\xc2\xa0::"
	      "debug",
	      "\xc2\xa0: :"
	      "debug");
	CHECK(text_put_visible, "suite.so::test_A std::vector", "suite.so::test_A std::vector");
	CHECK(text_put_visible, "a ##vso[task.x]b ##[error] ##teamcity[x]",
	      "a # #vso[task.x]b # #[error] # #teamcity[x]");
	CHECK(text_put_visible, "###[x] ## title\n##", "## #[x] ## title\n##");
	CHECK(text_put_xml, "::error::no <##vso[x]", ":&#58;error::no &lt;#&#35;vso[x]");
	CHECK(text_put_xml, "a::b ## [c]", "a::b ## [c]");
}

static void json_gets_its_escapes(void **state)
{
	(void)state;
	CHECK(text_put_json, "a\"b\\c\n\t\033", "a\\\"b\\\\c\\n\\t\\u001b");
	CHECK(text_put_json, "\0\xff", "\xef\xbf\xbd\xef\xbf\xbd");
	CHECK(text_put_json, "é", "é");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decoding_refuses_what_is_no_utf8),
		cmocka_unit_test(terminals_see_control_characters),
		cmocka_unit_test(xml_gets_what_it_allows),
		cmocka_unit_test(ci_services_get_no_commands),
		cmocka_unit_test(json_gets_its_escapes),
	};

	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
