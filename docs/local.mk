# docs
EXTRA_DIST += docs/writing-suites.md
