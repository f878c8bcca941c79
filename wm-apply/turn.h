/*
 * turn.h - whose turn it is: the advisory lock that keeps two runs on one
 * database apart.
 *
 * It belongs to the session, so it is gone with the process, however that
 * ends. It is polled with statements of their own, so no snapshot is held
 * while waiting.
 */
#ifndef WM_TURN_H
#define WM_TURN_H

#include "wm.h"

#include "live.h"

/* 'wm' and 'appl' in ASCII */
#define TURN_CLASS 0x776d
#define TURN_ID 0x6170706c

/*
 * turn_take - wait for the lock, at most --wait long; sets the pid of the
 * server process.
 *
 * Returns false once the failure has been reported: somebody else holds it,
 * or a pooler stands between and the session is not one.
 */
WM_MUST bool turn_take(struct live *l);

#endif
