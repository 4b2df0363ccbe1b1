//! Kubernetes' quantities: their stored form, and which of two is the greater.

mod compare;
mod stored;

pub(crate) use compare::compare;
pub(crate) use stored::{MILLI, NANO, stored};
