# Makefile: `make` prints what there is. Quiet unless V=1; safe with -j; one build folder per CONFIG.
#
#   CONFIG=release    build/release, the program also at build/convlab
#   CONFIG=asan       build/asan, with AddressSanitizer and UndefinedBehaviorSanitizer
#   CONFIG=coverage   build/coverage, instrumented for gcov

CONFIG  ?= release
BUILD   := build/$(CONFIG)
VERSION := 0.1.0

CFLAGS_release  := -O3 -g
CFLAGS_asan     := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
CFLAGS_coverage := -O0 -g --coverage
ifeq ($(CFLAGS_$(CONFIG)),)
$(error CONFIG=$(CONFIG): expected release, asan or coverage)
endif

# gnu11 lets the compiler fuse multiply and add; nobody reads errno after sqrt, or traps. gcc 12 at
# -O2 loses the rounding of two neighbouring double -> float -> double conversions when its SLP
# vectoriser joins them.
CFLAGS   += $(CFLAGS_$(CONFIG)) -std=gnu11 -fopenmp -fno-math-errno -fno-trapping-math \
            -fno-tree-slp-vectorize
WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Werror
CPPFLAGS += -I. -DCONVLAB_VERSION='"$(VERSION)"'
LDLIBS   := -ljansson -lz -lm

LIBRARY_SOURCES := $(wildcard kernels/*/*.c reference/*.c data/*.c nets/*.c check/*.c check/*/*.c)
PROGRAM_SOURCES := $(wildcard cli/*.c)
SUPPORT_SOURCES := $(wildcard tests/support/*.c)
MUTANT_SOURCES  := $(wildcard tests/mutants/*.c)
TEST_SOURCES    := $(wildcard tests/test_*.c)
FUZZ_SOURCES    := $(wildcard tests/fuzz/fuzz_*.c)

objects = $(patsubst %.c,$(BUILD)/%.o,$(1))
LIBRARY   := $(BUILD)/libconvlab.a
PROGRAM   := $(if $(filter release,$(CONFIG)),build/convlab,$(BUILD)/convlab)
TESTS     := $(patsubst tests/%.c,$(BUILD)/tests/%,$(TEST_SOURCES))
MUTANTS   := $(BUILD)/tests/mutants_main
FUZZ_MAIN := tests/fuzz/fuzz_main.c
FUZZERS   := $(patsubst tests/fuzz/%.c,$(BUILD)/fuzz/%,$(filter-out $(FUZZ_MAIN),$(FUZZ_SOURCES)))

NET    ?= cnn-basic
EPOCHS ?=
RUNS   ?= 20000

ifeq ($(V),1)
say :=
else
.SILENT:
say = @echo "  $(1)" "$(patsubst $(BUILD)/%,%,$@)" &&
MAKEFLAGS += --no-print-directory
endif

.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: help all program tests train test check mutants golden fuzz data tutorial-claims coverage clean

help: ## this text
	awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' Makefile
	echo
	echo "  variables: V=1 shows every command; CONFIG=release, asan or coverage;"
	echo "             NET=cnn-basic EPOCHS=N for make train; RUNS=N for make fuzz"

# ---- The two commands of the README ----

train: program ## train NET (cnn-basic) on its data set, or else the built-in digits; into runs/
	$(PROGRAM) train $(NET) --or-digits $(if $(EPOCHS),--epochs $(EPOCHS)) \
	    --out runs/$(NET)-$$(date +%Y%m%d-%H%M%S)

test: ## every test: units, again under sanitizers, checks, mutants, fuzzers
	./setup.sh core test
	$(MAKE) CONFIG=release program tests
	$(MAKE) CONFIG=asan program tests
	tests/run.sh

# ---- Parts of them ----

all: program tests ## everything that is compiled

program: $(PROGRAM) ## build/convlab

tests: $(TESTS) $(MUTANTS) $(FUZZERS)

check: program ## 200 random problems through every kernel, held against the reference
	$(PROGRAM) check --cases 200 --seed 1

mutants: $(MUTANTS) ## known-wrong kernels: each must be caught
	$(MUTANTS)

golden: tests ## whole networks against PyTorch's traces, 50 steps and 5 epochs (needs the data sets)
	CONVLAB_GOLDEN_STEPS=50 $(BUILD)/tests/test_golden

fuzz: ## RUNS mutated inputs (20000) through each reader, with sanitizers
	./setup.sh core test
	$(MAKE) CONFIG=asan tests
	for f in build/asan/fuzz/fuzz_*; do case $$f in *.d) ;; *) $$f 1 $(RUNS) || exit 1;; esac; done

data: ## download and verify MNIST and Fashion-MNIST into data/
	data/fetch.sh

tutorial-claims: program ## train all networks, 5 seeds each: is the deeper one worse? (an hour or two)
	bench/tutorial_claims.sh

coverage: ## lines that the tests reach, per folder, in build/coverage/coverage.txt
	./setup.sh core test coverage
	$(MAKE) CONFIG=coverage program tests
	tests/coverage.sh build/coverage

clean: ## remove build/; data sets and runs stay
	rm -rf build

# ---- Rules ----

build/setup-%: setup.sh
	./setup.sh $*
	mkdir -p build && touch $@

build/setup-test build/setup-coverage: | build/setup-core      # one package manager at a time

$(BUILD)/%.o: %.c Makefile | build/setup-core
	$(call say,CC)mkdir -p $(@D) && $(CC) $(CPPFLAGS) $(CFLAGS) $(WARNINGS) -MMD -MP -c $< -o $@

$(BUILD)/tests/%.o: tests/%.c Makefile | build/setup-core build/setup-test
	$(call say,CC)mkdir -p $(@D) && $(CC) $(CPPFLAGS) $(CFLAGS) $(WARNINGS) -MMD -MP -c $< -o $@

$(LIBRARY): $(call objects,$(LIBRARY_SOURCES))
	$(call say,AR)rm -f $@ && $(AR) rcs $@ $^

$(PROGRAM): $(call objects,$(PROGRAM_SOURCES)) $(LIBRARY)
	$(call say,LD)mkdir -p $(@D) && $(CC) $(CFLAGS) $(LDFLAGS) $^ $(LDLIBS) -o $@

TEST_PARTS := $(call objects,$(SUPPORT_SOURCES) $(MUTANT_SOURCES)) $(LIBRARY)

$(TESTS): $(BUILD)/tests/%: $(BUILD)/tests/%.o $(TEST_PARTS)
	$(call say,LD)$(CC) $(CFLAGS) $(LDFLAGS) $^ -lcmocka $(LDLIBS) -o $@

$(MUTANTS): $(BUILD)/tests/mutants_main.o $(TEST_PARTS)
	$(call say,LD)$(CC) $(CFLAGS) $(LDFLAGS) $^ -lcmocka $(LDLIBS) -o $@

$(FUZZERS): $(BUILD)/fuzz/%: $(BUILD)/tests/fuzz/%.o $(call objects,$(FUZZ_MAIN)) $(LIBRARY)
	$(call say,LD)mkdir -p $(@D) && $(CC) $(CFLAGS) $(LDFLAGS) $^ $(LDLIBS) -o $@

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
