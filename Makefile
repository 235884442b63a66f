# Chartlocker. `make help` lists the targets; README.md tells the rest.
#
# Everything is built below $(BUILD). The folders are the floors of the house: libchartindex.a
# is indexer/ (no HTTP), the binary adds server/. Object dependencies are automatic (-MMD).

SHELL  := /bin/bash
Q      := $(if $(V),,@)
comma  := ,
say    = $(if $(V),,@echo '  $(1)')
BUILD  ?= build
CC     := gcc
PREFIX ?= /usr/local
DATA   ?= data
LISTEN ?= 127.0.0.1:8879
CHARTS ?= ../shared/charts
SECONDS ?= 60

VERSION := 0.1.0-dev
PACKAGES := libmicrohttpd libarchive libdeflate zlib yaml-0.1 sqlite3 libcrypto libcurl jansson

CPPFLAGS += -I. -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -DCHARTLOCKER_VERSION='"$(VERSION)"'
WARNINGS := -Wall -Wextra -Wformat=2 -Wconversion -Wsign-conversion -Wshadow -Wvla \
            -Wimplicit-fallthrough -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith \
            -Werror
OPTIMIZE := -O2 -g
HARDEN   := -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -fstack-clash-protection -fstack-protector-strong \
            -fno-delete-null-pointer-checks -fno-strict-overflow -fno-strict-aliasing \
            -fexceptions -fPIE
ifeq ($(shell uname -m),x86_64)
HARDEN += -fcf-protection=full
endif
ifeq ($(CC),gcc)
HARDEN += -ftrivial-auto-var-init=zero -Wtrampolines -Wbidi-chars=any
endif
LDHARDEN := -pie -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack -Wl,--as-needed -Wl,--no-copy-dt-needed-entries
ifdef SANITIZE
OPTIMIZE := -O1 -g -fno-omit-frame-pointer
HARDEN   := -fPIE -fsanitize=$(SANITIZE) -fno-sanitize-recover=all
LDHARDEN := -pie -fsanitize=$(SANITIZE)
endif
ifdef COVERAGE_FUZZ
HARDEN   += -fsanitize=fuzzer-no-link
endif
CFLAGS  = -std=c17 $(OPTIMIZE) $(WARNINGS) $(HARDEN) -pthread
LDFLAGS = $(LDHARDEN) -pthread
LDLIBS  = $(shell pkg-config --libs $(PACKAGES))

INDEXER := $(wildcard indexer/*/*.c) $(BUILD)/gen/schema.c
SERVER  := $(wildcard server/*.c server/*/*.c) $(BUILD)/gen/static.c
INDEXER_OBJ := $(patsubst %.c,$(BUILD)/obj/%.o,$(patsubst $(BUILD)/%,%,$(INDEXER)))
SERVER_OBJ  := $(patsubst %.c,$(BUILD)/obj/%.o,$(patsubst $(BUILD)/%,%,$(SERVER)))
TESTLIB_OBJ := $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard tests/lib/*.c))
UNIT := $(patsubst tests/unit/%.c,$(BUILD)/unit/%,$(wildcard tests/unit/*_test.c))

.DEFAULT_GOAL := all
.PHONY: all help deps run check lint bench fuzz check-asan check-tsan check-long install clean unit
.SECONDARY: $(TESTLIB_OBJ)

all: $(BUILD)/chartlocker             ## build the program (build/chartlocker)

$(BUILD)/chartlocker: $(SERVER_OBJ) $(BUILD)/libchartindex.a
	$(call say,LD   $@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(BUILD)/libchartindex.a: $(INDEXER_OBJ)
	@rm -f $@
	$(Q)$(AR) rcs $@ $^

# A changed compiler or flag rebuilds everything.
$(BUILD)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(CC) $(CFLAGS) $(CPPFLAGS)' | cmp -s - $@ || echo '$(CC) $(CFLAGS) $(CPPFLAGS)' > $@
FORCE:

$(BUILD)/obj/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,CC   $<)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/obj/gen/%.o: $(BUILD)/gen/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,CC   $<)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

# The schema files become C strings: const char *const schema_sql[], in the order of their names.
$(BUILD)/gen/schema.c: $(wildcard indexer/store/schema/*.sql)
	@mkdir -p $(@D)
	@{ echo '#include "indexer/store/schema.h"'; echo 'const char *const schema_sql[] = {'; \
	   for f in $(sort $^); do sed -e 's/[\\"]/\\&/g' -e 's/.*/"&\\n"/' $$f; echo ','; done; \
	   echo '};'; echo 'const int schema_version = sizeof schema_sql / sizeof *schema_sql;'; } > $@

# static/NAME.html becomes const char NAME_html[].
$(BUILD)/gen/static.c: $(wildcard static/*.html)
	@mkdir -p $(@D)
	@for f in $(sort $^); do n=$$(basename $$f .html)_html; echo "extern const char $$n[];"; \
	   echo "const char $$n[] ="; sed -e 's/[\\"]/\\&/g' -e 's/.*/"&\\n"/' $$f; echo ';'; done > $@

# Unit tests: one program per file, TAP on standard output. They may use every floor.
$(BUILD)/unit/%: tests/unit/%.c $(TESTLIB_OBJ) $(filter-out %/main.o,$(SERVER_OBJ)) \
                 $(BUILD)/libchartindex.a $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,TEST $@)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -Wno-missing-prototypes -Itests -MMD -MP -MF $@.d $(LDFLAGS) -o $@ $< \
	  $(filter %.o %.a,$^) $(LDLIBS) -lcmocka

# In a *_nomem_test every allocation fails once (tests/lib/nomem.h).
$(filter %_nomem_test,$(UNIT)): LDFLAGS += $(addprefix -Wl$(comma)--wrap=,malloc calloc realloc reallocarray free)

unit: $(UNIT)

clean:                                ## remove build/
	rm -rf $(BUILD)

help:                                 ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | sort | column -t -s "$$(printf '\t')"

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
