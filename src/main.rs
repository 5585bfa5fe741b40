//! Which process am I?

fn main() {
    box_lib::cli::main(std::env::args_os())
}
