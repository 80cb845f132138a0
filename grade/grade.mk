# grade.mk: a part of the Makefile: the grader, the workers that hold a student's code, their tests.
#
#   build/convlab-grade          the grader; `convlab grade` goes on in it
#   build/convlab-jailer         the first program in a jail
#   build/convlab-worker         holds a student's object, and nothing of the suite
#   build/convlab-worker-asan    the same with AddressSanitizer's runtime
#   build/convlab-worker-cusim   the same with the simulator, for CUDA exercises
#   build/convlab-worker-cuda    the same for a GPU (compiled by nvcc, where there is one)

.PHONY: grade graders gradescope faults attacks grade-coverage covered

grade: graders ## grade SUBMISSIONS (a folder of them) into OUT; LESSON=, JOBS=, ARGS=
	test -n "$(SUBMISSIONS)" || { echo "make grade SUBMISSIONS=folder [OUT=folder] [LESSON=conv] [JOBS=N]: whose?" >&2; exit 2; }
	build/convlab grade "$(SUBMISSIONS)"/* --course . --out "$(or $(OUT),build/grade)" \
	    $(if $(LESSON),--lesson $(LESSON)) $(if $(JOBS),--jobs $(JOBS)) $(ARGS)

gradescope: graders ## build/gradescope/LESSON.zip: what Gradescope wants for LESSON=conv
	test -n "$(LESSON)" || { echo "make gradescope LESSON=conv: which lesson?" >&2; exit 2; }
	grade/gradescope.sh $(LESSON) build/gradescope/$(LESSON).zip

faults: graders build/fault_inject.so ## every fallible call of the grader fails once (long)
	tests/scripts/faults.sh --all

attacks: graders ## every attack in every tier; make test tries one or two of each class (long)
	ATTACKS_ALL=1 tests/scripts/attacks.sh

grade-coverage: graders ## branches of grade/ that tests and scripts reach, in build/covered/coverage.txt
	./setup.sh test coverage
	$(MAKE) covered
	tests/grade_coverage.sh $(COVERED)

# The flags below depend on what setup.sh has just installed, so they are found by another make.
graders:
	./setup.sh core grade
	./setup.sh sandbox || true
	$(MAKE) program checked cusim demos build/convlab-grade $(WORKERS) $(if $(HAVE_NVCC),build/convlab-worker-cuda)

build/setup-grade: | build/setup-core

# ---- Rules ----

GRADE         := $(BUILD)/libgrade.a
GRADE_MAINS   := grade/grade_main.c
GRADE_SOURCES := $(filter-out $(GRADE_MAINS),$(wildcard grade/*.c)) \
                 $(patsubst %,grade/worker/worker_%.c,serve targets)
# How a speed is measured and what the machine can do, without Google Benchmark.
GRADE_BENCH   := $(call objects,$(patsubst %,bench/%.c,bench_cost measure ceiling ceiling_caches ceiling_kernels \
                   ceiling_measure ceiling_settle))
GRADE_LIBS    := -larchive -lffi -lseccomp
WORKERS       := build/convlab-worker build/convlab-worker-asan build/convlab-worker-cusim
# The last two are its lists of names; see grade/worker/worker_targets.h.
WORKER_DEVICE := $(wildcard grade/worker/*.c) grade/grade_source.c data/file_error.c
WORKER        := $(filter-out %_device.c,$(WORKER_DEVICE))
WORKER_PARTS  := grade/worker_protocol.h $(wildcard grade/worker/*.h) grade/grade_source.h Makefile grade/grade.mk
WORKER_CFLAGS := -std=gnu11 -O2 -g -fopenmp -I. $(WARNINGS)
# What a student's object may need of the system has to be there before it comes, and no table of functions may be
# written to then.
WORKER_LIBS   := -rdynamic -Wl,-z,relro,-z,now -Wl,--no-as-needed -lm -lgcc_s -Wl,--as-needed -lffi -lseccomp -ldl

$(BUILD)/grade/%.o: %.c | build/setup-grade

$(BUILD)/grade/grade_main.o: build/commit
$(BUILD)/grade/grade_main.o: CPPFLAGS += -DCONVLAB_COMMIT='"$(COMMIT)"'

$(GRADE): $(call objects,$(GRADE_SOURCES))
	$(call say,AR)rm -f $@ && $(AR) rcs $@ $^

GRADE_PROGRAM := $(if $(filter release,$(CONFIG)),build/convlab-grade,$(BUILD)/convlab-grade)

$(GRADE_PROGRAM): $(call objects,$(GRADE_MAINS)) $(GRADE_BENCH) $(PLAIN) $(GRADE) $(LIBRARY) $(CUSIM)
	$(call say,LD)mkdir -p $(@D) && $(CC) $(CFLAGS) $(LDFLAGS) $(WHOLE) $(GRADE_LIBS) $(LDLIBS) $(CUSIM_LIBS) -o $@

build/convlab-worker: $(WORKER) $(WORKER_PARTS) | build/setup-grade
	$(call say,CC)$(CC) $(WORKER_CFLAGS) $(WORKER) $(WORKER_LIBS) -o $@

build/convlab-worker-asan: $(WORKER) $(WORKER_PARTS) | build/setup-grade
	$(call say,CC)$(CC) $(WORKER_CFLAGS) -fsanitize=address $(WORKER) $(WORKER_LIBS) -o $@

build/convlab-worker-cusim: $(WORKER_DEVICE) kernels/core/launch_status.c $(WORKER_PARTS) build/libcusim.a | build/setup-grade
	$(call say,CC)$(CC) $(WORKER_CFLAGS) -DWORKER_CUSIM -Icusim/include $(filter %.c,$^) -Wl,--whole-archive \
	    build/libcusim.a -Wl,--no-whole-archive $(WORKER_LIBS) -lboost_context -lstdc++ -o $@

build/convlab-worker-cuda: $(WORKER_DEVICE) kernels/core/launch_status.c $(WORKER_PARTS) | build/setup-grade
	$(call say,NVCC)$(NVCC) -O2 -g -I. -Xcompiler -fopenmp,-rdynamic $(filter %.c,$^) -lffi -lseccomp -ldl \
	    -Xlinker --no-as-needed,-lm,-lgcc_s,-lstdc++,--as-needed -o $@

# Static: inside a jail there need be no libraries.
build/convlab-jailer: $(wildcard grade/jailer/*.c grade/jailer/*.h) grade/jail.h grade/jail_plan.h grade/grade.mk
	$(call say,CC)mkdir -p $(@D) && $(CC) -std=gnu11 -O2 -g -I. $(WARNINGS) -static $(filter %.c,$^) -o $@

WORKERS += build/convlab-jailer

# Preloaded into the grader by tests/scripts/faults.sh.
build/fault_inject.so: tests/faults/fault_inject.c
	$(call say,CC)mkdir -p $(@D) && $(CC) -std=gnu11 -O2 -Wall -Wextra -Wshadow -Werror -fPIC -shared $< -o $@

tests: build/fault_inject.so

GRADE_SUPPORT       := $(SUPPORT_SOURCES) $(wildcard tests/support/grade/*.c)
GRADE_TEST_PROGRAMS := $(patsubst tests/%.c,$(BUILD)/tests/%,$(GRADE_TESTS))
tests: $(GRADE_TEST_PROGRAMS)

$(GRADE_TEST_PROGRAMS): $(BUILD)/tests/%: $(BUILD)/tests/%.o $(call objects,$(GRADE_SUPPORT)) $(GRADE_BENCH) \
                        $(PLAIN) $(GRADE) $(LIBRARY) $(CUSIM) | build/convlab-jailer
	$(call say,LD)$(CC) $(CFLAGS) $(LDFLAGS) $(WHOLE) -lcmocka $(GRADE_LIBS) $(LDLIBS) $(CUSIM_LIBS) -o $@

$(addprefix $(BUILD)/tests/test_grade_,exercise hardware parts remote): | build/convlab-worker \
                        build/convlab-worker-asan build/convlab-worker-cusim build/cusim-cc
$(BUILD)/tests/test_grade_main: | $(GRADE_PROGRAM) build/convlab-worker build/convlab-worker-asan

tests: $(GRADE_FUZZERS)

$(GRADE_FUZZERS): $(BUILD)/fuzz/%: $(BUILD)/tests/fuzz/%.o $(call objects,$(FUZZ_MAIN)) $(PLAIN) $(GRADE) \
                                   $(LIBRARY) $(CUSIM)
	$(call say,LD)mkdir -p $(@D) && $(CC) $(CFLAGS) $(LDFLAGS) $^ $(GRADE_LIBS) $(LDLIBS) $(CUSIM_LIBS) -o $@

# ---- Coverage: the grader and its tests instrumented for gcov, all else as it is ----

COVERED        := build/covered
COVERED_PARTS  := $(patsubst %.c,$(COVERED)/%.o,$(GRADE_SOURCES) tests/coverage_exit.c)
COVERED_TESTS  := $(patsubst %.c,$(COVERED)/%,$(GRADE_TESTS))
COVERED_BESIDE := $(addprefix $(COVERED)/,$(notdir build/convlab $(WORKERS) build/cusim-cc))
COVERED_LINK    = $(CC) $(CFLAGS) --coverage -Wl,--wrap=_exit $(LDFLAGS) $(WHOLE) $(GRADE_LIBS) $(LDLIBS) $(CUSIM_LIBS)

covered: $(COVERED)/convlab-grade $(COVERED_BESIDE) $(COVERED_TESTS) build/fault_inject.so

$(COVERED)/%.o: %.c Makefile grade/grade.mk | build/setup-grade build/setup-test
	$(call say,CC)mkdir -p $(@D) && $(CC) $(CPPFLAGS) $(CFLAGS) -O0 --coverage $(WARNINGS) -MMD -MP -c $< -o $@

$(COVERED)/convlab-grade: $(patsubst %.c,$(COVERED)/%.o,$(GRADE_MAINS)) $(COVERED_PARTS) $(GRADE_BENCH) $(PLAIN) \
                          $(LIBRARY) $(CUSIM)
	$(call say,LD)$(COVERED_LINK) -o $@

$(COVERED_TESTS): %: %.o $(COVERED_PARTS) $(call objects,$(GRADE_SUPPORT)) $(GRADE_BENCH) $(PLAIN) $(LIBRARY) $(CUSIM)
	$(call say,LD)$(COVERED_LINK) -lcmocka -o $@

# The grader looks for its programs beside itself, cusim-cc for its headers in ../cusim.
$(COVERED_BESIDE): $(COVERED)/%: build/%
	mkdir -p $(@D) && ln -f $< $@ && ln -sfn ../cusim build/cusim

-include $(shell find $(COVERED) -name '*.d' 2>/dev/null)
