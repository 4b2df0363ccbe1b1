//! Edits reach the children that are there, and what somebody changes by hand is put right.

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use super::function;
use crate::objects::{text, until};
use crate::world::{World, named};

pub(super) async fn run(world: &World) -> Result<()> {
    let namespace = world.namespace("edits").await?;
    let hello = world.create(&namespace, &function("hello.yaml")?).await?;
    world.settle(&namespace).await?;
    let before = world.children(&hello).await?;
    ensure!(before.len() == 4, "hello has {} children", before.len());

    // Image, environment, bounds, port and hosts.
    let patch = json!({"spec": {
        "image": "example.com/functions/hello:v2",
        "serving": {
            "template": {"containers": [{"name": "function", "env": [{"name": "GREETING", "value": "hi"}]}]},
            "scaleOptions": {"maxReplicas": 7, "keda": {"httpScaledObject": {"cooldownPeriod": 60}}},
            "triggers": {"http": {"engine": "keda", "port": 9090, "route": {"hostnames": ["hello.example.com"]}}},
        },
    }});
    world.admin.patch(&hello, "", &patch).await?;
    world.settle(&namespace).await?;
    world.no_warnings(&namespace).await?;
    let after = world.children(&hello).await?;
    let uids = |objects: &[Value]| -> Vec<String> {
        let mut uids: Vec<String> = objects
            .iter()
            .map(|object| text(object, "/metadata/uid").to_owned())
            .collect();
        uids.sort();
        uids
    };
    // A host of its own brings an Ingress.
    ensure!(
        uids(&before).iter().all(|uid| uids(&after).contains(uid)) && after.len() == 5,
        "children were made anew: {:?}, now {:?}",
        named(&before),
        named(&after)
    );
    let deployment = world.child(&hello, "Deployment", "hello").await?;
    let container = &deployment["spec"]["template"]["spec"]["containers"][0];
    ensure!(
        container["image"] == "example.com/functions/hello:v2",
        "the image is {}",
        container["image"]
    );
    let env = container["env"].as_array().into_iter().flatten();
    ensure!(
        env.clone()
            .any(|env| env["name"] == "GREETING" && env["value"] == "hi"),
        "GREETING is not in the environment"
    );
    let service = world.child(&hello, "Service", "hello-svc").await?;
    ensure!(
        service["spec"]["ports"][0]["targetPort"] == 9090,
        "the Service goes to {}",
        service["spec"]["ports"]
    );
    let scaler = world.child(&hello, "HTTPScaledObject", "hello").await?;
    ensure!(
        scaler["spec"]["replicas"]["max"] == 7,
        "the bounds are {}",
        scaler["spec"]["replicas"]
    );
    let hosts = scaler["spec"]["hosts"].as_array().into_iter().flatten();
    ensure!(
        hosts.clone().any(|host| host == "hello.example.com"),
        "the hosts are {}",
        scaler["spec"]["hosts"]
    );

    by_hand(world, &namespace, &hello).await
}

async fn by_hand(world: &World, namespace: &str, hello: &Value) -> Result<()> {
    let scaler = world.child(hello, "HTTPScaledObject", "hello").await?;
    world
        .admin
        .patch(&scaler, "", &json!({"spec": {"replicas": {"max": 1}}}))
        .await?;
    until("the bound is put right", async || {
        let scaler = world.child(hello, "HTTPScaledObject", "hello").await?;
        let max = scaler["spec"]["replicas"]["max"].clone();
        Ok(if max == 7 {
            Ok(())
        } else {
            Err(format!("it is {max}"))
        })
    })
    .await?;
    let service = world.child(hello, "Service", "hello-svc").await?;
    world.admin.delete(&service).await?;
    until("the Service is made again", async || {
        let again = world.child(hello, "Service", "hello-svc").await;
        Ok(match again {
            Ok(again) if again["metadata"]["uid"] != service["metadata"]["uid"] => Ok(()),
            Ok(_) => Err("it is the old one".to_owned()),
            Err(error) => Err(error.to_string()),
        })
    })
    .await?;
    // A label of others on a child is theirs.
    let deployment = world.child(hello, "Deployment", "hello").await?;
    world
        .admin
        .patch(
            &deployment,
            "",
            &json!({"metadata": {"labels": {"example.com/team": "blue"}}}),
        )
        .await?;
    world.settle(namespace).await?;
    let deployment = world.child(hello, "Deployment", "hello").await?;
    ensure!(
        deployment["metadata"]["labels"]["example.com/team"] == "blue",
        "a foreign label is gone"
    );
    world.no_warnings(namespace).await
}
