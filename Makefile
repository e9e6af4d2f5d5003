# Everything is a verb of cli/main.ts; the bootstrap brings a Node that is new enough and the packages it needs.
# STACK=<name> chooses Pulumi.<name>.yaml, by default dev.
RUN := sh toolchain/bootstrap.sh cli/main.ts
STACK ?= dev
export STACK TOPOLOGY KEEP KILL CONFIRM HOST ADD

.DEFAULT_GOAL := help
.PHONY: up smoke test e2e bench preflight preview drift down forget status tools env lock help jest

up: ## bring the cluster up, or bring it up to date (STACK=dev)
	@$(RUN) up

smoke: ## try out a cluster that is up: nodes, network, names, exec, secrets
	@$(RUN) smoke

test: ## type check, lint, workflows, unit tests; no root, no Docker, no engine
	@$(RUN) test

e2e: ## whole clusters of their own up, tried, and down, on each pod network (TOPOLOGY=default|minimal|ha|hosts|download for one, computers for other systems, KILL=1, KEEP=1)
	@$(RUN) e2e

bench: ## throughput and latency between pods by bridge and by Weave Net, beside the machines'
	@$(RUN) bench

preflight: ## look for what would stop "make up": on every host, or for a lab on this machine; changes nothing (STACK=dev)
	@$(RUN) preflight

preview: ## what "make up" would do
	@$(RUN) preview

drift: ## what differs from the last update: in the program, in the cloud, on the machines; changes nothing
	@$(RUN) drift

down: ## remove the machines, or from hosts all that was put there (CONFIRM=<stack>); caches stay
	@$(RUN) down

forget: ## let go of a host that is gone for good, without asking it (STACK=<stack> HOST=<name>)
	@$(RUN) forget

status: ## what is there of the stack
	@$(RUN) status

tools: ## fetch or build Pulumi, its plugins and kubectl, nothing else
	@$(RUN) tools

env: ## write .hardway/env, for plain pulumi and kubectl
	@$(RUN) env

lock: ## pin the checksums of everything that is installed, from the publishers (ADD=kubernetes=1.36.5 adds a version)
	@$(RUN) lock

help: ## this list
	@sed -n 's/^\([a-z0-9]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 17

# One room's unit tests: make jest ARGS=test/etcd
jest:
	@sh toolchain/bootstrap.sh --experimental-vm-modules node_modules/jest/bin/jest.js $(ARGS)
