//! The thread that has the plugins, and answers one request of the page after the other.

use std::path::PathBuf;
use std::sync::mpsc::Receiver;

use serde_json::{Value, json};

use super::asked::Asked;
use super::hosted::Hosted;
use super::problem::Problem;
use super::route::{Job, Route};
use super::{call, save, timeline};
use crate::cli::Failure;
use crate::telemetry::PluginLog;

/// The plugins, and what they need.
pub(super) struct Bench {
    pub(super) hosted: Vec<Hosted>,
    pub(super) log: PluginLog,
    pub(super) cases: PathBuf,
}

impl Bench {
    /// Answers requests until the server is gone.
    pub(super) fn run(mut self, jobs: &Receiver<Job>) {
        for job in jobs {
            // Nobody waits for an answer to an older text.
            if job.answer.is_closed() {
                continue;
            }
            let answer = self.answer(&job);
            job.answer.send(answer).ok();
        }
    }

    fn answer(&mut self, job: &Job) -> Result<Value, Problem> {
        let Job { route, body, .. } = job;
        let id = match route {
            Route::Plugins => return self.plugins(),
            Route::Call(id) | Route::Simulate(id) | Route::Save(id) => id,
        };
        let several = self.hosted.len() > 1;
        let hosted = self.hosted.iter_mut().find(|hosted| hosted.id == *id);
        let hosted =
            hosted.ok_or_else(|| Problem::Unknown("plugin not found; reload the page".to_owned()))?;
        let asked = Asked::parse(body)?;
        match route {
            Route::Simulate(_) => timeline::simulate(hosted, &self.log, &asked, &|| !job.answer.is_closed()),
            Route::Save(_) => {
                // `metawasm test` runs all cases of a directory with one plugin.
                let cases = match several {
                    true => self.cases.join(id),
                    false => self.cases.clone(),
                };
                save::save(hosted, &cases, &asked)
            }
            Route::Plugins | Route::Call(_) => call::call(hosted, &self.log, &asked, job.since.elapsed()),
        }
    }

    fn plugins(&mut self) -> Result<Value, Problem> {
        self.hosted.iter_mut().for_each(Hosted::look);
        let facts: Result<Vec<Value>, Failure> = self.hosted.iter().map(Hosted::facts).collect();
        Ok(json!({"plugins": facts?, "cases": self.cases.display().to_string()}))
    }
}
