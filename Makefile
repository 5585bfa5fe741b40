# An index of commands. Everything can be done without make; see the recipes.

PREFIX ?= $(HOME)/.local

.PHONY: help build test check docs bench install

help:
	@echo 'make build    the binary, as users get it'
	@echo 'make test     the tests that this machine allows'
	@echo 'make check    what has to pass before a change is merged'
	@echo 'make docs     man pages, completions and the reviewed text of --help, from the tree of commands'
	@echo 'make bench    how long things take, beside the other engines that are installed'
	@echo 'make install  binary, man pages and completions below PREFIX ($(PREFIX))'

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

# Cargo names the directory after the target, because the flags for a static binary belong to it.
install: build
	install -Dm755 "$$(ls -t target/*/release/box target/release/box 2>/dev/null | head -1)" "$(DESTDIR)$(PREFIX)/bin/box"
	install -dm755 "$(DESTDIR)$(PREFIX)/share/man/man1"
	ln -sf box "$(DESTDIR)$(PREFIX)/bin/box-oci"
	install -m644 man/*.1 "$(DESTDIR)$(PREFIX)/share/man/man1"
	install -Dm644 completions/box.bash "$(DESTDIR)$(PREFIX)/share/bash-completion/completions/box"
	install -Dm644 completions/_box "$(DESTDIR)$(PREFIX)/share/zsh/site-functions/_box"
	install -Dm644 completions/box.fish "$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/box.fish"
