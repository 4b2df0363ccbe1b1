//! Gives the guest memory that it need not ask for.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_ARCH").is_ok_and(|arch| arch == "wasm32") {
        // 1 MiB of stack, then data, and some 100 KiB for the heap: requests are small.
        println!("cargo::rustc-link-arg-cdylib=--initial-memory={}", 18 << 16);
    }
}
