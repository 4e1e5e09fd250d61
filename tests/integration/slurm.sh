# slurm.sh - a Slurm of its own for a test. After lib.sh.

SLURM=$abs_top_srcdir/tests/slurm/slurm

# begin_slurm NODES CPUS: starts it, in $DIR/slurm, or skips the whole test with the reason. Until end_slurm.
begin_slurm() {
	local why settings

	why=$("$SLURM" why-not)
	[ -z "$why" ] || skip_all "$why"
	if ! settings=$("$SLURM" start "$DIR/slurm" "$@" 2>"$DIR/.slurm"); then
		diag "$(cat "$DIR/.slurm")"
		exit 99
	fi
	eval "$settings"
	srun --mpi=list 2>&1 | grep -qw pmix || skip_all "this Slurm has no plugin for PMIx"
	# Emulated nodes have one name: what is local to a node, and what is not, has to be said.
	OMPI_MCA_mpi_yield_when_idle=1
	export OMPI_MCA_mpi_yield_when_idle
	if [ "$1" -gt 1 ]; then
		PTPAR_TRANSPORT=tcp
		OMPI_MCA_btl_tcp_if_include=lo
		export PTPAR_TRANSPORT OMPI_MCA_btl_tcp_if_include
	fi
}

# end_slurm: looks that no job is left, and stops it.
end_slurm() {
	ok "no job is left" wait_for 10 no_job
	"$SLURM" stop "$DIR/slurm"
	unset SLURM_CONF PTPAR_TRANSPORT OMPI_MCA_btl_tcp_if_include OMPI_MCA_mpi_yield_when_idle
	ok "nothing is left of Slurm" [ ! -e "$DIR/slurm" ]
}

no_job() {
	[ -z "$(squeue -h)" ]
}

# steps: those that run, JOB.STEP one a line.
steps() {
	squeue -h -s -o %i | grep -v '\.\(batch\|extern\)$'
}
