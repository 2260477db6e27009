# Every target is a call of the homelab command line; `bin/homelab --help` lists what it can do.
# Values pass as they are typed: $(value X) keeps make from expanding them.
homelab := bin/homelab
quoted = '$(subst ','\'',$(value $1))'

.PHONY: help lab lab-down lab-exec lab-pulumi lab-kubectl init plan new-stack doctor verify drift adopt up preview destroy ci-preview trim-tools clean-tools test test-lifecycle bench bench-failover soak
help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile
lab: ## raise the lab and provision every stack
	@$(homelab) lab up
lab-down: ## remove the lab
	@$(homelab) lab down
lab-exec: ## run CMD='...' on HOST=router
	@$(homelab) lab exec $(call quoted,HOST) $(call quoted,CMD)
lab-pulumi: ## run the Pulumi CLI with ARGS='...' on STACK=lab-dev
	@$(homelab) lab pulumi $(call quoted,STACK) $(value ARGS)
lab-kubectl: ## run kubectl with ARGS='...' on STACK=lab-dev
	@$(homelab) lab kubectl $(call quoted,STACK) $(value ARGS)
init: ## prepare a clone for a cluster and a router of your own
	@$(homelab) init
plan: ## print the table of addresses, and write it and the picture into docs/
	@$(homelab) plan
new-stack: ## write the stack file of a further cluster, NAME=lab-edge POOL=auto GATEWAY=auto
	@$(homelab) new-stack $(call quoted,NAME) $(if $(value POOL),--pool $(call quoted,POOL)) $(if $(value GATEWAY),--gateway $(call quoted,GATEWAY))
doctor: ## look at all that a first up depends on, STACK=lab-dev or all; ARGS=--json; changes nothing
	@$(homelab) doctor $(if $(value STACK),$(call quoted,STACK)) $(value ARGS)
verify: ## hold what is up against the plan, and ask a service of each pool, STACK=lab-dev or all; ARGS='--report verify.html'
	@$(homelab) verify $(if $(value STACK),$(call quoted,STACK)) $(value ARGS)
drift: ## tell in what plan, state, cluster and router differ, STACK=lab-dev or all; ARGS=--json; exit status 2; changes nothing
	@$(homelab) drift $(if $(value STACK),$(call quoted,STACK)) $(value ARGS)
adopt: ## make the MetalLB that Helm, Flux or kubectl installed the stack's, STACK=lab-dev
	@$(homelab) adopt $(call quoted,STACK) $(value ARGS)
up: ## preview STACK=lab-dev, ask, and bring it; with ARGS=--all every stack, with ARGS='--all --yes' without a question
	@$(homelab) up $(if $(value STACK),$(call quoted,STACK)) $(value ARGS)
preview: ## preview STACK=lab-dev, or with ARGS=--all every stack; changes nothing
	@$(homelab) preview $(if $(value STACK),$(call quoted,STACK)) $(value ARGS)
destroy: ## say what it takes away, and then destroy STACK=lab-edge, with ARGS='--yes' without a question
	@$(homelab) destroy $(call quoted,STACK) $(value ARGS)
ci-preview: ## pulumi preview of STACK=lab-dev, its summary as Markdown for a pull request
	@$(homelab) ci-preview $(call quoted,STACK) $(value ARGS)
trim-tools: ## remove the compiler's cache
	@$(homelab) lab tools trim
clean-tools: ## remove the tools and all downloads
	@$(homelab) lab tools clean
test: ## format, lint, types, unit tests, the lab's parts, and end to end in a lab of its own
	@$(homelab) lab test
test-lifecycle: ## the states that a real cluster can be in, each in a lab of its own; SCENARIO=upgrade for one, ARGS=--list for their names
	@$(homelab) lab lifecycle $(if $(value SCENARIO),$(call quoted,SCENARIO)) $(value ARGS)
bench: ## measure, and write docs/benchmarks.md
	@$(homelab) lab bench
bench-failover: ## let nodes, links and the router fail in a lab of its own, and write docs/benchmarks.md; goes on where it was; ARGS='--rounds 3'
	@$(homelab) lab failover $(value ARGS)
soak: ## change routes 150 times, cut runs off at every boundary, and write docs/benchmarks/soak.json; goes on where it was
	@$(homelab) lab soak
