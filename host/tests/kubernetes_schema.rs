//! The table of Kubernetes' types that the host has in it is what `k8s-openapi` says.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper of tests fails as a test does"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use k8s_openapi::schemars::generate::SchemaSettings;
use k8s_openapi::schemars::{JsonSchema, SchemaGenerator};
use k8s_openapi::{Resource, api, apiextensions_apiserver, kube_aggregator};
use metawasm::contract::scope::of_kubernetes;
use metawasm::contract::{GroupKey, Scope};
use metawasm::schema::KUBERNETES;
use serde_json::Value;

/// The table, from this crate's folder.
const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/schema/kubernetes.txt");

/// A kind of an object that a hook can ask for.
struct Kind {
    api_version: &'static str,
    kind: &'static str,
    is_cluster: bool,
    /// Its type's name.
    of: String,
}

/// Adds a kind, and its type and all below to the generator's definitions.
fn kind<T: Resource + JsonSchema>(generator: &mut SchemaGenerator) -> Kind {
    generator.subschema_for::<T>();
    Kind {
        api_version: T::API_VERSION,
        kind: T::KIND,
        is_cluster: std::any::type_name::<T::Scope>().contains("Cluster"),
        of: short(&T::schema_name()),
    }
}

/// Every kind of Kubernetes that is stored or answered, but lists and what is only in other objects.
fn kinds(generator: &mut SchemaGenerator) -> Vec<Kind> {
    macro_rules! kinds {
        ($($of:ty,)+) => { vec![$(kind::<$of>(generator),)+] };
    }
    kinds! {
        api::admissionregistration::v1::MutatingAdmissionPolicy,
        api::admissionregistration::v1::MutatingAdmissionPolicyBinding,
        api::admissionregistration::v1::MutatingWebhookConfiguration,
        api::admissionregistration::v1::ValidatingAdmissionPolicy,
        api::admissionregistration::v1::ValidatingAdmissionPolicyBinding,
        api::admissionregistration::v1::ValidatingWebhookConfiguration,
        api::admissionregistration::v1alpha1::MutatingAdmissionPolicy,
        api::admissionregistration::v1alpha1::MutatingAdmissionPolicyBinding,
        api::admissionregistration::v1beta1::MutatingAdmissionPolicy,
        api::admissionregistration::v1beta1::MutatingAdmissionPolicyBinding,
        api::apiserverinternal::v1alpha1::StorageVersion,
        api::apps::v1::ControllerRevision,
        api::apps::v1::DaemonSet,
        api::apps::v1::Deployment,
        api::apps::v1::ReplicaSet,
        api::apps::v1::StatefulSet,
        api::authentication::v1::SelfSubjectReview,
        api::authentication::v1::TokenReview,
        api::authorization::v1::LocalSubjectAccessReview,
        api::authorization::v1::SelfSubjectAccessReview,
        api::authorization::v1::SelfSubjectRulesReview,
        api::authorization::v1::SubjectAccessReview,
        api::autoscaling::v1::HorizontalPodAutoscaler,
        api::autoscaling::v2::HorizontalPodAutoscaler,
        api::batch::v1::CronJob,
        api::batch::v1::Job,
        api::certificates::v1::CertificateSigningRequest,
        api::certificates::v1alpha1::ClusterTrustBundle,
        api::certificates::v1beta1::ClusterTrustBundle,
        api::certificates::v1beta1::PodCertificateRequest,
        api::coordination::v1::Lease,
        api::coordination::v1alpha2::LeaseCandidate,
        api::coordination::v1beta1::LeaseCandidate,
        api::core::v1::Binding,
        api::core::v1::ComponentStatus,
        api::core::v1::ConfigMap,
        api::core::v1::Endpoints,
        api::core::v1::Event,
        api::core::v1::LimitRange,
        api::core::v1::Namespace,
        api::core::v1::Node,
        api::core::v1::PersistentVolume,
        api::core::v1::PersistentVolumeClaim,
        api::core::v1::Pod,
        api::core::v1::PodTemplate,
        api::core::v1::ReplicationController,
        api::core::v1::ResourceQuota,
        api::core::v1::Secret,
        api::core::v1::Service,
        api::core::v1::ServiceAccount,
        api::discovery::v1::EndpointSlice,
        api::events::v1::Event,
        api::flowcontrol::v1::FlowSchema,
        api::flowcontrol::v1::PriorityLevelConfiguration,
        api::networking::v1::IPAddress,
        api::networking::v1::Ingress,
        api::networking::v1::IngressClass,
        api::networking::v1::NetworkPolicy,
        api::networking::v1::ServiceCIDR,
        api::networking::v1beta1::IPAddress,
        api::networking::v1beta1::ServiceCIDR,
        api::node::v1::RuntimeClass,
        api::policy::v1::PodDisruptionBudget,
        api::rbac::v1::ClusterRole,
        api::rbac::v1::ClusterRoleBinding,
        api::rbac::v1::Role,
        api::rbac::v1::RoleBinding,
        api::resource::v1::DeviceClass,
        api::resource::v1::ResourceClaim,
        api::resource::v1::ResourceClaimTemplate,
        api::resource::v1::ResourceSlice,
        api::resource::v1alpha3::DeviceTaintRule,
        api::resource::v1alpha3::ResourcePoolStatusRequest,
        api::resource::v1beta1::DeviceClass,
        api::resource::v1beta1::ResourceClaim,
        api::resource::v1beta1::ResourceClaimTemplate,
        api::resource::v1beta1::ResourceSlice,
        api::resource::v1beta2::DeviceClass,
        api::resource::v1beta2::DeviceTaintRule,
        api::resource::v1beta2::ResourceClaim,
        api::resource::v1beta2::ResourceClaimTemplate,
        api::resource::v1beta2::ResourceSlice,
        api::scheduling::v1::PriorityClass,
        api::scheduling::v1alpha2::PodGroup,
        api::scheduling::v1alpha2::Workload,
        api::storage::v1::CSIDriver,
        api::storage::v1::CSINode,
        api::storage::v1::CSIStorageCapacity,
        api::storage::v1::StorageClass,
        api::storage::v1::VolumeAttachment,
        api::storage::v1::VolumeAttributesClass,
        api::storage::v1beta1::VolumeAttributesClass,
        api::storagemigration::v1beta1::StorageVersionMigration,
        apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition,
        kube_aggregator::pkg::apis::apiregistration::v1::APIService,
    }
}

/// `apps.v1.DeploymentSpec` of `io.k8s.api.apps.v1.DeploymentSpec`.
fn short(name: &str) -> String {
    let words: Vec<&str> = name.split('.').collect();
    words[words.len().saturating_sub(3)..].join(".")
}

/// Types that are written as something else than their schema says, or that any value may have.
fn special(name: &str) -> Option<&'static str> {
    Some(match name {
        "api.resource.Quantity" => "quantity",
        "util.intstr.IntOrString" => "int-or-string",
        "pkg.runtime.RawExtension" | "meta.v1.FieldsV1" | "meta.v1.Patch" => "any",
        "apiextensions.v1.JSON"
        | "apiextensions.v1.JSONSchemaPropsOrArray"
        | "apiextensions.v1.JSONSchemaPropsOrBool"
        | "apiextensions.v1.JSONSchemaPropsOrStringArray" => "any",
        "meta.v1.Time" | "meta.v1.MicroTime" => "string",
        _ => return None,
    })
}

/// A schema in the table's words.
fn words(schema: &Value) -> String {
    if let Some(reference) = schema["$ref"].as_str() {
        let name = short(reference.rsplit('/').next().unwrap());
        return special(&name).map_or(name, str::to_owned);
    }
    let text = |key: &str| schema[key].as_str();
    match (text("type"), text("format")) {
        (Some("string"), Some("byte")) => "bytes".to_owned(),
        (Some(scalar @ ("string" | "integer" | "number" | "boolean")), _) => scalar.to_owned(),
        (Some("array"), _) => format!("[{}", words(&schema["items"])),
        (Some("object"), _) if schema["additionalProperties"].is_object() => {
            format!("{{{}", words(&schema["additionalProperties"]))
        }
        _ => panic!("no word for {schema}"),
    }
}

fn table() -> String {
    let mut generator = SchemaSettings::draft2020_12().into_generator();
    let mut kinds = kinds(&mut generator);
    kinds.sort_by_key(|kind| (kind.api_version, kind.kind));
    let definitions: BTreeMap<String, Value> = generator
        .definitions()
        .iter()
        .map(|(name, schema)| (short(name), schema.clone()))
        .collect();
    assert_eq!(
        definitions.len(),
        generator.definitions().len(),
        "two types have one name"
    );
    let mut table = format!(
        "# The kinds of Kubernetes {KUBERNETES} and their fields, made from k8s-openapi by host/tests/kubernetes_schema.rs.\n"
    );
    for kind in &kinds {
        let scope = if kind.is_cluster { "Cluster" } else { "Namespaced" };
        writeln!(
            table,
            "kind {} {} {scope} {}",
            kind.api_version, kind.kind, kind.of
        )
        .unwrap();
    }
    let roots: BTreeSet<&str> = kinds.iter().map(|kind| &*kind.of).collect();
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let mut open: Vec<String> = roots.iter().map(|name| (*name).to_owned()).collect();
    let mut types: BTreeMap<String, String> = BTreeMap::new();
    while let Some(name) = open.pop() {
        if !seen.insert(name.clone()) {
            continue;
        }
        let schema = definitions.get(&name).unwrap_or_else(|| panic!("no type {name}"));
        let required = schema["required"].as_array().cloned().unwrap_or_default();
        let mut text = String::new();
        for (field, schema) in schema["properties"].as_object().into_iter().flatten() {
            // A child's status is the API server's.
            let of = if field == "status" && roots.contains(&*name) {
                "any".to_owned()
            } else {
                words(schema)
            };
            // Metadata is required of every object, and the review asks for its name.
            let mark = if field != "metadata" && required.iter().any(|name| name == field) {
                "!"
            } else {
                ""
            };
            writeln!(text, " {field}{mark} {of}").unwrap();
            let of = of.trim_start_matches(['[', '{']);
            if of.contains('.') {
                open.push(of.to_owned());
            }
        }
        types.insert(name, text);
    }
    for (name, text) in types {
        write!(table, "{name}\n{text}").unwrap();
    }
    table
}

#[test]
fn the_table_is_what_k8s_openapi_says() {
    let table = table();
    let now = std::fs::read_to_string(TABLE).unwrap_or_default();
    if now == table {
        return;
    }
    if std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
        std::fs::write(TABLE, table).unwrap();
        return;
    }
    panic!("{TABLE} is stale: run this test with INSTA_UPDATE=always");
}

#[test]
fn scopes_are_those_of_kubernetes() {
    let mut generator = SchemaSettings::draft2020_12().into_generator();
    let kinds = kinds(&mut generator);
    assert!(kinds.len() > 80, "{}", kinds.len());
    for kind in kinds {
        let key = GroupKey::new(kind.api_version, kind.kind);
        let group = metawasm::contract::object::group_of(kind.api_version);
        let scope = if kind.is_cluster {
            Scope::Cluster
        } else {
            Scope::Namespaced
        };
        assert_eq!(of_kubernetes(group, kind.kind), Some(scope), "{key}");
    }
}
