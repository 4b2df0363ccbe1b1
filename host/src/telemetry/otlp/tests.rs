use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;
use crate::telemetry::metrics::MetricsOptions;

fn metrics() -> Metrics {
    let options = MetricsOptions {
        hooks: &[],
        outcomes: &[],
        rules: &["size"],
        memo: &["hit", "miss"],
        version: "0",
    };
    Metrics::new(options, std::iter::empty())
}

fn start(metrics: &Metrics, endpoint: &str, sample: f64) -> (Tracer, Exporter) {
    let options = TraceOptions {
        endpoint: Some(endpoint.parse().unwrap()),
        sample,
    };
    Tracer::start(&options, metrics).unwrap()
}

fn caller(sampled: bool) -> Option<TraceContext> {
    let flags = if sampled { "01" } else { "00" };
    let header = format!("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-{flags}");
    TraceContext::parse(header.as_bytes())
}

fn span(sampled: Sampled) -> Span {
    let end = Instant::now();
    let ms = Duration::from_millis;
    Span {
        plugin: "function".to_owned(),
        hook: "sync".to_owned(),
        sampled,
        start: end - ms(10),
        end,
        queue: Some(ms(1)),
        run: Some(ms(4)),
        review: Some(ms(2)),
        outcome: "ok",
        status: Some(200),
        error: None,
    }
}

/// A collector that answers one request with a status, and the body that it got.
async fn collect(listener: &TcpListener, status: &str) -> (String, Value) {
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut got = Vec::new();
    loop {
        let mut part = [0; 4096];
        let read = stream.read(&mut part).await.unwrap();
        got.extend_from_slice(&part[..read]);
        let text = String::from_utf8_lossy(&got).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        if let Ok(body) = serde_json::from_str(body) {
            let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 2\r\n\r\n{{}}");
            stream.write_all(answer.as_bytes()).await.unwrap();
            return (head.to_owned(), body);
        }
    }
}

async fn collector() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    (listener, endpoint)
}

#[tokio::test]
async fn a_request_is_a_span_with_one_below_it_for_each_step() {
    let (listener, endpoint) = collector().await;
    let metrics = metrics();
    let (tracer, exporter) = start(&metrics, &endpoint, 0.0);
    tracer.export(span(tracer.sample(caller(true)).unwrap()));
    // With the last tracer gone, what waits is sent at once and the exporter ends.
    drop(tracer);
    let ((head, body), ()) = tokio::join!(collect(&listener, "200 OK"), exporter.run());
    assert!(head.starts_with("POST /v1/traces HTTP/1.1\r\n"), "{head}");
    assert!(head.contains("content-type: application/json"), "{head}");
    let resource = &body["resourceSpans"][0];
    assert_eq!(
        resource["resource"]["attributes"][0],
        serde_json::json!({"key": "service.name", "value": {"stringValue": "metawasm"}})
    );
    let spans = resource["scopeSpans"][0]["spans"].as_array().unwrap();
    let names: Vec<_> = spans.iter().map(|span| span["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["POST /function/sync", "review", "run", "queue"]);
    let request = &spans[0];
    assert_eq!(request["traceId"], "0af7651916cd43dd8448eb211c80319c");
    assert_eq!(request["parentSpanId"], "b7ad6b7169203331");
    assert_eq!(request["kind"], 2);
    let time = |span: &Value, key: &str| span[key].as_str().unwrap().parse::<u64>().unwrap();
    let length = |span| time(span, "endTimeUnixNano") - time(span, "startTimeUnixNano");
    assert_eq!(
        spans.iter().map(length).collect::<Vec<_>>(),
        [10_000_000, 2_000_000, 4_000_000, 1_000_000]
    );
    for step in &spans[1..] {
        assert_eq!(step["parentSpanId"], request["spanId"]);
        assert_eq!(step["traceId"], request["traceId"]);
        assert!(time(step, "startTimeUnixNano") >= time(request, "startTimeUnixNano"));
    }
    let page = metrics.render(|| ()).unwrap();
    assert!(page.contains("metawasm_spans_total{result=\"sent\"} 1"), "{page}");
}

#[tokio::test]
async fn what_a_collector_does_not_take_is_counted_and_dropped() {
    let (listener, endpoint) = collector().await;
    let metrics = metrics();
    let (tracer, exporter) = start(&metrics, &endpoint, 1.0);
    tracer.export(span(tracer.sample(None).unwrap()));
    drop(tracer);
    tokio::join!(collect(&listener, "503 Service Unavailable"), exporter.run());
    drop(listener);
    let (tracer, exporter) = start(&metrics, &endpoint, 1.0);
    tracer.export(span(tracer.sample(None).unwrap()));
    drop(tracer);
    exporter.run().await;
    let page = metrics.render(|| ()).unwrap();
    assert!(
        page.contains("metawasm_spans_total{result=\"failed\"} 2"),
        "{page}"
    );
}

#[tokio::test]
async fn a_full_queue_drops_and_never_waits() {
    let metrics = metrics();
    let (tracer, _exporter) = start(&metrics, "http://127.0.0.1:9", 1.0);
    for _ in 0..QUEUE + 3 {
        tracer.export(span(tracer.sample(None).unwrap()));
    }
    let page = metrics.render(|| ()).unwrap();
    assert!(
        page.contains("metawasm_spans_total{result=\"dropped\"} 3"),
        "{page}"
    );
}

#[test]
fn the_caller_decides_and_else_the_share() {
    let metrics = metrics();
    let (tracer, _exporter) = start(&metrics, "http://127.0.0.1:9", 0.25);
    assert!(tracer.sample(caller(true)).is_some());
    assert!(tracer.sample(caller(false)).is_none());
    let taken = (0..4000).filter(|_| tracer.sample(None).is_some()).count();
    assert!((800..1200).contains(&taken), "{taken}");
    let (never, _exporter) = start(&metrics, "http://127.0.0.1:9", 0.0);
    assert!((0..1000).all(|_| never.sample(None).is_none()));
    let (always, _exporter) = start(&metrics, "http://127.0.0.1:9", 1.0);
    assert!((0..1000).all(|_| always.sample(None).is_some()));
}

#[test]
fn ids_differ() {
    let ids = Ids::new(0);
    let all: std::collections::HashSet<u64> = (0..10_000).map(|_| ids.next()).collect();
    assert_eq!(all.len(), 10_000);
    assert!(!all.contains(&0));
}
