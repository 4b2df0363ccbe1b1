//! Manifests of artifacts.

use std::collections::BTreeMap;

use metawasm_formats::text::shown;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::digest::Digest;

/// Media types.
pub mod media_type {
    /// An OCI manifest.
    pub const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
    /// An OCI index: several manifests.
    pub const INDEX: &str = "application/vnd.oci.image.index.v1+json";
    /// Docker's manifest of a container image.
    pub const DOCKER_MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
    /// Docker's index.
    pub const DOCKER_LIST: &str = "application/vnd.docker.distribution.manifest.list.v2+json";
    /// The configuration of a Wasm artifact.
    pub const WASM_CONFIG: &str = "application/vnd.wasm.config.v0+json";
    /// The configuration that older tools write.
    pub const OLD_WASM_CONFIG: &str = "application/vnd.wasm.config.v1+json";
    /// A component or module.
    pub const WASM: &str = "application/wasm";
    /// The layer that older tools write.
    pub const OLD_WASM: &str = "application/vnd.wasm.content.layer.v1+wasm";
    /// The configuration of a container image. Signatures of cosign have it too.
    pub const IMAGE_CONFIG: &str = "application/vnd.oci.image.config.v1+json";
    /// Docker's configuration of a container image.
    pub const DOCKER_CONFIG: &str = "application/vnd.docker.container.image.v1+json";
    /// A layer with what cosign signs.
    pub const SIMPLE_SIGNING: &str = "application/vnd.dev.cosign.simplesigning.v1+json";
    /// The artifact type of cosign's signatures.
    pub const SIGNATURE: &str = "application/vnd.dev.cosign.artifact.sig.v1+json";
}

/// Annotations, sorted by name.
pub type Annotations = BTreeMap<String, String>;

/// A pointer to content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Descriptor {
    /// Its media type.
    pub media_type: String,
    /// The digest of its bytes.
    #[serde(with = "as_text")]
    pub digest: Digest,
    /// The number of its bytes.
    pub size: u64,
    /// The type of the artifact that a manifest in an index has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifact_type: Option<String>,
    /// Its annotations.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: Annotations,
}

/// A manifest: a configuration and layers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    /// Always 2.
    pub schema_version: u32,
    /// [`media_type::MANIFEST`]; some tools leave it out.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub media_type: String,
    /// What kind of artifact it is, if the configuration does not say so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifact_type: Option<String>,
    /// The configuration.
    pub config: Descriptor,
    /// The layers.
    pub layers: Vec<Descriptor>,
    /// The manifest that this one is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Descriptor>,
    /// Annotations.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: Annotations,
}

/// Reasons why a manifest is not one of a plugin.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ManifestError {
    /// It is not a manifest.
    #[error("the manifest is invalid: {0}")]
    Invalid(String),
    /// It is an index of several manifests.
    #[error("this is an index of several manifests; use the digest of one of them")]
    Index,
    /// It is a container image.
    #[error("this is a container image, not a plugin; push plugins with `metawasm push`")]
    Image,
    /// It is another artifact.
    #[error("this is not a plugin: its configuration has the media type {0}; expected {expected}", expected = media_type::WASM_CONFIG)]
    Config(String),
    /// It has no layer or several.
    #[error("this is not a plugin: it has {0} layers; expected one")]
    Layers(usize),
    /// Its layer is not a component.
    #[error("this is not a plugin: its layer has the media type {0}; expected {expected}", expected = media_type::WASM)]
    Layer(String),
}

/// Maximum length of a media type in messages.
const SHOWN: usize = 120;

impl Manifest {
    /// Reads a manifest.
    ///
    /// # Errors
    ///
    /// [`ManifestError::Invalid`] and [`ManifestError::Index`].
    pub fn parse(bytes: &[u8]) -> Result<Self, ManifestError> {
        /// The fields that tell an index from a manifest.
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Kind {
            #[serde(default)]
            media_type: String,
            manifests: Option<serde::de::IgnoredAny>,
        }
        let invalid = |error: serde_json::Error| ManifestError::Invalid(shown(&error.to_string(), SHOWN));
        let kind: Kind = serde_json::from_slice(bytes).map_err(invalid)?;
        let index = [media_type::INDEX, media_type::DOCKER_LIST].contains(&kind.media_type.as_str());
        if index || kind.manifests.is_some() {
            return Err(ManifestError::Index);
        }
        let manifest: Self = serde_json::from_slice(bytes).map_err(invalid)?;
        match manifest.schema_version {
            2 => Ok(manifest),
            other => Err(ManifestError::Invalid(format!(
                "schemaVersion is {other}; expected 2"
            ))),
        }
    }

    /// Returns the manifest of a plugin.
    pub fn plugin(config: Descriptor, layer: Descriptor, annotations: Annotations) -> Self {
        Self {
            schema_version: 2,
            media_type: media_type::MANIFEST.to_owned(),
            artifact_type: None,
            config,
            layers: vec![layer],
            subject: None,
            annotations,
        }
    }

    /// Returns the layer with the component.
    ///
    /// # Errors
    ///
    /// If the artifact is not a plugin.
    pub fn layer(&self) -> Result<&Descriptor, ManifestError> {
        match self.config.media_type.as_str() {
            media_type::WASM_CONFIG | media_type::OLD_WASM_CONFIG => {}
            media_type::IMAGE_CONFIG | media_type::DOCKER_CONFIG => return Err(ManifestError::Image),
            other => return Err(ManifestError::Config(shown(other, SHOWN))),
        }
        let [layer] = self.layers.as_slice() else {
            return Err(ManifestError::Layers(self.layers.len()));
        };
        match layer.media_type.as_str() {
            media_type::WASM | media_type::OLD_WASM => Ok(layer),
            other => Err(ManifestError::Layer(shown(other, SHOWN))),
        }
    }
}

impl Descriptor {
    /// Returns the descriptor of bytes.
    pub fn of(media_type: &str, bytes: &[u8]) -> Self {
        Self {
            media_type: media_type.to_owned(),
            digest: Digest::of(bytes),
            size: bytes.len() as u64,
            artifact_type: None,
            annotations: Annotations::new(),
        }
    }
}

/// Returns the configuration of a component, as the layout of CNCF's TAG Runtime has it. The time is constant, so that
/// the same component always has the same digest.
pub fn wasm_config(component: &Digest, exports: &[&str], imports: &[&str]) -> Vec<u8> {
    let config = json!({
        "created": "1970-01-01T00:00:00Z",
        "architecture": "wasm",
        "os": "wasip2",
        "layerDigests": [component.to_string()],
        "component": {"exports": exports, "imports": imports},
    });
    config.to_string().into_bytes()
}

/// A digest as a string.
mod as_text {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::digest::Digest;

    pub(super) fn serialize<S: Serializer>(digest: &Digest, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(digest)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Digest, D::Error> {
        let text = String::deserialize(from)?;
        text.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn plugin() -> Manifest {
        let config = wasm_config(&Digest::of(b"w"), &["sync"], &[]);
        Manifest::plugin(
            Descriptor::of(media_type::WASM_CONFIG, &config),
            Descriptor::of(media_type::WASM, b"w"),
            Annotations::new(),
        )
    }

    fn with(pointer: &str, value: Value) -> Result<Descriptor, ManifestError> {
        let mut json = serde_json::to_value(plugin()).unwrap();
        *json.pointer_mut(pointer).unwrap() = value;
        Manifest::parse(json.to_string().as_bytes())?.layer().cloned()
    }

    #[test]
    fn a_plugin_has_one_layer_of_wasm() {
        assert_eq!(with("/schemaVersion", 2.into()).unwrap().digest, Digest::of(b"w"));
        assert!(with("/config/mediaType", media_type::OLD_WASM_CONFIG.into()).is_ok());
        assert!(with("/layers/0/mediaType", media_type::OLD_WASM.into()).is_ok());
    }

    #[test]
    fn every_other_artifact_is_one_sentence() {
        let layer = serde_json::to_value(Descriptor::of(media_type::WASM, b"w")).unwrap();
        for (pointer, value, words) in [
            ("/schemaVersion", 1.into(), "schemaVersion is 1; expected 2"),
            (
                "/mediaType",
                media_type::INDEX.into(),
                "an index of several manifests",
            ),
            (
                "/mediaType",
                media_type::DOCKER_LIST.into(),
                "an index of several manifests",
            ),
            (
                "/config/mediaType",
                media_type::IMAGE_CONFIG.into(),
                "a container image, not a plugin",
            ),
            (
                "/config/mediaType",
                media_type::DOCKER_CONFIG.into(),
                "a container image, not a plugin",
            ),
            (
                "/config/mediaType",
                "application/json".into(),
                "media type application/json",
            ),
            ("/layers", json!([layer, layer]), "it has 2 layers; expected one"),
            ("/layers", json!([]), "it has 0 layers; expected one"),
            ("/layers", json!({}), "the manifest is invalid"),
            (
                "/layers/0/mediaType",
                "x\u{1b}[2J".into(),
                "media type x\\u{1b}[2J; expected",
            ),
            ("/layers/0/size", json!(-1), "the manifest is invalid"),
            ("/layers/0/digest", "sha512:00".into(), "expected sha256:"),
        ] {
            let error = with(pointer, value).unwrap_err().to_string();
            assert!(error.contains(words), "{pointer}: {error}");
        }
        for bytes in [&b"<html>"[..], b"", b"[]", b"{}", b"{\"manifests\": []}", b"\xff"] {
            assert!(Manifest::parse(bytes).is_err());
        }
    }
}
