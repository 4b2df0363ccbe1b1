//! Where an annotation of Knative is written.

pub(super) const ANNOTATIONS: &str = "spec.serving.annotations";
pub(super) const OPTIONS: &str = "spec.serving.scaleOptions";

/// The path of an annotation, in `scaleOptions.knative` or in `annotations`.
pub(super) fn place(key: &str, of_knative: bool) -> String {
    match of_knative {
        true => format!("{OPTIONS}.knative[{key}]"),
        false => format!("{ANNOTATIONS}[{key}]"),
    }
}
