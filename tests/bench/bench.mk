# `make bench`: figures as ratios against references measured in the same run.
BENCH_SOURCES := $(wildcard tests/bench/*.c)
BENCH := $(BENCH_SOURCES:tests/%.c=$(BUILD)/tests/%)

$(BUILD)/tests/bench/%: tests/bench/%.c $(OBJECTS)
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -o $@ $< $(OBJECTS) $(LDFLAGS) $(LDLIBS)
-include $(BENCH:=.d)

bench: all $(BENCH) ## speed as ratios against the floor, the constant and a bare libpq client
	tests/bench/bench
