/* cores.c - hwloc's topology, restricted to what may be used. */
#include "core/common/cores.h"

#include <hwloc.h>

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
