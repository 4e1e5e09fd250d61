/* cores.c - hwloc's topology, restricted to what may be used. */
#include "core/common/cores.h"

#include <hwloc.h>
#include <hwloc/glibc-sched.h>

/* Cores of which at least one hardware thread is in `set`. */
static uint32_t count(hwloc_topology_t topology, hwloc_const_cpuset_t set)
{
	hwloc_obj_t core = NULL;
	uint32_t n = 0;

	while ((core = hwloc_get_next_obj_by_type(topology, HWLOC_OBJ_CORE, core)) != NULL)
		if (hwloc_bitmap_intersects(core->cpuset, set))
			n++;
	if (n == 0) /* no cores are known (some virtual machines): count hardware threads */
		n = (uint32_t)hwloc_bitmap_weight(set);
	return n;
}

uint32_t cores_usable(int ignore_binding)
{
	hwloc_topology_t topology;
	hwloc_cpuset_t set;
	uint32_t n = 1;

	if (hwloc_topology_init(&topology) != 0)
		return 1;
	if (hwloc_topology_load(topology) == 0) {
		set = hwloc_bitmap_dup(hwloc_topology_get_allowed_cpuset(topology));
		if (!ignore_binding)
			hwloc_get_cpubind(topology, set, HWLOC_CPUBIND_PROCESS);
		n = count(topology, set);
		hwloc_bitmap_free(set);
	}
	hwloc_topology_destroy(topology);
	return n < 1 ? 1 : n;
}

/* What may be used, at the first call. NULL: nobody knows. */
static hwloc_topology_t get_topology(hwloc_cpuset_t *usable, int ignore_binding)
{
	static hwloc_topology_t topology;
	static hwloc_cpuset_t set;

	if (topology == NULL) {
		if (hwloc_topology_init(&topology) != 0)
			return topology = NULL;
		if (hwloc_topology_load(topology) != 0) {
			hwloc_topology_destroy(topology);
			return topology = NULL;
		}
		set = hwloc_bitmap_dup(hwloc_topology_get_allowed_cpuset(topology));
		if (!ignore_binding)
			hwloc_get_cpubind(topology, set, HWLOC_CPUBIND_PROCESS);
	}
	*usable = set;
	return topology;
}

/* Adds the usable hardware threads of the core of that number among the usable ones. */
static bool add_core(hwloc_topology_t topology, hwloc_const_cpuset_t usable, uint32_t number, hwloc_cpuset_t to)
{
	hwloc_obj_type_t type =
		hwloc_get_nbobjs_by_type(topology, HWLOC_OBJ_CORE) > 0 ? HWLOC_OBJ_CORE : HWLOC_OBJ_PU;
	hwloc_obj_t core = NULL;
	hwloc_cpuset_t its;

	while ((core = hwloc_get_next_obj_by_type(topology, type, core)) != NULL)
		if (hwloc_bitmap_intersects(core->cpuset, usable) && number-- == 0)
			break;
	if (core == NULL)
		return false;
	its = hwloc_bitmap_alloc();
	hwloc_bitmap_and(its, core->cpuset, usable);
	hwloc_bitmap_or(to, to, its);
	hwloc_bitmap_free(its);
	return true;
}

bool cores_of(const uint32_t *numbers, uint32_t n, int ignore_binding, cpu_set_t *cpus)
{
	hwloc_cpuset_t usable, set;
	hwloc_topology_t topology = get_topology(&usable, ignore_binding);
	bool known = topology != NULL;

	if (!known)
		return false;
	set = hwloc_bitmap_alloc();
	for (uint32_t i = 0; i < n && known; i++)
		known = add_core(topology, usable, numbers[i], set);
	known = known && hwloc_cpuset_to_glibc_sched_affinity(topology, set, cpus, sizeof(*cpus)) == 0;
	hwloc_bitmap_free(set);
	return known;
}

bool cores_all(int ignore_binding, cpu_set_t *cpus)
{
	hwloc_cpuset_t usable;
	hwloc_topology_t topology = get_topology(&usable, ignore_binding);

	return topology != NULL && hwloc_cpuset_to_glibc_sched_affinity(topology, usable, cpus, sizeof(*cpus)) == 0;
}
