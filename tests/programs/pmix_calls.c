/* pmix_calls.c - a PMIx client that asks its server for all that ptpar's does not serve, and says what it is told.
 * What has no answer hangs.
 *
 *   pmix_calls            one rank
 *   pmix_calls late       does not wait for the answers, but exits at once
 */
#include <pmix.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static pmix_proc_t self;

static void tell(const char *what, pmix_status_t status)
{
	printf("%s: %s\n", what,
	       status == PMIX_SUCCESS             ? "done"
	       : status == PMIX_ERR_NOT_SUPPORTED ? "refused"
	       : status == PMIX_ERR_NOT_FOUND     ? "not found"
						  : PMIx_Error_string(status));
	fflush(stdout);
}

static void publish(void)
{
	pmix_info_t info;
	pmix_pdata_t data;

	PMIX_INFO_LOAD(&info, "ptpar.key", "value", PMIX_STRING);
	tell("PMIx_Publish", PMIx_Publish(&info, 1));
	memset(&data, 0, sizeof(data));
	strcpy(data.key, "ptpar.key");
	tell("PMIx_Lookup", PMIx_Lookup(&data, 1, NULL, 0));
	tell("PMIx_Unpublish", PMIx_Unpublish((char *[]){ "ptpar.key", NULL }, NULL, 0));
}

static void spawn(void)
{
	pmix_app_t app;
	char nspace[PMIX_MAX_NSLEN + 1];

	memset(&app, 0, sizeof(app));
	app.cmd = "/bin/true";
	app.argv = (char *[]){ "/bin/true", NULL };
	app.maxprocs = 1;
	tell("PMIx_Spawn", PMIx_Spawn(NULL, 0, &app, 1, nspace));
}

/* Data of a rank that is not there, and of one that has none. */
static void get(void)
{
	pmix_proc_t other = self;
	pmix_value_t *value = NULL;
	pmix_info_t at_once;
	bool yes = true;

	PMIX_INFO_LOAD(&at_once, PMIX_IMMEDIATE, &yes, PMIX_BOOL);
	other.rank = 1000;
	tell("PMIx_Get of nobody", PMIx_Get(&other, "ptpar.key", &at_once, 1, &value));
	tell("PMIx_Get of nothing", PMIx_Get(&self, "ptpar.key", &at_once, 1, &value));
	strcpy(other.nspace, "nowhere");
	tell("PMIx_Get from nowhere", PMIx_Get(&other, "ptpar.key", &at_once, 1, &value));
}

static void others(void)
{
	pmix_query_t query;
	pmix_info_t *results = NULL, info;
	size_t n = 0;
	pmix_proc_t all = self;

	memset(&query, 0, sizeof(query));
	query.keys = (char *[]){ PMIX_QUERY_NAMESPACES, NULL };
	tell("PMIx_Query_info", PMIx_Query_info(&query, 1, &results, &n));
	PMIX_INFO_LOAD(&info, "ptpar.key", "value", PMIX_STRING);
	tell("PMIx_Log", PMIx_Log(&info, 1, NULL, 0));
	tell("PMIx_Allocation_request", PMIx_Allocation_request(PMIX_ALLOC_NEW, &info, 1, &results, &n));
	all.rank = PMIX_RANK_WILDCARD;
	tell("PMIx_Connect", PMIx_Connect(&all, 1, NULL, 0));
	tell("PMIx_Fence", PMIx_Fence(&all, 1, NULL, 0));
}

int main(int argc, char **argv)
{
	pmix_info_t info;

	(void)argv;
	tell("PMIx_Init", PMIx_Init(&self, NULL, 0));
	if (argc > 1) {
		PMIX_INFO_LOAD(&info, "ptpar.key", "value", PMIX_STRING);
		PMIx_Publish_nb(&info, 1, NULL, NULL);
		PMIx_Fence_nb(NULL, 0, NULL, 0, NULL, NULL);
		_exit(0);
	}
	publish();
	spawn();
	get();
	others();
	tell("PMIx_Finalize", PMIx_Finalize(NULL, 0));
	return 0;
}
