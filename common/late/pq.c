/*
 * libpq, where it is needed.
 */
#include "late.h"

#include <libpq-fe.h>

LATE_LIBRARY("libpq.so.5", "to talk to PostgreSQL servers");

LATE_DO(PQclear, (PGresult *a), (a))
LATE(char *, PQcmdTuples, (PGresult *a), (a))
LATE(PQconninfoOption *, PQconndefaults, (void), ())
LATE(PostgresPollingStatusType, PQconnectPoll, (PGconn *a), (a))
LATE(PGconn *, PQconnectStartParams, (const char *const *a,
    const char *const *b, int c), (a, b, c))
LATE(PGconn *, PQconnectdbParams, (const char *const *a, const char *const *b,
    int c), (a, b, c))
LATE(PQconninfoOption *, PQconninfo, (PGconn *a), (a))
LATE_DO(PQconninfoFree, (PQconninfoOption *a), (a))
LATE(PQconninfoOption *, PQconninfoParse, (const char *a, char **b), (a, b))
LATE(char *, PQdb, (const PGconn *a), (a))
LATE(char *, PQerrorMessage, (const PGconn *a), (a))
LATE(PGresult *, PQexec, (PGconn *a, const char *b), (a, b))
LATE(PGresult *, PQexecParams, (PGconn *a, const char *b, int c, const Oid *d,
    const char *const *e, const int *f, const int *g, int h),
    (a, b, c, d, e, f, g, h))
LATE_DO(PQfinish, (PGconn *a), (a))
LATE(int, PQfnumber, (const PGresult *a, const char *b), (a, b))
LATE_DO(PQfreemem, (void *a), (a))
LATE(PGresult *, PQgetResult, (PGconn *a), (a))
LATE(int, PQgetisnull, (const PGresult *a, int b, int c), (a, b, c))
LATE(char *, PQgetvalue, (const PGresult *a, int b, int c), (a, b, c))
LATE(int, PQntuples, (const PGresult *a), (a))
LATE(PGPing, PQping, (const char *a), (a))
LATE_DO(PQreset, (PGconn *a), (a))
LATE(char *, PQresultErrorField, (const PGresult *a, int b), (a, b))
LATE(ExecStatusType, PQresultStatus, (const PGresult *a), (a))
LATE(int, PQsendQueryParams, (PGconn *a, const char *b, int c, const Oid *d,
    const char *const *e, const int *f, const int *g, int h),
    (a, b, c, d, e, f, g, h))
LATE(int, PQserverVersion, (const PGconn *a), (a))
/* cppcheck-suppress CastIntegerToAddressAtReturn ; it has not seen the type */
LATE(PQnoticeReceiver, PQsetNoticeReceiver, (PGconn *a, PQnoticeReceiver b,
    void *c), (a, b, c))
LATE(int, PQsocket, (const PGconn *a), (a))
LATE(ConnStatusType, PQstatus, (const PGconn *a), (a))
