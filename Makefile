# ollama-gateway: what a developer and an operator do, one target each. `make help` lists them.

PROGRAM := .build/release/ollama-gateway
SWIFT_SOURCES := Package.swift Sources Tests

# Further arguments: of the program for `run`, of the benchmark for `bench`, of pytest for `test-clients`.
ARGS ?=

# How long `fuzz` runs; the seeds are the same each time.
FUZZ_SECONDS ?= 600

# Of the Autobahn suite: core, limits or all.
GROUPS ?= all

# Swift's own libraries go into the program: the machine it runs on needs no Swift.
# (lld, which comes with Swift: the system's linker warns of calls inside those libraries.)
RELEASE := -c release --static-swift-stdlib -Xswiftc -use-ld=lld

# All tests at once would be thousands of connections at once: then each is as slow as all of them.
SWIFT_TEST := swift test --experimental-maximum-parallelization-width 6

# A backtrace printed by Swift's handler hides the sanitizer's own report.
SANITIZER := SWIFT_BACKTRACE=enable=no

.DEFAULT_GOAL := build
.PHONY: help dependencies build test test-swift test-clients fuzz autobahn sanitize-thread sanitize-address demo run \
	bench format lint clean

help: ## lists these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-17s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

dependencies: ## installs the system packages that are missing for build and test (apt, sudo when not root)
	@.ci/dependencies build test

build: ## builds the program at .build/release/ollama-gateway
	@.ci/dependencies build
	swift build $(RELEASE) --product ollama-gateway

# ARGS would go to two different runners.
test: override ARGS :=
test: test-swift test-clients ## all Swift tests, then the official clients against a real Ollama

test-swift: dependencies ## the Swift tests alone (ARGS="--filter NAME")
	$(SWIFT_TEST) $(ARGS)

test-clients: dependencies build ## ollama, openai, anthropic and langchain-ollama through the gateway to a real Ollama
	Tests/Clients/run.sh $(ARGS)

fuzz: dependencies ## broken frames and broken JSON for the WebSockets (FUZZ_SECONDS=600)
	FUZZ_SECONDS=$(FUZZ_SECONDS) swift test --filter FuzzTests

# A debug build: it has the route that echoes.
autobahn: dependencies ## the Autobahn WebSocket suite against the gateway (GROUPS=core, limits or all)
	swift build --product ollama-gateway
	Tests/Autobahn/run.sh .build/debug/ollama-gateway $(GROUPS)

sanitize-thread: dependencies ## the Swift tests under the thread sanitizer
	$(SANITIZER) TSAN_OPTIONS=halt_on_error=1 $(SWIFT_TEST) --sanitize=thread --scratch-path .build-thread $(ARGS)

sanitize-address: dependencies ## the Swift tests under the address sanitizer
	$(SANITIZER) ASAN_OPTIONS=halt_on_error=1:detect_leaks=0 \
		$(SWIFT_TEST) --sanitize=address --scratch-path .build-address $(ARGS)

demo: ## gateway and Ollama together, set up from nothing; Ctrl-C ends both (DEMO_PORT=10200)
	@.ci/dependencies build test
	@echo "==> building the gateway (the first time takes some minutes)"
	@swift build $(RELEASE) --product ollama-gateway
	@python3 Tests/RealOllama/demo.py $(PROGRAM)

run: build ## the gateway alone, in front of the Ollama you have (ARGS="--listen 127.0.0.1:8080")
	$(PROGRAM) $(ARGS)

bench: build ## CPU time of the gateway beside nginx as a reverse proxy (a first look)
	@.ci/dependencies bench
	python3 Benchmarks/look.py $(PROGRAM) $(ARGS)

format: ## formats the Swift sources in place
	swift format --in-place --recursive --parallel $(SWIFT_SOURCES)

lint: ## checks format and style, as CI does
	swift format lint --strict --recursive --parallel $(SWIFT_SOURCES)

clean: ## removes everything that was built (not the cached Ollama in ~/.cache/ollama-gateway)
	rm -rf .build .build-thread .build-address
