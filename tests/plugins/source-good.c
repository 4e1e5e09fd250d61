/* source-good.c - a source that claims nothing; nothing is wrong with it. */
#include <errno.h>
#include <stddef.h>

#include <ptpar/source.h>

static bool claims(const char *path)
{
	(void)path;
	return false;
}

static int open_suite(const struct ptpar_source_host *host, const char *path, void **suite, struct ptpar_error *err)
{
	(void)host;
	(void)path;
	(void)suite;
	(void)err;
	return -EINVAL;
}

static int list(void *suite, int (*emit)(void *ctx, const struct ptpar_case *c), void *ctx, struct ptpar_error *err)
{
	(void)suite;
	(void)emit;
	(void)ctx;
	(void)err;
	return 0;
}

static const char *name(void *suite, uint32_t i)
{
	(void)suite;
	(void)i;
	return NULL;
}

static enum ptpar_rank_outcome run(void *suite, uint32_t i, const void *comm)
{
	(void)suite;
	(void)i;
	(void)comm;
	return PTPAR_RANK_ERROR;
}

static void do_nothing(void *suite)
{
	(void)suite;
}

const struct ptpar_source ptpar_source = {
	.head = PTPAR_SOURCE_HEAD("good", "claims nothing"),
	.claims = claims,
	.open = open_suite,
	.list = list,
	.name = name,
	.run = run,
	.stop = do_nothing,
	.close = do_nothing,
};
