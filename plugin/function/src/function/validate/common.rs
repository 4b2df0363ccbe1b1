//! Checks that several parts of a Function need.

use crate::formats::notes::{Notes, Path};
use crate::formats::syntax;
use crate::formats::written::quoted;

/// What multiplies in children and status is limited.
pub(crate) const MAX_ENTRIES: usize = 256;

/// An image reference has rules of its own; what no registry takes is refused here.
pub(super) fn image(image: &str, at: &Path<'_>, notes: &mut Notes) {
    if image.is_empty() {
        notes.required(at, "the image to run");
    }
    no_spaces(image, at, notes);
}

pub(super) fn no_spaces(text: &str, at: &Path<'_>, notes: &mut Notes) {
    if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
        notes.invalid(at, quoted(text), "must not contain spaces");
    }
}

pub(super) fn secret(name: Option<&str>, at: &Path<'_>, notes: &mut Notes) {
    if let Some(name) = name.filter(|name| !syntax::is_subdomain(name)) {
        notes.invalid(at, quoted(name), "must be the name of a Secret");
    }
}
