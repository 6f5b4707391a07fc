// libsqlite3 for Swift.
#ifndef CSQLITE_H
#define CSQLITE_H

#include <sqlite3.h>

// SQLITE_TRANSIENT is a macro with a cast, which the importer leaves out: the library keeps a copy of its own.
// A null pointer would bind NULL, and an empty text or blob may have one.
static inline int csqlite_bind_text(sqlite3_stmt *statement, int place, const char *text, sqlite3_uint64 count) {
  return sqlite3_bind_text64(statement, place, text ? text : "", count, SQLITE_TRANSIENT, SQLITE_UTF8);
}
static inline int csqlite_bind_blob(sqlite3_stmt *statement, int place, const void *bytes, sqlite3_uint64 count) {
  return sqlite3_bind_blob64(statement, place, bytes ? bytes : "", count, SQLITE_TRANSIENT);
}

// Variadic: the importer leaves it out.
static inline int csqlite_switch_on(sqlite3 *connection, int option) {
  return sqlite3_db_config(connection, option, 1, (int *)0);
}

// Methods of C, behind pointers. What the file is too short for fails.
static inline int csqlite_read_file(sqlite3 *connection, void *bytes, int count, sqlite3_int64 place) {
  sqlite3_file *file = 0;
  int code = sqlite3_file_control(connection, "main", SQLITE_FCNTL_FILE_POINTER, &file);
  if (code != SQLITE_OK || !file || !file->pMethods) return SQLITE_IOERR;
  return file->pMethods->xRead(file, bytes, count, place);
}

#endif
