//! What the fuzz targets call: `metawasm-contract` alone. It needs no WebAssembly, whose compiler takes long to build
//! with a sanitizer.

pub use metawasm_contract as contract;
