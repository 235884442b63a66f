/* Objects of an index, field by field, with the tables that say what Helm expects where. */
#pragma once

#include "indexer/format/index.h"

struct index_reader {
	struct arena *arena;
	const char *name;                /* of the file, for messages */
	bool json;                       /* unknown keys are passed by; numbers never become text */
	bool tolerant;                   /* unknown keys are passed by in YAML as well */
	struct errinfo *e;
	const char *null_in;             /* "maintainers": a list that must not hold null does */
	struct index_file *file;
};

struct index_field {
	const char *key;
	enum err (*read)(struct index_reader *r, const struct index_field *f, const struct node *n,
	                 void *object);
	size_t at, count_at;             /* where in the object the value and its count go */
	const struct index_field *fields;/* of the elements of a list */
	size_t bytes;                    /* of one element */
};

/* Tables end with a row without a key. Null leaves a field as it is; of two spellings of a key
 * (Name, name) the one that Go sees last wins. METADATA.                                     */
NODISCARD enum err index_read_object(struct index_reader *r, const struct index_field *fields,
                                     const struct node *n, void *object);

NODISCARD enum err index_refuse(const struct index_reader *r, uint32_t line, const char *fmt, ...)
	PRINTF_LIKE(3, 4);

/* One version; *ret_why: why Helm would skip it, static, NULL where it would not. What is in *ret is
 * half read after an error. METADATA.                                                        */
NODISCARD enum err index_read_version(struct index_reader *r, const struct node *n,
                                      struct index_entry *ret, const char **ret_why);

extern const struct index_field index_entry_fields[];        /* struct index_entry */

/* For the top level: a string (numbers of YAML become text), a time, and what is only checked. */
typedef enum err index_field_reader(struct index_reader *, const struct index_field *,
                                    const struct node *, void *);
index_field_reader index_read_coerced, index_read_time, index_skip_map, index_skip_texts,
	index_skip_annotations;
