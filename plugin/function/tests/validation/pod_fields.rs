//! Every field of a PodSpec, at every depth: each required one is missed, and no other key is sent.
//!
//! The PodSpec is made of the schema that `k8s-openapi` has for it.

use k8s_openapi::api::core::v1::PodSpec;
use k8s_openapi::schemars::SchemaGenerator;
use serde_json::{Map, Value, json};

use super::{message, patched, serving};

/// Values of fields for which "x" will not do, by the end of their path. The longest one counts.
const VALUES: &[(&str, &str)] = &[
    ("action", "Restart"),
    ("appArmorProfile.type", "Localhost"),
    ("cachingMode", "None"),
    ("azureDisk.kind", "Shared"),
    ("containers.name", "function"),
    ("initContainers.name", "x"),
    ("ephemeralContainers.name", "x"),
    ("dnsPolicy", "Default"),
    ("effect", "NoSchedule"),
    ("exitCodes.operator", "In"),
    ("fsGroupChangePolicy", "Always"),
    ("hostPath.type", "File"),
    ("imagePullPolicy", "Always"),
    ("keyType", "ED25519"),
    ("mountPropagation", "None"),
    ("nodeAffinityPolicy", "Honor"),
    ("nodeTaintsPolicy", "Honor"),
    ("operator", "Exists"),
    ("os.name", "linux"),
    ("preemptionPolicy", "Never"),
    ("procMount", "Default"),
    ("protocol", "TCP"),
    ("pullPolicy", "Always"),
    ("recursiveReadOnly", "Disabled"),
    ("resizePolicy.restartPolicy", "NotRequired"),
    ("restartPolicy", "Always"),
    ("scheme", "HTTP"),
    ("seLinuxChangePolicy", "Recursive"),
    ("seccompProfile.type", "Localhost"),
    ("supplementalGroupsPolicy", "Merge"),
    ("terminationMessagePolicy", "File"),
    ("volumeMode", "Block"),
    ("whenUnsatisfiable", "DoNotSchedule"),
];

/// A PodSpec with every field, and where its objects and required fields are.
#[derive(Default)]
struct Full {
    root: Value,
    /// JSON pointers of the objects whose fields are known.
    objects: Vec<String>,
    /// JSON pointers of the required fields.
    required: Vec<String>,
}

impl Full {
    fn pod_spec() -> (Value, Full) {
        let schema = SchemaGenerator::default().into_root_schema_for::<PodSpec>();
        let mut full = Full {
            root: serde_json::to_value(schema).unwrap(),
            ..Full::default()
        };
        let root = full.root.clone();
        let spec = full.value(&root, "");
        (spec, full)
    }

    fn value(&mut self, schema: &Value, at: &str) -> Value {
        if schema["$ref"]
            .as_str()
            .is_some_and(|name| name.ends_with(".Quantity"))
        {
            return json!("1");
        }
        let schema = match schema["$ref"].as_str() {
            Some(place) => &self.root.pointer(&place[1..]).unwrap().clone(),
            None => schema,
        };
        if schema["x-kubernetes-int-or-string"] == json!(true) {
            return json!(1);
        }
        match schema["type"].as_str().unwrap() {
            "string" => json!(text(at)),
            "boolean" => json!(true),
            "integer" => json!(1),
            "array" => json!([self.value(&schema["items"], &format!("{at}/0"))]),
            _ => match schema["properties"].as_object() {
                Some(properties) => self.object(properties, &schema["required"], at),
                None if schema["additionalProperties"].is_object() => {
                    json!({"x": self.value(&schema["additionalProperties"], &format!("{at}/x"))})
                }
                None => json!({"x": 1}),
            },
        }
    }

    fn object(&mut self, properties: &Map<String, Value>, required: &Value, at: &str) -> Value {
        self.objects.push(at.to_owned());
        let required = required.as_array().into_iter().flatten();
        let required = required.map(|name| format!("{at}/{}", name.as_str().unwrap()));
        self.required
            .extend(required.filter(|field| field != "/containers"));
        // A variable has either a value or a source.
        let fields = properties
            .iter()
            .filter(|(name, _)| *name != "value" || !at.contains("/env/"));
        let fields = fields.map(|(name, schema)| (name.clone(), self.value(schema, &format!("{at}/{name}"))));
        Value::Object(fields.collect())
    }
}

/// What a text is at a place.
fn text(at: &str) -> &'static str {
    let path = at.replace("/0/", "/").replace('/', ".");
    let of_place = VALUES
        .iter()
        .filter(|(end, _)| path.strip_suffix(end).is_some_and(|start| start.ends_with('.')));
    of_place
        .max_by_key(|(end, _)| end.len())
        .map_or("x", |(_, value)| value)
}

/// A JSON pointer as messages have it.
fn path(pointer: &str) -> String {
    let parts = pointer.split('/').skip(1).map(|part| match part {
        "0" => "[0]".to_owned(),
        name => format!(".{name}"),
    });
    format!("spec.serving.template{}", parts.collect::<String>())
}

/// Fields of a PodSpec that the template of a Deployment may not have.
const OF_OTHER_PODS: [&str; 2] = ["activeDeadlineSeconds", "ephemeralContainers"];

/// The pod spec without what only other pods may have.
fn of_deployment(mut spec: Value) -> Value {
    for field in OF_OTHER_PODS {
        spec.as_object_mut().unwrap().remove(field);
    }
    spec
}

/// A Function's answer with this pod spec.
fn answer(template: &Value) -> Value {
    patched(&serving(json!({"template": template})))
}

#[test]
fn a_pod_spec_with_every_field_is_taken_and_sent_as_it_is() {
    let (spec, _) = Full::pod_spec();
    let mut spec = of_deployment(spec);
    let answer = answer(&spec);
    message(&answer, "Ready", "Creating");
    let sent = &answer["children"][0]["spec"]["template"]["spec"];
    // The plugin itself completes the container, and the server the volume.
    let containers = spec["containers"].take();
    for (name, value) in containers[0].as_object().unwrap() {
        if !["env", "image", "ports"].contains(&name.as_str()) {
            assert_eq!(&sent["containers"][0][name], value, "{name}");
        }
    }
    let mut sent = sent.clone();
    sent["containers"].take();
    assert_eq!(sent, spec);
}

#[test]
fn every_required_field_that_is_missing_is_told_of() {
    let (spec, full) = Full::pod_spec();
    assert!(full.required.len() > 200, "{}", full.required.len());
    for pointer in &full.required {
        let (object, field) = pointer.rsplit_once('/').unwrap();
        let without = |absent: Value| {
            let mut spec = spec.clone();
            let object = spec.pointer_mut(object).unwrap().as_object_mut().unwrap();
            match absent {
                Value::Bool(_) => object.remove(field),
                absent => object.insert(field.to_owned(), absent),
            };
            let answer = answer(&spec);
            let message = message(&answer, "Ready", "Invalid");
            let problems = message
                .split("; ")
                .filter(|problem| problem.contains("Required value"));
            let expected = format!(
                "{}: Required value: Kubernetes refuses the object without it",
                path(pointer)
            );
            assert_eq!(problems.collect::<Vec<_>>(), [expected]);
            assert_eq!(answer["children"], json!([]));
        };
        without(Value::Bool(true));
        without(Value::Null);
        let is_text = spec.pointer(pointer).unwrap().is_string();
        if is_text && !pointer.ends_with("/value") {
            without(json!(""));
        }
        if spec.pointer(pointer).unwrap().is_array() {
            without(json!([]));
        }
    }
}

#[test]
fn all_required_fields_that_are_missing_are_told_of_at_once() {
    let answer = answer(&json!({
        "volumes": [{"name": "c", "configMap": {"name": "x", "items": [{"key": "a"}]}}, {"nfs": {}}],
        "tolerations": [{}],
        "topologySpreadConstraints": [{}],
    }));
    let missing = [
        "topologySpreadConstraints[0].maxSkew",
        "topologySpreadConstraints[0].topologyKey",
        "topologySpreadConstraints[0].whenUnsatisfiable",
        "volumes[0].configMap.items[0].path",
        "volumes[1].name",
        "volumes[1].nfs.path",
        "volumes[1].nfs.server",
    ];
    let missing = missing.map(|field| {
        format!("spec.serving.template.{field}: Required value: Kubernetes refuses the object without it")
    });
    let message = message(&answer, "Ready", "Invalid");
    let mut problems: Vec<&str> = message.split("; ").collect();
    problems.sort_unstable();
    assert_eq!(problems, missing);
}

#[test]
fn a_key_that_no_pod_spec_has_is_told_of_and_not_sent() {
    let (spec, full) = Full::pod_spec();
    assert!(full.objects.len() > 200, "{}", full.objects.len());
    let spec = of_deployment(spec);
    let objects = full.objects.iter();
    for pointer in objects.filter(|pointer| !pointer.starts_with("/ephemeralContainers")) {
        let mut spec = spec.clone();
        spec.pointer_mut(pointer).unwrap()["zzz"] = json!({"a": [1]});
        let answer = answer(&spec);
        let warnings = message(&answer, "Normalized", "Warnings");
        let expected = format!(
            "{}.zzz: unknown field in Kubernetes 1.36, not sent",
            path(pointer)
        );
        assert!(
            warnings.split("; ").any(|warning| warning == expected),
            "{warnings}"
        );
        assert!(!answer["children"].to_string().contains("zzz"), "{pointer}");
    }
}
