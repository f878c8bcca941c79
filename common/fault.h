/*
 * fault.h - failures on order, for tests.
 *
 * Built in where WM_FAULTS is defined (modes dev, asan, cov). The environment
 * variable WM_FAULT="KIND:N" makes the Nth event of that kind fail, and with
 * "KIND:N+" all from the Nth on. KIND is alloc, read, write, query, or kill:
 * at the Nth query the process sends itself SIGKILL, and term: SIGTERM; stop:
 * SIGKILL at the Nth write. Renaming and removing files are writes, too.
 */
#ifndef WM_FAULT_H
#define WM_FAULT_H

#include "wm.h"

enum fault_kind {
	FAULT_ALLOC,
	FAULT_READ,
	FAULT_WRITE,
	FAULT_QUERY
};

#ifdef WM_FAULTS
/* fault - count one event; true where it has to fail. */
bool fault(enum fault_kind kind);

/* fault_planned - whether a failure is ordered at all. */
bool fault_planned(void);
#else
static inline bool
fault(enum fault_kind kind)
{
	(void)kind;
	return false;
}

static inline bool
fault_planned(void)
{
	return false;
}
#endif

#endif
