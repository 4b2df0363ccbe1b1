//! What the host says of itself. Logs for now; nothing in here depends on the rest.

mod logs;

pub use logs::{LogFormat, LogOptions, init};
