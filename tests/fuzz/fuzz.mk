# Fuzzing: every tests/fuzz/<x>.c is a target with an LLVMFuzzerTestOneInput; its corpus is tests/fuzz/corpus/<x>/. Needs
# clang with libFuzzer. New inputs go to $(FUZZ)/corpus/<x>/; copy the interesting ones into the tree.
FUZZ_SECONDS ?= 60
FUZZ_CC ?= clang
FUZZ := $(BUILD)/fuzz
FUZZ_TARGETS := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/*.c))
FUZZ_SAN := -fsanitize=address,undefined -fno-sanitize-recover=undefined -DBF_ARENA_MALLOC
FUZZ_FLAGS := -std=gnu11 -g -O1 -fno-omit-frame-pointer -w $(FUZZ_SAN)
# What the targets reach; the rest of the tree would only cost time to build.
FUZZ_FOLDERS := core value projection shapefile query http format usage catalog store auth limits lua plugin archive api/push api/records1
FUZZ_SOURCES := $(foreach f,$(FUZZ_FOLDERS),$(wildcard modules/$(f)/*.c)) modules/api/keys/credential.c
FUZZ_OBJECTS := $(FUZZ_SOURCES:modules/%.c=$(FUZZ)/obj/%.o) \
  $(if $(wildcard modules/query/grammar.y),$(GENERATED:%.c=$(FUZZ)/obj/gen/%.o))
FUZZ_HAVE := $(shell command -v $(FUZZ_CC) 2>/dev/null)

$(FUZZ)/obj/%.o: modules/%.c | $(BUILD)/gen/query/grammar.c
	@mkdir -p $(@D)
	$(FUZZ_CC) $(CPPFLAGS) $(FUZZ_FLAGS) -fsanitize=fuzzer-no-link -MMD -MP -c -o $@ $<
$(FUZZ)/obj/gen/%.o: $(BUILD)/gen/%.c
	@mkdir -p $(@D)
	$(FUZZ_CC) $(CPPFLAGS) $(FUZZ_FLAGS) -fsanitize=fuzzer-no-link -MMD -MP -c -o $@ $<

# An archive, so that a target links only what it reaches.
$(FUZZ)/all.a: $(FUZZ_OBJECTS)
	@rm -f $@
	ar rcs $@ $^
$(FUZZ)/%: tests/fuzz/%.c $(FUZZ)/all.a
	$(FUZZ_CC) $(CPPFLAGS) $(FUZZ_FLAGS) -fsanitize=fuzzer -MMD -MP -o $@ $< $(FUZZ)/all.a $(LDLIBS)
-include $(FUZZ_OBJECTS:.o=.d) $(FUZZ_TARGETS:%=$(FUZZ)/%.d)

# $(1): target, $(2): a flag of libFuzzer.
define fuzz_run
	mkdir -p $(FUZZ)/corpus/$(1) tests/fuzz/corpus/$(1)
	$(FUZZ)/$(1) $(2) -timeout=10 -rss_limit_mb=2048 -max_len=16384 -print_final_stats=1 \
	  -artifact_prefix=$(FUZZ)/$(1)- $(FUZZ)/corpus/$(1) tests/fuzz/corpus/$(1)

endef

# Every corpus file once; a crash names its file.
define fuzz_replay
	@set -e; files=$$(find tests/fuzz/corpus/$(1) -type f 2>/dev/null | sort); \
	  if [ -z "$$files" ]; then echo "skipped: $(1) has no corpus"; exit 0; fi; \
	  log=$(FUZZ)/$(1).replay; \
	  if ! $(FUZZ)/$(1) -timeout=10 $$files >$$log 2>&1; then tail -n 60 $$log; exit 1; fi; \
	  echo "$$(echo "$$files" | wc -l) passed: inputs of $(1)"

endef

.PHONY: fuzz fuzz-replay
ifeq ($(FUZZ_HAVE),)
fuzz fuzz-replay:
	@echo "skipped: needs $(FUZZ_CC)"
else
fuzz: $(FUZZ_TARGETS:%=$(FUZZ)/%) ## each fuzz target for FUZZ_SECONDS (60)
	$(foreach t,$(FUZZ_TARGETS),$(call fuzz_run,$(t),-max_total_time=$(FUZZ_SECONDS)))
fuzz-replay: $(FUZZ_TARGETS:%=$(FUZZ)/%) ## every corpus file once, with sanitizers
	$(foreach t,$(FUZZ_TARGETS),$(call fuzz_replay,$(t)))
endif
