dist_doc_DATA = \
	docs/architecture.md \
	docs/configuration.md \
	docs/doctor.md \
	docs/explanations.md \
	docs/fuzzing.md \
	docs/isolated-tests.md \
	docs/reports.md \
	docs/scaling.md \
	docs/slurm.md \
	docs/tests-that-are-programs.md \
	docs/writing-batch-systems.md \
	docs/writing-schedulers.md \
	docs/writing-sources.md \
	docs/writing-suites.md \
	etc/ptpar.ini
