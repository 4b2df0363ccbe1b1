//! The host as the objects of a cluster have its pods run it, on this machine.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};

use crate::process::Folder;
use crate::{metawasm, target};

/// What the first container of the Deployment is: its arguments and variables, and a folder with what it mounts.
pub struct Pod {
    folder: Folder,
    /// The folders of the pod, and where they are here.
    places: Vec<(String, PathBuf)>,
    args: Vec<String>,
    env: Vec<(String, String)>,
}

impl Pod {
    /// Out of the objects, which have the ConfigMaps that it mounts, and its Secrets with `stringData`.
    ///
    /// # Errors
    ///
    /// What is missing.
    pub fn of(objects: &[Value]) -> Result<Self, String> {
        let find = |kind: &str, name: Option<&Value>| {
            let of_name = |object: &Value| name.is_none_or(|name| &object["metadata"]["name"] == name);
            let mut found = objects
                .iter()
                .filter(|object| object["kind"] == kind && of_name(object));
            let name = name.cloned().unwrap_or_default();
            found.next().ok_or_else(|| format!("there is no {kind} {name}"))
        };
        let spec = &find("Deployment", None)?["spec"]["template"]["spec"];
        let container = &spec["containers"][0];
        let folder = Folder::new("pod");
        let mut places = Vec::new();
        for mount in list(&container["volumeMounts"]) {
            if !list(&spec["volumes"]).any(|volume| volume["name"] == mount["name"]) {
                return Err(format!("there is no volume {}", mount["name"]));
            }
            let at = folder.path().join(text(&mount["name"]));
            std::fs::create_dir(&at).map_err(|error| format!("{}: {error}", at.display()))?;
            places.push((format!("{}/", text(&mount["mountPath"])), at));
        }
        // The image brings the plugins.
        places.push(("/plugins/".to_owned(), target().join("plugins")));
        let mut pod = Self {
            folder,
            places,
            args: Vec::new(),
            env: Vec::new(),
        };
        for volume in list(&spec["volumes"]) {
            if let Some(map) = volume.get("configMap") {
                pod.put(volume, map, &find("ConfigMap", map.get("name"))?["data"])?;
            } else if let Some(secret) = volume.get("secret") {
                let found = find("Secret", secret.get("secretName"))?;
                pod.put(volume, secret, &found["stringData"])?;
            }
        }
        pod.args = list(&container["args"]).map(|arg| pod.here(text(arg))).collect();
        let variables = list(&container["env"]);
        pod.env = variables
            .map(|variable| {
                (
                    text(&variable["name"]).to_owned(),
                    pod.here(text(&variable["value"])),
                )
            })
            .collect();
        Ok(pod)
    }

    /// Puts the files of a volume where they are mounted: all of them, or its `items`.
    fn put(&self, volume: &Value, source: &Value, data: &Value) -> Result<(), String> {
        let files: BTreeMap<&str, &str> = match source.get("items") {
            Some(items) => list(items)
                .map(|item| (text(&item["key"]), text(&item["path"])))
                .collect(),
            None => {
                let all = data.as_object().into_iter().flatten();
                all.map(|(key, _)| (key.as_str(), key.as_str())).collect()
            }
        };
        for (key, path) in files {
            let content = data[key].as_str();
            let content = content.ok_or_else(|| format!("{} has no key {key}", volume["name"]))?;
            let path = format!("{}/{path}", text(&volume["name"]));
            self.folder.write(&path, self.here(content));
        }
        Ok(())
    }

    /// A text with the paths of this machine.
    fn here(&self, text: &str) -> String {
        self.places.iter().fold(text.to_owned(), |text, (pod, here)| {
            text.replace(pod, &format!("{}/", here.display()))
        })
    }

    /// The host, with its variables and without arguments.
    pub fn command(&self) -> Command {
        let mut command = Command::new(metawasm());
        command.envs(self.env.iter().cloned());
        command
    }

    /// The arguments, of which the first is `serve`.
    pub fn args(&self) -> &[String] {
        &self.args
    }
}

/// The Secret with a pair of the host's, for the component `tls`: see [`Pod::of`].
pub fn tls_secret(authority: &crate::tls::Authority) -> Value {
    let pair = authority.issue();
    json!({
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "metawasm-tls", "namespace": "metawasm"},
        "stringData": {"tls.crt": pair.cert, "tls.key": pair.key, "ca.crt": authority.pem()},
    })
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
