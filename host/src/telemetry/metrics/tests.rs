mod monitoring;
mod promql;

use std::time::Duration;

use super::*;

const OPTIONS: MetricsOptions = MetricsOptions {
    hooks: &["sync", "finalize"],
    outcomes: &["ok", "trap"],
    rules: &["size"],
    memo: &["hit", "miss"],
    version: "1.2.3",
};

fn metrics() -> Metrics {
    Metrics::new(OPTIONS, ["a", "b"].into_iter())
}

fn page(metrics: &Metrics) -> String {
    metrics.render(|| ()).unwrap()
}

fn has(page: &str, line: &str) {
    assert!(
        page.lines().any(|found| found == line),
        "{line} is not in\n{page}"
    );
}

#[test]
fn a_request_is_counted_where_it_belongs() {
    let metrics = metrics();
    metrics.hook("a", "sync").ended("ok");
    metrics.hook("a", "sync").ended("ok");
    metrics.hook("a", "sync").ended("trap");
    metrics.hook("b", "finalize").ended("ok");
    metrics.hook("a", "sync").refused("size");
    metrics.hook("a", "sync").mismatched(3);
    metrics.hook("a", "sync").took(
        Duration::from_millis(3),
        Some(Duration::from_micros(5)),
        Some(Duration::from_millis(2)),
        None,
    );
    let page = page(&metrics);
    has(
        &page,
        r#"metawasm_requests_total{plugin="a",hook="sync",outcome="ok"} 2"#,
    );
    has(
        &page,
        r#"metawasm_requests_total{plugin="a",hook="sync",outcome="trap"} 1"#,
    );
    has(
        &page,
        r#"metawasm_requests_total{plugin="b",hook="finalize",outcome="ok"} 1"#,
    );
    has(
        &page,
        r#"metawasm_schema_mismatches_total{plugin="a",hook="sync"} 3"#,
    );
    has(
        &page,
        r#"metawasm_refusals_total{plugin="a",hook="sync",rule="size"} 1"#,
    );
    has(
        &page,
        r#"metawasm_request_seconds_bucket{le="0.0025",plugin="a",hook="sync"} 0"#,
    );
    has(
        &page,
        r#"metawasm_request_seconds_bucket{le="0.005",plugin="a",hook="sync"} 1"#,
    );
    has(
        &page,
        r#"metawasm_request_seconds_bucket{le="+Inf",plugin="a",hook="sync"} 1"#,
    );
    has(
        &page,
        r#"metawasm_request_seconds_sum{plugin="a",hook="sync"} 0.003"#,
    );
    has(
        &page,
        r#"metawasm_review_seconds_count{plugin="a",hook="sync"} 0"#,
    );
    has(&page, r#"metawasm_build_info{version="1.2.3"} 1"#);
    assert!(page.ends_with("# EOF\n"));
}

#[test]
fn names_that_nothing_has_make_no_labels() {
    let metrics = metrics();
    for number in 0..100 {
        metrics.hook(&format!("x{number}"), "sync").ended("ok");
        metrics.hook("a", &format!("y{number}")).ended("ok");
        metrics.hook("a", "sync").ended("an outcome that is none");
    }
    let page = page(&metrics);
    has(
        &page,
        r#"metawasm_requests_total{plugin="",hook="",outcome="ok"} 100"#,
    );
    has(
        &page,
        r#"metawasm_requests_total{plugin="a",hook="",outcome="ok"} 100"#,
    );
    has(
        &page,
        r#"metawasm_requests_total{plugin="a",hook="sync",outcome="other"} 100"#,
    );
    let lines = page
        .lines()
        .filter(|line| line.starts_with("metawasm_requests_total{") && !line.ends_with(" 0"));
    assert_eq!(lines.count(), 3);
}

#[test]
fn a_loaded_plugin_starts_at_zero_and_one_that_is_not_is_seen() {
    let metrics = metrics();
    let a = metrics.plugin("a").unwrap();
    a.loaded(Some(("sha256:1", "0.1")), ["sync"].into_iter());
    metrics.plugin("b").unwrap().loaded(None, std::iter::empty());
    a.memory(70);
    a.memory(50);
    a.load(2, 3);
    a.memo("hit");
    a.memo("miss");
    a.memo("hit");
    let page = page(&metrics);
    has(
        &page,
        r#"metawasm_requests_total{plugin="a",hook="sync",outcome="trap"} 0"#,
    );
    assert!(!page.contains(r#"hook="finalize""#), "it has none");
    has(&page, r#"metawasm_plugin_loaded{plugin="a"} 1"#);
    has(&page, r#"metawasm_plugin_loaded{plugin="b"} 0"#);
    has(
        &page,
        r#"metawasm_plugin_info{plugin="a",digest="sha256:1",version="0.1"} 1"#,
    );
    has(&page, r#"metawasm_guest_memory_max_bytes{plugin="a"} 70"#);
    has(&page, r#"metawasm_calls_running{plugin="a"} 2"#);
    has(&page, r#"metawasm_calls_waiting{plugin="a"} 3"#);
    has(&page, r#"metawasm_memo_total{plugin="a",result="hit"} 2"#);
    has(&page, r#"metawasm_memo_total{plugin="a",result="miss"} 1"#);
    assert_eq!(a.most_memory(), 70);
}

#[test]
fn a_request_is_in_flight_until_it_is_dropped() {
    let metrics = metrics();
    let one = metrics.begin();
    let two = metrics.begin();
    drop(one);
    has(&page(&metrics), "metawasm_requests_in_flight 1");
    drop(two);
    has(&page(&metrics), "metawasm_requests_in_flight 0");
}

/// What is in the documentation is what there is, and the other way round.
#[test]
fn every_metric_is_in_the_documentation_and_no_other() {
    let docs = include_str!("../../../../docs/operations.md");
    let metrics = metrics();
    for name in metrics.names() {
        assert!(
            docs.contains(&format!("`{name}")),
            "{name} is not in docs/operations.md"
        );
    }
    let alerts = include_str!("../../../../docs/alerts.md");
    let name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let words = [docs, alerts]
        .into_iter()
        .flat_map(|page| page.split(move |c: char| !name(c)));
    for word in words.filter(|word| word.starts_with("metawasm_") || word.starts_with("process_")) {
        let base = ["_bucket", "_sum", "_count"]
            .into_iter()
            .find_map(|part| word.strip_suffix(part))
            .unwrap_or(word);
        assert!(
            metrics.names().iter().any(|name| name == base || name == word),
            "{word} of the documentation is no metric"
        );
    }
}
