//! What Metacontroller tells people, in Events.

use std::time::Duration;

use anyhow::{Result, bail};

use super::{FUNCTIONS, World};
use crate::objects::{text, until};

/// How long it takes to see that nothing is told: several of the driver's and the program's looks at discovery.
const LOOK: Duration = Duration::from_secs(3);

impl World {
    /// The sentences of Warning Events about an object.
    ///
    /// # Errors
    ///
    /// If the API server does not answer.
    pub async fn warnings(&self, namespace: &str, name: &str) -> Result<Vec<String>> {
        let events = self.admin.warnings(namespace, name).await?.into_iter();
        Ok(events.map(|event| text(&event, "/message").to_owned()).collect())
    }

    /// How often Metacontroller has told of the controller of Functions, by the reason and a part of the message.
    ///
    /// # Errors
    ///
    /// If the API server does not answer.
    pub async fn told(&self, reason: &str, part: &str) -> Result<u64> {
        let events = self.admin.list("v1", "Event", "default").await?;
        let told = events.iter().filter(|event| {
            event["reason"] == reason
                && event["involvedObject"]["kind"] == "CompositeController"
                && event["involvedObject"]["name"] == "function"
                && text(event, "/message").contains(part)
        });
        Ok(told.map(|event| event["count"].as_u64().unwrap_or(1)).sum())
    }

    /// Waits until that has been told more often than before.
    ///
    /// # Errors
    ///
    /// If that does not come.
    pub async fn tells_more(&self, reason: &str, part: &str, before: u64) -> Result<()> {
        let what = format!("an Event {reason} of the controller function, with {part:?}");
        until(&what, async || {
            let told = self.told(reason, part).await?;
            Ok(if told > before {
                Ok(())
            } else {
                Err(format!("told {told} times"))
            })
        })
        .await
    }

    /// Waits long enough for Metacontroller to have looked at its controllers more than once, and fails if it has started
    /// the controller of Functions meanwhile.
    ///
    /// # Errors
    ///
    /// If the controller was started, or the API server does not answer.
    pub async fn stays_silent(&self, started: u64) -> Result<()> {
        tokio::time::sleep(LOOK).await;
        match self.told("Started", "").await? {
            now if now == started => Ok(()),
            now => bail!("the controller function was started {now} times, and {started} times before"),
        }
    }

    /// Fails if Metacontroller has warned of any Function of a namespace.
    ///
    /// # Errors
    ///
    /// With its sentences.
    pub async fn no_warnings(&self, namespace: &str) -> Result<()> {
        let mut said = Vec::new();
        for function in self.admin.list(FUNCTIONS, "Function", namespace).await? {
            let name = text(&function, "/metadata/name");
            for sentence in self.warnings(namespace, name).await? {
                said.push(format!("{name}: {sentence}"));
            }
        }
        if !said.is_empty() {
            bail!("Metacontroller warns: {}", said.join("\n"));
        }
        Ok(())
    }
}
