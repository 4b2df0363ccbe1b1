//! The binary `metawasm`.

use std::process::ExitCode;

fn main() -> ExitCode {
    metawasm::cli::main()
}
