# Plugins: schedulers for the core, sources for the workers. Each exports its descriptor and nothing else.
pkglib_LTLIBRARIES +=

LDFLAGS_OF_A_PLUGIN = $(AM_LDFLAGS) -module -avoid-version -no-undefined -shared -Wl,-z,now
LDFLAGS_OF_A_SCHEDULER = $(LDFLAGS_OF_A_PLUGIN) -export-symbols-regex '^ptpar_scheduler$$'
LDFLAGS_OF_A_SOURCE = $(LDFLAGS_OF_A_PLUGIN) -export-symbols-regex '^ptpar_source$$'
