//! relaisd.
fn main() {}
