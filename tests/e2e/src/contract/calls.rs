//! Which hooks are called when, and what an entity tag changes.

use std::time::Duration;

use anyhow::{Result, ensure};
use serde_json::json;
use tokio::time::sleep;

use super::hooks::Canned;
use super::table::settled;
use super::{Stage, soon};
use crate::objects::until;

/// All of it.
pub(super) async fn check(stage: &Stage) -> Result<()> {
    let (order, tags, dead) = futures::join!(order(stage), tags(stage), never(stage));
    order.and(tags).and(dead)
}

fn good(body: &str) -> Canned {
    Canned {
        code: 200,
        body: body.to_owned(),
        ..Canned::default()
    }
}

/// customize before sync, once for a generation; finalize in place of sync, until it lets go.
async fn order(stage: &Stage) -> Result<()> {
    let name = "all-hooks";
    let hook = |hook: &str| json!({"version": "v2", "webhook": {"url": stage.url(hook)}});
    let hooks = json!({"sync": hook("sync"), "finalize": hook("finalize"), "customize": hook("customize")});
    stage.hooks.answer(name, "sync", settled(name));
    stage
        .hooks
        .answer(name, "customize", good(r#"{"relatedResources":[]}"#));
    stage.hooks.answer(
        name,
        "finalize",
        good(r#"{"children":[],"finalized":false,"resyncAfterSeconds":1}"#),
    );
    stage.controller(name, &hooks).await?;
    let thing = stage.thing(name, name).await?;
    stage.settled(name).await?;
    let called = || {
        stage
            .hooks
            .calls(name)
            .into_iter()
            .map(|call| call.hook)
            .collect::<Vec<_>>()
    };
    let first = called();
    ensure!(
        first.starts_with(&["customize".into(), "sync".into(), "sync".into()]),
        "a new one: {first:?}"
    );
    ensure!(
        first.iter().filter(|hook| *hook == "customize").count() == 1,
        "customize again: {first:?}"
    );
    let seen = stage.hooks.calls(name).last().map(|call| call.children);
    ensure!(seen == Some(1), "the last sync saw {seen:?} children");

    stage
        .objects
        .patch(&thing, "", &json!({"spec": {"size": 2}}))
        .await?;
    soon("customize and sync after an edit", || {
        called()
            .get(first.len()..)
            .is_some_and(|new| new.starts_with(&["customize".into(), "sync".into()]))
    })
    .await?;
    sleep(Duration::from_millis(500)).await;
    let second = called();
    stage.nudge(&thing).await?;
    soon("sync after an annotation", || called().len() > second.len()).await?;
    sleep(Duration::from_millis(500)).await;
    let third = called();
    let new = &third[second.len()..];
    ensure!(
        new.iter().all(|hook| hook == "sync"),
        "after an annotation: {new:?}"
    );

    stage.objects.delete(&thing).await?;
    soon("customize, then finalize twice", || {
        let all = called();
        let new = &all[third.len()..];
        new.first().is_some_and(|hook| hook == "customize")
            && new.iter().filter(|hook| *hook == "finalize").count() >= 2
    })
    .await?;
    let all = called();
    ensure!(
        !all[third.len()..].contains(&"sync".to_owned()),
        "sync while it goes: {all:?}"
    );
    stage
        .hooks
        .answer(name, "finalize", good(r#"{"children":[],"finalized":true}"#));
    until("the finalized Thing is gone", || async {
        let found = stage
            .objects
            .find(super::API, "Thing", &stage.namespace, name)
            .await?;
        Ok(found.map_or(Ok(()), |thing| Err(thing["metadata"].to_string())))
    })
    .await
}

/// The tag of the last answer is sent; 304 and 412 mean that answer, which is applied again.
async fn tags(stage: &Stage) -> Result<()> {
    let hook = json!({"version": "v2", "webhook": {"url": stage.url("sync"), "etag": {"enabled": true}}});
    stage.controller("tags", &json!({"sync": hook})).await?;
    for (code, tag) in [(304, "\"v1\""), (412, "W/\"weak tag\"")] {
        let name = format!("tag-{code}");
        let mut tagged = settled(&name);
        tagged.headers.push(("ETag", tag.to_owned()));
        stage.hooks.answer(&name, "sync", tagged);
        let thing = stage.thing("tags", &name).await?;
        stage.settled(&name).await?;
        let first = stage.hooks.calls(&name);
        ensure!(
            first.first().is_some_and(|call| call.validator.is_none()),
            "{name}: a tag at first: {first:?}"
        );
        let unchanged = Canned {
            code,
            ..Canned::default()
        };
        stage.hooks.answer(&name, "sync", unchanged);
        let child = stage
            .objects
            .get("v1", "ConfigMap", &stage.namespace, &name)
            .await?;
        stage.objects.delete(&child).await?;
        let uid = child["metadata"]["uid"].clone();
        until(&format!("{name}: the child comes back"), || async {
            let found = stage
                .objects
                .find("v1", "ConfigMap", &stage.namespace, &name)
                .await?;
            let is = found.is_some_and(|found| found["metadata"]["uid"] != uid);
            Ok(if is { Ok(()) } else { Err("it did not".to_owned()) })
        })
        .await?;
        let sent = stage.last_validator(&name);
        ensure!(sent.as_deref() == Some(tag), "{name}: the tag sent is {sent:?}");
        let warnings = stage.warnings(&name).await?;
        ensure!(warnings.is_empty(), "{name}: {warnings:?}");
        // An error leaves the tag.
        stage.hooks.answer(
            &name,
            "sync",
            Canned {
                code: 500,
                ..Canned::default()
            },
        );
        let before = stage.hooks.calls(&name).len();
        stage.nudge(&thing).await?;
        soon("two calls that fail", || {
            stage.hooks.calls(&name).len() > before + 1
        })
        .await?;
        let sent = stage.last_validator(&name);
        ensure!(
            sent.as_deref() == Some(tag),
            "{name}: the tag sent after an error is {sent:?}"
        );
        stage.hooks.answer(&name, "sync", settled(&name));
        stage.objects.delete(&thing).await?;
    }
    Ok(())
}

/// A cache with a timeout and without a cleanup: the controller never starts, and nobody is told.
async fn never(stage: &Stage) -> Result<()> {
    let name = "never";
    let etag = json!({"enabled": true, "cacheTimeoutSeconds": 60});
    let hook = json!({"version": "v2", "webhook": {"url": stage.url("sync"), "etag": etag}});
    stage.hooks.answer(name, "sync", settled(name));
    stage.controller(name, &json!({"sync": hook})).await?;
    let thing = stage.thing(name, name).await?;
    sleep(super::LOOK).await;
    let calls = stage.hooks.calls(name).len();
    ensure!(calls == 0, "a controller that cannot start made {calls} calls");
    stage.objects.delete(&thing).await
}
