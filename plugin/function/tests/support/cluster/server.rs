//! The API server of the model, and how tests name its objects.

pub(crate) use metawasm_model::Id;
pub(crate) use metawasm_model::object::{controller_of, text};
pub(crate) use metawasm_model::server::{Refusal, Server};

/// How tests write an object's identity.
pub(crate) trait Named {
    /// The kind as tests write it: two are called Service, and this tells them apart.
    fn kind_name(&self) -> &str;

    /// `Service hello`.
    fn named(&self) -> String;
}

impl Named for Id {
    fn kind_name(&self) -> &str {
        match (self.api_version.as_str(), self.kind.as_str()) {
            ("serving.knative.dev/v1", "Service") => "KnativeService",
            (_, kind) => kind,
        }
    }

    fn named(&self) -> String {
        format!("{} {}", self.kind_name(), self.name)
    }
}
