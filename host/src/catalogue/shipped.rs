//! The engines of scripts that are shipped with the host. A further one is a folder in `engines/` and a line in [`SHIPPED`].

/// An engine that is shipped with the host, as `NAME.wasm`.
pub(super) struct Shipped {
    pub(super) name: &'static str,
    /// The endings of the files that it runs.
    pub(super) endings: &'static [&'static str],
}

/// The engines that are shipped with the host.
pub(super) const SHIPPED: &[Shipped] = &[
    Shipped {
        name: "js",
        endings: &["js", "mjs", "cjs"],
    },
    Shipped {
        name: "jsonnet",
        endings: &["jsonnet"],
    },
];
