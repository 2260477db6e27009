# Every target is a call of the homelab command line; `bin/homelab --help` lists what it can do.
# Values pass as they are typed: $(value X) keeps make from expanding them, ARGS are words of the shell.
homelab := bin/homelab
quoted = '$(subst ','\'',$(value $1))'

# Make expands the variables of its command line for the environment of recipes, and would run a $(shell ...) in them: they are fixed first.
MAKEOVERRIDES =
$(foreach name,$(.VARIABLES),$(if $(filter command,$(origin $(name))),$(eval override $(name) := $$(value $(name)))$(eval export $(name))))

.PHONY: help lab lab-down lab-exec lab-pulumi lab-kubectl init plan diff new-stack doctor verify drift adopt up preview destroy ci-preview trim-tools clean-tools test test-lifecycle bench bench-failover soak
help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile
lab: ## start the lab and deploy every stack
	@$(homelab) lab up
lab-down: ## remove the lab
	@$(homelab) lab down
lab-exec: ## run CMD='...' on HOST=router
	@$(homelab) lab exec $(call quoted,HOST) $(call quoted,CMD)
lab-pulumi: ## run the Pulumi CLI with ARGS='...' on STACK=lab-dev
	@$(homelab) lab pulumi $(call quoted,STACK) $(value ARGS)
lab-kubectl: ## run kubectl with ARGS='...' on STACK=lab-dev
	@$(homelab) lab kubectl $(call quoted,STACK) $(value ARGS)
init: ## prepare a clone for your own cluster and router
	@$(homelab) init
plan: ## print the address plan, and write it to docs/ as a table and a picture
	@$(homelab) plan
diff: ## print what your edits change since the last commit, ARGS='--base origin/main'; without cluster and router; exits with 2 if anything differs
	@$(homelab) diff $(value ARGS)
new-stack: ## write the stack file for another cluster, NAME=lab-edge POOL=auto GATEWAY=auto
	@$(homelab) new-stack $(call quoted,NAME) $(if $(value POOL),--pool $(call quoted,POOL)) $(if $(value GATEWAY),--gateway $(call quoted,GATEWAY))
doctor: ## check everything that the first up depends on, STACK=lab-dev or all; ARGS=--json; changes nothing
	@$(homelab) doctor $(if $(value STACK),$(call quoted,STACK)) $(value ARGS)
verify: ## check deployed stacks against their plans, and probe each pool, STACK=lab-dev or all; ARGS='--report verify.html'
	@$(homelab) verify $(if $(value STACK),$(call quoted,STACK)) $(value ARGS)
drift: ## report drift between plan, state, cluster and router, STACK=lab-dev or all; ARGS=--json; exits with 2 if there is any
	@$(homelab) drift $(if $(value STACK),$(call quoted,STACK)) $(value ARGS)
adopt: ## take over the MetalLB that Helm, Flux or kubectl installed, STACK=lab-dev
	@$(homelab) adopt $(call quoted,STACK) $(value ARGS)
up: ## preview STACK=lab-dev, ask, then deploy it; ARGS=--all for every stack, ARGS='--all --yes' without a question
	@$(homelab) up $(if $(value STACK),$(call quoted,STACK)) $(value ARGS)
preview: ## preview STACK=lab-dev, or every stack with ARGS=--all; changes nothing
	@$(homelab) preview $(if $(value STACK),$(call quoted,STACK)) $(value ARGS)
destroy: ## list the services and routes that will go away, ask, then destroy STACK=lab-edge; ARGS=--yes without a question
	@$(homelab) destroy $(call quoted,STACK) $(value ARGS)
ci-preview: ## preview STACK=lab-dev, and print the summary as Markdown for a pull request
	@$(homelab) ci-preview $(call quoted,STACK) $(value ARGS)
trim-tools: ## remove the compiler's cache
	@$(homelab) lab tools trim
clean-tools: ## remove the tools and all downloads
	@$(homelab) lab tools clean
test: ## check format, lint, types, spelling and terms; run the unit tests, the lab's tests and the end-to-end tests in a lab of their own
	@$(homelab) lab test
test-lifecycle: ## test the states that a real cluster can be in, each in its own lab; SCENARIO=upgrade for one, ARGS=--list for the names
	@$(homelab) lab lifecycle $(if $(value SCENARIO),$(call quoted,SCENARIO)) $(value ARGS)
bench: ## measure, and write docs/benchmarks.md
	@$(homelab) lab bench
bench-failover: ## measure failover when nodes, links and the router fail, and write docs/benchmarks.md; resumes an interrupted run; ARGS='--rounds 3'
	@$(homelab) lab failover $(value ARGS)
soak: ## change routes 150 times, interrupt runs at every step, and write docs/benchmarks/soak.json; resumes an interrupted run
	@$(homelab) lab soak
