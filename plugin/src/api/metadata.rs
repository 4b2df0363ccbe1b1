//! An object's metadata, as much of it as is written.
//!
//! `k8s_openapi`'s ObjectMeta has times in it, and with them a calendar and all time zones: more
//! code than everything else here together.

use serde::Serialize;

use crate::sorted::Strings;

/// The metadata of a child, or of the pods of one.
#[derive(Debug, Serialize)]
pub(crate) struct Metadata<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) annotations: Option<Strings<'a>>,
    pub(crate) labels: Strings<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) namespace: Option<&'a str>,
}
