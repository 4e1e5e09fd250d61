/* source-suite.c - suites made with ptpar.h: shared objects whose tests stand in a section of the linker.
 *
 * One test runs in a process at a time; it is `running`, and so assertions need no argument that says for whom they
 * speak. A phase is ended by longjmp, in a test written in C++ by an exception that the test's own code throws and
 * catches: it passes through frames of this file, which is therefore compiled with -fexceptions.
 */
#include <ptpar/source.h>
#include <ptpar/suite.h>

#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <float.h>
#include <limits.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

_Static_assert(PTPAR_SUITE_NP_ALL == PTPAR_SOURCE_NP_ALL, "one value means every slot, on both sides");

/* ---- Errors ---- */

/* As the core's ptpar_fail, whose name means something else to a suite. */
__attribute__((format(printf, 3, 4))) static int refuse(struct ptpar_error *err, int code, const char *format, ...)
{
	va_list args;

	if (err != NULL) {
		va_start(args, format);
		vsnprintf(err->text, sizeof(err->text), format, args);
		va_end(args);
	}
	return code;
}

static int no_memory(struct ptpar_error *err, const char *path)
{
	return refuse(err, -ENOMEM, "%s: out of memory", path);
}

/* ---- A suite and its cases ---- */

/* A test at one np and one parameter. */
struct suite_case {
	const struct ptpar_suite_test *test;
	long long np;
	int param; /* its place in .params, or -1 */
	bool np_declared;
};

struct suite {
	const struct ptpar_source_host *host;
	const struct ptpar_suite_test **tests; /* in the order of their files */
	size_t n_tests;
	struct suite_case *cases;
	size_t n_cases;
	char path[]; /* as it was given, for messages */
};

/* ---- The test that runs ---- */

/* How a phase ended on this rank; ordered, for max. */
enum ending { ENDED_WELL, ENDED_SKIPPED, ENDED_FAILED };

struct ptpar_test {
	const struct suite *suite;
	const struct suite_case *c;
	MPI_Comm comm;
	void *data;
	pthread_t thread; /* the one that runs it, still known after it */
	bool known;       /* thread is */
	_Atomic enum ptpar_phase phase;
	atomic_int ending; /* of the phase, so far */
	jmp_buf end;
};

static struct ptpar_test running;
static pthread_mutex_t notes = PTHREAD_MUTEX_INITIALIZER;

static bool on_the_tests_thread(void)
{
	return running.known && pthread_equal(pthread_self(), running.thread);
}

/* Says that the phase ended no better than this. */
static void end_no_better(enum ending ending)
{
	int sofar = atomic_load(&running.ending);

	while (sofar < (int)ending && !atomic_compare_exchange_weak(&running.ending, &sofar, (int)ending))
		continue;
}

/* Ends the phase. In a thread that the test has started it ends the thread, as far as that goes. */
__attribute__((noreturn)) static void end_phase(void)
{
	if (!on_the_tests_thread())
		pthread_exit(NULL);
	if (running.c->test->unwind != NULL)
		running.c->test->unwind();
	longjmp(running.end, 1);
}

/* For an assertion that no test is there for: of a thread that has outlived its test, or of an exit handler. */
__attribute__((noreturn)) static void end_without_test(void)
{
	if (running.known && !on_the_tests_thread())
		pthread_exit(NULL);
	abort();
}

/* Tests' own threads may be here as well. The text may be NULL when memory is short. */
static void note(enum ptpar_note_kind kind, const char *file, uint32_t line, const char *text)
{
	const struct ptpar_source_host *host;
	int cancel;

	if (text == NULL)
		text = "(no memory for the text)";
	if (atomic_load(&running.phase) == PTPAR_PHASE_NONE) {
		fprintf(stderr, "ptpar: %s:%u: no test runs here, but: %s\n", file, (unsigned)line, text);
		if (kind == PTPAR_NOTE_LOG)
			return;
		end_without_test();
	}
	if (kind == PTPAR_NOTE_FAILURE)
		end_no_better(ENDED_FAILED);
	else if (kind == PTPAR_NOTE_SKIP)
		end_no_better(ENDED_SKIPPED);
	host = running.suite->host;
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
	pthread_mutex_lock(&notes);
	host->note(host->ctx, kind, file, line, text);
	pthread_mutex_unlock(&notes);
	pthread_setcancelstate(cancel, NULL);
}

/* ---- The texts of failures ---- */

/* A stream that writes to memory. If there is none for it, everything below does nothing. */
struct text {
	FILE *stream;
	char *data;
	size_t len;
};

static void text_open(struct text *t, const char *first_line)
{
	*t = (struct text){ 0 };
	t->stream = open_memstream(&t->data, &t->len);
	if (t->stream != NULL)
		fputs(first_line, t->stream);
}

/* Notes the failure, ends the phase if the site is fatal, else returns false. */
static bool text_fail(struct text *t, const struct ptpar_suite_site *site)
{
	if (t->stream != NULL && fclose(t->stream) != 0) {
		free(t->data);
		t->data = NULL;
	}
	note(PTPAR_NOTE_FAILURE, site->file, site->line, t->data != NULL ? t->data : site->text);
	free(t->data);
	if (site->fatal)
		end_phase();
	return false;
}

/* "    left:  VALUE   (EXPRESSION)", the expression only where it is not the value itself. */
__attribute__((format(printf, 4, 5))) static void put(struct text *t, const char *label, const char *expression,
						      const char *format, ...)
{
	char value[512];
	va_list args;

	if (t->stream == NULL)
		return;
	va_start(args, format);
	vsnprintf(value, sizeof(value), format, args);
	va_end(args);
	fprintf(t->stream, "\n    %s %s", label, value);
	if (expression != NULL && strcmp(expression, value) != 0)
		fprintf(t->stream, "   (%s)", expression);
}

static void put_left_and_right(struct text *t, const struct ptpar_suite_site *site, const char *left,
			       const char *right)
{
	put(t, "left: ", site->left, "%s", left);
	put(t, "right:", site->right, "%s", right);
}

/* ---- Numbers ---- */

#define VALUE_ROOM 64

static bool is_real(const struct ptpar_suite_value *v)
{
	return v->kind == PTPAR_KIND_FLOAT || v->kind == PTPAR_KIND_DOUBLE || v->kind == PTPAR_KIND_LONG_DOUBLE;
}

static bool is_negative(const struct ptpar_suite_value *v)
{
	return (v->kind == PTPAR_KIND_SIGNED || v->kind == PTPAR_KIND_CHAR) && v->integer < 0;
}

/* The value of one that is no real and not negative. */
static unsigned long long natural_of(const struct ptpar_suite_value *v)
{
	switch (v->kind) {
	case PTPAR_KIND_SIGNED:
	case PTPAR_KIND_CHAR:
		return (unsigned long long)v->integer;
	case PTPAR_KIND_POINTER:
		return (uintptr_t)v->pointer;
	default:
		return v->natural;
	}
}

/* Exact on x86 and wherever long double has 64 bits of mantissa. */
static long double real_of(const struct ptpar_suite_value *v)
{
	if (is_real(v))
		return v->real;
	return is_negative(v) ? (long double)v->integer : (long double)natural_of(v);
}

#define SIGN_OF_DIFFERENCE(a, b) (((a) > (b)) - ((a) < (b)))

/* -1, 0, 1 as left is less, equal, greater. Neither is NaN. */
static int order(const struct ptpar_suite_value *left, const struct ptpar_suite_value *right)
{
	if (is_real(left) || is_real(right))
		return SIGN_OF_DIFFERENCE(real_of(left), real_of(right));
	if (is_negative(left) != is_negative(right))
		return is_negative(left) ? -1 : 1;
	if (is_negative(left))
		return SIGN_OF_DIFFERENCE(left->integer, right->integer);
	return SIGN_OF_DIFFERENCE(natural_of(left), natural_of(right));
}

static bool holds(enum ptpar_suite_relation relation, const struct ptpar_suite_value *left,
		  const struct ptpar_suite_value *right)
{
	int sign;

	if (real_of(left) != real_of(left) || real_of(right) != real_of(right)) /* NaN */
		return relation == PTPAR_NE;
	sign = order(left, right);
	switch (relation) {
	case PTPAR_EQ:
		return sign == 0;
	case PTPAR_NE:
		return sign != 0;
	case PTPAR_LT:
		return sign < 0;
	case PTPAR_LE:
		return sign <= 0;
	case PTPAR_GT:
		return sign > 0;
	case PTPAR_GE:
		return sign >= 0;
	}
	return false;
}

/* With the fewest digits that give the same number again. */
static void write_real(char *to, size_t room, enum ptpar_suite_kind kind, long double x)
{
	for (int digits = 1; digits <= LDBL_DECIMAL_DIG; digits++) {
		snprintf(to, room, "%.*Lg", digits, x);
		if (kind == PTPAR_KIND_FLOAT    ? strtof(to, NULL) == (float)x
		    : kind == PTPAR_KIND_DOUBLE ? strtod(to, NULL) == (double)x
						: strtold(to, NULL) == x)
			return;
	}
}

static void write_value(char *to, size_t room, const struct ptpar_suite_value *v)
{
	switch (v->kind) {
	case PTPAR_KIND_SIGNED:
		snprintf(to, room, "%lld", v->integer);
		return;
	case PTPAR_KIND_UNSIGNED:
		snprintf(to, room, "%llu", v->natural);
		return;
	case PTPAR_KIND_BOOL:
		snprintf(to, room, "%s", v->natural != 0 ? "true" : "false");
		return;
	case PTPAR_KIND_CHAR:
		if (v->integer >= ' ' && v->integer <= '~')
			snprintf(to, room, "%lld '%c'", v->integer, (char)v->integer);
		else
			snprintf(to, room, "%lld", v->integer);
		return;
	case PTPAR_KIND_POINTER:
		if (v->pointer == NULL)
			snprintf(to, room, "NULL");
		else
			snprintf(to, room, "0x%llx", natural_of(v));
		return;
	default:
		write_real(to, room, v->kind, v->real);
	}
}

static void put_values(struct text *t, const struct ptpar_suite_site *site, const struct ptpar_suite_value *left,
		       const struct ptpar_suite_value *right)
{
	char l[VALUE_ROOM], r[VALUE_ROOM];

	write_value(l, sizeof(l), left);
	write_value(r, sizeof(r), right);
	put_left_and_right(t, site, l, r);
}

/* ---- What a suite is lent: assertions ---- */

static bool api_check(const struct ptpar_suite_site *site, bool ok)
{
	struct text t;

	if (ok)
		return true;
	text_open(&t, site->text);
	return text_fail(&t, site);
}

static bool api_compare(const struct ptpar_suite_site *site, enum ptpar_suite_relation relation,
			const struct ptpar_suite_value *left, const struct ptpar_suite_value *right)
{
	struct text t;

	if (holds(relation, left, right))
		return true;
	text_open(&t, site->text);
	put_values(&t, site, left, right);
	return text_fail(&t, site);
}

static bool api_near(const struct ptpar_suite_site *site, const struct ptpar_suite_value *left,
		     const struct ptpar_suite_value *right, const struct ptpar_suite_value *tolerance)
{
	long double a = real_of(left), b = real_of(right), tol = real_of(tolerance);
	long double difference = a == b ? 0 : a > b ? a - b : b - a; /* infinities are near to themselves */
	char text[VALUE_ROOM];
	struct text t;

	if (difference <= tol)
		return true;
	text_open(&t, site->text);
	put_values(&t, site, left, right);
	put(&t, "difference:", NULL, "%.6Lg", difference);
	write_value(text, sizeof(text), tolerance);
	put(&t, "tolerance: ", NULL, "%s", text);
	return text_fail(&t, site);
}

#define STRING_BEFORE 24 /* characters that are shown in front of the first difference */
#define STRING_SHOWN  64

/* Writes s as a C string, from a little before character `at` on; bytes above ASCII as they are, for UTF-8. */
static void write_string(char *to, size_t room, const char *s, size_t at)
{
	static const char names[] = "abtnvfr"; /* from 7 on */
	size_t start = at > STRING_BEFORE ? at - STRING_BEFORE : 0, shown = 0;
	FILE *f = fmemopen(to, room, "w");

	if (f == NULL) {
		snprintf(to, room, "?");
		return;
	}
	while (start > 0 && start < at && ((unsigned char)s[start] & 0xc0) == 0x80)
		start++; /* not into a character of UTF-8 */
	fputs(start > 0 ? "...\"" : "\"", f);
	for (s += start; *s != '\0' && shown < STRING_SHOWN; s++, shown++) {
		unsigned char c = (unsigned char)*s;

		if (c == '"' || c == '\\')
			fprintf(f, "\\%c", c);
		else if (c >= 7 && c < 7 + strlen(names))
			fprintf(f, "\\%c", names[c - 7]);
		else if (c < ' ' || c == 127)
			fprintf(f, "\\%03o", c);
		else
			fputc(c, f);
	}
	fputs(*s != '\0' ? "\"..." : "\"", f);
	fclose(f);
}

static bool api_str_eq(const struct ptpar_suite_site *site, const char *left, const char *right)
{
	char l[5 * STRING_SHOWN] = "NULL", r[5 * STRING_SHOWN] = "NULL";
	size_t at = 0;
	struct text t;

	if (left == right || (left != NULL && right != NULL && strcmp(left, right) == 0))
		return true;
	if (left != NULL && right != NULL)
		while (left[at] == right[at])
			at++;
	if (left != NULL)
		write_string(l, sizeof(l), left, at);
	if (right != NULL)
		write_string(r, sizeof(r), right, at);
	text_open(&t, site->text);
	put_left_and_right(&t, site, l, r);
	if (left != NULL && right != NULL)
		put(&t, "first difference:", NULL, "byte %zu", at);
	return text_fail(&t, site);
}

#define BYTES_AROUND 8

/* Writes the bytes around `at` in hexadecimal, that one in brackets. */
static void write_bytes(char *to, size_t room, const unsigned char *bytes, size_t at, size_t n)
{
	size_t start = at > BYTES_AROUND ? at - BYTES_AROUND : 0;
	size_t end = n - at > BYTES_AROUND + 1 ? at + BYTES_AROUND + 1 : n;
	size_t len = 0;

	len += (size_t)snprintf(to + len, room - len, "%s", start > 0 ? "... " : "");
	for (size_t i = start; i < end; i++)
		len += (size_t)snprintf(to + len, room - len, i == at ? "%s[%02x]" : "%s%02x", i > start ? " " : "",
					bytes[i]);
	snprintf(to + len, room - len, "%s", end < n ? " ..." : "");
}

static bool api_mem_eq(const struct ptpar_suite_site *site, const void *left, const void *right, size_t n)
{
	const unsigned char *a = left, *b = right;
	char l[8 * BYTES_AROUND + 32] = "NULL", r[8 * BYTES_AROUND + 32] = "NULL";
	size_t at = 0;
	struct text t;

	if (n == 0 || left == right || (left != NULL && right != NULL && memcmp(left, right, n) == 0))
		return true;
	text_open(&t, site->text);
	if (left != NULL && right != NULL) {
		while (a[at] == b[at])
			at++;
		write_bytes(l, sizeof(l), a, at, n);
		write_bytes(r, sizeof(r), b, at, n);
	} else if (left != NULL) {
		write_bytes(l, sizeof(l), a, 0, n);
	} else {
		write_bytes(r, sizeof(r), b, 0, n);
	}
	put_left_and_right(&t, site, l, r);
	put(&t, "first difference:", NULL, "byte %zu of %zu", at, n);
	return text_fail(&t, site);
}

/* "1, 3-5, 9": the ranks whose value is 0. */
static void put_ranks(struct text *t, const int *values, int n)
{
	const char *comma = "";

	if (t->stream == NULL)
		return;
	for (int first = 0; first < n; first++) {
		int last = first;

		if (values[first] != 0)
			continue;
		while (last + 1 < n && values[last + 1] == 0)
			last++;
		fprintf(t->stream, last > first ? "%s%d-%d" : "%s%d", comma, first, last);
		comma = ", ";
		first = last;
	}
}

/* For functions that all ranks of a running test call. */
static const struct ptpar_source_host *host_of_phase(const char *function)
{
	if (atomic_load(&running.phase) == PTPAR_PHASE_NONE)
		note(PTPAR_NOTE_FAILURE, function, 0, "it was called");
	return running.suite->host;
}

static bool api_all(const struct ptpar_suite_site *site, bool ok)
{
	const struct ptpar_source_host *host = host_of_phase("a collective assertion");
	int n = host->comm_size(host->ctx), n_false = 0;
	int *values = calloc((size_t)n, sizeof(*values));
	struct text t;

	if (values == NULL)
		abort(); /* the others would wait */
	host->gather(host->ctx, ok, values);
	for (int i = 0; i < n; i++)
		n_false += values[i] == 0;
	if (n_false > 0) {
		text_open(&t, site->text);
		put(&t, "false on", NULL, n_false > 1 ? "ranks " : "rank ");
		put_ranks(&t, values, n);
		if (t.stream != NULL)
			fprintf(t.stream, " of %d", n);
	}
	free(values);
	return n_false == 0 || text_fail(&t, site);
}

static void note_formatted(enum ptpar_note_kind kind, const char *file, uint32_t line, const char *format,
			   va_list args)
{
	char *text;

	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	note(kind, file, line, text);
	free(text);
}

static void api_fail(const char *file, uint32_t line, const char *format, va_list args)
{
	note_formatted(PTPAR_NOTE_FAILURE, file, line, format, args);
	end_phase();
}

static void api_skip(const char *file, uint32_t line, const char *format, va_list args)
{
	note_formatted(PTPAR_NOTE_SKIP, file, line, format, args);
	end_phase();
}

static void api_log(const char *file, uint32_t line, const char *format, va_list args)
{
	note_formatted(PTPAR_NOTE_LOG, file, line, format, args);
}

static void api_exception(const char *type, const char *what)
{
	const struct ptpar_suite_site site = { .file = running.c->test->file, .line = running.c->test->line };
	struct text t;

	text_open(&t, "uncaught exception ");
	if (t.stream != NULL)
		fprintf(t.stream, "%s", type);
	if (t.stream != NULL && what != NULL)
		fprintf(t.stream, "\n    what: %s", what);
	text_fail(&t, &site);
}

/* ---- What a suite is lent: the rest ---- */

static const char *api_tmpdir(void)
{
	const struct ptpar_source_host *host = host_of_phase("ptpar_tmpdir");
	const char *path = host->tmpdir(host->ctx);

	if (path == NULL) {
		end_no_better(ENDED_FAILED);
		end_phase();
	}
	return path;
}

static MPI_Comm api_comm(const ptpar_test *test)
{
	return test->comm;
}

static int api_rank(const ptpar_test *test)
{
	return test->suite->host->comm_rank(test->suite->host->ctx);
}

static int api_size(const ptpar_test *test)
{
	return test->suite->host->comm_size(test->suite->host->ctx);
}

static const char *param_of(const struct suite_case *c)
{
	return c->param < 0 ? NULL : c->test->fields->params[c->param];
}

static const char *api_param(const ptpar_test *test)
{
	return param_of(test->c);
}

static int api_param_index(const ptpar_test *test)
{
	return test->c->param;
}

static void api_set_data(ptpar_test *test, void *data)
{
	test->data = data;
}

static void *api_data(const ptpar_test *test)
{
	return test->data;
}

static const struct ptpar_suite_api api = {
	.abi = PTPAR_SUITE_ABI,
	.size = sizeof(api),
	.check = api_check,
	.compare = api_compare,
	.near = api_near,
	.str_eq = api_str_eq,
	.mem_eq = api_mem_eq,
	.all = api_all,
	.fail = api_fail,
	.skip = api_skip,
	.log = api_log,
	.exception = api_exception,
	.tmpdir = api_tmpdir,
	.comm = api_comm,
	.rank = api_rank,
	.comm_size = api_size,
	.param = api_param,
	.param_index = api_param_index,
	.set_data = api_set_data,
	.data = api_data,
};

/* ---- Running ---- */

/* The phase itself; in C++ called by the test's guard. */
static void phase_body(void *arg)
{
	const struct ptpar_suite_test *test = running.c->test;

	(void)arg;
	switch (atomic_load(&running.phase)) {
	case PTPAR_PHASE_SETUP:
		test->fields->setup(&running);
		break;
	case PTPAR_PHASE_TEARDOWN:
		test->fields->teardown(&running);
		break;
	default:
		test->call(&running, running.comm);
	}
}

static enum ending run_phase(enum ptpar_phase phase)
{
	const struct ptpar_source_host *host = running.suite->host;

	host->phase(host->ctx, phase);
	atomic_store(&running.ending, ENDED_WELL);
	atomic_store(&running.phase, phase);
	if (setjmp(running.end) == 0) {
		if (running.c->test->guard != NULL)
			running.c->test->guard(phase_body, NULL);
		else
			phase_body(NULL);
	}
	atomic_store(&running.phase, PTPAR_PHASE_NONE);
	return (enum ending)atomic_load(&running.ending);
}

static enum ptpar_rank_outcome outcome_of(enum ending setup, enum ending call, enum ending teardown)
{
	if (call == ENDED_FAILED)
		return PTPAR_RANK_FAILED;
	if (setup == ENDED_FAILED || teardown == ENDED_FAILED)
		return PTPAR_RANK_ERROR;
	if (setup == ENDED_SKIPPED || call == ENDED_SKIPPED || teardown == ENDED_SKIPPED)
		return PTPAR_RANK_SKIPPED;
	return PTPAR_RANK_PASSED;
}

static enum ptpar_rank_outcome run_phases(const struct ptpar_suite_fields *fields)
{
	const struct ptpar_source_host *host = running.suite->host;
	enum ending setup = ENDED_WELL, call = ENDED_SKIPPED, teardown = ENDED_WELL;
	bool enter = true;

	if (fields != NULL && fields->setup != NULL) {
		setup = run_phase(PTPAR_PHASE_SETUP);
		enter = host->max(host->ctx, (int)setup) == ENDED_WELL;
	}
	/* Where setup went well here but not elsewhere, this rank has skipped the call, and has nothing to say. */
	if (enter)
		call = run_phase(PTPAR_PHASE_CALL);
	if (fields != NULL && fields->teardown != NULL)
		teardown = run_phase(PTPAR_PHASE_TEARDOWN);
	host->phase(host->ctx, PTPAR_PHASE_NONE);
	return outcome_of(setup, call, teardown);
}

static enum ptpar_rank_outcome suite_run(void *state, uint32_t index, const void *comm)
{
	const struct suite *s = state;
	enum ptpar_rank_outcome outcome;

	if (index >= s->n_cases) {
		s->host->note(s->host->ctx, PTPAR_NOTE_FAILURE, NULL, 0, "the suite has no such test any more");
		return PTPAR_RANK_ERROR;
	}
	running.suite = s;
	running.c = &s->cases[index];
	memcpy(&running.comm, comm, sizeof(running.comm));
	running.data = NULL;
	running.thread = pthread_self();
	running.known = true;
	outcome = run_phases(running.c->test->fields);
	running.data = NULL;
	return outcome;
}

static void suite_stop(void *state)
{
	(void)state;
	if (atomic_load(&running.phase) == PTPAR_PHASE_NONE)
		return;
	end_no_better(ENDED_FAILED);
	end_phase();
}

/* ---- Which np were declared ---- */

/* Behind a string or character literal that begins at p. */
static const char *skip_literal(const char *p)
{
	char quote = *p++;

	while (*p != '\0' && *p != quote)
		p += *p == '\\' && p[1] != '\0' ? 2 : 1;
	return *p == '\0' ? p : p + 1;
}

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Behind the item that begins at p: at the comma or closing bracket that ends it, or at the end. *empty: only
 * spaces. */
static const char *skip_item(const char *p, bool *empty)
{
	int depth = 0;

	*empty = true;
	while (*p != '\0' && (depth > 0 || (*p != ',' && *p != '}'))) {
		*empty = *empty && is_space(*p);
		if (*p == '"' || *p == '\'') {
			p = skip_literal(p);
			continue;
		}
		if (strchr("([{", *p) != NULL)
			depth++;
		else if (strchr(")]}", *p) != NULL)
			depth--;
		p++;
	}
	return p;
}

static const char *skip_spaces(const char *p)
{
	while (is_space(*p))
		p++;
	return p;
}

/* Where the value of .np begins in fields as they were written; NULL: it isn't there. */
static const char *find_np(const char *text)
{
	bool empty;

	for (const char *p = skip_spaces(text); *p != '\0'; p = skip_spaces(p + (*p != '\0'))) {
		const char *name = *p == '.' ? skip_spaces(p + 1) : p;

		if (*p == '.' && strncmp(name, "np", 2) == 0 && *skip_spaces(name + 2) == '=')
			return skip_spaces(skip_spaces(name + 2) + 1);
		p = skip_item(p, &empty);
	}
	return NULL;
}

/* How many values begin at p: in braces, or (as C allows) without, in front of the next field. */
static size_t count_values(const char *p)
{
	bool braces = *p == '{', empty;
	size_t n = 0;

	for (p += braces; *p != '\0' && (braces || *skip_spaces(p) != '.'); p += *p == ',') {
		p = skip_item(p, &empty);
		n += !empty;
		if (*p == '}')
			break;
	}
	return n;
}

/* The number of np declared; 0: none. An empty list is one of a 0. */
static size_t count_np(const struct ptpar_suite_test *test)
{
	const char *value;
	size_t n = 0;

	if (test->text == NULL) {
		while (test->np[n] != PTPAR_SUITE_NP_END)
			n++;
		return n;
	}
	value = find_np(test->text);
	if (value == NULL)
		return 0;
	n = count_values(value);
	return n == 0 ? 1 : n;
}

/* ---- Opening ---- */

/* 0 and one case for each np and parameter of it. */
static int add_cases(struct suite *s, const struct ptpar_suite_test *test, struct ptpar_error *err)
{
	const char *const *params = test->fields == NULL ? NULL : test->fields->params;
	size_t declared = count_np(test), n_np = declared == 0 ? 1 : declared, n_params = 0;
	struct suite_case *cases;

	if (test->text != NULL && n_np > PTPAR_SUITE_MAX_NP)
		return refuse(err, -EINVAL,
			      "%s: %s: %zu values in .np: %d are possible; PTPAR_TEST takes any number", s->path,
			      test->name, n_np, PTPAR_SUITE_MAX_NP);
	while (params != NULL && params[n_params] != NULL)
		n_params++;
	if (params != NULL && n_params == 0)
		return refuse(err, -EINVAL, "%s: %s: .params has no string in front of its NULL", s->path,
			      test->name);
	if (params == NULL)
		n_params = 1;
	cases = reallocarray(s->cases, s->n_cases + n_np * n_params, sizeof(*cases));
	if (cases == NULL)
		return no_memory(err, s->path);
	s->cases = cases;
	for (size_t i = 0; i < n_np; i++)
		for (size_t j = 0; j < n_params; j++)
			s->cases[s->n_cases++] = (struct suite_case){
				.test = test,
				.np = declared == 0 ? 1 : test->np[i],
				.np_declared = declared > 0,
				.param = params == NULL ? -1 : (int)j,
			};
	return 0;
}

/* A test, the place of its file among the files, its own in the section. */
struct place {
	const struct ptpar_suite_test *test;
	size_t file;
	size_t position;
};

static int compare_places(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	if (x->file != y->file)
		return SIGN_OF_DIFFERENCE(x->file, y->file);
	if (x->test->line != y->test->line)
		return SIGN_OF_DIFFERENCE(x->test->line, y->test->line);
	return SIGN_OF_DIFFERENCE(x->position, y->position);
}

/* Files in the order in which they were linked, tests in that of their lines: compilers reorder them. */
static int sort_tests(struct suite *s)
{
	struct place *places = calloc(s->n_tests + 1, sizeof(*places));

	if (places == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < s->n_tests; i++) {
		size_t file = 0;

		/* Mostly the file of the test in front of it. */
		if (i > 0 && strcmp(places[i - 1].test->file, s->tests[i]->file) == 0)
			file = places[i - 1].file;
		else
			while (file < i && strcmp(places[file].test->file, s->tests[i]->file) != 0)
				file++;
		places[i] = (struct place){ .test = s->tests[i], .file = file, .position = i };
	}
	qsort(places, s->n_tests, sizeof(*places), compare_places);
	for (size_t i = 0; i < s->n_tests; i++)
		s->tests[i] = places[i].test;
	free(places);
	return 0;
}

static int refuse_abi(const char *path, const char *what, uint32_t abi, struct ptpar_error *err)
{
	return refuse(
		err, -EPROTO,
		"%s: %s was compiled with a ptpar.h of suite ABI %u, this ptpar has suite ABI %u: rebuild the "
		"suite with the ptpar.h of this ptpar",
		path, what, (unsigned)abi, (unsigned)PTPAR_SUITE_ABI);
}

/* Copies the section's tests, which linkers may pad with NULL. */
static int collect_tests(struct suite *s, const struct ptpar_suite *suite, struct ptpar_error *err)
{
	size_t n = (size_t)(suite->end - suite->begin);

	s->tests = calloc(n + 1, sizeof(const struct ptpar_suite_test *));
	if (s->tests == NULL)
		return no_memory(err, s->path);
	for (size_t i = 0; i < n; i++) {
		if (suite->begin[i] == NULL)
			continue;
		if (suite->begin[i]->abi != PTPAR_SUITE_ABI)
			return refuse_abi(s->path, "one of its files", suite->begin[i]->abi, err);
		s->tests[s->n_tests++] = suite->begin[i];
	}
	return sort_tests(s) < 0 ? no_memory(err, s->path) : 0;
}

static int check_suite(const char *path, const struct ptpar_suite *suite, struct ptpar_error *err)
{
	if (suite != NULL && suite->magic == PTPAR_SUITE_MAGIC && suite->abi != PTPAR_SUITE_ABI)
		return refuse_abi(path, "it", suite->abi, err);
	if (suite == NULL || suite->magic != PTPAR_SUITE_MAGIC || suite->begin == suite->end)
		return refuse(err, -ENOEXEC, "%s: not a ptpar suite: no PTPAR_TEST in it", path);
	if (suite->size != sizeof(*suite) || suite->test_size != sizeof(struct ptpar_suite_test))
		return refuse_abi(path, "it (for another machine?)", suite->abi, err);
	return 0;
}

/* What dlopen says of the file, in words that tell what to do. */
static int explain_dlopen(const char *path, const char *absolute, const char *why, struct ptpar_error *err)
{
	static const char undefined[] = "undefined symbol: ", missing[] = ": cannot open shared object file: ";
	const char *symbol = strstr(why, undefined), *library = strstr(why, missing);
	bool about_it = strncmp(why, absolute, strlen(absolute)) == 0 && why[strlen(absolute)] == ':';

	if (symbol != NULL) {
		symbol += strlen(undefined);
		return refuse(err, -ENOEXEC,
			      "%s: undefined symbol %.*s: the suite must be linked with the library or file that "
			      "defines it",
			      path, (int)strcspn(symbol, ", "), symbol);
	}
	if (library != NULL && !about_it)
		return refuse(
			err, -ENOENT,
			"%s: it needs %.*s, which isn't found: put its directory into LD_LIBRARY_PATH, or link "
			"the suite with -Wl,-rpath",
			path, (int)(library - why), why);
	if (about_it)
		why += strlen(absolute) + 1 + strspn(why + strlen(absolute) + 1, " ");
	if (strstr(why, "ELF") != NULL || strstr(why, "file too short") != NULL ||
	    strstr(why, "cannot dynamically load") != NULL || strstr(why, "only ET_DYN") != NULL)
		return refuse(err, -ENOEXEC, "%s: not a shared library (%s): build it with mpicc -shared -fPIC",
			      path, why);
	return refuse(err, -ENOEXEC, "%s: %s", path, why);
}

/* The table is lent last: a suite that is refused stays as it was. */
static int take_in(struct suite *s, const struct ptpar_suite *suite, struct ptpar_error *err)
{
	int r = check_suite(s->path, suite, err);

	if (r == 0)
		r = collect_tests(s, suite, err);
	for (size_t i = 0; r == 0 && i < s->n_tests; i++)
		r = add_cases(s, s->tests[i], err);
	if (r == 0)
		*suite->api = &api;
	return r;
}

static int load(struct suite *s, struct ptpar_error *err)
{
	char *absolute = realpath(s->path, NULL); /* without a slash, dlopen would search for it */
	void *library;
	int r;

	if (absolute == NULL)
		return refuse(err, -errno, "%s: %s", s->path, strerror(errno));
	library = dlopen(absolute, RTLD_NOW | RTLD_LOCAL);
	if (library != NULL)
		r = take_in(s, dlsym(library, "ptpar_suite"), err);
	else
		r = explain_dlopen(s->path, absolute, dlerror(), err);
	free(absolute);
	return r;
}

/* The library stays: MPI may have callbacks into it (attributes, operations) until it is finalized. */
static void suite_close(void *state)
{
	struct suite *s = state;

	if (s == NULL)
		return;
	free(s->cases);
	free(s->tests);
	free(s);
}

static int suite_open(const struct ptpar_source_host *host, const char *path, void **suite, struct ptpar_error *err)
{
	struct suite *s = calloc(1, sizeof(*s) + strlen(path) + 1);
	int r;

	if (s == NULL)
		return no_memory(err, path);
	memcpy(s->path, path, strlen(path));
	s->host = host;
	r = load(s, err);
	if (r < 0)
		suite_close(s);
	else
		*suite = s;
	return r;
}

/* By its name alone: one that is broken shall be told about, not passed over. */
/* Does the file speak of the symbol that every suite exports? True also if it is no ELF file: then it is broken,
 * and open says how. */
static bool names_a_suite(const char *path)
{
	static const char symbol[] = "\0ptpar_suite"; /* as it stands in the table of strings */
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	off_t size = fd < 0 ? -1 : lseek(fd, 0, SEEK_END);
	void *file = size < SELFMAG ? MAP_FAILED : mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, fd, 0);
	bool does = true;

	if (fd >= 0)
		close(fd);
	if (file != MAP_FAILED) {
		does = memcmp(file, ELFMAG, SELFMAG) != 0 ||
		       memmem(file, (size_t)size, symbol, sizeof(symbol)) != NULL;
		munmap(file, (size_t)size);
	}
	return does;
}

/* Other shared objects, which may lie beside suites, are passed over. */
static bool suite_claims(const char *path)
{
	size_t len = strlen(path);

	return len > 3 && strcmp(path + len - 3, ".so") == 0 && path[len - 4] != '/' && names_a_suite(path);
}

/* ---- Listing ---- */

static int suite_list(void *state, int (*emit)(void *ctx, const struct ptpar_case *c), void *ctx,
		      struct ptpar_error *err)
{
	static const struct ptpar_suite_fields none;
	const struct suite *s = state;

	(void)err;
	for (size_t i = 0; i < s->n_cases; i++) {
		const struct suite_case *c = &s->cases[i];
		const struct ptpar_suite_fields *fields = c->test->fields != NULL ? c->test->fields : &none;
		const struct ptpar_case listed = {
			.index = (uint32_t)i,
			.name = c->test->name,
			.np = c->np,
			.np_declared = c->np_declared,
			.param = param_of(c),
			.timeout = fields->timeout,
			.tags = fields->tags,
			.xfail = fields->xfail,
			.isolated = fields->isolated,
			.file = c->test->file,
			.line = c->test->line,
		};
		int r = emit(ctx, &listed);

		if (r < 0)
			return r;
	}
	return 0;
}

static const char *suite_name(void *state, uint32_t index)
{
	const struct suite *s = state;

	return index < s->n_cases ? s->cases[index].test->name : NULL;
}

const struct ptpar_source ptpar_source = {
	.head = PTPAR_SOURCE_HEAD("suite", "shared objects made with ptpar.h"),
	.claims = suite_claims,
	.open = suite_open,
	.list = suite_list,
	.name = suite_name,
	.run = suite_run,
	.stop = suite_stop,
	.close = suite_close,
};
