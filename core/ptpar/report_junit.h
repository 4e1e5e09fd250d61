/* report_junit.h - JUnit XML, as Jenkins, GitLab and the actions of GitHub read it.
 *
 * docs/reports.md says what becomes what.
 */
#ifndef CORE_PTPAR_REPORT_JUNIT_H
#define CORE_PTPAR_REPORT_JUNIT_H

#include "core/ptpar/event.h"

/* Written by finish, as a whole: whoever looks at the file sees the old one or the new one. "-" is standard output,
 * where a reader that has gone away is no error. The name is copied. */
struct reporter *report_junit_new(const char *file);

#endif
