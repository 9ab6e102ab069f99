# lavaproxy. `make run` and `make test` are all a newcomer needs; both install what is missing on Debian 12.
#
#   all      build/lavaproxy and build/lavanode          run      the program on its built-in demo nodes
#   test     everything                                  check    format, headers, dependency order, linters
#   asan     build/asan/lavaproxy (ASan + UBSan)         tsan     build/tsan/lavaproxy (ThreadSanitizer)
#   fuzz     every fuzz target, FUZZ_SECONDS each        bench    figures beside haproxy and nginx
#   bench-tui  figures of the screen                     bench-web  figures of the pages
#   install    under DESTDIR and PREFIX                  clean
#
# Objects live under build/FLAVOUR/, so flavours do not rebuild each other. A unit test tests/unit/ROOM_x_test.c is linked with
# its room and the rooms below it only.

BUILD   ?= build
FLAVOUR ?= release
PREFIX  ?= /usr/local
PYTHON  ?= /usr/bin/python3
FUZZ_SECONDS ?= 60
JOBS    ?= $(shell nproc)
TEST_JOBS ?= 6
VERSION := 0.1.0

WARN := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 -Wvla -Werror
HARDEN := -fstack-protector-strong -fPIE -fcf-protection
LINK_HARDEN := -pie -Wl,-z,relro,-z,now -Wl,-z,noexecstack
BASE_CFLAGS := -std=gnu11 -g -fno-strict-aliasing -fno-common -pthread -D_GNU_SOURCE -DLAVAPROXY_VERSION='"$(VERSION)"' -Iinclude -Isrc $(WARN)

ifeq ($(FLAVOUR),release)
  CC := gcc
  CFLAGS := $(BASE_CFLAGS) -O2 -flto=auto -fno-plt -D_FORTIFY_SOURCE=2 $(HARDEN)
  LDFLAGS := $(LINK_HARDEN) -pthread
  AR := gcc-ar
else ifeq ($(FLAVOUR),asan)
  CC := gcc
  CFLAGS := $(BASE_CFLAGS) -O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined
  LDFLAGS := -fsanitize=address,undefined -pthread
else ifeq ($(FLAVOUR),tsan)
  CC := gcc
  CFLAGS := $(BASE_CFLAGS) -O1 -fno-omit-frame-pointer -fsanitize=thread -Wno-tsan
  LDFLAGS := -fsanitize=thread -pthread
else ifeq ($(FLAVOUR),clang)
  CC := clang
  CFLAGS := $(BASE_CFLAGS) -O2 -D_FORTIFY_SOURCE=2 $(HARDEN)
  LDFLAGS := $(LINK_HARDEN) -pthread
else ifeq ($(FLAVOUR),fuzz)
  CC := clang
  CFLAGS := $(BASE_CFLAGS) -O1 -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined
  LDFLAGS := -fsanitize=fuzzer,address,undefined -pthread
else
  $(error FLAVOUR is release, asan, tsan, clang or fuzz)
endif
LIBS := -lev -lhttp_parser -lyaml -lncursesw -ltinfo -lm
LIBS_ctl := -lsystemd

# Rooms from the top down: the order of the archives is the dependency order.
ROOMS := ctl tui web proxy demo stats conf net http lavalink base
below_ctl := $(ROOMS)
below_tui := tui stats conf net http lavalink base
below_web := web stats conf net http lavalink base
below_proxy := proxy stats conf net http lavalink base
below_demo := demo stats conf net http lavalink base
below_stats := stats conf net http lavalink base
below_conf := conf net http lavalink base
below_net := net base
below_http := http base
below_lavalink := lavalink base
below_base := base

B := $(BUILD)/$(FLAVOUR)
BIN := $(if $(filter release,$(FLAVOUR)),$(BUILD),$(B))

.PHONY: all run test check asan tsan fuzz bench bench-tui bench-web install clean needs-run needs-test unit functional fuzz-build fuzz-corpus tests-build
all: $(BIN)/lavaproxy $(BIN)/lavanode

# The themes too are compiled in from their files.
tui_FROM := themes

# A room's assets/ become a table in the program: $(B)/gen/ROOM_assets.c.
define room
$(1)_SRC := $$(wildcard src/$(1)/*.c)
$(1)_ASSETS := $$(sort $$(wildcard $$(or $$($(1)_FROM),src/$(1)/assets)/*))
$(1)_OBJ := $$($(1)_SRC:src/%.c=$(B)/%.o) $$(if $$($(1)_ASSETS),$(B)/gen/$(1)_assets.o)
$(B)/gen/$(1)_assets.c: packaging/embed $$($(1)_ASSETS)
	@mkdir -p $$(@D)
	packaging/embed $(1)_assets $$($(1)_ASSETS) >$$@
$(B)/$(1).a: $$($(1)_OBJ)
	@rm -f $$@; $$(AR) rcs $$@ $$^
endef
$(foreach r,$(ROOMS),$(eval $(call room,$(r))))

$(B)/%.o: src/%.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -MMD -MP -c $< -o $@

# What people run says which commit it is of; other builds are not made anew for each commit.
ifeq ($(FLAVOUR),release)
COMMIT := $(or $(shell test -e .git && git -c safe.directory='*' rev-parse --short=12 HEAD 2>/dev/null),unknown)
$(B)/web/metrics.o: CFLAGS += -DLAVAPROXY_COMMIT='"$(COMMIT)"'
$(B)/web/metrics.o: $(B)/gen/commit
$(B)/gen/commit: always
	@mkdir -p $(@D); echo $(COMMIT) | cmp -s - $@ || echo $(COMMIT) >$@
.PHONY: always
endif
$(B)/gen/%.o: $(B)/gen/%.c
	$(CC) $(CFLAGS) -MMD -MP -c $< -o $@

$(BIN)/lavaproxy: $(B)/main.o $(ROOMS:%=$(B)/%.a)
	$(CC) $(LDFLAGS) $(B)/main.o $(ROOMS:%=$(B)/%.a) $(LIBS) $(LIBS_ctl) -o $@
$(BIN)/lavanode: $(B)/lavanode.o $(below_demo:%=$(B)/%.a)
	$(CC) $(LDFLAGS) $(B)/lavanode.o $(below_demo:%=$(B)/%.a) $(LIBS) -o $@

# --- unit tests ---------------------------------------------------------------------------------------------------
UNIT := $(patsubst tests/unit/%.c,%,$(wildcard tests/unit/*_test.c))
room_of = $(firstword $(subst _, ,$(1)))
define unit_test
$(B)/unit/$(1): tests/unit/$(1).c $(below_$(call room_of,$(1)):%=$(B)/%.a)
	@mkdir -p $$(@D)
	$$(CC) $$(CFLAGS) -MMD -MP -MF $$@.d -Itests/unit $$(LDFLAGS) $$< $(below_$(call room_of,$(1)):%=$(B)/%.a) $$(LIBS) $$(LIBS_$(call room_of,$(1))) -lcmocka -o $$@
endef
$(foreach t,$(UNIT),$(eval $(call unit_test,$(t))))
$(UNIT:%=unit-%): unit-%: $(B)/unit/%
	@echo "== $<"; $<
unit: $(UNIT:%=unit-%)
.PHONY: $(UNIT:%=unit-%)

# --- fuzz targets: tests/fuzz/ROOM_x.c with a corpus in tests/fuzz/corpus/ROOM_x/ ---------------------------------
FUZZ := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/*.c))
define fuzz_target
$(B)/targets/$(1): tests/fuzz/$(1).c $(below_$(call room_of,$(1)):%=$(B)/%.a)
	@mkdir -p $$(@D)
	$$(CC) $$(CFLAGS) -MMD -MP -MF $$@.d $$(LDFLAGS) $$< $(below_$(call room_of,$(1)):%=$(B)/%.a) $$(LIBS) -o $$@
endef
$(foreach t,$(FUZZ),$(eval $(call fuzz_target,$(t))))
fuzz-build: $(FUZZ:%=$(B)/targets/%)
$(FUZZ:%=fuzz-%): fuzz-%: $(B)/targets/%
	@echo "== fuzz $*, $(FUZZ_SECONDS) s"; mkdir -p $(B)/found/$*; \
	  $< -max_total_time=$(FUZZ_SECONDS) -timeout=5 -rss_limit_mb=1024 -max_len=20000 -print_final_stats=1 \
	  -artifact_prefix=$(B)/found/ $(B)/found/$* tests/fuzz/corpus/$* >$(B)/found/$*.log 2>&1 || { tail -40 $(B)/found/$*.log; exit 1; }; \
	  grep -E 'stat::number_of_executed_units' $(B)/found/$*.log
fuzz-run: $(FUZZ:%=fuzz-%)
.PHONY: fuzz-run $(FUZZ:%=fuzz-%)
fuzz: needs-test
	$(MAKE) -j$(JOBS) FLAVOUR=fuzz fuzz-build
	$(MAKE) -j$(JOBS) -Otarget FLAVOUR=fuzz fuzz-run

# --- the two commands -----------------------------------------------------------------------------------------------
needs-run:
	@packaging/needs run
needs-test:
	@packaging/needs test

run: needs-run
	$(MAKE) -j$(JOBS) all
	$(BUILD)/lavaproxy --demo

asan:
	$(MAKE) -j$(JOBS) FLAVOUR=asan all
tsan:
	$(MAKE) -j$(JOBS) FLAVOUR=tsan all

test: needs-test
	$(MAKE) -j$(JOBS) all
	$(MAKE) -j$(JOBS) FLAVOUR=asan all
	$(MAKE) -j$(JOBS) -Otarget FLAVOUR=asan unit
	$(MAKE) -j$(JOBS) FLAVOUR=tsan all
	$(MAKE) -j$(JOBS) FLAVOUR=fuzz fuzz-build
	$(MAKE) -j$(JOBS) -Otarget FLAVOUR=fuzz fuzz-run FUZZ_SECONDS=3
	cd tests/clients && npm ci --no-audit --no-fund --silent
	cd tests/browser && npm ci --no-audit --no-fund --silent
	BUILD=$(abspath $(BUILD)) $(PYTHON) -m pytest -q -n $(TEST_JOBS) --dist loadgroup tests/functional
	BUILD=$(abspath $(BUILD)) $(PYTHON) -m pytest -q -n $(TEST_JOBS) --flavour tsan \
	  $(addprefix tests/functional/test_,storm.py run_modes.py limits.py screen.py affinity.py drain.py ports.py reload.py)

functional:
	BUILD=$(abspath $(BUILD)) $(PYTHON) -m pytest -q -n $(TEST_JOBS) --dist loadgroup tests/functional

check: needs-test
	@packaging/check

bench: needs-test
	@packaging/needs bench
	$(MAKE) -j$(JOBS) all
	$(MAKE) $(addprefix $(BUILD)/bench/,load screen affinity players)
	BUILD=$(abspath $(BUILD)) $(PYTHON) tests/bench/bench.py $(BENCH)
	$(BUILD)/bench/players
	$(BUILD)/bench/screen

bench-tui: needs-test
	@packaging/needs bench
	$(MAKE) -j$(JOBS) all
	$(MAKE) $(addprefix $(BUILD)/bench/,load screen)
	$(BUILD)/bench/screen; a=$$?; BUILD=$(abspath $(BUILD)) $(PYTHON) tests/bench/terminal.py && exit $$a

bench-web: needs-test
	@packaging/needs bench
	$(MAKE) -j$(JOBS) all
	$(MAKE) $(BUILD)/bench/load
	BUILD=$(abspath $(BUILD)) $(PYTHON) tests/bench/web.py

$(BUILD)/bench/load: tests/bench/load.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) $< -o $@
$(BUILD)/bench/screen: tests/bench/screen.c $(below_tui:%=$(B)/%.a)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -Itests/unit $(LDFLAGS) $< $(below_tui:%=$(B)/%.a) $(LIBS) -lutil -o $@
$(BUILD)/bench/players: tests/bench/players.c $(below_stats:%=$(B)/%.a)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -Itests/unit $(LDFLAGS) $< $(below_stats:%=$(B)/%.a) $(LIBS) -lcmocka -o $@
$(BUILD)/bench/affinity: tests/bench/affinity.c $(below_proxy:%=$(B)/%.a)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) $< $(below_proxy:%=$(B)/%.a) $(LIBS) -o $@

install: all
	install -D -m 755 $(BUILD)/lavaproxy $(DESTDIR)$(PREFIX)/bin/lavaproxy
	install -D -m 644 lavaproxy.yaml $(DESTDIR)$(PREFIX)/share/doc/lavaproxy/lavaproxy.yaml
	install -d $(DESTDIR)$(PREFIX)/share/lavaproxy/themes
	install -m 644 $(tui_ASSETS) $(DESTDIR)$(PREFIX)/share/lavaproxy/themes/
	install -d $(DESTDIR)$(PREFIX)/lib/systemd/system
	sed 's#/usr/local/bin/#$(PREFIX)/bin/#' packaging/lavaproxy.service >$(DESTDIR)$(PREFIX)/lib/systemd/system/lavaproxy.service
	install -m 644 packaging/lavaproxy.socket packaging/lavaproxy-web.socket $(DESTDIR)$(PREFIX)/lib/systemd/system/

clean:
	rm -rf $(BUILD)

-include $(shell find $(B) -name '*.d' 2>/dev/null)
