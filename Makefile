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

# The one place for both; programs, packages and manual pages take them from here, and `make lint`
# compares what must state them itself (tests/lint/check_release.py).
VERSION := 0.1.0
RELEASED := 2026-11-22
PACKAGES := libmicrohttpd gnutls libarchive libdeflate zlib yaml-0.1 sqlite3 libcrypto libcurl jansson librnp md4c libgit2 libpcre2-8
export CHARTS

# What has to be installed: the names of the Debian packages.
DEBIAN_BUILD := gcc libc6-dev pkg-config libmicrohttpd-dev libarchive-dev libdeflate-dev \
                zlib1g-dev libyaml-dev libsqlite3-dev libgnutls28-dev libssl-dev \
                libcurl4-openssl-dev libjansson-dev librnp-dev libmd4c-dev libgit2-dev libpcre2-dev
DEBIAN_TEST  := clang llvm libclang-rt-14-dev libcmocka-dev python3 python3-pip python3-yaml \
                ca-certificates curl git gnupg openssl strace util-linux iproute2 prometheus \
                nginx-light caddy docker-registry mandoc systemd bash-completion zsh fish debootstrap buildah chromium-headless-shell
# A newer Node.js than Debian's brings its own npm, beside which Debian's cannot be installed.
DEBIAN_NODE   = $(shell command -v npm >/dev/null || echo nodejs npm)
DEBIAN_LINT  := clang clang-tidy cppcheck python3 python3-yaml
DEBIAN_PACKAGE := dpkg-dev debhelper
DEBIAN_BENCH := python3 nginx-light wrk

# A build of its own folder for each of them: make $(ASAN) all
ASAN := CC=clang SANITIZE=address,undefined BUILD=$(BUILD)/asan
TSAN := CC=clang SANITIZE=thread BUILD=$(BUILD)/tsan
FUZZ := CC=clang SANITIZE=address,undefined COVERAGE_FUZZ=1 BUILD=$(BUILD)/fuzz

# All cores, unless -j says otherwise.
ifeq ($(MAKELEVEL)$(filter -j%,$(MAKEFLAGS)),0)
MAKEFLAGS += -j$(shell nproc)
endif

CPPFLAGS += -I. -I$(BUILD) -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -DCHARTLOCKER_VERSION='"$(VERSION)"' \
            -DCHARTLOCKER_RELEASED='"$(RELEASED)"'
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
# A sanitizer's build is for tests: it takes half the time where nothing is optimised but what runs most of it.
ifdef SANITIZE
OPTIMIZE := -O0 -g1 -fno-omit-frame-pointer
HARDEN   := -fPIC -fsanitize=$(SANITIZE) -fno-sanitize-recover=all
LDHARDEN := -pie -fsanitize=$(SANITIZE)
endif
ifneq (,$(findstring address,$(SANITIZE)))
OFTEN := indexer/base indexer/document indexer/format indexer/template tests/lib
endif
ifdef COVERAGE_FUZZ
OPTIMIZE := $(OPTIMIZE:-O0=-O1)
HARDEN   += -fsanitize=fuzzer-no-link
endif
CFLAGS  = -std=c17 $(OPTIMIZE) $(WARNINGS) $(HARDEN) -pthread
# Equal sources give equal programs, wherever they are built.
ANYWHERE := -ffile-prefix-map="$(CURDIR)"=.
LDFLAGS = $(LDHARDEN) -pthread
LDLIBS  = $(eval LDLIBS := $(shell pkg-config --libs $(PACKAGES)) -lm)$(LDLIBS)

INDEXER := $(wildcard indexer/*/*.c) $(BUILD)/gen/schema.c
SERVER  := $(wildcard server/*.c server/*/*.c) $(BUILD)/gen/static.c $(BUILD)/gen/templates.c
INDEXER_OBJ := $(patsubst %.c,$(BUILD)/obj/%.o,$(patsubst $(BUILD)/%,%,$(INDEXER)))
SERVER_OBJ  := $(patsubst %.c,$(BUILD)/obj/%.o,$(patsubst $(BUILD)/%,%,$(SERVER)))
TEST_OBJ    := $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard tests/lib/*.c))
UNIT := $(patsubst tests/unit/%.c,$(BUILD)/unit/%,$(wildcard tests/unit/*_test.c))

$(filter $(OFTEN:%=$(BUILD)/obj/%/%),$(INDEXER_OBJ) $(TEST_OBJ)): OPTIMIZE := $(OPTIMIZE:-O0=-O1)

.DEFAULT_GOAL := all
.PHONY: all help deps run check lint bench fuzz fuzz-corpus soak check-asan check-tsan check-long install deb \
        deb-offline clean unit asking harnesses clients test-deps test-builds test-plain test-asan test-tsan

all: $(BUILD)/chartlocker             ## build the program (build/chartlocker)

$(BUILD)/chartlocker: $(SERVER_OBJ) $(BUILD)/libchartindex.a
	$(call say,LD   $@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(BUILD)/libchartindex.a: $(INDEXER_OBJ)
	@rm -f $@
	$(Q)$(AR) rcs $@ $^

# What the program says of its source. Only main.c has it, so another commit costs one link.
$(BUILD)/gen/commit.h: FORCE
	@mkdir -p $(@D)
	@commit='$(COMMIT)'; [ -n "$$commit" ] || commit=$$(git describe --always --dirty --abbrev=12 --exclude='*' \
	   2>/dev/null || echo unknown); line="#define CHARTLOCKER_COMMIT \"$$commit\""; \
	   [ "$$line" = "$$(cat $@ 2>/dev/null)" ] || echo "$$line" > $@
$(BUILD)/obj/server/main.o: $(BUILD)/gen/commit.h

# A changed compiler or flag rebuilds everything.
$(BUILD)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(CC) $(CFLAGS) $(CPPFLAGS) $(OFTEN)' | cmp -s - $@ || echo '$(CC) $(CFLAGS) $(CPPFLAGS) $(OFTEN)' > $@
FORCE:

$(BUILD)/obj/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,CC   $<)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(ANYWHERE) -MMD -MP -c -o $@ $<

$(BUILD)/obj/gen/%.o: $(BUILD)/gen/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,CC   $<)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(ANYWHERE) -MMD -MP -c -o $@ $<

# The schema files become C strings: const char *const schema_sql[], in the order of their names.
$(BUILD)/gen/schema.c: $(wildcard indexer/store/schema/*.sql indexer/store/search_schema/*.sql)
	@mkdir -p $(@D)
	@{ echo '#include "indexer/store/schema.h"'; \
	   for d in schema search_schema; do echo "const char *const $${d}_sql[] = {"; \
	   for f in indexer/store/$$d/*.sql; do sed -e 's/[\\"]/\\&/g' -e 's/.*/"&\\n"/' $$f; echo ','; done; \
	   echo "}; const int $${d}_version = sizeof $${d}_sql / sizeof *$${d}_sql;"; done; } > $@

# static/openapi.yaml as it is served: every address as OpenAPI can say it.
$(BUILD)/gen/openapi.yaml: static/openapi.awk static/openapi.yaml $(BUILD)/flags \
		$(wildcard indexer/*/*.def)
	@mkdir -p $(@D)
	@awk -v version='$(VERSION)' -f $(wordlist 1,2,$^) > $@

# static/NAME.css becomes const char NAME_css[], and so for other endings.
$(BUILD)/gen/static.c: $(foreach end,html css js svg,$(wildcard static/*.$(end))) $(BUILD)/gen/openapi.yaml
	@mkdir -p $(@D)
	@for f in $(sort $^); do n=$$(basename $$f | tr . _); echo "extern const char $$n[];"; \
	   echo "const char $$n[] ="; sed -e 's/[\\"?]/\\&/g' -e 's/.*/"&\\n"/' $$f; echo ';'; done > $@

# The tool that makes C of the templates runs here and now: neither hardened nor sanitised.
$(BUILD)/host/compile: $(wildcard templates/*.c templates/*.h) $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,HOST $@)
	$(Q)$(CC) -std=c17 -D_GNU_SOURCE -O1 $(WARNINGS) -o $@ $(filter %.c,$^)

# A header that stays as it was rebuilds nothing.
$(BUILD)/gen/templates.c: $(BUILD)/host/compile $(sort $(wildcard templates/*.html))
	@mkdir -p $(@D)/new
	$(Q)$< $(@D)/new $(filter %.html,$^)
	@cmp -s $(@D)/new/templates.h $(@D)/templates.h || cp $(@D)/new/templates.h $(@D)/templates.h
	@mv $(@D)/new/templates.c $@
$(BUILD)/gen/templates.h: $(BUILD)/gen/templates.c
	@test -e $@ || cp $(@D)/new/templates.h $@
$(SERVER_OBJ) $(TEST_OBJ): | $(BUILD)/gen/templates.h

# What several tests use (tests/lib).
$(BUILD)/libtest.a: $(TEST_OBJ)
	@rm -f $@
	$(Q)$(AR) rcs $@ $^

$(BUILD)/libserver.a: $(filter-out %/main.o,$(SERVER_OBJ))
	@rm -f $@
	$(Q)$(AR) rcs $@ $^

# Test programs may use every floor; of the archives they get what they ask for. Those of sanitizers share one
# library of everything, which is linked and written once, not for each of hundreds.
ARCHIVES := $(BUILD)/libtest.a $(BUILD)/libserver.a $(BUILD)/libchartindex.a
LINKED   := $(ARCHIVES)
ifneq (,$(if $(COVERAGE_FUZZ),,$(SANITIZE)))
LINKED   := $(BUILD)/libtested.so
BESIDE   := -Wl,-rpath,'$$ORIGIN/..'
$(LINKED): $(filter-out %/nomem.o,$(TEST_OBJ)) $(SERVER_OBJ) $(INDEXER_OBJ)
	$(call say,LD   $@)
	$(Q)$(CC) $(filter-out -pie,$(LDFLAGS)) -shared -o $@ $^ $(LDLIBS) -lcmocka
endif
TEST_CC = $(CC) $(CPPFLAGS) $(CFLAGS) -Wno-missing-prototypes -MMD -MP -MF $@.d $(LDFLAGS) $(BESIDE)

# Unit tests: one program per file, TAP on standard output. They are hundreds and each runs for a moment, so
# only what they are linked with is optimised; and where there is a linker that takes half the time, that one.
UNOPTIMIZED := -O0 -U_FORTIFY_SOURCE
FAST_LD := $(if $(shell command -v ld.gold),-fuse-ld=gold)
ifneq (,$(findstring address,$(SANITIZE)))
FAST_LD += -shared-libasan -Wl,-rpath,$(shell $(CC) -print-resource-dir)/lib/linux
endif
$(BUILD)/unit/%: tests/unit/%.c $(LINKED) $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,TEST $@)
	$(Q)$(TEST_CC) $(UNOPTIMIZED) $(FAST_LD) -o $@ $< $(LINKED) $(LDLIBS) -lcmocka

# In a *_nomem_test every allocation fails once (tests/lib/nomem.h), of what is linked with it.
NOMEM := $(filter %_nomem_test,$(UNIT))
$(NOMEM): $(ARCHIVES)
$(NOMEM): LINKED = $(ARCHIVES)
$(NOMEM): LDFLAGS += $(addprefix -Wl$(comma)--wrap=,malloc calloc realloc reallocarray free)

# Programs that wire tests ask through.
$(BUILD)/wire/%: tests/wire/%.c $(LINKED) $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,TEST $@)
	$(Q)$(TEST_CC) $(UNOPTIMIZED) $(FAST_LD) -o $@ $< $(LINKED) $(LDLIBS)

unit: $(UNIT)
asking: $(patsubst tests/wire/%.c,$(BUILD)/wire/%,$(wildcard tests/wire/*.c))

# Fuzzers: one program per file, linked with libFuzzer's main. $(FUZZ) tells them what they reached;
# $(ASAN) is enough to run what is committed. A sanitizer that is a library has to be the first of all: C++'s,
# which libFuzzer needs, comes last.
$(BUILD)/bin/%: tests/fuzz/%.c $(LINKED) $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,FUZZ $@)
	$(Q)$(TEST_CC) $(if $(COVERAGE_FUZZ),,$(FAST_LD)) -fsanitize=fuzzer -nostdlib++ -o $@ $< $(LINKED) $(LDLIBS) -lstdc++

# What makes repositories and load for the measurements.
$(BUILD)/bench/%: tests/bench/%.c tests/bench/synthetic.c tests/bench/client.c $(LINKED) $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,CC   $@)
	$(Q)$(TEST_CC) -o $@ $(filter %.c,$^) $(LINKED) $(LDLIBS)

# What the crash tests preload. Not linked with hardening for a program.
$(BUILD)/fault/inject.so: tests/fault/inject.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,TEST $@)
	$(Q)$(CC) -D_GNU_SOURCE -std=c17 -O1 -g $(WARNINGS) -U_FORTIFY_SOURCE -fPIC -shared -pthread -o $@ $<

harnesses: $(patsubst tests/fuzz/%.c,$(BUILD)/bin/%,$(wildcard tests/fuzz/fuzz_*.c))

# ---- what has to be there ----

SUDO := $(if $(filter-out 0,$(shell id -u)),sudo)

# $(call debian,PACKAGES) installs those of them that are missing, and prints the line it runs.
define debian
@command -v dpkg-query >/dev/null || { echo 'Not a Debian; this needs what there is in: $(1)'; exit 0; }; \
missing=$$(comm -23 <(printf '%s\n' $(1) | sort) \
  <(dpkg-query -W -f '$${db:Status-Status} $${Package}\n' $(1) 2>/dev/null | sed -n 's/^installed //p' | sort)); \
[ -z "$$missing" ] && exit 0; \
line="$(strip $(SUDO) apt-get update -q) && $(strip $(SUDO) apt-get install) -q -y --no-install-recommends "$$(echo $$missing); \
echo "$$line"; export DEBIAN_FRONTEND=noninteractive; eval "$$line"
endef

deps:                                 ## install the Debian packages that are missing
	$(call debian,$(DEBIAN_BUILD))

test-deps: deps
	$(call debian,$(DEBIAN_TEST) $(DEBIAN_NODE) $(DEBIAN_PACKAGE))

# The real clients the tests drive, built once.
HELM_VERSIONS := 3.22.0 4.3.1 3.12.3
clients: $(HELM_VERSIONS:%=$(BUILD)/clients/helm-%) $(BUILD)/clients/kubectl-validate \
         $(BUILD)/clients/hclfmt $(BUILD)/clients/schemathesis $(BUILD)/browser/package.json

$(BUILD)/clients/helm-%: | test-deps
	$(call say,GO   $@)
	$(Q)tests/client/install-client helm.sh/helm/v$(firstword $(subst ., ,$*))/cmd/helm@v$* $@

$(BUILD)/clients/kubectl-validate: | test-deps
	$(call say,GO   $@)
	$(Q)tests/client/install-client sigs.k8s.io/kubectl-validate@v0.0.4 $@

$(BUILD)/clients/hclfmt: | test-deps
	$(call say,GO   $@)
	$(Q)tests/client/install-client github.com/hashicorp/hcl/v2/cmd/hclfmt@v2.24.0 $@

# What tries the API as static/openapi.yaml describes it.
SCHEMATHESIS := schemathesis==4.32.5 hypothesis==6.170.15 jsonschema-rs==0.60.3 \
                openapi-spec-validator==0.9.0
$(BUILD)/clients/schemathesis: | test-deps
	$(call say,PIP  $@)
	$(Q)PIP_ROOT_USER_ACTION=ignore python3 -m pip install --quiet --disable-pip-version-check \
	    --no-warn-conflicts --target $@.new $(SCHEMATHESIS)
	@mv $@.new $@

# What drives Chromium: packages that have no dependencies, so their versions are all there is to pin.
$(BUILD)/browser/package.json: tests/browser/package.json | test-deps
	@mkdir -p $(@D)
	$(call say,NPM  $@)
	@cp $< $@
	$(Q)cd $(@D) && npm install --silent --no-save --no-package-lock --no-audit --no-fund \
	    --ignore-scripts || { rm $(@F); exit 1; }

# ---- running, checking, installing ----

EXAMPLES := $(patsubst %/Chart.yaml,%,$(wildcard deploy/examples/*/Chart.yaml))
# Equal sources give equal archives whatever the dates of a checkout: a version is written once.
EXAMPLES_DATE := 1767225600

run: deps                             ## build, publish the example charts, serve (DATA=, LISTEN=)
	@$(MAKE) --no-print-directory all
	@mkdir -p $(BUILD)/examples
	SOURCE_DATE_EPOCH=$(EXAMPLES_DATE) $(BUILD)/chartlocker package --dependency-update $(EXAMPLES) -d $(BUILD)/examples
	$(BUILD)/chartlocker import --data '$(DATA)' $(BUILD)/examples || echo 'What is published stays as it is.'
	exec $(BUILD)/chartlocker serve --data '$(DATA)' --listen '$(LISTEN)'

# Three builds at once, and of the unit tests in each those that run there.
due = $$(python3 tests/run.py --due $(1))
test-builds: test-plain test-asan test-tsan
test-plain: test-deps
	@$(MAKE) --no-print-directory all asking $(BUILD)/fault/inject.so $(call due,unit)
test-asan: test-deps
	@$(MAKE) --no-print-directory $(ASAN) all asking harnesses $(call due,asan-unit)
test-tsan: test-deps
	@$(MAKE) --no-print-directory $(TSAN) all $(call due,tsan)

check: test-builds clients            ## every test, most in one build; closes with "N passed, N failed, N skipped"
	@python3 tests/run.py

check-asan: test-deps clients         ## corpora, unit, wire and client tests under ASan and UBSan
	@$(MAKE) --no-print-directory $(ASAN) all asking unit harnesses
	@python3 tests/run.py corpus asan-unit asan-wire asan-client

check-tsan: test-deps                 ## the race tests under TSan
	@$(MAKE) --no-print-directory $(TSAN) all $$(LONG=1 python3 tests/run.py --due tsan)
	@python3 tests/run.py tsan

check-long: export LONG := 1
check-long: test-builds clients       ## every test in every build, with the rounds of a night (1,000 × kill -9)
	@python3 tests/run.py

fuzz: test-deps                       ## run every fuzzer: SECONDS=n for all together, or EACH=n, which goes on
	@$(MAKE) --no-print-directory $(FUZZ) harnesses
	@python3 tests/fuzz/run.py $(if $(EACH),--each $(EACH),--seconds $(SECONDS))

fuzz-corpus:                          ## take the best of what make fuzz found into tests/fuzz/corpus
	@$(MAKE) --no-print-directory $(FUZZ) harnesses
	@python3 tests/fuzz/run.py --corpus

MINUTES ?= 30
soak: all                             ## mixed load with kill -9 and a full disk, MINUTES=n; nothing is lost, grows or is slow
	@python3 tests/fault/soak.py --minutes $(MINUTES)

lint: export LINT_FLAGS = -std=c17 $(CPPFLAGS) $(WARNINGS)
lint: deps $(BUILD)/gen/templates.h $(BUILD)/gen/commit.h    ## floors, headers, tables against docs, clang-tidy, cppcheck
	$(call debian,$(DEBIAN_LINT))
	@failed=; for check in tests/lint/check_*.py; do python3 $$check || failed=1; done; [ -z "$$failed" ]

bench: deps                           ## how fast, beside helm and nginx; writes build/bench.json
	$(call debian,$(DEBIAN_BENCH))
	@$(MAKE) --no-print-directory all $(BUILD)/bench/generate $(BUILD)/bench/load $(BUILD)/bench/wait $(BUILD)/bench/ask \
		$(BUILD)/bench/publish $(BUILD)/bench/read_index $(BUILD)/clients/helm-3.22.0
	@python3 tests/bench/run.py

# Made by the program of its own tables, so they tell what it does.
MADE := man1/chartlocker.1 man5/chartlocker-config.5 completions/chartlocker.bash \
        completions/chartlocker.zsh completions/chartlocker.fish
$(BUILD)/made/completions/chartlocker.%: $(BUILD)/chartlocker
	@mkdir -p $(@D)
	$(Q)$< completion $* > $@
$(BUILD)/made/man1/%.1 $(BUILD)/made/man5/%.5: $(BUILD)/chartlocker
	@mkdir -p $(@D)
	$(Q)$< man $* > $@

SHARE   = $(DESTDIR)$(PREFIX)/share
PUT    := install -D -m 0644
SYSCONFDIR ?= $(PREFIX)/etc
UNITDIR ?= $(PREFIX)/lib/systemd/system
install: all $(MADE:%=$(BUILD)/made/%) ## copy program, pages, completions, units to $(DESTDIR)$(PREFIX)
	install -D -m 0755 $(BUILD)/chartlocker '$(DESTDIR)$(PREFIX)/bin/chartlocker'
	$(PUT) $(BUILD)/made/man1/chartlocker.1 '$(SHARE)/man/man1/chartlocker.1'
	$(PUT) $(BUILD)/made/man5/chartlocker-config.5 '$(SHARE)/man/man5/chartlocker-config.5'
	$(PUT) $(BUILD)/made/completions/chartlocker.bash '$(SHARE)/bash-completion/completions/chartlocker'
	$(PUT) $(BUILD)/made/completions/chartlocker.zsh '$(SHARE)/zsh/vendor-completions/_chartlocker'
	$(PUT) $(BUILD)/made/completions/chartlocker.fish '$(SHARE)/fish/vendor_completions.d/chartlocker.fish'
	$(PUT) README.md '$(SHARE)/doc/chartlocker/README.md'
	$(PUT) deploy/CHANGELOG.md '$(SHARE)/doc/chartlocker/CHANGELOG.md'
	$(PUT) LICENSE '$(SHARE)/doc/chartlocker/copyright'
	@mkdir -p '$(DESTDIR)$(UNITDIR)' '$(DESTDIR)$(SYSCONFDIR)'
	for unit in deploy/systemd/* deploy/airgap/*.{service,timer,path}; do \
	  sed -e 's,/usr/\(bin\|lib\)/,$(PREFIX)/\1/,; s,/etc/,$(SYSCONFDIR)/,' $$unit \
	  > '$(DESTDIR)$(UNITDIR)'/$${unit##*/} || exit; done
	for tool in next-bundle take-bundles; do \
	  install -D -m 0755 deploy/airgap/$$tool '$(DESTDIR)$(PREFIX)/lib/chartlocker'/$$tool || exit; done
	[ -e '$(DESTDIR)$(SYSCONFDIR)/chartlocker.yaml' ] || $(PUT) deploy/chartlocker.yaml '$(DESTDIR)$(SYSCONFDIR)/chartlocker.yaml'

# In a package `-` would begin its revision; `~` sorts before the release.
DEB := $(BUILD)/deb
DEB_VERSION := $(subst -,~,$(VERSION))
deb: deps                             ## build the Debian package build/deb/chartlocker_*.deb
	$(call debian,$(DEBIAN_PACKAGE))
	@$(MAKE) --no-print-directory all
	@rm -rf $(DEB) && mkdir -p $(DEB)/tree && cp -r deploy/debian $(DEB)/tree/debian
	@printf '%s\n\n%s\n\n%s\n' 'chartlocker ($(DEB_VERSION)) unstable; urgency=medium' \
	  '  * Version $(VERSION).' " -- Chartlocker <chartlocker@localhost>  $$(date -R -u -d $(RELEASED))" \
	  > $(DEB)/tree/debian/changelog
	cd $(DEB)/tree && TOP='$(CURDIR)' BUILD='$(BUILD)' VERSION='$(VERSION)' MAKEFLAGS= dpkg-buildpackage -d -b -us -uc

OFFLINE := $(BUILD)/deb-offline
deb-offline: deb                      ## the package with all that it needs, for a machine without a network
	@rm -rf $(OFFLINE)
	deploy/airgap/make-offline-set $(DEB)/chartlocker_*.deb $(OFFLINE)

clean:                                ## remove build/
	rm -rf $(BUILD)

help:                                 ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST) | sort

-include $(shell find $(BUILD)/obj $(BUILD)/unit $(BUILD)/wire $(BUILD)/bin $(BUILD)/bench -name '*.d' 2>/dev/null)
