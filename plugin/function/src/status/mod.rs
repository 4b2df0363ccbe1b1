//! The Function's status: OpenFunction's own fields, and conditions that tell the truth.
//!
//! Each part has a file: what it finds in what is observed, and the fields that it fills in. A
//! part that a Function does not have has no condition.
//!
//! There is no clock. A condition whose status is unchanged keeps its time; a changed one takes
//! the newest time that is observed anywhere, else the Function's creation time.

mod addresses;
mod build;
pub(crate) mod built;
mod dapr;
mod finding;
pub(crate) mod held;
pub(crate) mod missing;
pub(crate) mod obstacles;
mod parents;
pub(crate) mod parts;
mod route;
mod scaler;
pub(crate) mod served;
pub(crate) mod time;
pub(crate) mod workload;
