# ollama-gateway: what a developer and an operator do, one target each. `make help` lists them.

PROGRAM := .build/release/ollama-gateway
SWIFT_SOURCES := Package.swift Sources Tests Benchmarks/Package.swift Benchmarks/Sources

# Further arguments: of the program for `run`, of the benchmark for `bench` (ARGS="--only unary"), of pytest for `test-clients`.
ARGS ?=

# Where `install` puts things. DESTDIR comes before all of them, for packages.
PREFIX ?= /usr/local
SYSCONFDIR ?= /etc
BIN := $(PREFIX)/bin
UNITS ?= $(PREFIX)/lib/systemd/system
SYSUSERS ?= $(PREFIX)/lib/sysusers.d
MANUALS := $(PREFIX)/share/man/man1
DOCUMENTS := $(PREFIX)/share/doc/ollama-gateway
BASH_COMPLETIONS ?= $(PREFIX)/share/bash-completion/completions
ZSH_COMPLETIONS ?= $(PREFIX)/share/zsh/site-functions
FISH_COMPLETIONS ?= $(PREFIX)/share/fish/vendor_completions.d
CONFIGURATION := $(SYSCONFDIR)/ollama-gateway/config.yaml

# Not empty: the short benchmark.
QUICK ?=

# Of `bench-compare`: the program before the change.
OLD ?= $(error OLD=PROGRAM is missing: the program that this one is compared with)

# How long each of the two parts of `fuzz` runs. Of the second: its seed, else a new one, and what a failure says to do again.
FUZZ_SECONDS ?= 600
FUZZ_SEED ?=
FUZZ_REPLAY ?=
# The program that is attacked; without the sanitizer no build of its own is made.
FUZZ_SANITIZED := .build-address/release/ollama-gateway
FUZZ_PROGRAM ?= $(FUZZ_SANITIZED)

# What `deb` makes; asked for once the program is there.
PACKAGE = .build/deb/ollama-gateway_$(shell $(PROGRAM) --version)_$(shell dpkg --print-architecture).deb

# Of the Autobahn suite: core, limits or all.
GROUPS ?= all

# Swift's own libraries go into the program: the machine it runs on needs no Swift.
# (lld, which comes with Swift: the system's linker warns of calls inside those libraries.)
# Nobody links with the program, so its names are not exported; relocations are packed, for which glibc must be 2.36 or
# later; each function is a section, so that what nobody calls is left out and what runs at the start lies together. Each of
# them is memory that a gateway at rest does not hold.
LINKER := --no-export-dynamic -z pack-relative-relocs \
	--symbol-ordering-file=$(CURDIR)/packaging/startup.order --no-warn-symbol-ordering
RELEASE := -c release --static-swift-stdlib -Xswiftc -Xfrontend -Xswiftc -function-sections -Xswiftc -use-ld=lld $(LINKER:%=-Xlinker %)

# All tests at once would be thousands of connections at once: then each is as slow as all of them.
SWIFT_TEST := swift test --experimental-maximum-parallelization-width 6

# A backtrace printed by Swift's handler hides the sanitizer's own report.
SANITIZER := SWIFT_BACKTRACE=enable=no

.DEFAULT_GOAL := build
.PHONY: help dependencies build test test-swift test-pages test-clients test-packaging test-system fuzz autobahn \
	sanitize-thread sanitize-address test-libmicrohttpd-1 run-with-libmicrohttpd-1 demo run bench bench-readme bench-micro bench-compare soak startup-order install uninstall deb \
	format lint clean

help: ## lists these targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-20s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

dependencies: ## installs the system packages that are missing for build and test (apt, sudo when not root)
	@.ci/dependencies build test

build: ## builds the program at .build/release/ollama-gateway
	@.ci/dependencies build
	swift build $(RELEASE) --product ollama-gateway

# ARGS would go to two different runners.
test: override ARGS :=
test: test-swift test-pages test-clients test-packaging ## all Swift tests, the pages, the official clients against a real Ollama, the packaging

test-packaging: deb ## units, manual page, completions and Debian package, without root
	packaging/check.sh $(PROGRAM) $(PACKAGE)

test-system: deb ## the Debian package under a real systemd: needs root, and 500 MB for a Debian the first time
	@.ci/dependencies system
	Tests/System/run.sh $(PACKAGE)

# What is said of sessions holds for each kind of store.
STORED := --skip-build --filter 'GatewayTests.*(Chat|WebSocket|Session|Principal|Socket|Drain)'

test-swift: dependencies ## the Swift tests alone (ARGS="--filter NAME")
	$(SWIFT_TEST) $(ARGS)
	$(if $(ARGS),,GATEWAY_TEST_STORE=sqlite $(SWIFT_TEST) $(STORED))
	$(if $(ARGS),,GATEWAY_TEST_STORE=postgresql $(SWIFT_TEST) $(STORED))

test-pages: dependencies ## what the pages do that needs no browser, by node
	node --test Tests/Pages/*.test.mjs

test-clients: dependencies build ## clients through the gateway to a real Ollama: ollama, openai, anthropic, langchain-ollama, Chromium
	Tests/Clients/run.sh $(ARGS)

# Optimized: under a sanitizer a debug build is too slow to be asked much, and what is shipped is optimized as well.
fuzz: dependencies ## broken frames and JSON, then hostile clients and a hostile Ollama for a whole gateway (FUZZ_SECONDS=600)
	$(if $(FUZZ_REPLAY),,FUZZ_SECONDS=$(FUZZ_SECONDS) swift test --filter FuzzTests)
	$(if $(filter $(FUZZ_SANITIZED),$(FUZZ_PROGRAM)),swift build -c release --sanitize=address --scratch-path .build-address --product ollama-gateway)
	python3 Tests/Fuzz/fuzz.py $(FUZZ_PROGRAM) --seconds $(FUZZ_SECONDS) \
		$(FUZZ_SEED:%=--seed %) $(FUZZ_REPLAY:%=--replay %) $(ARGS)

# A debug build: it has the route that echoes.
autobahn: dependencies ## the Autobahn WebSocket suite against the gateway (GROUPS=core, limits or all)
	swift build --product ollama-gateway
	Tests/Autobahn/run.sh .build/debug/ollama-gateway $(GROUPS)

sanitize-thread: dependencies ## the Swift tests under the thread sanitizer
	$(SANITIZER) TSAN_OPTIONS=halt_on_error=1 $(SWIFT_TEST) --sanitize=thread --scratch-path .build-thread $(ARGS)

sanitize-address: dependencies ## the Swift tests under the address sanitizer
	$(SANITIZER) ASAN_OPTIONS=halt_on_error=1:detect_leaks=0 \
		$(SWIFT_TEST) --sanitize=address --scratch-path .build-address $(ARGS)

# Debian 12 has libmicrohttpd 0.9.75, Debian 13 and Ubuntu 24.04 have 1.0, which works in another way here and there.
test-libmicrohttpd-1: dependencies ## the Swift tests, built against Debian 13's libmicrohttpd 1.0 and run with it
	Tests/NewerMicroHTTPD/run.sh $(SWIFT_TEST) --scratch-path .build-libmicrohttpd-1 $(ARGS)

# Whoever installs what was built with 0.9 beside 1.0 has this.
run-with-libmicrohttpd-1: dependencies ## the Swift tests, built with this machine's libmicrohttpd and run with 1.0
	Tests/NewerMicroHTTPD/run.sh $(SWIFT_TEST) $(ARGS)

demo: ## gateway and Ollama together, set up from nothing; Ctrl-C ends both, its chats stay (DEMO_PORT=10200, FLEET=3 for three Ollamas)
	@.ci/dependencies build test
	@echo "==> building the gateway (the first time takes some minutes)"
	@swift build $(RELEASE) --product ollama-gateway
	@python3 Tests/RealOllama/demo.py $(PROGRAM)

run: build ## the gateway alone, in front of the Ollama you have (ARGS="--listen 127.0.0.1:8080")
	$(PROGRAM) $(ARGS)

# The tables are Markdown, as README.md has them.
bench: build ## the gateway beside nginx, HAProxy, Envoy and LiteLLM: a quarter of an hour, QUICK=1 under 4 minutes
	@.ci/dependencies bench
	python3 Benchmarks/bench.py $(PROGRAM) $(if $(QUICK),--quick) --json .build/bench.json --markdown .build/bench.md $(ARGS)

bench-readme: ## the same, and its tables go into Benchmarks/README.md
	@$(MAKE) bench ARGS="--readme Benchmarks/README.md $(ARGS)"

bench-micro: ## the hot pieces, each by itself, in ns (ARGS="--filter NAME")
	@.ci/dependencies build
	@# What is declared for the gateway's own package is measured too, as tests see it.
	swift run -c release -Xswiftc -enable-testing --package-path Benchmarks Microbenchmarks $(ARGS)

bench-compare: build ## this build beside an older one, CPU time and instructions in turn (OLD=PROGRAM)
	@.ci/dependencies bench order
	python3 Benchmarks/compare.py $(OLD) $(PROGRAM) $(ARGS)

soak: build ## 200,000 requests and 20,000 broken-off streams: do memory and descriptors come back? (half a minute)
	@.ci/dependencies bench
	python3 Benchmarks/soak.py $(PROGRAM) $(ARGS)

startup-order: build ## finds anew which of Swift's functions the start calls, for the linker (after a new Swift)
	@.ci/dependencies order
	packaging/startup-order.py $(PROGRAM) >.build/startup.order
	mv .build/startup.order packaging/startup.order
	@# SwiftPM does not know of the file: without a program it links anew.
	rm $(PROGRAM)

install: ## installs what was built, with units, manual, completions and examples (DESTDIR, PREFIX=/usr/local)
	@test -x $(PROGRAM) || { echo "Nothing is built yet: run make first." >&2; exit 1; }
	install -D -m 755 $(PROGRAM) $(DESTDIR)$(BIN)/ollama-gateway
	install -d $(DESTDIR)$(UNITS) $(DESTDIR)$(BASH_COMPLETIONS) $(DESTDIR)$(ZSH_COMPLETIONS) $(DESTDIR)$(FISH_COMPLETIONS)
	for unit in ollama-gateway.service ollama-gateway.socket; do \
	  sed -e 's#/usr/bin/#$(BIN)/#' -e 's#/etc/ollama-gateway/#$(dir $(CONFIGURATION))#' systemd/$$unit \
	    >$(DESTDIR)$(UNITS)/$$unit && chmod 644 $(DESTDIR)$(UNITS)/$$unit || exit 1; \
	done
	install -D -m 644 packaging/sysusers.conf $(DESTDIR)$(SYSUSERS)/ollama-gateway.conf
	install -D -m 644 packaging/ollama-gateway.1 $(DESTDIR)$(MANUALS)/ollama-gateway.1
	$(PROGRAM) --generate-completion-script bash | sed '1{/^#!/d}' >$(DESTDIR)$(BASH_COMPLETIONS)/ollama-gateway
	$(PROGRAM) --generate-completion-script zsh >$(DESTDIR)$(ZSH_COMPLETIONS)/_ollama-gateway
	$(PROGRAM) --generate-completion-script fish >$(DESTDIR)$(FISH_COMPLETIONS)/ollama-gateway.fish
	install -D -m 644 nginx/ollama-gateway.conf $(DESTDIR)$(DOCUMENTS)/examples/nginx.conf
	install -D -m 644 packaging/config.yaml $(DESTDIR)$(DOCUMENTS)/examples/config.yaml
	@test -n "$(DESTDIR)" || getent group ollama-gateway >/dev/null || \
	  echo "The units need a user: sudo systemd-sysusers $(SYSUSERS)/ollama-gateway.conf"
	@# What an operator has written is not ours to replace.
	test -e $(DESTDIR)$(CONFIGURATION) || install -D -m 644 packaging/config.yaml $(DESTDIR)$(CONFIGURATION)

uninstall: ## removes what `install` has put there; a configuration that was changed stays
	rm -f $(DESTDIR)$(BIN)/ollama-gateway $(DESTDIR)$(UNITS)/ollama-gateway.service \
	  $(DESTDIR)$(UNITS)/ollama-gateway.socket $(DESTDIR)$(SYSUSERS)/ollama-gateway.conf \
	  $(DESTDIR)$(MANUALS)/ollama-gateway.1 \
	  $(DESTDIR)$(BASH_COMPLETIONS)/ollama-gateway $(DESTDIR)$(ZSH_COMPLETIONS)/_ollama-gateway \
	  $(DESTDIR)$(FISH_COMPLETIONS)/ollama-gateway.fish
	rm -rf $(DESTDIR)$(DOCUMENTS)
	@if cmp -s packaging/config.yaml $(DESTDIR)$(CONFIGURATION); then \
	  rm $(DESTDIR)$(CONFIGURATION) && rmdir --ignore-fail-on-non-empty $(DESTDIR)$(dir $(CONFIGURATION)); \
	elif [ -e $(DESTDIR)$(CONFIGURATION) ]; then echo "kept: $(DESTDIR)$(CONFIGURATION)"; fi

deb: build ## builds a Debian package in .build/deb, and one of its symbols
	@.ci/dependencies deb
	packaging/deb.sh $(PROGRAM) .build/deb

format: ## formats the Swift sources in place
	swift format --in-place --recursive --parallel $(SWIFT_SOURCES)

lint: ## checks format and style, as CI does
	swift format lint --strict --recursive --parallel $(SWIFT_SOURCES)

clean: ## removes everything that was built (not the cached Ollama in ~/.cache/ollama-gateway)
	rm -rf .build .build-thread .build-address Benchmarks/.build
