/* The schema files of schema/ (catalog.db) and search_schema/ (search.db), embedded at build in the order of
 * their names: file N brings a database from user_version N - 1 to N.                        */
#pragma once

extern const char *const schema_sql[];
extern const int schema_version;      /* how many there are = the user_version we write */
extern const char *const search_schema_sql[];
extern const int search_schema_version;
