//! cosign: ECDSA signatures of artifacts, beside them in the registry.
//!
//! What is signed is a small JSON that names the digest of the artifact's manifest ("simple signing"). It is the layer
//! of a manifest, with the signature as an annotation. cosign finds that manifest by the tag `sha256-DIGEST.sig`, or by
//! the referrers API of the registry.
//! Format: <https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md>.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::ecdsa::{EcdsaPublicKey, EcdsaSecretKey};
use super::error::KeyError;
use super::files;
use crate::client::{REFERRERS, Session};
use crate::digest::Digest;
use crate::error::RegistryError;
use crate::manifest::{Annotations, Descriptor, Manifest, media_type};
use crate::reference::Reference;

/// Maximum size of a payload.
const PAYLOAD: u64 = 64 << 10;
/// Maximum size of a signature in base64.
const SIGNATURE: usize = 1 << 10;
/// The type that cosign writes into payloads.
const TYPE: &str = "cosign container image signature";
/// The annotation of the signature.
const ANNOTATION: &str = "dev.cosignproject.cosign/signature";

/// A payload and its signature. Nothing of it is trusted before [`verify`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    payload: String,
    signature: String,
}

/// Reasons why an artifact is not trusted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CosignError {
    /// It has no signature.
    #[error("it has no signature; sign it with `metawasm sign` or cosign")]
    Missing,
    /// None of its signatures is of one of the keys.
    #[error("its signature was made with another key")]
    OtherKey,
    /// Its signature is not ECDSA.
    #[error("its signature is not ECDSA P-256")]
    Algorithm,
    /// A valid signature of another artifact.
    #[error("its signature is of another artifact, {0}")]
    OtherDigest(Digest),
    /// A valid signature of something else.
    #[error("what its signature is of is invalid: {0}")]
    Payload(&'static str),
}

#[derive(Deserialize)]
struct Payload {
    critical: Critical,
}

#[derive(Deserialize)]
struct Critical {
    image: Image,
    r#type: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Image {
    docker_manifest_digest: String,
}

impl Signature {
    /// Takes a payload and its signature (ASN.1).
    pub fn new(payload: &[u8], signature: &[u8]) -> Self {
        Self {
            payload: files::base64(payload),
            signature: files::base64(signature),
        }
    }

    /// Signs an artifact.
    ///
    /// # Errors
    ///
    /// [`KeyError::Random`].
    pub fn sign(artifact: &Reference, digest: &Digest, key: &EcdsaSecretKey) -> Result<Self, KeyError> {
        let payload = json!({
            "critical": {
                "identity": {"docker-reference": artifact.name()},
                "image": {"docker-manifest-digest": digest.to_string()},
                "type": TYPE,
            },
            "optional": null,
        });
        let payload = payload.to_string().into_bytes();
        let signature = key.sign(&payload)?;
        Ok(Self::new(&payload, &signature))
    }

    fn payload(&self) -> Vec<u8> {
        files::decode(&self.payload).unwrap_or_default()
    }

    /// Returns the digest of the artifact that the payload names.
    ///
    /// # Errors
    ///
    /// [`CosignError::Payload`].
    pub fn subject(&self) -> Result<Digest, CosignError> {
        let payload: Payload = serde_json::from_slice(&self.payload())
            .map_err(|_| CosignError::Payload("not the JSON that cosign signs"))?;
        if payload.critical.r#type != TYPE {
            return Err(CosignError::Payload("another type than cosign's"));
        }
        let digest = payload.critical.image.docker_manifest_digest.parse();
        digest.map_err(|_| CosignError::Payload("it has no SHA-256 digest"))
    }

    /// Returns which of the keys the signature is valid for, and checks that it is of this artifact.
    fn check(&self, digest: &Digest, keys: &[&EcdsaPublicKey]) -> Result<usize, CosignError> {
        // cosign reads over line breaks, which some tools write.
        let signature = files::decode(&self.signature.replace(['\r', '\n'], "")).unwrap_or_default();
        // An ASN.1 sequence of two integers of up to 33 bytes.
        let [0x30, length, ..] = signature.as_slice() else {
            return Err(CosignError::Algorithm);
        };
        if usize::from(*length) + 2 != signature.len() || signature.len() > 72 {
            return Err(CosignError::Algorithm);
        }
        let payload = self.payload();
        let key = keys.iter().position(|key| key.verify(&payload, &signature));
        let key = key.ok_or(CosignError::OtherKey)?;
        match self.subject()? {
            subject if subject == *digest => Ok(key),
            other => Err(CosignError::OtherDigest(other)),
        }
    }
}

/// Returns the index of the key for which one of the signatures is valid, and the index of that signature.
///
/// # Errors
///
/// If none is valid: why the one that came closest is not.
pub fn verify(
    signatures: &[Signature],
    digest: &Digest,
    keys: &[&EcdsaPublicKey],
) -> Result<(usize, usize), CosignError> {
    let mut closest = CosignError::Missing;
    for (index, signature) in signatures.iter().enumerate() {
        match signature.check(digest, keys) {
            Ok(key) => return Ok((key, index)),
            Err(error) if rank(&error) >= rank(&closest) => closest = error,
            Err(_) => {}
        }
    }
    Err(closest)
}

/// How close an error is to success.
fn rank(error: &CosignError) -> u8 {
    match error {
        CosignError::Missing => 0,
        CosignError::Algorithm => 1,
        CosignError::OtherKey => 2,
        CosignError::Payload(_) => 3,
        CosignError::OtherDigest(_) => 4,
    }
}

/// The tag of the signatures of an artifact.
pub fn tag(digest: &Digest) -> String {
    format!("sha256-{}.sig", digest.hex())
}

impl Session<'_> {
    /// Returns the signatures of an artifact that its signature tag has.
    ///
    /// # Errors
    ///
    /// If the registry cannot be asked. Anything else that is there is not a signature.
    pub async fn tagged_signatures(&mut self, of: &Digest) -> Result<Vec<Signature>, RegistryError> {
        match self.signature_manifest(&tag(of)).await? {
            Some(manifest) => self.signatures_in(&manifest).await,
            None => Ok(Vec::new()),
        }
    }

    /// Returns the signatures of an artifact that the registry's referrers API lists.
    ///
    /// # Errors
    ///
    /// As [`Session::tagged_signatures`].
    pub async fn referring_signatures(&mut self, of: &Digest) -> Result<Vec<Signature>, RegistryError> {
        let mut all = Vec::new();
        let referrers = self.referrers(of, media_type::SIGNATURE).await?;
        for descriptor in referrers.unwrap_or_default() {
            if all.len() >= REFERRERS {
                break;
            }
            if let Some(manifest) = self.signature_manifest(&descriptor.digest.to_string()).await? {
                all.extend(self.signatures_in(&manifest).await?);
            }
        }
        Ok(all)
    }

    async fn signature_manifest(&mut self, reference: &str) -> Result<Option<Manifest>, RegistryError> {
        match self.manifest(reference).await {
            Ok(resolved) => Ok(Manifest::parse(&resolved.bytes).ok()),
            Err(error) if error.is_unreachable() => Err(error),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn signatures_in(&mut self, manifest: &Manifest) -> Result<Vec<Signature>, RegistryError> {
        let mut all = Vec::new();
        for layer in manifest.layers.iter().take(REFERRERS) {
            let Some(signature) = layer.annotations.get(ANNOTATION) else {
                continue;
            };
            if layer.media_type != media_type::SIMPLE_SIGNING || signature.len() > SIGNATURE {
                continue;
            }
            let payload = self.blob(layer, "the signed payload", PAYLOAD).await?;
            all.push(Signature {
                payload: files::base64(&payload),
                signature: signature.clone(),
            });
        }
        Ok(all)
    }

    /// Adds a signature to those of an artifact, and returns the digest of their manifest.
    ///
    /// # Errors
    ///
    /// If the registry cannot be asked, or refuses.
    pub async fn attach(
        &mut self,
        subject: &Descriptor,
        signature: &Signature,
    ) -> Result<Digest, RegistryError> {
        let tag = tag(&subject.digest);
        let mut layers = match self.signature_manifest(&tag).await? {
            Some(manifest) => manifest.layers,
            None => Vec::new(),
        };
        let payload = signature.payload();
        let mut layer = Descriptor::of(media_type::SIMPLE_SIGNING, &payload);
        layer
            .annotations
            .insert(ANNOTATION.to_owned(), signature.signature.clone());
        self.put_blob(&layer, payload).await?;
        layers.push(layer);
        // Later ones count: a signature that was renewed often enough displaces the first.
        let excess = layers.len().saturating_sub(REFERRERS);
        layers.drain(..excess);
        let contents: Vec<String> = layers.iter().map(|layer| layer.digest.to_string()).collect();
        let config = json!({
            "architecture": "", "created": "0001-01-01T00:00:00Z", "os": "", "config": {},
            "rootfs": {"type": "layers", "diff_ids": contents},
        });
        let config = config.to_string().into_bytes();
        let manifest = Manifest {
            schema_version: 2,
            media_type: media_type::MANIFEST.to_owned(),
            artifact_type: Some(media_type::SIGNATURE.to_owned()),
            config: Descriptor::of(media_type::IMAGE_CONFIG, &config),
            layers,
            subject: Some(subject.clone()),
            annotations: Annotations::new(),
        };
        self.put_blob(&manifest.config, config).await?;
        let bytes = serde_json::to_vec(&manifest).unwrap_or_default();
        self.put_manifest(&tag, bytes).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reference() -> Reference {
        "r.example/a/f:1".parse().unwrap()
    }

    #[test]
    fn a_signature_counts_for_its_key_and_its_artifact_alone() {
        let (one, two) = (
            EcdsaSecretKey::generate().unwrap(),
            EcdsaSecretKey::generate().unwrap(),
        );
        let (digest, other) = (Digest::of(b"1"), Digest::of(b"2"));
        let sign = |digest, key| Signature::sign(&reference(), digest, key).unwrap();
        let keys = [&one.public(), &two.public()];
        let good = sign(&digest, &two);
        let mut wrapped = good.clone();
        wrapped.signature.insert(20, '\n');
        assert_eq!(verify(&[wrapped], &digest, &keys), Ok((1, 0)));
        assert_eq!(verify(std::slice::from_ref(&good), &digest, &keys), Ok((1, 0)));
        let check = |signature: &Signature| verify(std::slice::from_ref(signature), &digest, &keys[..1]);
        assert_eq!(verify(&[], &digest, &keys), Err(CosignError::Missing));
        assert_eq!(check(&good), Err(CosignError::OtherKey));
        assert_eq!(check(&sign(&other, &one)), Err(CosignError::OtherDigest(other)));
        let raw = |payload: &str| {
            let signature = one.sign(payload.as_bytes()).unwrap();
            check(&Signature::new(payload.as_bytes(), &signature))
                .unwrap_err()
                .to_string()
        };
        assert!(raw("{}").contains("not the JSON that cosign signs"));
        let typed = r#"{"critical": {"type": "x", "image": {"docker-manifest-digest": "x"}}}"#;
        assert!(raw(typed).contains("another type than cosign's"));
        assert!(
            raw(&typed.replace("\"x\", \"i", &format!("\"{TYPE}\", \"i")))
                .contains("it has no SHA-256 digest")
        );
        let garbage = |bytes: &[u8]| check(&Signature::new(b"{}", bytes));
        for bytes in [&[][..], &[0; 64], &[0x30; 72], b"garbage"] {
            assert_eq!(garbage(bytes), Err(CosignError::Algorithm));
        }
        // Of several, one valid signature is enough; else the closest one is named.
        let several = [sign(&other, &one), sign(&digest, &two)];
        assert_eq!(verify(&several, &digest, &keys), Ok((1, 1)));
        assert_eq!(
            verify(&several, &digest, &keys[..1]),
            Err(CosignError::OtherDigest(other))
        );
    }

    #[test]
    fn the_payload_is_the_one_of_cosign() {
        let key = EcdsaSecretKey::generate().unwrap();
        let signature = Signature::sign(&reference(), &Digest::of(b""), &key).unwrap();
        assert_eq!(
            String::from_utf8(signature.payload()).unwrap(),
            r#"{"critical":{"identity":{"docker-reference":"r.example/a/f"},"image":{"docker-manifest-digest":"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},"type":"cosign container image signature"},"optional":null}"#
        );
    }
}
