//! The Gateway API's rules in a route: checked where the API server would refuse the HTTPRoute,
//! and completed as it stores them.
//!
//! One table says both ([`table`]). What it does not know passes through, of whichever version
//! of the Gateway API it may be.

mod check;
mod complete;
mod fields;
mod filters;
mod shape;
mod table;

pub(crate) use check::{check_match, check_rule};
pub(crate) use complete::{is_redirect, parts, replaced_host, replaced_path, stored_match, stored_rule};
