# Handlers for tests only, and the ABI as it was released: build/tests/handlers/*.so.
#
#   tests/handlers/<name>/handler.c   -> build/tests/handlers/<name>.so
#   tests/abi/<version>/beffroi/handler.h with tests/abi/{probe,layout}.c and the template, and from
#   1.1 on with tests/abi/probe-source.c and the template of sources
#                                     -> build/tests/handlers/abi-<version>-{probe,layout,template,…}.so
# May be read twice: the tests over HTTP call make with this file beside the Makefile.
ifndef TEST_HANDLER_FLAGS
TEST_HANDLER_FLAGS := -std=gnu11 -g -O2 -fPIC -shared -fvisibility=hidden $(WARN) $(WARN_GCC) $(WERROR)

TEST_HANDLERS := $(patsubst tests/handlers/%/handler.c,$(BUILD)/tests/handlers/%.so, \
  $(wildcard tests/handlers/*/handler.c))
ABI_VERSIONS := $(patsubst tests/abi/%/beffroi/handler.h,%,$(wildcard tests/abi/*/beffroi/handler.h))
ABI_SOURCE_VERSIONS := $(filter-out 1.0,$(ABI_VERSIONS))
TEST_ABI := $(foreach v,$(ABI_VERSIONS) now,$(foreach p,probe layout template, \
  $(BUILD)/tests/handlers/abi-$v-$p.so)) \
  $(foreach v,$(ABI_SOURCE_VERSIONS) now,$(foreach p,probe-source template-source, \
  $(BUILD)/tests/handlers/abi-$v-$p.so))

.PHONY: test-handlers
test-handlers: $(TEST_HANDLERS) $(TEST_ABI) $(BUILD)/tests/handlers/languages

# The header by itself, in each language that it promises.
TEST_CXX := $(firstword $(shell command -v clang++ g++ 2>/dev/null))
$(BUILD)/tests/handlers/languages: modules/include/beffroi/handler.h tests/abi/language.cc
	@mkdir -p $(@D)
	$(CC) -x c -std=c99 -pedantic -Wall -Wextra -Werror -fsyntax-only $<
	$(CC) -x c -std=gnu11 -Wall -Wextra -Werror -fsyntax-only $<
	$(if $(TEST_CXX),,@echo "header in C++: skipped: needs clang++ or g++")
	$(foreach s,$(if $(TEST_CXX),c++11 c++20),$(TEST_CXX) -std=$s -pedantic -Wall -Werror \
	  -Imodules/include -fsyntax-only tests/abi/language.cc &&) touch $@

# missing-symbol must link, so no -z,defs.
$(BUILD)/tests/handlers/%.so: tests/handlers/%/handler.c modules/include/beffroi/handler.h
	@mkdir -p $(@D)
	$(CC) -Imodules/include $(TEST_HANDLER_FLAGS) -o $@ $< -lm

# $1: a version and the folder of its header.
define abi_rules
$(BUILD)/tests/handlers/abi-$1-%.so: tests/abi/%.c $2/beffroi/handler.h
	@mkdir -p $$(@D)
	$$(CC) -I$2 $$(TEST_HANDLER_FLAGS) -Wl,-z,defs -o $$@ $$<

$(foreach t,template template-source,
$(BUILD)/tests/handlers/abi-$1-$t.so: handlers/$t/handler.c $2/beffroi/handler.h
	@mkdir -p $$(@D)
	$$(CC) -I$2 $$(TEST_HANDLER_FLAGS) -Wl,-z,defs -o $$@ $$<
)
endef
$(foreach v,$(ABI_VERSIONS),$(eval $(call abi_rules,$v,tests/abi/$v)))
$(eval $(call abi_rules,now,modules/include))

# The unit tests of the loader load all of them, and the template.
$(patsubst tests/%.c,$(BUILD)/tests/%,$(wildcard tests/unit/plugin/test_*.c)): \
  | test-handlers $(BUILD)/handlers/template.so
endif
