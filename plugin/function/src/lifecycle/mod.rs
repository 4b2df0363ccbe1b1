//! What cannot be made yet, what another object's name blocks, and what stays as it was.

pub(crate) mod moves;
pub(crate) mod repeat;
pub(crate) mod taken;
