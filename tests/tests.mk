# Test targets. A unit test is one program per file tests/unit/<module>/test_*.c, linked with every
# object but the command's main; cmocka prints its own sum.
UNIT_SOURCES := $(wildcard tests/unit/*/test_*.c)
UNIT_TESTS := $(UNIT_SOURCES:tests/%.c=$(BUILD)/tests/%)
PYTEST := /usr/bin/python3 -m pytest -p no:cacheprovider -q

$(BUILD)/tests/unit/%: tests/unit/%.c $(OBJECTS)
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(filter-out -Wmissing-prototypes,$(CFLAGS)) -MMD -MP -o $@ $< $(OBJECTS) \
	  $(LDFLAGS) $(LDLIBS) -lcmocka
-include $(UNIT_TESTS:=.d)

unit: $(UNIT_TESTS) ## cmocka units: no network, no database
	@for t in $(UNIT_TESTS); do echo "== $$t"; $$t || exit 1; done

$(BUILD)/tests/limits/%: tests/limits/%.c $(OBJECTS)
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -o $@ $< $(OBJECTS) $(LDFLAGS) $(LDLIBS)

suites: all $(BUILD)/tests/unit/store/test_commit $(BUILD)/tests/unit/query/test_generated $(BUILD)/tests/limits/decisions $(BUILD)/tests/limits/spenders ## case folders: tests/suites/<name>/{valid,invalid}/<case>/
	BEFFROI_BUILD=$(BUILD) $(PYTEST) -n 2 --dist loadfile tests/suites

# Much of their time is waiting for starts and clocks: several at once, each with a stack of its own.
http: all ## pytest over a real nginx, real workers and a real PostgreSQL
	BEFFROI_BUILD=$(BUILD) $(PYTEST) -n 3 --dist loadfile tests/http

clients: all ## clients that nobody here wrote, and the calls of apps, against the real stack
	BEFFROI_BUILD=$(BUILD) $(PYTEST) tests/clients

faults: all ## processes killed and databases stopped while a counted load runs
	BEFFROI_BUILD=$(BUILD) $(PYTEST) tests/faults

include tests/handlers/handlers.mk
-include tests/fuzz/fuzz.mk tests/bench/bench.mk
