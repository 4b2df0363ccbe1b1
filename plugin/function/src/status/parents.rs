//! `status.parents` of an HTTPRoute.

use crate::formats::json::Json;
use crate::function::request::Object;

/// What each controller of Gateways says about a route.
pub(super) fn parents<'a>(route: &Object<'a>) -> impl Iterator<Item = &'a Json<'a>> + use<'a> {
    let parents = route
        .get("status")
        .and_then(|status| status.get("parents")?.as_list());
    parents.unwrap_or_default().iter()
}
