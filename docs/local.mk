# docs
EXTRA_DIST += docs/writing-schedulers.md
