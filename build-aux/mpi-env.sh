# mpi-env.sh - lets mpirun start more processes than there are cores, also as root (in a container).
# Sourced by autogen.sh and by the integration tests; core/common/mpienv.c does the same for users of ptpar.
OMPI_ALLOW_RUN_AS_ROOT=1
OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
PRTE_ALLOW_RUN_AS_ROOT=1
PRTE_ALLOW_RUN_AS_ROOT_CONFIRM=1
: "${OMPI_MCA_rmaps_base_oversubscribe=1}"
: "${PRTE_MCA_rmaps_default_mapping_policy=:oversubscribe}"
export OMPI_ALLOW_RUN_AS_ROOT OMPI_ALLOW_RUN_AS_ROOT_CONFIRM PRTE_ALLOW_RUN_AS_ROOT \
	PRTE_ALLOW_RUN_AS_ROOT_CONFIRM OMPI_MCA_rmaps_base_oversubscribe PRTE_MCA_rmaps_default_mapping_policy
