# nix-build packaging/nix
{ pkgs ? import <nixpkgs> { } }:

pkgs.rustPlatform.buildRustPackage {
  pname = "box";
  version = (builtins.fromTOML (builtins.readFile ../../Cargo.toml)).package.version;
  src = pkgs.lib.cleanSource ../..;
  cargoLock.lockFile = ../../Cargo.lock;

  # Its tests want a machine of their own; see tests/run.
  doCheck = false;

  # The static C library, for the one static binary that box is.
  buildInputs = [ pkgs.glibc.static ];

  postInstall = ''
    rm $out/bin/*
    sh packaging/place "$(ls -t target/*/release/box | head -n 1)" "" $out
    mkdir -p $out/lib/systemd
    ln -s ../../share/systemd/user $out/lib/systemd/user
  '';

  meta = {
    description = "Daemonless, rootless container engine";
    license = pkgs.lib.licenses.asl20;
    mainProgram = "box";
    platforms = pkgs.lib.platforms.linux;
  };
}
