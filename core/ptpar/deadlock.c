/* deadlock.c - pairs of calls that can complete each other, and times. */
#include "core/ptpar/deadlock.h"

#include <math.h>

/* Bytes per second that the slowest network moves; bytes per second of CPU time that a process moves. */
static const double NETWORK_RATE = 10e6;
static const double CPU_RATE = 200e6;

/* CPU time of polling, seconds: less says that the process was not scheduled. */
static const double POLLING = 0.05;

/* What nobody can see waits longer, in units of the grace: requests that were started before, remote memory. */
static const double UNSEEN = 5, UNSEEN_RMA = 15;

/* MPI_ANY_SOURCE and MPI_ANY_TAG, see core/common/calls.c. */
enum { ANY = -1 };

/* --- calls that complete each other ---------------------------------------------------------------------- */

struct message {
	bool is_there;
	int32_t peer, tag;
};

static struct message sent_by(const struct deadlock_rank *r)
{
	enum call_kind kind = call_kind(r->call);

	return (struct message){ !r->ended && (kind == CALL_KIND_SEND || kind == CALL_KIND_BOTH), r->args[0],
				 r->args[1] };
}

static struct message awaited_by(const struct deadlock_rank *r)
{
	enum call_kind kind = call_kind(r->call);
	int first = kind == CALL_KIND_BOTH ? 2 : 0;

	return (struct message){ !r->ended && (kind == CALL_KIND_RECEIVE || kind == CALL_KIND_BOTH), r->args[first],
				 r->args[first + 1] };
}

static bool can_meet(const struct deadlock_rank *ranks, uint32_t from, uint32_t to)
{
	struct message s = sent_by(&ranks[from]), a = awaited_by(&ranks[to]);

	if (!s.is_there || !a.is_there || (a.tag != ANY && a.tag != s.tag))
		return false;
	/* On another communicator, ranks have other numbers. */
	if (!ranks[from].is_own || !ranks[to].is_own)
		return ranks[from].is_own == ranks[to].is_own;
	return s.peer == (int32_t)to && (a.peer == ANY || a.peer == (int32_t)from);
}

static bool any_message_moves(const struct deadlock_rank *ranks, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		for (uint32_t k = 0; sent_by(&ranks[i]).is_there && k < n; k++)
			if (can_meet(ranks, i, k))
				return true;
	return false;
}

/* Are there as many ranks in such a call as its communicator has? They need not have the same communicator: that is
 * not known, and then it may be. */
static bool can_complete(const struct deadlock_rank *ranks, uint32_t n, uint32_t rank)
{
	const struct deadlock_rank *r = &ranks[rank];
	uint32_t same = 0;

	for (uint32_t i = 0; i < n; i++)
		same += !ranks[i].ended && ranks[i].call == r->call && ranks[i].comm_size == r->comm_size &&
			ranks[i].is_own == r->is_own;
	return same >= r->comm_size;
}

static bool any_collective_completes(const struct deadlock_rank *ranks, uint32_t n)
{
	uint32_t last = CALL_NONE, last_size = 0;

	for (uint32_t i = 0; i < n; i++) {
		if (ranks[i].ended || call_kind(ranks[i].call) != CALL_KIND_COLLECTIVE)
			continue;
		/* Where most ranks are in the same call, it is looked at once. */
		if (ranks[i].call == last && ranks[i].comm_size == last_size && ranks[i].is_own)
			continue;
		if (can_complete(ranks, n, i))
			return true;
		if (ranks[i].is_own) {
			last = ranks[i].call;
			last_size = ranks[i].comm_size;
		}
	}
	return false;
}

static bool is_blocked(const struct deadlock_rank *r)
{
	enum call_kind kind = call_kind(r->call);

	return r->ended || (r->steady && kind != CALL_KIND_NONE && kind != CALL_KIND_OTHER);
}

bool deadlock_is_possible(const struct deadlock_rank *ranks, uint32_t n)
{
	bool all_ended = true;

	for (uint32_t i = 0; i < n; i++) {
		if (!is_blocked(&ranks[i]))
			return false;
		all_ended = all_ended && ranks[i].ended;
	}
	return !all_ended && !any_message_moves(ranks, n) && !any_collective_completes(ranks, n);
}

/* --- time ------------------------------------------------------------------------------------------------ */

bool deadlock_is_still(const struct deadlock_rank *before, const struct deadlock_rank *ranks, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		if (before[i].ended != ranks[i].ended ||
		    (!ranks[i].ended && (before[i].call != ranks[i].call || before[i].entries != ranks[i].entries)))
			return false;
	return true;
}

static double volume_of(const struct deadlock_rank *ranks, uint32_t n)
{
	double most = 0;

	for (uint32_t i = 0; i < n; i++)
		most = fmax(most, (double)ranks[i].volume);
	return most;
}

double deadlock_quiet_time(const struct deadlock_rank *ranks, uint32_t n, double grace)
{
	double unseen = 1;

	for (uint32_t i = 0; i < n; i++) {
		enum call_kind kind = ranks[i].ended ? CALL_KIND_NONE : call_kind(ranks[i].call);

		if (kind == CALL_KIND_RMA)
			unseen = UNSEEN_RMA;
		else if (kind == CALL_KIND_COMPLETION)
			unseen = fmax(unseen, UNSEEN);
	}
	return unseen * grace + volume_of(ranks, n) / NETWORK_RATE;
}

bool deadlock_is_proven(const struct deadlock_rank *before, const struct deadlock_rank *ranks, uint32_t n,
			double quiet, double grace)
{
	double needed = POLLING + volume_of(ranks, n) / CPU_RATE;

	if (!deadlock_is_possible(ranks, n) || !deadlock_is_still(before, ranks, n) ||
	    quiet < deadlock_quiet_time(ranks, n, grace))
		return false;
	for (uint32_t i = 0; i < n; i++)
		if (!ranks[i].ended && ranks[i].cpu - before[i].cpu < needed)
			return false;
	return true;
}
