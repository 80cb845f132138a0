# Makefile: `make` prints what there is. Quiet unless V=1; safe with -j; one build folder per CONFIG.
#
#   CONFIG=release    build/release, the programs also in build/; the only one with CUDA rows:
#                       build/convlab          runs them in cusim
#                       build/convlab-checked  in cusim, every access watched
#                       build/convlab-cuda     on a GPU (compiled by nvcc, where there is one)
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
CPPFLAGS += -I. -DCONVLAB_VERSION='"$(VERSION)"' $(if $(filter release,$(CONFIG)),-DCONVLAB_CUDA)
LDLIBS   := -ljansson -lz -lm

NVCC      ?= nvcc
NVCCFLAGS := -std=c++17 -O3 -lineinfo --default-stream per-thread -Xcompiler -Wall,-Wextra \
             -Werror all-warnings $(foreach sm,75 80 90,-gencode arch=compute_$(sm),code=sm_$(sm)) \
             -gencode arch=compute_90,code=compute_90
HAVE_NVCC := $(shell command -v $(NVCC) 2>/dev/null)

LIBRARY_SOURCES := $(wildcard kernels/*/*.c reference/*.c data/*.c plot/*.c nets/*.c check/*.c check/*/*.c \
                     lessons/*.c)
BENCH_TESTS     := $(wildcard tests/test_bench_*.c)
GRADE_TESTS     := $(wildcard tests/test_grade_*.c)
PROGRAM_SOURCES := $(wildcard cli/*.c)
SUPPORT_SOURCES := $(wildcard tests/support/*.c)
TEST_SOURCES    := $(wildcard tests/test_*.c)
CUSIM_TESTS     := $(wildcard tests/test_cusim_*.c)
FUZZ_SOURCES    := $(wildcard tests/fuzz/fuzz_*.c)
CUDA_SOURCES    := $(if $(filter release,$(CONFIG)),$(wildcard kernels/*/*.cu nets/*.cu))
RUNTIME_SOURCES := $(wildcard cusim/runtime/*.c)
COMPILER_PARTS  := $(filter-out cusim/compiler/cusim_cc.c,$(wildcard cusim/compiler/*.c))

objects = $(patsubst %.c,$(BUILD)/%.o,$(1))
LIBRARY   := $(BUILD)/libconvlab.a
PROGRAM   := $(if $(filter release,$(CONFIG)),build/convlab,$(BUILD)/convlab)
TESTS     := $(patsubst tests/%.c,$(BUILD)/tests/%,\
               $(filter-out $(if $(CUDA_SOURCES),,$(CUSIM_TESTS)) $(BENCH_TESTS) $(GRADE_TESTS),\
                 $(TEST_SOURCES)))
MUTANTS   := $(BUILD)/tests/mutants_main
FUZZ_MAIN := tests/fuzz/fuzz_main.c
CUSIM     := $(if $(CUDA_SOURCES),build/libcusim.a)
PLAIN     := $(CUDA_SOURCES:%.cu=$(BUILD)/cusim/%.o)
CHECKED   := $(CUDA_SOURCES:%.cu=$(BUILD)/checked/%.o)
CUDA      := $(CUDA_SOURCES:%.cu=$(BUILD)/cuda/%.o)
GRADE_FUZZERS := $(patsubst %,$(BUILD)/fuzz/fuzz_%,policy result submission)
FUZZERS   := $(filter-out $(GRADE_FUZZERS),\
               $(patsubst tests/fuzz/%.c,$(BUILD)/fuzz/%,$(filter-out $(FUZZ_MAIN),$(FUZZ_SOURCES))))

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
.PHONY: help all program checked cuda cusim tests train test check check-cusim mutants golden fuzz data \
        tutorial-claims coverage clean

help: ## this text
	awk -F ':.*## ' '/^[a-z%-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' Makefile bench/bench.mk lessons/lessons.mk grade/grade.mk
	echo
	echo "  variables: V=1 shows every command; CONFIG=release, asan or coverage;"
	echo "             NET=cnn-basic EPOCHS=N for make train; RUNS=N for make fuzz; for make bench"
	echo "             QUICK=1 and ARGS=, options of build/convlab-bench and of Google Benchmark"

# ---- The two commands of the README ----

train: program ## train NET (cnn-basic) on its data set, or else the built-in digits; into runs/
	$(PROGRAM) train $(NET) --or-digits $(if $(EPOCHS),--epochs $(EPOCHS)) \
	    --out runs/$(NET)-$$(date +%Y%m%d-%H%M%S)

WITH_LONG := $(filter 1,$(LONG))

# One after the other: benches and graders call make themselves, on the same objects.
test: ## units, checks, lessons; LONG=1: also nvcc, sanitizers, mutants, fuzzers, attacks on the grader
	./setup.sh core test bench grade
	./setup.sh report peers sandbox || true
	$(MAKE) CONFIG=release program checked cusim demos $(if $(WITH_LONG),$(if $(HAVE_NVCC),cuda))
	$(MAKE) CONFIG=release benches
	$(MAKE) CONFIG=release graders
	$(MAKE) CONFIG=release tests
	$(if $(WITH_LONG),$(MAKE) CONFIG=asan program tests)
	LONG=$(WITH_LONG) tests/run.sh

# ---- Parts of them ----

all: program tests ## everything that is compiled

program: $(PROGRAM) ## build/convlab

checked: build/convlab-checked ## build/convlab-checked: the CUDA rows in cusim, every access watched

cuda: build/convlab-cuda ## build/convlab-cuda: the CUDA rows on a GPU (needs nvcc)

cusim: build/cusim-cc build/libcusim.a ## build/cusim-cc: compiles any .cu file to run on the CPU

tests: $(TESTS) $(MUTANTS) $(FUZZERS)

check: program ## 200 random problems through every host kernel, held against the reference
	$(PROGRAM) check --space host --cases 200 --seed 1

check-cusim: program checked ## the CUDA kernels in the simulator, plain and with every access watched
	$(PROGRAM) check --space cusim --cases 100 --seed 1
	$(PROGRAM) check --space cusim --checked --cases 30 --seed 1

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

build/setup-test build/setup-coverage build/setup-bench: | build/setup-core      # one package manager at a time

$(BUILD)/%.o: %.c Makefile | build/setup-core
	$(call say,CC)mkdir -p $(@D) && $(CC) $(CPPFLAGS) $(CFLAGS) $(WARNINGS) -MMD -MP -c $< -o $@

$(BUILD)/tests/%.o: tests/%.c Makefile | build/setup-core build/setup-test
	$(call say,CC)mkdir -p $(@D) && $(CC) $(CPPFLAGS) $(CFLAGS) $(WARNINGS) -MMD -MP -c $< -o $@

# Its kernels announce their accesses themselves; a place is a return address, so no jumps for calls.
$(BUILD)/tests/test_cusim_check.o: CFLAGS += -fno-optimize-sibling-calls

$(LIBRARY): $(call objects,$(LIBRARY_SOURCES))
	$(call say,AR)rm -f $@ && $(AR) rcs $@ $^

# The simulator's parts are the same for every CONFIG; its C++ is one file, and the .cu files.
CUSIM_CFLAGS := -std=gnu11 -O2 -g $(WARNINGS) -I. -DCONVLAB_VERSION='"$(VERSION)"'
CUSIM_LIBS   := $(if $(CUDA_SOURCES),-lboost_context -lstdc++)

build/simulator/%.o: %.c Makefile | build/setup-core
	$(call say,CC)mkdir -p $(@D) && $(CC) $(CUSIM_CFLAGS) -MMD -MP -c $< -o $@

build/simulator/%.o: %.cpp Makefile | build/setup-core
	$(call say,CXX)mkdir -p $(@D) && $(CXX) -std=c++17 -O2 -g -Wall -Wextra -Werror -I. -MMD -MP -c $< -o $@

build/libcusim.a: $(RUNTIME_SOURCES:%.c=build/simulator/%.o) build/simulator/cusim/runtime/fiber.o
	$(call say,AR)rm -f $@ && $(AR) rcs $@ $^

build/cusim-cc: $(patsubst %.c,build/simulator/%.o,cusim/compiler/cusim_cc.c $(COMPILER_PARTS))
	$(call say,LD)$(CC) $^ -o $@

CUSIM_HEADERS := $(wildcard cusim/include/*.h cusim/include/*/*.h cusim/include/*/*.inc)

$(BUILD)/cusim/%.o: %.cu Makefile build/cusim-cc $(CUSIM_HEADERS)
	$(call say,CUSIM)mkdir -p $(@D) && build/cusim-cc -O2 -I. -DCONVLAB_CUDA -MMD -MP -c $< -o $@

$(BUILD)/checked/%.o: %.cu Makefile build/cusim-cc $(CUSIM_HEADERS)
	$(call say,CUSIM)mkdir -p $(@D) && build/cusim-cc --check -O2 -I. -DCONVLAB_CUDA -MMD -MP -c $< -o $@

$(BUILD)/cuda/%.o: %.cu Makefile
	$(call say,NVCC)mkdir -p $(@D) && $(NVCC) $(NVCCFLAGS) -I. -DCONVLAB_CUDA -MMD -MP -c $< -o $@

# A lesson's demo and a student's CUDA object are loaded into the program and may need any of its parts.
WHOLE = -rdynamic $(filter %.o,$^) -Wl,--whole-archive $(filter %.a,$^) -Wl,--no-whole-archive

$(PROGRAM): $(call objects,$(PROGRAM_SOURCES)) $(PLAIN) $(LIBRARY) $(CUSIM)
	$(call say,LD)mkdir -p $(@D) && $(CC) $(CFLAGS) $(LDFLAGS) $(WHOLE) $(LDLIBS) $(CUSIM_LIBS) -o $@

build/convlab-checked: $(call objects,$(PROGRAM_SOURCES)) $(CHECKED) $(LIBRARY) $(CUSIM)
	$(call say,LD)$(CC) $(CFLAGS) $(LDFLAGS) $(WHOLE) $(LDLIBS) $(CUSIM_LIBS) -o $@

build/convlab-cuda: $(call objects,$(PROGRAM_SOURCES)) $(CUDA) $(LIBRARY)
	$(call say,NVCC)$(NVCC) $(LDFLAGS) -Xcompiler -fopenmp $^ $(LDLIBS) -o $@

# cusim's own parts for the tests: the translator without its main(), and the runtime.
TEST_PARTS := $(call objects,$(SUPPORT_SOURCES)) $(PLAIN) $(LIBRARY) \
              $(COMPILER_PARTS:%.c=build/simulator/%.o) $(CUSIM)

$(TESTS): $(BUILD)/tests/%: $(BUILD)/tests/%.o $(TEST_PARTS)
	$(call say,LD)$(CC) $(CFLAGS) $(LDFLAGS) $^ -lcmocka $(LDLIBS) $(CUSIM_LIBS) -o $@

$(MUTANTS): $(BUILD)/tests/mutants_main.o $(TEST_PARTS)
	$(call say,LD)$(CC) $(CFLAGS) $(LDFLAGS) $^ -lcmocka $(LDLIBS) $(CUSIM_LIBS) -o $@

$(FUZZERS): $(BUILD)/fuzz/%: $(BUILD)/tests/fuzz/%.o $(call objects,$(FUZZ_MAIN)) $(PLAIN) \
                             $(LIBRARY) $(CUSIM)
	$(call say,LD)mkdir -p $(@D) && $(CC) $(CFLAGS) $(LDFLAGS) $^ $(LDLIBS) $(CUSIM_LIBS) -o $@

include bench/bench.mk lessons/lessons.mk grade/grade.mk

-include $(shell find $(BUILD) build/simulator -name '*.d' 2>/dev/null)
