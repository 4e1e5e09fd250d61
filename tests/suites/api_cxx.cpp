// api_cxx.cpp - ptpar.h in C++: what is its own there. A name says how its test ends.
#include <ptpar.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

extern "C" void c_helper_that_fails(int value);

namespace
{

int alive; // objects of type Counted

struct Counted {
	Counted()
	{
		alive++;
	}
	~Counted()
	{
		alive--;
	}
};

enum class Color : unsigned char { red, green = 7 };
enum Plain { zero, one };

struct Flags {
	unsigned low : 3;
	int high : 5;
};

struct Numbers {
	static const int twelve = 12; // without a definition: must not be taken by reference
};

template <typename Number> void same(Number a, Number b)
{
	ptpar_assert_eq(a, b);
}

void must_be_gone(ptpar_test *)
{
	ptpar_assert_eq(alive, 0);
	ptpar_log("destroyed");
}

void throw_in_setup(ptpar_test *)
{
	throw std::runtime_error("no mesh");
}

const char *const sizes[] = { "coarse", "fine", nullptr };

PTPAR_TEST(passes_assertions)
{
	const std::string name = "pencil";
	const std::vector<int> values(3, 1);
	std::uint64_t big = UINT64_MAX;
	std::int8_t small = -1;
	Flags flags = { 5, -2 };
	const int *pointer = &values[0];

	ptpar_assert(name == "pencil");
	ptpar_assert_eq(values.size(), 3);
	ptpar_assert_lt(small, big);
	ptpar_assert_ne(big, small);
	ptpar_assert_eq(Color::green, 7);
	ptpar_assert_eq(one, 1);
	ptpar_assert_eq(flags.low, 5);
	ptpar_assert_eq(flags.high, -2);
	ptpar_assert_eq(true, values[0] == 1);
	ptpar_assert_eq('a', name[0] - 15);
	ptpar_assert_eq(Numbers::twelve, 12);
	ptpar_assert_ne(pointer, nullptr);
	ptpar_assert_ne(pointer, NULL);
	ptpar_assert_eq(nullptr, ptpar_data(test));
	ptpar_assert_near(0.1 + 0.2, 0.3f, 1e-6);
	ptpar_assert_str_eq(name.c_str(), "pencil");
	ptpar_assert_mem_eq(name.data(), "pencils", name.size());
	ptpar_assert_all(ptpar_expect(comm != MPI_COMM_NULL));
	same<short>(3, 3);
}

PTPAR_TEST_WITH(fails_and_destroys, .teardown = must_be_gone)
{
	Counted counted;
	std::vector<Counted> more(3);

	ptpar_assert_eq(alive, 0);
}

PTPAR_TEST_WITH(skips_and_destroys, .teardown = must_be_gone)
{
	Counted counted;

	ptpar_skip("%d alive", alive);
}

PTPAR_TEST(fails_in_template)
{
	same<short>(3, 4);
}

PTPAR_TEST_WITH(fails_in_c_helper, .teardown = must_be_gone)
{
	Counted counted;

	c_helper_that_fails(1);
}

PTPAR_TEST(fails_by_exception)
{
	throw std::runtime_error("out of luck");
}

PTPAR_TEST(fails_by_thrown_int)
{
	throw 42;
}

PTPAR_TEST(passes_catching_its_own)
{
	try {
		throw std::out_of_range("seven");
	} catch (const std::exception &e) {
		ptpar_assert_str_eq(e.what(), "seven");
	}
}

// A handler of std::exception does not get hold of it.
PTPAR_TEST(fails_past_handler)
{
	try {
		ptpar_assert(alive == 1);
	} catch (const std::exception &) {
		ptpar_log("never here");
	}
}

// One of everything does; the failure has been noted before.
PTPAR_TEST(fails_though_swallowed)
{
	try {
		ptpar_assert(alive == 1);
	} catch (...) {
	}
	ptpar_log("went on");
}

PTPAR_TEST_WITH(errors_setup_throws, .setup = throw_in_setup, .teardown = must_be_gone)
{
}

PTPAR_TEST_WITH(fails_every_field, .np = { 2, 4 }, .timeout = 5.0, .tags = "io slow", .isolated = true,
		.xfail = "issue 12", .setup = must_be_gone, .teardown = must_be_gone, .params = sizes)
{
	ptpar_fail("%s", ptpar_param(test));
}

} // namespace

extern "C" void cxx_helper_that_fails(int value)
{
	ptpar_assert_eq(value, 2);
}
