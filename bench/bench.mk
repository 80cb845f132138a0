# bench.mk: a part of the Makefile: the benchmarks, their report, and the tests of both.
#
# Google Benchmark has to be there. Of gnuplot (plots) and the peers OpenBLAS and oneDNN each may be
# absent: the rest still comes, and says what is missing.

.PHONY: bench benches bench-compare report

bench: benches ## everything timed beside ceilings and peers, QUICK=1: in a minute; into build/bench/latest.json
	$(call bench_run)

bench-%: benches ## one concept: make bench-conv2d
	$(call bench_run,--concept $*)

bench-compare: benches ## measure again; exit code 1 if something is slower than in BASE=old.json
	test -n "$(BASE)" || { echo "make bench-compare BASE=old.json: which results to compare with?" >&2; exit 2; }
	build/convlab-bench --compare $(BASE) $(if $(QUICK),--quick) $(ARGS)

report: benches ## build/report/report.html: the benchmarks and a training run as one page
	test -e build/bench/latest.json || $(MAKE) bench
	test -e build/report/run/model.safetensors || \
	    $(PROGRAM) train $(NET) --or-digits --epochs $(or $(EPOCHS),1) --out build/report/run
	build/convlab-report --bench build/bench/latest.json --train build/report/run --out build/report

# Results count even if a row of ours was found wrong, which is exit code 1.
define bench_run
mkdir -p build/bench
rm -f build/bench/part.json
build/convlab-bench --benchmark_out=build/bench/part.json --benchmark_out_format=json \
    --processes $(if $(QUICK),3,5) $(1) $(if $(QUICK),--quick) $(ARGS) || test $$? -eq 1 -a -e build/bench/part.json
$(if $(1)$(QUICK)$(ARGS),,bench/peers/pytorch_step.py --net all --merge build/bench/part.json || test $$? -eq 4)
mv build/bench/part.json build/bench/latest.json
endef

# The flags below depend on what setup.sh has just installed, so they are found by another make.
benches:
	./setup.sh core bench
	./setup.sh report peers || true
	$(MAKE) $(PROGRAM) build/convlab-bench build/convlab-report

build/setup-bench: | build/setup-core

# ---- Rules ----

finds = $(shell echo '\#include <$(1)>' | $(CC) $(2) -E -x c - >/dev/null 2>&1 && echo yes)
comma := ,

OPENBLAS     := $(firstword $(wildcard /usr/include/*/openblas-openmp /usr/include/*/openblas-pthread))
OPENBLAS_LIB := $(subst /include/,/lib/,$(OPENBLAS))
HAVE_ONEDNN  := $(call finds,dnnl.h)
PEER_FLAGS   := $(if $(OPENBLAS),-DPEER_OPENBLAS -I$(OPENBLAS)) $(if $(HAVE_ONEDNN),-DPEER_ONEDNN)
PEER_LIBS    := $(if $(OPENBLAS),-L$(OPENBLAS_LIB) -Wl$(comma)-rpath$(comma)$(OPENBLAS_LIB) -lopenblas) \
                $(if $(HAVE_ONEDNN),-ldnnl)
BENCH_LIBS   := -lbenchmark $(PEER_LIBS) -lstdc++ -lpthread

BENCH         := $(BUILD)/libbench.a
BENCH_MAINS   := bench/bench_main.c bench/report_main.c
BENCH_SOURCES := $(filter-out $(BENCH_MAINS),$(wildcard bench/*.c bench/peers/*.c))
BENCH_CUDA    := $(wildcard bench/*.cu bench/peers/*.cu)

$(BUILD)/bench/%.o: CPPFLAGS += $(PEER_FLAGS)

# The commit is compiled in, so it is kept in a file that changes only when it does.
COMMIT := $(shell git describe --always --dirty 2>/dev/null || echo unknown)
$(shell mkdir -p build && { echo $(COMMIT) | cmp -s - build/commit || echo $(COMMIT) >build/commit; })
$(BUILD)/bench/bench_machine.o: build/commit
$(BUILD)/bench/bench_machine.o: CPPFLAGS += -DCONVLAB_CFLAGS='"$(CFLAGS)"' -DCONVLAB_COMMIT='"$(COMMIT)"'

$(call objects,$(BENCH_SOURCES) $(BENCH_MAINS)): | build/setup-bench

$(BUILD)/bench/%.o: bench/%.cpp Makefile | build/setup-core build/setup-bench
	$(call say,CXX)mkdir -p $(@D) && $(CXX) -std=c++17 $(CFLAGS_$(CONFIG)) -Wall -Wextra -Werror -I. -MMD -MP -c $< -o $@

$(BENCH): $(call objects,$(BENCH_SOURCES)) $(BUILD)/bench/gbench.o
	$(call say,AR)rm -f $@ && $(AR) rcs $@ $^

build/convlab-bench: $(BUILD)/bench/bench_main.o $(BENCH) $(PLAIN) $(LIBRARY) $(CUSIM)
	$(call say,LD)$(CC) $(CFLAGS) $(LDFLAGS) $^ $(BENCH_LIBS) $(LDLIBS) $(CUSIM_LIBS) -o $@

build/convlab-report: $(BUILD)/bench/report_main.o $(BENCH) $(PLAIN) $(LIBRARY) $(CUSIM)
	$(call say,LD)$(CC) $(CFLAGS) $(LDFLAGS) $^ $(BENCH_LIBS) $(LDLIBS) $(CUSIM_LIBS) -o $@

# On a GPU, beside cuBLAS and cuDNN. The CUDA objects come before the archive, which has stand-ins.
CUDNN_LIB = $(if $(call finds,cudnn.h,-I$(dir $(shell command -v $(NVCC)))../include),-lcudnn)

build/convlab-bench-cuda: $(BUILD)/bench/bench_main.o $(BENCH_CUDA:%.cu=$(BUILD)/cuda/%.o) $(BENCH) $(CUDA) $(LIBRARY)
	$(call say,NVCC)$(NVCC) $(LDFLAGS) -Xcompiler -fopenmp $^ \
	    $(subst -Wl$(comma)-rpath$(comma),-Xlinker=-rpath=,$(BENCH_LIBS)) -lcublas $(CUDNN_LIB) $(LDLIBS) -o $@

BENCH_TEST_PARTS := $(call objects,$(SUPPORT_SOURCES)) $(BENCH) $(PLAIN) $(LIBRARY) $(CUSIM)

$(BENCH_TESTS:tests/%.c=$(BUILD)/tests/%): $(BUILD)/tests/%: $(BUILD)/tests/%.o $(BENCH_TEST_PARTS)
	$(call say,LD)$(CC) $(CFLAGS) $(LDFLAGS) $(filter %.o,$^) $(filter %.a,$^) -lcmocka $(BENCH_LIBS) \
	    $(LDLIBS) $(CUSIM_LIBS) -o $@

# The GPU's half of the benchmarks is tested in cusim.
$(BUILD)/tests/test_bench_device: $(if $(CUDA_SOURCES),$(BENCH_CUDA:%.cu=$(BUILD)/cusim/%.o))

tests: $(BENCH_TESTS:tests/%.c=$(BUILD)/tests/%)
