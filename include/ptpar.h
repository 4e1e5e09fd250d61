/* ptpar.h - tests that need several MPI processes. All that a suite includes; docs/writing-suites.md explains it.
 *
 *   #include <ptpar.h>
 *
 *   PTPAR_TEST(test_sum, 2, 4)               test_sum[2] and test_sum[4]
 *   {
 *           int sum, one = 1;
 *
 *           MPI_Allreduce(&one, &sum, 1, MPI_INT, MPI_SUM, comm);
 *           ptpar_assert_eq(sum, ptpar_size(test));
 *   }
 *
 * mpicc -shared -fPIC -o suite.so suite.c $(pkg-config --cflags ptpar)
 *
 * For C11 and C++11 or later, GCC and Clang. There is nothing to link, nothing to register. Several files may make
 * one suite, in both languages. Names that end in an underscore are not for you.
 */
#ifndef PTPAR_H
#define PTPAR_H

#include <ptpar/suite.h>

#include <stdio.h>
#include <stdlib.h>

#ifdef __cplusplus
#include <type_traits>
#if defined(__cpp_exceptions) || defined(__EXCEPTIONS)
#define PTPAR_EXCEPTIONS_ 1
#include <cxxabi.h>
#include <exception>
#include <typeinfo>
#endif
#endif

/* ---- Declaring tests ---- */

/* PTPAR_TEST(name) or PTPAR_TEST(name, np...): a test on 1 process, or on each of these numbers of them. Its body
 * follows in braces. In scope there: `ptpar_test *test`, and `MPI_Comm comm`, private to the test, of size np. */
#define PTPAR_TEST(...) PTPAR_TEST_(__VA_ARGS__, PTPAR_SUITE_NP_END)

/* PTPAR_TEST_WITH(name, .field = value...). All fields are optional; C++ wants them in this order:
 *
 *   .np        = {2, 4}        numbers of processes, up to 32; none: 1
 *   .timeout   = 5.0           seconds, wall clock
 *   .tags      = "io slow"     for `ptpar -k tag:io`
 *   .isolated  = true          fresh processes of its own, MPI_COMM_WORLD of exactly np
 *   .xfail     = "issue 12"    expected to fail, and why
 *   .setup     = make_mesh     void make_mesh(ptpar_test *test), on every rank before the body
 *   .teardown  = free_mesh     likewise, after it, whatever happened
 *   .params    = mesh_sizes    array of strings, ended by NULL: once for each, with each np
 */
#define PTPAR_TEST_WITH(...) PTPAR_TEST_WITH_(__VA_ARGS__, .end = true)

/* As a number of processes: every slot there is. */
#define PTPAR_NP_ALL PTPAR_SUITE_NP_ALL

/* ---- Assertions ---- */

/* ptpar_assert* ends the phase (setup, body, teardown) on this rank when it fails: by longjmp in C, by an exception
 * in C++. ptpar_expect* notes the failure, goes on and gives a bool. Both evaluate their arguments once, work in
 * any function that a test calls, and belong to the thread that runs the test. */
#define ptpar_assert(cond) ((cond) ? (void)0 : ptpar_failed_(__FILE__, __LINE__, #cond))
#define ptpar_expect(cond) ptpar_check_(__FILE__, __LINE__, #cond, (cond) ? true : false)

/* Integers of any width and sign, compared as numbers: -1 < 0u. Also bool, char, enum, floating point and pointers.
 */
#define ptpar_assert_eq(a, b) PTPAR_COMPARE_(true, PTPAR_EQ, a, b, #a " == " #b, #a, #b)
#define ptpar_assert_ne(a, b) PTPAR_COMPARE_(true, PTPAR_NE, a, b, #a " != " #b, #a, #b)
#define ptpar_assert_lt(a, b) PTPAR_COMPARE_(true, PTPAR_LT, a, b, #a " < " #b, #a, #b)
#define ptpar_assert_le(a, b) PTPAR_COMPARE_(true, PTPAR_LE, a, b, #a " <= " #b, #a, #b)
#define ptpar_assert_gt(a, b) PTPAR_COMPARE_(true, PTPAR_GT, a, b, #a " > " #b, #a, #b)
#define ptpar_assert_ge(a, b) PTPAR_COMPARE_(true, PTPAR_GE, a, b, #a " >= " #b, #a, #b)
#define ptpar_expect_eq(a, b) PTPAR_COMPARE_(false, PTPAR_EQ, a, b, #a " == " #b, #a, #b)
#define ptpar_expect_ne(a, b) PTPAR_COMPARE_(false, PTPAR_NE, a, b, #a " != " #b, #a, #b)
#define ptpar_expect_lt(a, b) PTPAR_COMPARE_(false, PTPAR_LT, a, b, #a " < " #b, #a, #b)
#define ptpar_expect_le(a, b) PTPAR_COMPARE_(false, PTPAR_LE, a, b, #a " <= " #b, #a, #b)
#define ptpar_expect_gt(a, b) PTPAR_COMPARE_(false, PTPAR_GT, a, b, #a " > " #b, #a, #b)
#define ptpar_expect_ge(a, b) PTPAR_COMPARE_(false, PTPAR_GE, a, b, #a " >= " #b, #a, #b)

/* |a - b| <= tol. NaN is near to nothing. */
#define ptpar_assert_near(a, b, tol) PTPAR_NEAR_(true, a, b, tol, #a " == " #b " +- " #tol, #a, #b)
#define ptpar_expect_near(a, b, tol) PTPAR_NEAR_(false, a, b, tol, #a " == " #b " +- " #tol, #a, #b)

/* The same characters. NULL equals NULL only. */
#define ptpar_assert_str_eq(a, b) PTPAR_STR_EQ_(true, a, b, #a " == " #b, #a, #b)
#define ptpar_expect_str_eq(a, b) PTPAR_STR_EQ_(false, a, b, #a " == " #b, #a, #b)

/* The same n bytes. */
#define ptpar_assert_mem_eq(a, b, n) PTPAR_MEM_EQ_(true, a, b, n, #a " == " #b ", " #n " bytes", #a, #b)
#define ptpar_expect_mem_eq(a, b, n) PTPAR_MEM_EQ_(false, a, b, n, #a " == " #b ", " #n " bytes", #a, #b)

/* Collective over comm: fails on every rank if cond is false on any, and names those. */
#define ptpar_assert_all(cond) PTPAR_ALL_(true, cond, #cond)
#define ptpar_expect_all(cond) PTPAR_ALL_(false, cond, #cond)

/* printf-like. The first two end the phase; a failure noted before a skip still counts. */
#define ptpar_fail(...) ptpar_fail_(__FILE__, __LINE__, __VA_ARGS__)
#define ptpar_skip(...) ptpar_skip_(__FILE__, __LINE__, __VA_ARGS__)
#define ptpar_log(...)  ptpar_log_(__FILE__, __LINE__, __VA_ARGS__)

/* ---- How they get to the source plugin ---- */

#define PTPAR_UNUSED_   __attribute__((unused))
#define PTPAR_NORETURN_ __attribute__((noreturn))
#define PTPAR_PRINTF_   __attribute__((format(printf, 3, 4)))

/* Keeps what nobody refers to from the compiler, and from a linker that collects garbage. */
#if defined(__has_attribute)
#if __has_attribute(retain)
#define PTPAR_KEEP_ used, retain
#endif
#endif
#ifndef PTPAR_KEEP_
#define PTPAR_KEEP_ used
#endif

/* A pointer that is compared, not followed: what it points to need not be initialised. */
#if defined(__has_attribute)
#if __has_attribute(access)
#define PTPAR_NOT_READ_ __attribute__((access(none, 1)))
#endif
#endif
#ifndef PTPAR_NOT_READ_
#define PTPAR_NOT_READ_
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* One for the suite, in however many files; hidden, so that each suite of a process has its own. */
extern __attribute__((weak, visibility("hidden"))) const struct ptpar_suite_api *ptpar_api_;
const struct ptpar_suite_api *ptpar_api_ = NULL;

/* The linker makes these around a section whose name is an identifier. */
extern __attribute__((weak, visibility("hidden"))) const struct ptpar_suite_test *__start_ptpar_tests[];
extern __attribute__((weak, visibility("hidden"))) const struct ptpar_suite_test *__stop_ptpar_tests[];

extern __attribute__((weak, visibility("default"))) const struct ptpar_suite ptpar_suite;
const struct ptpar_suite ptpar_suite = {
	PTPAR_SUITE_MAGIC,
	PTPAR_SUITE_ABI,
	sizeof(struct ptpar_suite),
	sizeof(struct ptpar_suite_test),
	__start_ptpar_tests,
	__stop_ptpar_tests,
	&ptpar_api_,
};

#ifdef __cplusplus
}
#endif

static inline const struct ptpar_suite_api *ptpar_lent_(void)
{
	if (ptpar_api_ == NULL) {
		fputs("ptpar: a function of ptpar.h was called outside of a test, or in a library beside the "
		      "suite\n",
		      stderr);
		abort();
	}
	return ptpar_api_;
}

static inline struct ptpar_suite_site ptpar_site_(const char *file, unsigned line, bool fatal, const char *text,
						  const char *left, const char *right)
{
	struct ptpar_suite_site site;

	site.file = file;
	site.text = text;
	site.left = left;
	site.right = right;
	site.line = line;
	site.fatal = fatal;
	return site;
}

static inline bool ptpar_check_(const char *file, unsigned line, const char *text, bool holds)
{
	struct ptpar_suite_site site;

	if (holds)
		return true;
	site = ptpar_site_(file, line, false, text, NULL, NULL);
	return ptpar_lent_()->check(&site, false);
}

PTPAR_NORETURN_ static inline void ptpar_failed_(const char *file, unsigned line, const char *text)
{
	struct ptpar_suite_site site = ptpar_site_(file, line, true, text, NULL, NULL);

	ptpar_lent_()->check(&site, false);
	abort();
}

static inline bool ptpar_compare_(struct ptpar_suite_site site, enum ptpar_suite_relation relation,
				  struct ptpar_suite_value left, struct ptpar_suite_value right)
{
	return ptpar_lent_()->compare(&site, relation, &left, &right);
}

static inline bool ptpar_near_(struct ptpar_suite_site site, struct ptpar_suite_value left,
			       struct ptpar_suite_value right, struct ptpar_suite_value tolerance)
{
	return ptpar_lent_()->near(&site, &left, &right, &tolerance);
}

static inline bool ptpar_str_eq_(struct ptpar_suite_site site, const char *left, const char *right)
{
	return ptpar_lent_()->str_eq(&site, left, right);
}

static inline bool ptpar_mem_eq_(struct ptpar_suite_site site, const void *left, const void *right, size_t n)
{
	return ptpar_lent_()->mem_eq(&site, left, right, n);
}

static inline bool ptpar_all_(struct ptpar_suite_site site, bool holds)
{
	return ptpar_lent_()->all(&site, holds);
}

/* The texts are made one level above: there, arguments have not been expanded yet. */
#define PTPAR_SITE_(fatal, ...) ptpar_site_(__FILE__, __LINE__, fatal, __VA_ARGS__)
#define PTPAR_COMPARE_(fatal, relation, a, b, ...)                                                                 \
	ptpar_compare_(PTPAR_SITE_(fatal, __VA_ARGS__), relation, ptpar_value_(a), ptpar_value_(b))
#define PTPAR_NEAR_(fatal, a, b, tol, ...)                                                                         \
	ptpar_near_(PTPAR_SITE_(fatal, __VA_ARGS__), ptpar_value_(a), ptpar_value_(b), ptpar_value_(tol))
#define PTPAR_STR_EQ_(fatal, a, b, ...)    ptpar_str_eq_(PTPAR_SITE_(fatal, __VA_ARGS__), a, b)
#define PTPAR_MEM_EQ_(fatal, a, b, n, ...) ptpar_mem_eq_(PTPAR_SITE_(fatal, __VA_ARGS__), a, b, n)
#define PTPAR_ALL_(fatal, cond, text)      ptpar_all_(PTPAR_SITE_(fatal, text, NULL, NULL), (cond) ? true : false)

PTPAR_PRINTF_ PTPAR_NORETURN_ PTPAR_UNUSED_ static void ptpar_fail_(const char *file, unsigned line,
								    const char *format, ...)
{
	va_list args;

	va_start(args, format);
	ptpar_lent_()->fail(file, line, format, args);
	va_end(args);
	abort();
}

PTPAR_PRINTF_ PTPAR_NORETURN_ PTPAR_UNUSED_ static void ptpar_skip_(const char *file, unsigned line,
								    const char *format, ...)
{
	va_list args;

	va_start(args, format);
	ptpar_lent_()->skip(file, line, format, args);
	va_end(args);
	abort();
}

PTPAR_PRINTF_ PTPAR_UNUSED_ static void ptpar_log_(const char *file, unsigned line, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	ptpar_lent_()->log(file, line, format, args);
	va_end(args);
}

/* ------------------------------------------------------------------------------------------- What a test can ask
 * for */

static inline MPI_Comm ptpar_comm(const ptpar_test *test)
{
	return ptpar_lent_()->comm(test);
}

static inline int ptpar_rank(const ptpar_test *test)
{
	return ptpar_lent_()->rank(test);
}

static inline int ptpar_size(const ptpar_test *test)
{
	return ptpar_lent_()->comm_size(test);
}

/* The string of .params that this is run with; NULL if there are none. */
static inline const char *ptpar_param(const ptpar_test *test)
{
	return ptpar_lent_()->param(test);
}

/* Its place in .params, from 0; -1 if there are none. */
static inline int ptpar_param_index(const ptpar_test *test)
{
	return ptpar_lent_()->param_index(test);
}

/* Carries what .setup has made to the body and to .teardown; NULL at first. ptpar never frees it. */
static inline void ptpar_set_data(ptpar_test *test, void *data)
{
	ptpar_lent_()->set_data(test, data);
}

static inline void *ptpar_data(const ptpar_test *test)
{
	return ptpar_lent_()->data(test);
}

/* A directory for the test, empty at first, the same path on all ranks; removed when the test has passed. Never
 * NULL. The first call in a test is collective over comm. */
static inline const char *ptpar_tmpdir(void)
{
	return ptpar_lent_()->tmpdir();
}

/* ---- An operand and its type ---- */

static inline struct ptpar_suite_value ptpar_empty_(enum ptpar_suite_kind kind)
{
	struct ptpar_suite_value value;

	value.kind = kind;
	value.integer = 0;
	value.natural = 0;
	value.pointer = NULL;
	value.real = 0;
	return value;
}

static inline struct ptpar_suite_value ptpar_signed_(long long x)
{
	struct ptpar_suite_value value = ptpar_empty_(PTPAR_KIND_SIGNED);

	value.integer = x;
	return value;
}

static inline struct ptpar_suite_value ptpar_char_(char x)
{
	struct ptpar_suite_value value = ptpar_empty_(PTPAR_KIND_CHAR);

	value.integer = x;
	return value;
}

static inline struct ptpar_suite_value ptpar_unsigned_(unsigned long long x)
{
	struct ptpar_suite_value value = ptpar_empty_(PTPAR_KIND_UNSIGNED);

	value.natural = x;
	return value;
}

static inline struct ptpar_suite_value ptpar_bool_(bool x)
{
	struct ptpar_suite_value value = ptpar_empty_(PTPAR_KIND_BOOL);

	value.natural = x;
	return value;
}

PTPAR_NOT_READ_ static inline struct ptpar_suite_value ptpar_pointer_(const volatile void *x)
{
	struct ptpar_suite_value value = ptpar_empty_(PTPAR_KIND_POINTER);

	value.pointer = x;
	return value;
}

static inline struct ptpar_suite_value ptpar_float_(float x)
{
	struct ptpar_suite_value value = ptpar_empty_(PTPAR_KIND_FLOAT);

	value.real = x;
	return value;
}

static inline struct ptpar_suite_value ptpar_double_(double x)
{
	struct ptpar_suite_value value = ptpar_empty_(PTPAR_KIND_DOUBLE);

	value.real = x;
	return value;
}

static inline struct ptpar_suite_value ptpar_long_double_(long double x)
{
	struct ptpar_suite_value value = ptpar_empty_(PTPAR_KIND_LONG_DOUBLE);

	value.real = x;
	return value;
}

#ifndef __cplusplus

/* To GCC a bit-field has a type of its own; the inner choice sees it promoted. */
/* clang-format off */
#define ptpar_value_(x)                                             \
	_Generic((x),                                               \
		_Bool: ptpar_bool_,                                 \
		char: ptpar_char_,                                  \
		signed char: ptpar_signed_,                         \
		short: ptpar_signed_,                               \
		int: ptpar_signed_,                                 \
		long: ptpar_signed_,                                \
		long long: ptpar_signed_,                           \
		unsigned char: ptpar_unsigned_,                     \
		unsigned short: ptpar_unsigned_,                    \
		unsigned: ptpar_unsigned_,                          \
		unsigned long: ptpar_unsigned_,                     \
		unsigned long long: ptpar_unsigned_,                \
		float: ptpar_float_,                                \
		double: ptpar_double_,                              \
		long double: ptpar_long_double_,                    \
		default: _Generic((1 ? (x) : 0),                    \
			int: ptpar_signed_,                         \
			unsigned: ptpar_unsigned_,                  \
			default: ptpar_pointer_))(x)
/* clang-format on */

#else

/* By overload. The template in front of it takes NULL, which GCC won't see passed to an integer. */
#define PTPAR_OVERLOAD_(type, function)                                                                            \
	static inline struct ptpar_suite_value ptpar_overloaded_(type x)                                           \
	{                                                                                                          \
		return function(x);                                                                                \
	}
PTPAR_OVERLOAD_(bool, ptpar_bool_)
PTPAR_OVERLOAD_(char, ptpar_char_)
PTPAR_OVERLOAD_(signed char, ptpar_signed_)
PTPAR_OVERLOAD_(short, ptpar_signed_)
PTPAR_OVERLOAD_(int, ptpar_signed_)
PTPAR_OVERLOAD_(long, ptpar_signed_)
PTPAR_OVERLOAD_(long long, ptpar_signed_)
PTPAR_OVERLOAD_(unsigned char, ptpar_unsigned_)
PTPAR_OVERLOAD_(unsigned short, ptpar_unsigned_)
PTPAR_OVERLOAD_(unsigned, ptpar_unsigned_)
PTPAR_OVERLOAD_(unsigned long, ptpar_unsigned_)
PTPAR_OVERLOAD_(unsigned long long, ptpar_unsigned_)
PTPAR_OVERLOAD_(float, ptpar_float_)
PTPAR_OVERLOAD_(double, ptpar_double_)
PTPAR_OVERLOAD_(long double, ptpar_long_double_)
PTPAR_OVERLOAD_(const volatile void *, ptpar_pointer_)
#undef PTPAR_OVERLOAD_

template <typename Enum>
static inline typename std::enable_if<std::is_enum<Enum>::value, struct ptpar_suite_value>::type
ptpar_overloaded_(Enum x)
{
	return ptpar_overloaded_(static_cast<typename std::underlying_type<Enum>::type>(x));
}

static inline struct ptpar_suite_value ptpar_overloaded_(decltype(nullptr))
{
	return ptpar_pointer_(nullptr);
}

template <typename Type> static inline struct ptpar_suite_value ptpar_value_(Type x)
{
	return ptpar_overloaded_(x);
}

#endif

/* ---- A test and its section ---- */

#ifdef PTPAR_EXCEPTIONS_

/* What a failed assertion throws. It is no std::exception, so that few handlers of others catch it; should one do
 * so, the failure has been noted before. */
struct __attribute__((visibility("hidden"))) ptpar_stopped_ {
};

__attribute__((visibility("hidden"))) inline void ptpar_unwind_(void)
{
	throw ptpar_stopped_();
}

/* Called while an exception is handled. */
__attribute__((visibility("hidden"))) inline void ptpar_exception_(const char *what)
{
	std::type_info *type = abi::__cxa_current_exception_type();
	int status = 0;
	char *name = type == nullptr ? nullptr : abi::__cxa_demangle(type->name(), nullptr, nullptr, &status);

	if (name != nullptr)
		ptpar_lent_()->exception(name, what);
	else
		ptpar_lent_()->exception(type != nullptr ? type->name() : "of another language", what);
	free(name);
}

__attribute__((visibility("hidden"))) inline void ptpar_guard_(void (*body)(void *), void *arg)
{
	try {
		body(arg);
	} catch (const ptpar_stopped_ &) {
	} catch (const std::exception &e) {
		ptpar_exception_(e.what());
	} catch (...) {
		ptpar_exception_(nullptr);
	}
}

#else
#define ptpar_guard_  NULL
#define ptpar_unwind_ NULL
#endif

/* The author's own tokens stand in the initialiser: designators are not in C++ before 20, and most are left out. */
/* clang-format off */
#ifdef __clang__
#define PTPAR_QUIET_                                                               \
	_Pragma("clang diagnostic push")                                           \
	_Pragma("clang diagnostic ignored \"-Wunknown-warning-option\"")           \
	_Pragma("clang diagnostic ignored \"-Wpedantic\"")                         \
	_Pragma("clang diagnostic ignored \"-Wc++20-designator\"")                 \
	_Pragma("clang diagnostic ignored \"-Wmissing-field-initializers\"")
#define PTPAR_LOUD_ _Pragma("clang diagnostic pop")
#else
#define PTPAR_QUIET_                                                               \
	_Pragma("GCC diagnostic push")                                             \
	_Pragma("GCC diagnostic ignored \"-Wpragmas\"")                            \
	_Pragma("GCC diagnostic ignored \"-Wpedantic\"")                           \
	_Pragma("GCC diagnostic ignored \"-Wc++20-extensions\"")                   \
	_Pragma("GCC diagnostic ignored \"-Wmissing-field-initializers\"")
#define PTPAR_LOUD_ _Pragma("GCC diagnostic pop")
#endif
/* clang-format on */

#define PTPAR_TEXT_(...) #__VA_ARGS__

#define PTPAR_DECLARE_(name_, np_, text_, fields_)                                                                 \
	static void ptpar_call_##name_(ptpar_test *test, MPI_Comm comm);                                           \
	static const struct ptpar_suite_test ptpar_test_##name_ = {                                                \
		PTPAR_SUITE_ABI, __LINE__, __FILE__,           #name_,       np_,                                  \
		text_,           fields_,  ptpar_call_##name_, ptpar_guard_, ptpar_unwind_                         \
	};                                                                                                         \
	static const struct ptpar_suite_test *ptpar_listed_##name_                                                 \
		__attribute__((PTPAR_KEEP_, section("ptpar_tests"))) = &ptpar_test_##name_;                        \
	static void ptpar_call_##name_(ptpar_test *test PTPAR_UNUSED_, MPI_Comm comm PTPAR_UNUSED_)

#define PTPAR_TEST_(name_, ...)                                                                                    \
	static const long long ptpar_np_##name_[] = { __VA_ARGS__ };                                               \
	PTPAR_DECLARE_(name_, ptpar_np_##name_, NULL, NULL)

#define PTPAR_TEST_WITH_(name_, ...)                                                                               \
	PTPAR_QUIET_                                                                                               \
	static const struct ptpar_suite_fields ptpar_fields_##name_ = { __VA_ARGS__ };                             \
	PTPAR_LOUD_                                                                                                \
	PTPAR_DECLARE_(name_, ptpar_fields_##name_.np, PTPAR_TEXT_(__VA_ARGS__), &ptpar_fields_##name_)

#endif
