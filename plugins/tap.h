/* tap.h - reads what a process has printed as TAP, versions 12, 13 and 14 (testanything.org), and judges it.
 *
 * Shared by the sources `tap` and `command`. Standard output is TAP, standard error is not looked at. Lines that
 * are no TAP are passed over. Texts handed to the reader are bytes as they were printed, but for NULs, which become
 * the byte 0xff (never valid in UTF-8): whoever shows them makes them safe.
 */
#ifndef PLUGINS_TAP_H
#define PLUGINS_TAP_H

#include <ptpar/source.h>

/* Tells the reader all test points in the order of the output, those of subtests with a depth of 1 and more (a
 * subtest comes before the test point that it belongs to); then, as notes, what is wrong.
 *
 * Passed: the plan was kept, no point failed but expected ones (todo), and the status is 0. Skipped: the plan
 * is 1..0. Error: it bailed out. Crashed: it was killed by a signal. Undecided: one of several processes has
 * printed no TAP, and exited with status 0. Failed: all else, with one note of a failure at least. */
enum ptpar_rank_outcome tap_judge(const struct ptpar_ended *ended, const struct ptpar_reader *reader);

#endif
