//! Gives the guest memory that it need not ask for.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_ARCH").is_ok_and(|arch| arch == "wasm32") {
        // 1 MiB of stack, then data, and about 1 MiB for the heap: most calls fit and never grow
        // the memory, which costs the host a system call and a TLB shootdown each time. Pages that
        // are not touched cost nothing.
        println!("cargo::rustc-link-arg-cdylib=--initial-memory={}", 33 << 16);
    }
}
