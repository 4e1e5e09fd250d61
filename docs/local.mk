dist_doc_DATA = \
	docs/configuration.md \
	docs/writing-schedulers.md \
	docs/writing-suites.md \
	etc/ptpar.ini
