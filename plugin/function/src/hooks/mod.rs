//! What Metacontroller asks of a plugin, and what the host asks once.

mod answer;
pub(crate) mod customize;
pub(crate) mod describe;
pub(crate) mod finalize;
pub(crate) mod sync;
