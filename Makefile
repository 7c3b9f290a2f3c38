# Beffroi: `make help` lists the targets. Non-recursive; everything generated lies under build/.
#
#   make            the program build/beffroi and the handlers build/handlers/*.so
#   make asan       the same with AddressSanitizer and UBSan under build/asan/
SHELL := /bin/bash
.DEFAULT_GOAL := all
# Every rule is here: make need not think of RCS, Fortran and the like for each of a thousand files.
MAKEFLAGS += --no-builtin-rules

BUILD ?= build
CC := gcc
PACKAGES := libpq jansson libjwt zlib libcrypto libxxhash lua5.4 libcurl libseccomp libzip proj

# One place for the warnings; gcc has some that clang lacks.
WARN := -Wall -Wextra -Wshadow -Wconversion -Wsign-conversion -Wstrict-prototypes \
  -Wmissing-prototypes -Wold-style-definition -Wcast-qual -Wcast-align -Wwrite-strings \
  -Wpointer-arith -Wundef -Wformat=2 -Wvla -Wdouble-promotion -Wimplicit-fallthrough \
  -Wswitch-enum -Wredundant-decls -Wnested-externs
WARN_GCC := -Wlogical-op -Wduplicated-cond -Wduplicated-branches -Wnull-dereference
WERROR ?= -Werror

SAN ?=
ifeq ($(SAN),)
OPT := -O2 -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection
else
OPT := -O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined \
  -DBF_ARENA_MALLOC -Wno-format-truncation -Wno-maybe-uninitialized
# (gcc guesses wrongly about both when it instruments; the release build keeps them)
LINK_SAN := -fsanitize=address,undefined
endif

CPPFLAGS := -D_GNU_SOURCE -Imodules -Imodules/include -I$(BUILD)/gen \
  $(shell pkg-config --cflags $(PACKAGES) 2>/dev/null)
CFLAGS := -std=gnu11 -g $(OPT) -fPIE $(WARN) $(if $(findstring gcc,$(CC)),$(WARN_GCC)) $(WERROR)
LDFLAGS := -pie -Wl,-z,relro,-z,now $(LINK_SAN)
LDLIBS := $(shell pkg-config --libs $(PACKAGES) 2>/dev/null) -lfcgi -lm -ldl

# ---- sources -------------------------------------------------------------------------------
SOURCES := $(filter-out modules/cli/main.c,$(wildcard modules/*/*.c modules/*/*/*.c))
GENERATED := query/lexer.c query/grammar.c
OBJECTS := $(SOURCES:modules/%.c=$(BUILD)/obj/%.o) \
  $(if $(wildcard modules/query/grammar.y),$(GENERATED:%.c=$(BUILD)/obj/gen/%.o))
MAIN := $(BUILD)/obj/cli/main.o
HANDLERS := $(patsubst handlers/%/handler.c,$(BUILD)/handlers/%.so,$(wildcard handlers/*/handler.c))

.PHONY: all help run test unit suites fuzz fuzz-replay http clients faults lint format analyze asan bench \
  coverage install uninstall dist clean new-handler check console

all: $(BUILD)/beffroi $(HANDLERS) ## build the program and the handlers

$(BUILD)/beffroi: $(MAIN) $(OBJECTS)
	$(CC) $(LDFLAGS) -Wl,--export-dynamic-symbol=bf_none -o $@ $^ $(LDLIBS)

$(BUILD)/obj/%.o: modules/%.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

# The id of this build is in every ETag: a new program never confirms an old program's answer.
BUILD_ID := $(shell cat $(sort $(wildcard modules/*/*.[chry]* modules/*/*/*.[ch])) Makefile 2>/dev/null | \
  sha256sum | cut -c1-16)
$(BUILD)/obj/api/server.o: CPPFLAGS += -DBF_BUILD_ID='"$(BUILD_ID)"'
$(BUILD)/obj/api/server.o: $(BUILD)/gen/build-id-$(BUILD_ID)
$(BUILD)/gen/build-id-$(BUILD_ID):
	@mkdir -p $(@D)
	@rm -f $(BUILD)/gen/build-id-*
	@touch $@

# Generated code is not ours to warn about.
$(BUILD)/obj/gen/%.o: $(BUILD)/gen/%.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -w -MMD -MP -c -o $@ $<

$(BUILD)/gen/query/lexer.c: modules/query/lexer.re
	@mkdir -p $(@D)
	re2c --no-debug-info -W -Werror -o $@ $<

# lemon writes grammar.c and grammar.h beside its input.
$(BUILD)/gen/query/grammar.c: modules/query/grammar.y
	@mkdir -p $(@D)
	cp $< $(@D)/grammar.y
	cd $(@D) && lemon -s grammar.y >grammar.report
	touch $@
$(BUILD)/gen/query/grammar.h: $(BUILD)/gen/query/grammar.c
$(OBJECTS) $(MAIN): | $(if $(wildcard modules/query/grammar.y),$(BUILD)/gen/query/grammar.c)

# A handler sees only the public header and exports one symbol.
$(BUILD)/handlers/%.so: handlers/%/handler.c modules/include/beffroi/handler.h
	@mkdir -p $(@D)
	$(CC) -Imodules/include -std=gnu11 -g -O2 -fPIC -shared -fvisibility=hidden $(WARN) $(WARN_GCC) \
	  $(WERROR) -Wl,-z,defs -Wl,-z,relro,-z,now -o $@.new $< -lm
	mv $@.new $@

-include $(OBJECTS:.o=.d) $(MAIN:.o=.d)

asan: ## the same with sanitizers, under build/asan
	$(MAKE) BUILD=build/asan SAN=1 all

# ---- tests: each target prints its own sum -------------------------------------------------
include tests/tests.mk

# ---- the rest ------------------------------------------------------------------------------
help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sort | sed -E 's/:[^#]*## /\t/' | expand -t 16

run: ## start everything in the foreground (scripts/run)
	./scripts/run

test: ## every test (scripts/test)
	./scripts/test

lint: ## format, include rule, banned functions, sizes, shell
	./scripts/lint

format: ## clang-format over the sources
	git ls-files '*.c' '*.h' | xargs clang-format -i

console: ## fetch what the console page is drawn with (scripts/console)
	./scripts/console

new-handler: ## a dataset folder with a handler in C, copied from the template: NAME=x [FROM=template-source]
	./scripts/new-handler "$(NAME)" $(FROM)

check: unit suites lint ## what needs no database: units, case folders, lint

ANALYZED := $(filter-out modules/query/%,$(SOURCES))
analyze: ## gcc -fanalyzer, cppcheck, clang-tidy over the sources
	@mkdir -p $(BUILD)
	$(CC) $(CPPFLAGS) -DBF_BUILD_ID='"analyze"' -std=gnu11 -O1 -fanalyzer -fsyntax-only $(ANALYZED)
	@if command -v cppcheck >/dev/null; then \
	  cppcheck --quiet --std=c11 --enable=warning,portability --inline-suppr --error-exitcode=1 \
	    --suppress=missingIncludeSystem -D_GNU_SOURCE -Imodules -Imodules/include $(ANALYZED); \
	else echo "skipped: needs cppcheck"; fi
	@if command -v clang-tidy >/dev/null; then \
	  clang-tidy --quiet --checks='-*,bugprone-*,clang-analyzer-*,-bugprone-easily-swappable-parameters,-bugprone-narrowing-conversions,-clang-analyzer-security.insecureAPI.DeprecatedOrUnsafeBufferHandling' \
	    $(ANALYZED) -- $(CPPFLAGS) -DBF_BUILD_ID='"analyze"' -std=gnu11; \
	else echo "skipped: needs clang-tidy"; fi

coverage: ## lines that the units reach, by gcovr
	@if command -v gcovr >/dev/null; then \
	  $(MAKE) BUILD=build/coverage OPT='-O0 --coverage' LINK_SAN=--coverage unit && \
	  gcovr -r . --object-directory build/coverage -f modules/; \
	else echo "skipped: needs gcovr"; fi

PREFIX ?= /usr/local
install: all ## to $(DESTDIR)$(PREFIX)
	install -D -m 0755 $(BUILD)/beffroi $(DESTDIR)$(PREFIX)/bin/beffroi
	install -D -m 0644 modules/include/beffroi/handler.h $(DESTDIR)$(PREFIX)/include/beffroi/handler.h
	install -d $(DESTDIR)$(PREFIX)/share/beffroi/sql
	install -m 0644 sql/*.sql $(DESTDIR)$(PREFIX)/share/beffroi/sql/

uninstall: ## what install put there
	rm -f $(DESTDIR)$(PREFIX)/bin/beffroi $(DESTDIR)$(PREFIX)/include/beffroi/handler.h
	rm -rf $(DESTDIR)$(PREFIX)/share/beffroi

dist: ## a source archive of HEAD
	git archive --prefix=beffroi/ -o $(BUILD)/beffroi.tar.gz HEAD

clean: ## remove build/
	rm -rf build
