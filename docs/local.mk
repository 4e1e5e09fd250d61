dist_doc_DATA = \
	docs/architecture.md \
	docs/configuration.md \
	docs/explanations.md \
	docs/fuzzing.md \
	docs/reports.md \
	docs/writing-schedulers.md \
	docs/writing-suites.md \
	etc/ptpar.ini
