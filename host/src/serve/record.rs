//! A request to a hook, from its head to its answer, as log, metrics and traces tell of it.

use std::sync::Arc;
use std::time::{Instant, SystemTime};

use axum::http::{HeaderMap, StatusCode};
use metawasm_contract::ObjectRef;
use metawasm_formats::text::{shown, shown_value};
use tracing::Level;
use tracing::field::display as shown_as_it_is;

use super::incidents::{Incident, Incidents};
use super::verdict::{GONE, Verdict, verdict};
use crate::catalogue::Catalogue;
use crate::pipeline::{Done, Outcome, Report};
use crate::sandbox::CallError;
use crate::telemetry::{
    HookMetrics, InFlight, LinePermit, Metrics, PluginMetrics, RequestLines, Sampled, Span, TraceContext,
    Tracer,
};

/// Bytes of an unknown path that are logged.
const PATH: usize = 200;
/// Bytes of what the review says that it changed.
const NOTE: usize = 500;
/// Bytes of a backtrace: a guest chooses the names of its functions.
const DETAIL: usize = 4096;

/// What tells of requests.
#[derive(Clone)]
pub(super) struct Telemetry {
    pub(super) metrics: Arc<Metrics>,
    pub(super) tracer: Option<Tracer>,
    pub(super) lines: Arc<RequestLines>,
    /// The last refusals and failures, if somebody can look at them.
    pub(super) incidents: Option<Arc<Incidents>>,
}

/// A request that is being answered. Dropped before it is told what came of it, it counts as one whose caller
/// hung up: that is what drops it.
pub(super) struct RequestRecord<'a> {
    metrics: Arc<HookMetrics>,
    plugin: Option<Arc<PluginMetrics>>,
    tracer: Option<&'a Tracer>,
    lines: &'a RequestLines,
    incidents: Option<&'a Incidents>,
    start: Instant,
    caller: Option<TraceContext>,
    sampled: Option<Sampled>,
    /// Kept where it names no hook.
    path: Option<String>,
    over: bool,
    _in_flight: InFlight,
}

impl Telemetry {
    /// A request begins. Plugin and hook are as its path names them, or empty.
    pub(super) fn begin(
        &self,
        catalogue: &Catalogue,
        plugin: &str,
        hook: &str,
        path: &str,
        headers: &HeaderMap,
    ) -> RequestRecord<'_> {
        // A plugin that came after the start may be called before anybody has looked at the metrics.
        let own = self.metrics.plugin(plugin);
        let new = || catalogue.place(plugin).map(|_| self.metrics.add(plugin));
        let own = own.or_else(new);
        let metrics = self.metrics.hook(plugin, hook);
        // With two of them nobody knows which one is meant.
        let mut callers = headers.get_all("traceparent").iter();
        let caller = match (callers.next(), callers.next()) {
            (Some(one), None) => TraceContext::parse(one.as_bytes()),
            _ => None,
        };
        RequestRecord {
            plugin: own,
            tracer: self.tracer.as_ref(),
            lines: &self.lines,
            incidents: self.incidents.as_deref(),
            start: Instant::now(),
            caller,
            sampled: self.tracer.as_ref().and_then(|tracer| tracer.sample(caller)),
            path: metrics.hook().is_empty().then(|| shown(path, PATH)),
            metrics,
            over: false,
            _in_flight: self.metrics.begin(),
        }
    }
}

/// What there is to say about an end.
struct End<'a> {
    label: &'static str,
    level: Level,
    status: Option<StatusCode>,
    report: &'a Report,
    parent: Option<&'a ObjectRef>,
    detail: Option<String>,
    sentence: String,
}

impl RequestRecord<'_> {
    /// The pipeline has answered.
    pub(super) fn done(self, Done { outcome, report }: &Done) {
        self.outcome(outcome, report);
    }

    /// It came to this before it got to the pipeline's steps.
    pub(super) fn stopped(self, outcome: &Outcome) {
        self.outcome(outcome, &Report::default());
    }

    /// It was refused by the server itself.
    pub(super) fn rejected(mut self, verdict: Verdict, sentence: &str) {
        self.end(&End {
            label: verdict.label,
            level: verdict.level,
            status: Some(verdict.status),
            report: &Report::default(),
            parent: None,
            detail: None,
            sentence: sentence.to_owned(),
        });
    }

    fn outcome(mut self, outcome: &Outcome, report: &Report) {
        let verdict = verdict(outcome);
        let detail = match outcome {
            Outcome::Refused { violation, .. } => {
                self.metrics.refused(violation.rule.as_str());
                Some(violation.rule.as_str().to_owned())
            }
            Outcome::Failed {
                error: CallError::Trap { detail, .. },
                ..
            } => Some(shown(detail, DETAIL)),
            _ => None,
        };
        self.end(&End {
            label: verdict.label,
            level: verdict.level,
            status: Some(verdict.status),
            report,
            parent: report.parent.as_deref(),
            detail,
            sentence: outcome.sentence(),
        });
    }

    fn end(&mut self, end: &End<'_>) {
        self.over = true;
        let now = Instant::now();
        let Report {
            queue,
            run,
            review,
            memo,
            memory,
            mismatched,
            ..
        } = *end.report;
        if let Some(plugin) = &self.plugin {
            if let Some(memo) = memo {
                plugin.memo(memo.as_str());
            }
            if let Some(bytes) = memory {
                plugin.memory(u64::try_from(bytes).unwrap_or(u64::MAX));
            }
        }
        self.metrics.ended(end.label);
        if mismatched > 0 {
            self.metrics.mismatched(mismatched as u64);
        }
        self.metrics
            .took(now.saturating_duration_since(self.start), queue, run, review);
        self.log(end, now);
        self.log_notes(end, now);
        if let (Some(tracer), Some(sampled)) = (self.tracer, self.sampled) {
            let failed = end.status.is_none_or(|status| status.is_server_error());
            tracer.export(Span {
                plugin: self.metrics.plugin().to_owned(),
                hook: self.metrics.hook().to_owned(),
                sampled,
                start: self.start,
                end: now,
                queue,
                run,
                review,
                outcome: end.label,
                status: end.status.map(|status| status.as_u16()),
                error: failed.then(|| end.sentence.clone()),
            });
        }
    }

    /// The line about the request. Those that a busy day may bring by the thousand are bounded.
    fn log(&self, end: &End<'_>, now: Instant) {
        let mut held_back = None;
        if end.level <= Level::INFO
            && let Some(lines) = self.metrics.lines(end.label)
        {
            match self.lines.take(lines, now) {
                LinePermit::Granted { held_back: 0 } => {}
                LinePermit::Granted { held_back: lines } => held_back = Some(lines),
                LinePermit::Denied => return self.metrics.line_held_back(),
            }
            self.keep(end, held_back);
        }
        let micros = |time: std::time::Duration| u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        // A macro, because the level of an event is a constant.
        macro_rules! line {
            ($level:ident) => {
                tracing::$level!(
                    plugin = self.metrics.plugin(),
                    hook = self.metrics.hook(),
                    path = self.path,
                    parent = end.parent.map(shown_as_it_is),
                    outcome = end.label,
                    status = end.status.map(|status| status.as_u16()),
                    trace_id = self.trace().map(shown_as_it_is),
                    span_id = self.sampled.map(|sampled| shown_as_it_is(sampled.span)),
                    micros = micros(now.saturating_duration_since(self.start)),
                    queue_micros = end.report.queue.map(micros),
                    run_micros = end.report.run.map(micros),
                    review_micros = end.report.review.map(micros),
                    memo = end.report.memo.map(|memo| memo.as_str()),
                    detail = end.detail.as_ref().map(shown_as_it_is),
                    held_back,
                    "{}",
                    end.sentence
                )
            };
        }
        match end.level {
            Level::ERROR => line!(error),
            Level::WARN => line!(warn),
            Level::INFO => line!(info),
            _ => line!(debug),
        }
    }

    /// Keeps a refusal or failure for those who look later.
    fn keep(&self, end: &End<'_>, held_back: Option<u64>) {
        let Some(incidents) = self.incidents else {
            return;
        };
        incidents.add(Incident {
            at: SystemTime::now(),
            times: 1,
            hook: self.metrics.clone(),
            path: self.path.clone(),
            parent: end.report.parent.clone(),
            outcome: end.label,
            status: end.status.map(|status| status.as_u16()),
            trace: self.trace().map(|trace| trace.to_string()),
            ran: end.report.run.is_some(),
            held_back: held_back.unwrap_or_default(),
            sentence: end.sentence.clone(),
        });
    }

    /// A line for each thing that the review changed in the answer.
    fn log_notes(&self, end: &End<'_>, now: Instant) {
        for note in &end.report.notes {
            let held_back = match self.lines.take(self.metrics.note_lines(), now) {
                LinePermit::Granted { held_back } => (held_back > 0).then_some(held_back),
                LinePermit::Denied => {
                    self.metrics.line_held_back();
                    continue;
                }
            };
            tracing::info!(
                plugin = self.metrics.plugin(),
                hook = self.metrics.hook(),
                parent = end.parent.map(shown_as_it_is),
                held_back,
                "{}",
                shown_value(note, NOTE)
            );
        }
    }

    fn trace(&self) -> Option<crate::telemetry::TraceId> {
        let caller = self.caller.map(|caller| caller.trace);
        caller.or(self.sampled.map(|sampled| sampled.trace))
    }
}

impl Drop for RequestRecord<'_> {
    fn drop(&mut self) {
        if !self.over {
            self.end(&End {
                label: GONE.0,
                level: GONE.1,
                status: None,
                report: &Report::default(),
                parent: None,
                detail: None,
                sentence: "the caller hung up before the answer".to_owned(),
            });
        }
    }
}
