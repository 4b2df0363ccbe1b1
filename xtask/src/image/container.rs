//! What is in the image, and how it is started.

use std::collections::BTreeMap;

use anyhow::Result;

use super::archive::{self, File, Files, Layer};
use super::layout::{Blob, Layout};
use super::oci::{
    self, Annotations, Config, Descriptor, Empty, History, Index, Manifest, Process, RootFs, Target,
};
use super::platform::Platform;

/// The program, and the name that manifests and commands know it by.
const PROGRAM: &str = "metawasm";
/// Where the ConfigMap is mounted.
const CONFIGURATION: &str = "/etc/metawasm/metawasm.yaml";
/// The conventional number of an unprivileged user. A name would need `/etc/passwd`, and `runAsNonRoot` needs a number.
const USER: &str = "65532:65532";
/// Hooks, and the admin routes.
const PORTS: [&str; 2] = ["8080/tcp", "8081/tcp"];

/// The image's parts.
pub(crate) struct Contents<'a> {
    /// The host for each platform.
    pub(crate) binaries: Vec<(&'static Platform, Vec<u8>)>,
    /// Plugins by their names.
    pub(crate) plugins: BTreeMap<&'a str, Vec<u8>>,
    /// Engines of scripts by their names.
    pub(crate) engines: BTreeMap<&'a str, Vec<u8>>,
    pub(crate) version: &'a str,
    pub(crate) tag: &'a str,
    /// The time of everything, in seconds since 1970.
    pub(crate) time: u64,
}

/// The image, and what to say of it.
pub(crate) struct Image {
    pub(crate) layout: Layout,
    /// What a registry will know it by.
    pub(crate) digest: String,
    /// Each platform with its manifest's digest and the bytes that a node has to fetch.
    pub(crate) platforms: Vec<(&'static Platform, String, usize)>,
}

/// Makes the image: a manifest, or an index of them where there are several platforms.
pub(crate) fn image(contents: Contents<'_>) -> Result<Image> {
    let Contents {
        mut binaries,
        plugins,
        engines,
        version,
        tag,
        time,
    } = contents;
    // Not the order in which they were asked for: it would make another digest.
    binaries.sort_by_key(|(platform, _)| platform.name);
    let mut layout = Layout::default();
    let mut pack = |layer: Layer| Packed {
        descriptor: layout.add(layer.blob),
        diff_id: layer.diff_id,
    };
    let engines = pack(components("engines", engines, time)?);
    let plugins = pack(components("plugins", plugins, time)?);

    let mut manifests = Vec::new();
    let mut platforms = Vec::new();
    for (platform, binary) in binaries {
        let program = File {
            bytes: binary,
            executable: true,
        };
        let program = archive::layer(&Files::from([(PROGRAM.to_owned(), program)]), time)?;
        let program = Packed {
            descriptor: layout.add(program.blob),
            diff_id: program.diff_id,
        };
        let layers = [program, engines.clone(), plugins.clone()];
        let config = layout.add(config(platform, &layers, version, time)?);
        let fetched = config.size + layers.iter().map(|layer| layer.descriptor.size).sum::<usize>();
        let manifest = Manifest {
            schema_version: 2,
            media_type: oci::MANIFEST,
            config,
            layers: layers.map(|layer| layer.descriptor).to_vec(),
            annotations: about(version),
        };
        let mut manifest = layout.add(Blob::json(oci::MANIFEST, &manifest)?);
        manifest.platform = Some(target(platform));
        platforms.push((platform, manifest.digest.clone(), fetched));
        manifests.push(manifest);
    }

    let image = match <[Descriptor; 1]>::try_from(manifests) {
        Ok([manifest]) => manifest,
        Err(manifests) => {
            let index = Index {
                schema_version: 2,
                media_type: oci::INDEX,
                manifests,
                annotations: about(version),
            };
            layout.add(Blob::json(oci::INDEX, &index)?)
        }
    };
    let digest = image.digest.clone();
    layout.finish(
        image,
        Annotations::from([
            // containerd, and with it `kind load image-archive`, takes the whole name from here.
            (
                "io.containerd.image.name",
                format!("docker.io/library/{PROGRAM}:{tag}"),
            ),
            ("org.opencontainers.image.ref.name", tag.to_owned()),
        ]),
    )?;
    Ok(Image {
        layout,
        digest,
        platforms,
    })
}

#[derive(Clone)]
struct Packed {
    descriptor: Descriptor,
    diff_id: String,
}

/// A folder of components, the same layer on every platform.
fn components(folder: &str, components: BTreeMap<&str, Vec<u8>>, time: u64) -> Result<Layer> {
    let files: Files = components
        .into_iter()
        .map(|(name, bytes)| {
            let file = File {
                bytes,
                executable: false,
            };
            (format!("{folder}/{name}.wasm"), file)
        })
        .collect();
    archive::layer(&files, time)
}

fn config(platform: &Platform, layers: &[Packed], version: &str, time: u64) -> Result<Blob> {
    let created = oci::timestamp(time);
    let history = |comment| History {
        created: created.clone(),
        created_by: "cargo xtask image",
        comment,
    };
    let config = Config {
        created: created.clone(),
        target: target(platform),
        config: Process {
            user: USER,
            exposed_ports: PORTS.iter().map(|&port| (port, Empty {})).collect(),
            entrypoint: vec![format!("/{PROGRAM}")],
            cmd: ["serve", "--config", CONFIGURATION].map(str::to_owned).to_vec(),
            working_dir: "/",
            labels: about(version),
        },
        rootfs: RootFs {
            kind: "layers",
            diff_ids: layers.iter().map(|layer| layer.diff_id.clone()).collect(),
        },
        history: vec![
            history("the host"),
            history("the engines"),
            history("the plugins"),
        ],
    };
    Blob::json(oci::CONFIG, &config)
}

fn target(platform: &Platform) -> Target {
    Target {
        architecture: platform.architecture,
        os: "linux",
    }
}

/// What the image says of itself: as labels, and as annotations for registries.
fn about(version: &str) -> Annotations {
    Annotations::from([
        (
            "org.opencontainers.image.description",
            "Host for Metacontroller hooks as sandboxed WebAssembly plugins, with plugins".to_owned(),
        ),
        ("org.opencontainers.image.licenses", "Apache-2.0".to_owned()),
        ("org.opencontainers.image.title", PROGRAM.to_owned()),
        ("org.opencontainers.image.version", version.to_owned()),
    ])
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::path::PathBuf;

    use flate2::read::GzDecoder;
    use serde_json::{Value, json};

    use super::super::platform::PLATFORMS;
    use super::*;
    use crate::output;

    fn contents(platforms: usize) -> Contents<'static> {
        Contents {
            binaries: PLATFORMS[..platforms]
                .iter()
                .map(|platform| (platform, platform.name.as_bytes().to_vec()))
                .collect(),
            plugins: BTreeMap::from([("function", b"one".to_vec()), ("grants", b"three".to_vec())]),
            engines: BTreeMap::from([("js", b"four".to_vec())]),
            version: "1.2.3",
            tag: "edge",
            time: 5,
        }
    }

    /// A layout on disk, gone when dropped.
    struct Written(PathBuf);

    impl Written {
        fn new(name: &str, image: &Image) -> Self {
            let path = std::env::temp_dir().join(format!("xtask-image-{name}-{}", std::process::id()));
            image.layout.write_folder(&path).unwrap();
            Self(path)
        }

        fn json(&self, path: &str) -> Value {
            serde_json::from_slice(&std::fs::read(self.0.join(path)).unwrap()).unwrap()
        }

        /// A blob that a descriptor names, which must be what it says.
        fn blob(&self, descriptor: &Value) -> Vec<u8> {
            let digest = descriptor["digest"].as_str().unwrap();
            let bytes = std::fs::read(self.0.join("blobs").join(digest.replace(':', "/"))).unwrap();
            assert_eq!(output::digest(&bytes), digest);
            assert_eq!(descriptor["size"], bytes.len());
            bytes
        }

        fn json_blob(&self, descriptor: &Value) -> Value {
            serde_json::from_slice(&self.blob(descriptor)).unwrap()
        }

        fn entries(&self, layer: &Value, diff_id: &Value) -> Vec<String> {
            let mut tar = Vec::new();
            GzDecoder::new(&*self.blob(layer)).read_to_end(&mut tar).unwrap();
            assert_eq!(*diff_id, output::digest(&tar));
            archive::tests::entries(&tar)
        }
    }

    impl Drop for Written {
        fn drop(&mut self) {
            std::fs::remove_dir_all(&self.0).ok();
        }
    }

    #[test]
    fn one_platform_is_a_manifest_with_a_tag() {
        let image = image(contents(1)).unwrap();
        let written = Written::new("one", &image);
        let index = written.json("index.json");
        let descriptor = &index["manifests"][0];
        assert_eq!(index["manifests"].as_array().unwrap().len(), 1);
        assert_eq!(descriptor["mediaType"], oci::MANIFEST);
        assert_eq!(descriptor["digest"], image.digest);
        assert_eq!(
            descriptor["annotations"],
            json!({
                "io.containerd.image.name": "docker.io/library/metawasm:edge",
                "org.opencontainers.image.ref.name": "edge",
            })
        );

        let manifest = written.json_blob(descriptor);
        let config = written.json_blob(&manifest["config"]);
        let labels = json!({
            "org.opencontainers.image.description":
                "Host for Metacontroller hooks as sandboxed WebAssembly plugins, with plugins",
            "org.opencontainers.image.licenses": "Apache-2.0",
            "org.opencontainers.image.title": "metawasm",
            "org.opencontainers.image.version": "1.2.3",
        });
        assert_eq!(manifest["annotations"], labels);
        assert_eq!(config["architecture"], "amd64");
        assert_eq!(config["os"], "linux");
        assert_eq!(config["created"], "1970-01-01T00:00:05Z");
        assert_eq!(
            config["config"],
            json!({
                "User": "65532:65532",
                "ExposedPorts": {"8080/tcp": {}, "8081/tcp": {}},
                "Entrypoint": ["/metawasm"],
                "Cmd": ["serve", "--config", "/etc/metawasm/metawasm.yaml"],
                "WorkingDir": "/",
                "Labels": labels,
            })
        );

        let diff_ids = &config["rootfs"]["diff_ids"];
        let layers = &manifest["layers"];
        assert_eq!(layers.as_array().unwrap().len(), 3);
        assert_eq!(
            written.entries(&layers[0], &diff_ids[0]),
            ["metawasm Regular 755 0:0 5 11"]
        );
        assert_eq!(
            written.entries(&layers[1], &diff_ids[1]),
            [
                "engines/ Directory 755 0:0 5 0",
                "engines/js.wasm Regular 644 0:0 5 4",
            ]
        );
        assert_eq!(
            written.entries(&layers[2], &diff_ids[2]),
            [
                "plugins/ Directory 755 0:0 5 0",
                "plugins/function.wasm Regular 644 0:0 5 3",
                "plugins/grants.wasm Regular 644 0:0 5 5",
            ]
        );
    }

    #[test]
    fn several_platforms_are_an_index_and_share_engines_and_plugins() {
        let image = image(contents(2)).unwrap();
        let written = Written::new("two", &image);
        let descriptor = &written.json("index.json")["manifests"][0];
        assert_eq!(descriptor["mediaType"], oci::INDEX);
        assert_eq!(descriptor["digest"], image.digest);
        let index = written.json_blob(descriptor);
        let manifests = index["manifests"].as_array().unwrap();
        let platforms: Vec<_> = manifests.iter().map(|manifest| &manifest["platform"]).collect();
        assert_eq!(
            platforms,
            [
                &json!({"os": "linux", "architecture": "amd64"}),
                &json!({"os": "linux", "architecture": "arm64"}),
            ]
        );
        let layers: Vec<_> = manifests
            .iter()
            .map(|manifest| written.json_blob(manifest)["layers"].clone())
            .collect();
        assert_ne!(layers[0][0], layers[1][0]);
        assert_eq!(layers[0][1], layers[1][1]);
        assert_eq!(layers[0][2], layers[1][2]);
        let said: Vec<_> = image
            .platforms
            .iter()
            .map(|(_, digest, _)| digest.as_str())
            .collect();
        assert_eq!(said, [&manifests[0]["digest"], &manifests[1]["digest"]]);
    }

    #[test]
    fn the_same_inputs_are_the_same_digest_and_others_are_not() {
        let digest = |contents| image(contents).unwrap().digest;
        let first = digest(contents(2));
        assert_eq!(digest(contents(2)), first);
        let mut turned = contents(2);
        turned.binaries.reverse();
        assert_eq!(digest(turned), first);
        // A tag is where the image is kept, not what it is.
        let tagged = Contents {
            tag: "other",
            ..contents(2)
        };
        assert_eq!(digest(tagged), first);
        let later = Contents {
            time: 6,
            ..contents(2)
        };
        assert_ne!(digest(later), first);
    }
}
