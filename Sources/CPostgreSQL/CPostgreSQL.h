// libpq for Swift.
#ifndef CPOSTGRESQL_H
#define CPOSTGRESQL_H

#include <libpq-fe.h>

// Macros that are characters, where functions take an int.
static const int cpostgresql_state_field = PG_DIAG_SQLSTATE;
static const int cpostgresql_message_field = PG_DIAG_MESSAGE_PRIMARY;
static const int cpostgresql_detail_field = PG_DIAG_MESSAGE_DETAIL;
static const int cpostgresql_severity_field = PG_DIAG_SEVERITY_NONLOCALIZED;

#endif
