//! The types of a pod that this plugin writes. The rest of the function's own pods is the user's.

use std::borrow::Cow;

use crate::formats::json::{Json, Object};
use crate::formats::typed::api;

api! {
    /// `PodTemplateSpec` of Kubernetes' `k8s.io/api/core/v1/types.go`, 1.36.
    struct PodTemplateSpec<'a> {
        "metadata" metadata: PodMeta<'a>,
        "spec" spec: Json<'a>,
    }

    /// The `ObjectMeta` of a PodTemplateSpec.
    struct PodMeta<'a> {
        "annotations" annotations: Object<'a>,
        "labels" labels: Object<'a>,
    }

    /// `PodSpec` of the same file.
    struct PodSpec<'a> {
        "containers" containers: Vec<Container<'a>>,
        "imagePullSecrets" image_pull_secrets: Option<Vec<LocalObjectReference<'a>>>,
        "securityContext" security_context: Option<PodSecurityContext<'a>>,
    }

    /// `PodSecurityContext` of the same file.
    struct PodSecurityContext<'a> {
        "sysctls" sysctls: Vec<Sysctl<'a>>,
    }

    /// `Sysctl` of the same file.
    struct Sysctl<'a> {
        "name" name: &'a str,
        "value" value: String,
    }

    /// `LocalObjectReference` of the same file.
    struct LocalObjectReference<'a> {
        "name" name: &'a str,
    }

    /// `Container` of the same file.
    struct Container<'a> {
        "env" env: Option<Vec<Json<'a>>>,
        "image" image: Option<&'a str>,
        "imagePullPolicy" image_pull_policy: &'a str,
        "name" name: &'a str,
        "ports" ports: Option<Vec<ContainerPort<'a>>>,
    }

    /// What is written into the function's container, over what the user wrote.
    struct FunctionContainer<'a> {
        "env" env: Vec<Json<'a>>,
        "image" image: &'a str,
        "ports" ports: Vec<Json<'a>>,
    }

    /// `ContainerPort` of the same file.
    struct ContainerPort<'a> {
        "containerPort" container_port: i64,
        "name" name: Option<&'a str>,
        "protocol" protocol: Option<&'a str>,
    }

    /// `EnvVar` of the same file.
    struct EnvVar<'a> {
        "name" name: &'a str,
        "value" value: Option<Cow<'a, str>>,
        "valueFrom" value_from: Option<EnvVarSource<'a>>,
    }

    /// `EnvVarSource` of the same file.
    struct EnvVarSource<'a> {
        "fieldRef" field_ref: ObjectFieldSelector<'a>,
    }

    /// `ObjectFieldSelector` of the same file.
    struct ObjectFieldSelector<'a> {
        "apiVersion" api_version: &'a str,
        "fieldPath" field_path: &'a str,
    }
}

/// A variable. One without a value is stored without a value.
pub(super) fn variable<'a>(name: &'a str, value: impl Into<Cow<'a, str>>) -> Json<'a> {
    let value = value.into();
    Json::from(EnvVar {
        name,
        value: (!value.is_empty()).then_some(value),
        value_from: None,
    })
}

/// The variable with the pod's own name.
pub(super) fn pod_name<'a>() -> Json<'a> {
    let field_ref = ObjectFieldSelector {
        api_version: "v1",
        field_path: "metadata.name",
    };
    Json::from(EnvVar {
        name: "POD_NAME",
        value: None,
        value_from: Some(EnvVarSource { field_ref }),
    })
}
