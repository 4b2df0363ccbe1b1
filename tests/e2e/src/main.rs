//! Functions on a real API server.

fn main() {}
