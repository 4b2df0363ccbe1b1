//! What the fuzz targets call: `metawasm-contract` and `metawasm-registry`. They need no WebAssembly, whose compiler takes
//! long to build with a sanitizer.

pub use metawasm_contract as contract;
pub use metawasm_registry as registry;
