//! The JSON of an OCI image: as much of the image specification 1.1 as our images use. Maps are sorted, so that the
//! same image is the same bytes.

use std::collections::BTreeMap;

use serde::Serialize;

pub(crate) const INDEX: &str = "application/vnd.oci.image.index.v1+json";
pub(crate) const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
pub(crate) const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
pub(crate) const LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";

/// `org.opencontainers.image.*` and the like.
pub(crate) type Annotations = BTreeMap<&'static str, String>;

/// Names a blob by its bytes.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Descriptor {
    pub(crate) media_type: &'static str,
    pub(crate) digest: String,
    pub(crate) size: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) platform: Option<Target>,
    #[serde(skip_serializing_if = "Annotations::is_empty")]
    pub(crate) annotations: Annotations,
}

/// The platform of a manifest.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Target {
    pub(crate) architecture: &'static str,
    pub(crate) os: &'static str,
}

/// A list of manifests: `index.json`, and an image for several platforms.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Index {
    pub(crate) schema_version: u32,
    pub(crate) media_type: &'static str,
    pub(crate) manifests: Vec<Descriptor>,
    #[serde(skip_serializing_if = "Annotations::is_empty")]
    pub(crate) annotations: Annotations,
}

/// An image for one platform.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Manifest {
    pub(crate) schema_version: u32,
    pub(crate) media_type: &'static str,
    pub(crate) config: Descriptor,
    pub(crate) layers: Vec<Descriptor>,
    pub(crate) annotations: Annotations,
}

/// What a runtime reads of an image.
#[derive(Debug, Serialize)]
pub(crate) struct Config {
    pub(crate) created: String,
    #[serde(flatten)]
    pub(crate) target: Target,
    pub(crate) config: Process,
    pub(crate) rootfs: RootFs,
    pub(crate) history: Vec<History>,
}

/// How a container is started where nobody says otherwise.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Process {
    pub(crate) user: &'static str,
    pub(crate) exposed_ports: BTreeMap<&'static str, Empty>,
    pub(crate) entrypoint: Vec<String>,
    pub(crate) cmd: Vec<String>,
    pub(crate) working_dir: &'static str,
    pub(crate) labels: Annotations,
}

/// `{}`
#[derive(Debug, Serialize)]
pub(crate) struct Empty {}

/// The layers again, by the digests of what they are before compression.
#[derive(Debug, Serialize)]
pub(crate) struct RootFs {
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
    pub(crate) diff_ids: Vec<String>,
}

/// Where a layer comes from, for people.
#[derive(Debug, Serialize)]
pub(crate) struct History {
    pub(crate) created: String,
    pub(crate) created_by: &'static str,
    pub(crate) comment: &'static str,
}

/// A moment as RFC 3339 writes it, from seconds since 1970.
pub(crate) fn timestamp(seconds: u64) -> String {
    let (mut days, rest) = (seconds / 86_400, seconds % 86_400);
    let mut year = 1970;
    while days >= days_of(year) {
        days -= days_of(year);
        year += 1;
    }
    let february = days_of(year) - 337;
    let mut month = 1;
    for length in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30] {
        if days < length {
            break;
        }
        days -= length;
        month += 1;
    }
    let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
    format!(
        "{year:04}-{month:02}-{:02}T{hour:02}:{minute:02}:{second:02}Z",
        days + 1
    )
}

fn days_of(year: u64) -> u64 {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    365 + u64::from(leap)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_as_date_writes_them() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (951_868_800, "2000-03-01T00:00:00Z"),
            (1_735_689_599, "2024-12-31T23:59:59Z"),
            (1_795_711_742, "2026-11-26T16:49:02Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
        ] {
            assert_eq!(timestamp(seconds), text);
        }
    }
}
