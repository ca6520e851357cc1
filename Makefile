# custos: the targets a person uses. `make demo` and `make test` do all their own set-up.
SHELL := /bin/bash
GO    ?= go
BIN   := bin
BUILD := CGO_ENABLED=0 GOAMD64=v1 $(GO) build -trimpath -buildvcs=false -ldflags='-s -w -buildid='

.PHONY: demo test lint module build bench prove reproduce reproduce-builds vulncheck clean help

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 18

demo: build ## the main job on made-up data, embedded: import, analyse, produce, bundle, verify, tamper
	rm -rf custos-demo custos-demo.keys
	$(BIN)/custos demo --dir custos-demo

test: module ## every test; starts a private PostgreSQL (installed if missing)
	.ci/test

lint: ## vet, golangci-lint and the house's own rules
	.ci/lint

module: ## compile every step into one WebAssembly module, the judge of every result
	$(GO) run ./analysis/module/build

build: module ## bin/custos and bin/custos-verify
	mkdir -p $(BIN)
	$(BUILD) -o $(BIN)/custos ./cmd/custos
	$(BUILD) -o $(BIN)/custos-verify ./cmd/custos-verify

bench: module ## speed as ratios in one run: disk, signatures, DuckDB
	.ci/bench

prove: module ## the long harnesses for MINUTES (30); adds its counts to PROOF.md
	.ci/prove $(or $(MINUTES),30)

reproduce: module ## one digest on every processor, release and locale
	.ci/reproduce

reproduce-builds: ## both programs and the module twice: other folder, user, locale, empty cache; the same bytes
	.ci/reproduce-builds

vulncheck: module ## known faults in what the programs are built from, without a network
	.ci/vulncheck

clean: ## remove what the targets above made
	rm -rf $(BIN) custos-demo custos-demo.keys analysis/module/built/*.zst analysis/module/built/*.json analysis/module/built/SHA256SUMS
