# Every target is a verb of cli/main.ts; the bootstrap provides a recent Node and the npm packages.
# STACK=<name> selects Pulumi.<name>.yaml; the default is dev.
RUN := sh toolchain/bootstrap.sh cli/main.ts
STACK ?= dev
# What CMD holds goes to the machine as it was typed: make would otherwise read its dollar signs.
override CMD := $(value CMD)
export STACK TOPOLOGY KEEP KILL YES CONFIRM HOST ADD NODE SNAPSHOT CMD UPDATE CHAPTER

.DEFAULT_GOAL := help
.PHONY: up smoke test e2e bench preflight preview drift repair backup restore down forget status certs ssh tools env lock docs docs-test pictures help jest gotest

up: ## create or update the cluster, then verify it (STACK=dev; YES=1 asks nothing on a terminal)
	@$(RUN) up

smoke: ## test a running cluster: nodes, network, names, exec, secrets
	@$(RUN) smoke

test: ## types, lint, spelling, dead code, workflows, shell, unit tests; no root, no Docker, no engine
	@$(RUN) test

e2e: ## create, test and remove whole clusters, on each pod network (TOPOLOGY=default|minimal|ha|hosts|download|change|keys|computers, KILL=1, KEEP=1)
	@$(RUN) e2e

bench: ## measure throughput and latency between pods: bridge, Weave Net, and the machines themselves
	@$(RUN) bench

preflight: ## find what would stop "make up", on every host or on this machine; changes nothing (STACK=dev)
	@$(RUN) preflight

doctor: ## what this computer has, what "make up" would download or build, what is in the way; changes nothing (JSON=1)
	@$(RUN) doctor

preview: ## show what "make up" would change
	@$(RUN) preview

drift: ## compare program, cloud and machines with the last update; changes nothing
	@$(RUN) drift

repair: ## put back what "make drift" finds, one machine at a time, and look again
	@$(RUN) repair

backup: ## take a snapshot of etcd and fetch it to .hardway/backups (STACK=dev)
	@$(RUN) backup

restore: ## put a snapshot in the place of etcd's data on every member, then "make up" (SNAPSHOT=<file>)
	@$(RUN) restore

down: ## remove the cluster: lab machines, or everything installed on hosts (CONFIRM=<stack>); keeps caches
	@$(RUN) down

forget: ## remove a permanently lost host from the state; does not contact it (STACK=<stack> HOST=<name>)
	@$(RUN) forget

status: ## show machines, API endpoint and certificate expiry (STACK=dev)
	@$(RUN) status

certs: ## every certificate: who signed it, how long it is valid, where it lies (STACK=dev JSON=1)
	@$(RUN) certs

ssh: ## open a root shell on a machine (NODE=<name>), or run a command there (CMD='<command>')
	@$(RUN) ssh

tools: ## install, download or build Pulumi, its plugins and kubectl
	@$(RUN) tools

env: ## write .hardway/env, for plain pulumi and kubectl
	@$(RUN) env

lock: ## pin the checksums of everything that is installed, from the publishers (ADD=kubernetes=1.36.5 adds a version)
	@$(RUN) lock

docs: ## write the generated parts of the documentation, and Pulumi.yaml
	@$(RUN) docs

docs-test: ## run every command of the tutorial on a lab of its own and compare outputs (UPDATE=1 records them, CHAPTER=05, KEEP=1)
	@$(RUN) docs-test

pictures: ## draw the pictures of the documentation from a running stack (STACK=dev)
	@$(RUN) pictures

help: ## show this list
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 17

# Unit tests of one folder: make jest ARGS=test/components/etcd
jest:
	@sh toolchain/bootstrap.sh --experimental-vm-modules node_modules/jest/bin/jest.js $(ARGS)

gotest: ## test the Go plugin (needs Go 1.26)
	@cd toolchain/go/command && go test ./...
