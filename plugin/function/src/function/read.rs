//! From a request to a Function that is canonical and checked.

use super::documents::Documents;
use super::normalize::normalize;
use super::request::Objects;
use super::settings::Settings;
use super::types::Function;
use super::validate::validate;
use crate::formats::json::{Json, Object};
use crate::formats::notes::Notes;

/// Reads a Function: `parent` without its pod template, which is `template`; `related` are the other objects that
/// customize asked for, and `documents` the texts of annotations and of the global configuration. The second value
/// is the user's pod spec in stored form. What is wrong is in `notes`.
pub(crate) fn read<'a>(
    parent: &'a Json<'a>,
    template: Json<'a>,
    related: &'a Objects<'a>,
    documents: &'a Documents<'a>,
    settings: &Settings,
    notes: &mut Notes,
) -> (Function<'a>, Object<'a>) {
    let (function, template) = normalize(parent, template, related, documents, settings, notes);
    validate(&function, &template, settings, notes);
    (function, template)
}
