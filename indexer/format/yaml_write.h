/* Writing YAML in block style, as go-yaml 2 lays it out: an event at a time.
 *
 *     struct yaml_writer *w = yaml_writer_new(&b);
 *     yaml_write_map(w);
 *     yaml_write_scalar(w, STR("name"), YAML_PLAIN);
 *     yaml_write_scalar(w, name, yaml_style_of(name));
 *     yaml_write_end_map(w);
 *     ok = yaml_writer_finish(w);
 *
 * NULL, and what fails later, is told by yaml_writer_finish alone, which frees it as well.       */
#pragma once

#include "indexer/base/sbuf.h"

enum yaml_style { YAML_PLAIN, YAML_QUOTED, YAML_LITERAL };   /* wished for; what would be misread is quoted */
struct yaml_writer;

struct yaml_writer *yaml_writer_new(struct sbuf *to);        /* one document, without "---" */
/* As go-yaml 3 lays it out: lists in maps are indented too, and no line is folded. */
struct yaml_writer *yaml_writer_new_indented(struct sbuf *to);
void yaml_write_map(struct yaml_writer *w);
void yaml_write_end_map(struct yaml_writer *w);
void yaml_write_list(struct yaml_writer *w);
void yaml_write_end_list(struct yaml_writer *w);
void yaml_write_scalar(struct yaml_writer *w, struct str s, enum yaml_style style);
bool yaml_writer_finish(struct yaml_writer *w);

/* As go-yaml writes a text: plain where a reader of YAML 1.1 takes it for one, literal if it has lines. */
enum yaml_style yaml_style_of(struct str s);
