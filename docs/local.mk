dist_doc_DATA = \
	docs/configuration.md \
	docs/reports.md \
	docs/writing-schedulers.md \
	etc/ptpar.ini
