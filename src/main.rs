//! No arguments: the window. Otherwise: the command line.

fn main() {}
