# Builds mashd and mashctl. Nothing is listed by hand: a new file under lib/, cmd/, api/ or tests/unit/ is found.
# What needs more than a line of shell stands in scripts/.

BUILD ?= build
VAR   ?= var
PORT  ?= 8080
export BUILD VAR PORT
export DATABASE_URL MIGRATE_DATABASE_URL

# Sub-makes share the jobs of the outermost one.
ifeq ($(MAKELEVEL),0)
MAKEFLAGS += -j$(shell nproc)
endif
MAKEFLAGS += --no-builtin-rules --no-print-directory
.DELETE_ON_ERROR:
.DEFAULT_GOAL := build
.PHONY: FORCE

# ---- sources -------------------------------------------------------------------------------------------------------

# MODULES="base db" builds those alone, for work on one of them while another is broken.
MODULES  ?= $(notdir $(patsubst %/,%,$(sort $(wildcard lib/*/))))
lib_c    := $(sort $(foreach m,$(MODULES),$(wildcard lib/$(m)/*.c)))
mashd_c  := $(sort $(wildcard cmd/mashd/*.c))
mashctl_c := $(sort $(wildcard cmd/mashctl/*.c))
unit_c   := $(sort $(wildcard tests/unit/test_*.c))
# Helpers that several unit tests share.
unit_support_c := $(sort $(filter-out $(unit_c),$(wildcard tests/unit/*.c)))
sql_features := $(sort $(foreach d,$(wildcard lib/*/sql),$(notdir $(patsubst %/sql,%,$(d)))))
embedded := $(shell find api -type f ! -name '.*' 2>/dev/null | LC_ALL=C sort)
schema_version = $(shell ls migrations 2>/dev/null | sed -nE 's/^([0-9]+).*\.sql$$/\1/p' | LC_ALL=C sort | tail -n 1)

gen      := $(BUILD)/gen
gen_sql  := $(patsubst %,$(gen)/%_sql.c,$(filter $(MODULES),$(sql_features)))
gen_h    := $(gen_sql:.c=.h)
gen_c    := $(gen_sql) $(gen)/embedded_files.c

# ---- flags ---------------------------------------------------------------------------------------------------------

packages := libmicrohttpd libpq jansson uuid yaml-0.1 libpcre2-8 libsodium libxml-2.0 libsystemd
# Asked only when something is compiled: on a bare machine `make run` installs them first.
pkg_cflags = $(eval pkg_cflags := $$(shell pkg-config --cflags $(packages) | sed 's/-I/-isystem /g'))$(pkg_cflags)
pkg_libs   = $(eval pkg_libs := $$(shell pkg-config --libs $(packages)))$(pkg_libs)

CC       := gcc
warnings := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition \
            -Wwrite-strings -Wconversion -Wno-sign-conversion -Wvla -Wformat=2 -Wimplicit-fallthrough -Wundef \
            -Wpointer-arith
common   := -std=c17 -D_GNU_SOURCE $(warnings) -Ilib -I$(BUILD) -pthread -fno-strict-aliasing -fPIE
release_flags := -O2 -g -fstack-protector-strong -D_FORTIFY_SOURCE=2
test_flags    := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all \
                 -DMASHD_TEST_CLOCK
ldflags  := -pie -pthread -Wl,-z,relro,-z,now -Wl,--as-needed

compile = @mkdir -p $(@D) && $(if $(V),,echo '  CC     $@' &&) \
          $(CC) $(common) $(pkg_cflags) $(1) -MMD -MP -c -o $@ $<
link    = @mkdir -p $(@D) && $(if $(V),,echo '  LINK   $@' &&) \
          $(CC) $(ldflags) $(1) -o $@ $(filter %.o %.a,$^) $(pkg_libs) -lm
# A fresh archive each time: a deleted source must not live on in it.
archive = @mkdir -p $(@D) && rm -f $@ && ar rcs $@ $(filter %.o,$^)

# $(call objects,FLAVOUR DIR,SOURCES): generated sources lie under $(BUILD) and get a place of their own.
objects = $(patsubst %.c,$(1)/obj/%.o,$(patsubst $(BUILD)/%,%,$(2)))

# ---- programs ------------------------------------------------------------------------------------------------------

release := $(BUILD)
test    := $(BUILD)/test
programs := $(if $(mashd_c),mashd) $(if $(mashctl_c),mashctl)
unit_programs := $(unit_c:tests/unit/%.c=$(test)/unit/%)
support_programs := $(patsubst tests/%.c,$(test)/%,$(sort $(wildcard tests/support/*.c)))

.PHONY: build build-test build-units lib
build: $(programs:%=$(release)/%)            ## compile build/mashd and build/mashctl
build-units: $(unit_programs)
build-test: $(programs:%=$(test)/%) $(support_programs) build-units   ## compile the programs that the tests run (sanitizers, settable clock)
lib: $(release)/libmashd.a $(test)/libmashd.a

# $(1) = directory of the flavour, $(2) = name of its flags
define flavour
$(1)/obj/%.o: %.c | $(gen_h)
	$$(call compile,$$($(2)))
$(1)/obj/gen/%.o: $(gen)/%.c | $(gen_h)
	$$(call compile,$$($(2)))
$(1)/libmashd.a: $(call objects,$(1),$(lib_c) $(gen_c)) $(BUILD)/lists/lib
	$$(archive)
$(1)/mashd: $(call objects,$(1),$(mashd_c)) $(1)/libmashd.a
	$$(call link,$$($(2)))
$(1)/mashctl: $(call objects,$(1),$(mashctl_c)) $(1)/libmashd.a
	$$(call link,$$($(2)))
# Programs that tests and measurements run, such as the transport alone.
$(1)/support/%: $(1)/obj/tests/support/%.o $(1)/libmashd.a
	$$(call link,$$($(2)))
endef
$(eval $(call flavour,$(release),release_flags))
$(eval $(call flavour,$(test),test_flags))

$(test)/unit/%: $(test)/obj/tests/unit/%.o $(call objects,$(test),$(unit_support_c)) $(test)/libmashd.a
	@mkdir -p $(@D) && $(if $(V),,echo '  LINK   $@' &&) \
	$(CC) $(ldflags) $(test_flags) -o $@ $(filter %.o %.a,$^) $(pkg_libs) -lcmocka -lm
.SECONDARY: $(call objects,$(test),$(unit_c) $(unit_support_c) $(wildcard tests/support/*.c))

# ---- what people call ----------------------------------------------------------------------------------------------

.PHONY: run stop test check bench format clean help
run:                                         ## serve http://127.0.0.1:8080 with a demo partnership; PORT= VAR= DATABASE_URL=
	@scripts/setup run
	@$(MAKE) -s build
	@scripts/run
stop:                                        ## stop what `make run` started in the background; VAR=
	@scripts/stop
test:                                        ## run all tests; ONLY=http/referrals runs some
	@scripts/setup test
	@$(MAKE) -s build-test
	@scripts/test-all
check:                                       ## formatting, static analysis, the rules of the house
	@scripts/setup check
	+@scripts/check-all
bench:                                       ## measure against pgbench and Fastify
	@scripts/setup bench
	@$(MAKE) -s build
	@tests/bench/run
format:                                      ## lay out all C files as .clang-format says
	@clang-format -i $(wildcard lib/*/*.[ch] cmd/*/*.[ch] tests/*/*.[ch])
clean:                                       ## remove what was built (not var/, not node_modules/)
	@rm -rf $(BUILD)
help:                                        ## this list
	@sed -nE 's/^([a-z-]+):[^#]*## (.*)/  make \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | LC_ALL=C sort | expand -t 22

# ---- generated sources ---------------------------------------------------------------------------------------------

# A list changes only when files come or go: what depends on a set of files depends on its list.
define list
$(BUILD)/lists/$(1): FORCE
	@mkdir -p $$(@D); printf '%s\n' '$(strip $(2))' | cmp -s - $$@ || printf '%s\n' '$(strip $(2))' >$$@
endef
$(eval $(call list,lib,$(lib_c)))
$(eval $(call list,embedded,$(embedded) version $(schema_version)))

define sql
$(call list,sql-$(1),$(sort $(wildcard lib/$(1)/sql/*.sql)))
$(gen)/$(1)_sql.h $(gen)/$(1)_sql.c &: $(sort $(wildcard lib/$(1)/sql/*.sql)) $(BUILD)/lists/sql-$(1) scripts/embed-sql.awk
	@mkdir -p $(gen) && LC_ALL=C awk -v feature=$(1) -v header=$(gen)/$(1)_sql.h -v source=$(gen)/$(1)_sql.c \
	  -f scripts/embed-sql.awk $$(filter %.sql,$$^)
endef
$(foreach f,$(sql_features),$(eval $(call sql,$(f))))

.PHONY: generated
generated: $(gen_h) $(gen_c)

$(gen)/embedded_files.c: $(embedded) $(BUILD)/lists/embedded scripts/embed-files
	@mkdir -p $(@D) && scripts/embed-files '$(schema_version)' $(embedded) >$@

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
