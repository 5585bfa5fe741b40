//! Which process of box this is. One binary plays all of them; the name it was started under says which, so that `ps`
//! shows the tree and the small roles never meet the command line's code.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The command line.
    Cli,
    /// Keeps one container.
    Monitor,
    /// Looks after one container: restarts it, checks its health.
    Keeper,
    /// Unpacks one layer.
    Unpacker,
    /// Root in a container that has one id only.
    Emulator,
}

impl Role {
    /// From `argv[0]`.
    pub fn of(name: &str) -> Role {
        match name {
            "box-monitor" => Role::Monitor,
            "box-keeper" => Role::Keeper,
            "box-unpack" => Role::Unpacker,
            "box-emulate" => Role::Emulator,
            _ => Role::Cli,
        }
    }

    /// The name to start this role under.
    pub fn name(self) -> &'static str {
        match self {
            Role::Cli => "box",
            Role::Monitor => "box-monitor",
            Role::Keeper => "box-keeper",
            Role::Unpacker => "box-unpack",
            Role::Emulator => "box-emulate",
        }
    }
}
