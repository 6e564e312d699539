//! relais: the command line.
fn main() {}
