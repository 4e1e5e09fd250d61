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
	export OMPI_MCA_mpi_yield_when_idle=1
	# Emulated nodes have one name: ptpar and Open MPI would take them for one node, and the latter crash now and then.
	if [ "$1" -gt 1 ]; then
		export PTPAR_TRANSPORT=tcp OMPI_MCA_pml=ob1 OMPI_MCA_btl=self,tcp OMPI_MCA_btl_tcp_if_include=lo
	fi
}

# end_slurm: looks that no job is left, nor a task of one, and stops it.
end_slurm() {
	ok "no job is left" wait_for 10 no_job
	ok "no step has tasks left" "$SLURM" stop "$DIR/slurm"
	unset SLURM_CONF PTPAR_TRANSPORT OMPI_MCA_mpi_yield_when_idle OMPI_MCA_pml OMPI_MCA_btl OMPI_MCA_btl_tcp_if_include
	ok "nothing is left of Slurm" [ ! -e "$DIR/slurm" ]
}

no_job() {
	[ -z "$(squeue -h)" ]
}

# steps: those that run, JOB.STEP one a line.
steps() {
	squeue -h -s -o %i | grep -v '\.\(batch\|extern\)$'
}
