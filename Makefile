# An index of commands. Everything can be done without make; see the recipes.

PREFIX ?= $(HOME)/.local

.PHONY: help build test check docs bench install place dist

help:
	@echo 'make build    the binary, as users get it'
	@echo 'make test     the tests that this machine allows'
	@echo 'make check    what has to pass before a change is merged'
	@echo 'make docs     man pages, completions and the reviewed text of --help, from the tree of commands'
	@echo 'make bench    how long things take, beside the other engines that are installed'
	@echo 'make install  binary, man pages, completions and units below PREFIX ($(PREFIX))'
	@echo 'make dist     packages, in target/dist: tarball, deb, rpm'

# Cargo names the directory after the target, because the flags for a static binary belong to it. Asked for by the recipes
# that need it only.
HOST = $(shell rustc -vV | sed -n 's/^host: //p')
BINARY = $${CARGO_TARGET_DIR:-target}/$(HOST)/release/box

build:
	cargo build --release

test:
	cargo test

check:
	cargo fmt --check
	cargo clippy --all-targets -- -D warnings
	cargo test

docs:
	BOX_UPDATE_SNAPSHOTS=1 cargo test --test it help::

bench:
	tests/run --bench

install: build place

# Of what was built before, for those who pack it.
place:
	packaging/place "$(BINARY)" "$(DESTDIR)" "$(PREFIX)"

# No path of this machine gets into the binary: built elsewhere from the same sources, it has the same bytes.
CARGO_HOME ?= $(HOME)/.cargo
dist:
	CFLAGS="$$CFLAGS -ffile-prefix-map=$(CURDIR)=/box -ffile-prefix-map=$(CARGO_HOME)=/cargo" cargo build --release \
		--locked --config "target.$(HOST).rustflags=['--remap-path-prefix=$(CURDIR)=/box', \
		'--remap-path-prefix=$(CARGO_HOME)=/cargo']"
	packaging/build "$(BINARY)" target/dist
