//! A minute of everything at once: fresh, repeated, conditional, large, failing and endless calls over TLS, over connections that come
//! and go, with another certificate every five seconds, and SIGTERM while all of it runs.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use metawasm_tests::bodies;
use metawasm_tests::guest::Guest;
use rustls::ClientConfig;

use super::{Context, SYNC};
use crate::body::{self, Request};
use crate::certificates::Certificates;
use crate::figure::{Bar, Figure};
use crate::load::Shot;
use crate::process::{Cores, host};

/// Calls over one connection, before another one is opened.
const CALLS: usize = 40;

/// What one client saw.
#[derive(Debug, Default)]
struct Seen {
    calls: u64,
    handshakes: u64,
    /// 429 with a Retry-After of at least a second.
    told_to_wait: u64,
    failed: Vec<String>,
}

pub(super) fn run(context: &Context) -> Result<Vec<Figure>> {
    let folder = context.folder.path();
    let mut certificates = Certificates::new(&folder.join("certificates"))?;
    let others = [
        ("endless", Guest::endless().component(), "300ms"),
        ("failing", Guest::failing(2, 0, "a bug").component(), "300ms"),
    ];
    let text = "tls: {cert: certificates/tls.crt, key: certificates/tls.key}";
    let mut host = host(&context.config_with("mixed.yaml", text, &others), Cores::All)?;
    let recorded = bodies::recorded();
    let with_etag = body::with_etag(&recorded)?;
    let etag = {
        let mut connection = Certificates::connect(&certificates.client(), host.hooks)?;
        connection.call(Request::new(SYNC, "", &with_etag)?.same())?.etag
    };
    let Some(etag) = etag else {
        bail!("the answer has no ETag")
    };
    let clients = [
        (Shot::Fresh(Request::new(SYNC, "", &recorded)?), 200),
        (Shot::Fresh(Request::new(SYNC, "", &bodies::small())?), 200),
        (Shot::Fresh(Request::new(SYNC, "", &bodies::large())?), 200),
        (Shot::Same(Request::new(SYNC, "", &recorded)?), 200),
        (
            Shot::Same(Request::new(
                SYNC,
                &format!("If-None-Match: {etag}\r\n"),
                &with_etag,
            )?),
            304,
        ),
        (Shot::Fresh(Request::new("/failing/sync", "", &recorded)?), 500),
        (Shot::Fresh(Request::new("/endless/sync", "", &recorded)?), 504),
    ];
    let terminated = AtomicBool::new(false);
    let (address, trust) = (host.hooks, certificates.client());
    let time = context.time(Duration::from_secs(60));
    let mut rotations = 0;
    let mut seen = Seen::default();
    thread::scope(|scope| -> Result<()> {
        let threads: Vec<_> = clients
            .iter()
            .map(|(shot, expected)| {
                let (trust, terminated) = (&trust, &terminated);
                scope.spawn(move || client(address, trust, shot, *expected, terminated))
            })
            .collect();
        let start = Instant::now();
        while start.elapsed() < time {
            thread::sleep(time / 12);
            certificates.rotate()?;
            rotations += 1;
        }
        terminated.store(true, Ordering::SeqCst);
        host.signal("TERM");
        for thread in threads {
            let Ok(one) = thread.join() else {
                bail!("a client panicked")
            };
            seen.calls += one.calls;
            seen.handshakes += one.handshakes;
            seen.told_to_wait += one.told_to_wait;
            seen.failed.extend(one.failed);
        }
        Ok(())
    })?;
    host.wait_for_line("\"stopped\"");
    let code = host.wait().code();
    if code != Some(0) {
        bail!("the host exited with {code:?} after SIGTERM");
    }
    let failed = seen.failed.len() as f64;
    let mut note = format!(
        "{} calls, {} handshakes, {rotations} certificates, {} expected 429s; exit 0 after SIGTERM",
        seen.calls, seen.handshakes, seen.told_to_wait
    );
    if let Some(first) = seen.failed.first() {
        note.push_str(&format!("; the first: {first}"));
    }
    Ok(vec![
        Figure::new(
            "a minute of mixed load over TLS: failed calls",
            failed,
            "calls",
            Bar::AtMost(0.0),
        )
        .note(note),
    ])
}

fn client(
    address: SocketAddr,
    trust: &Arc<ClientConfig>,
    shot: &Shot,
    expected: u16,
    terminated: &AtomicBool,
) -> Seen {
    let mut seen = Seen::default();
    let mut shot = shot.clone();
    loop {
        let ending = terminated.load(Ordering::SeqCst);
        let mut connection = match Certificates::connect(trust, address) {
            Ok(connection) => connection,
            // It is gone, as it was told. Between the connection and the handshake it may go too.
            Err(error) if gone(error.kind()) && (ending || terminated.load(Ordering::SeqCst)) => return seen,
            Err(error) => {
                seen.failed.push(format!("handshake: {error}"));
                return seen;
            }
        };
        seen.handshakes += 1;
        for _ in 0..CALLS {
            let request = match &mut shot {
                Shot::Same(request) => request.same(),
                Shot::Fresh(request) => request.fresh(),
            };
            match connection.call(request) {
                Ok(answer) => {
                    if answer.status == expected {
                        seen.calls += 1;
                    } else if answer.status == 429 && answer.retry_after.is_some_and(|seconds| seconds >= 1) {
                        seen.told_to_wait += 1;
                        if terminated.load(Ordering::SeqCst) {
                            return seen;
                        }
                    } else {
                        let status = answer.status;
                        seen.failed
                            .push(format!("unexpected status {status}; expected {expected}"));
                    }
                    // As any client: another request is for another connection.
                    if answer.last {
                        break;
                    }
                }
                Err(error) => {
                    let when = if terminated.load(Ordering::SeqCst) {
                        "after"
                    } else {
                        "before"
                    };
                    seen.failed.push(format!("{error}, {when} SIGTERM"));
                    break;
                }
            }
        }
    }
}

fn gone(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::ConnectionRefused
            | ErrorKind::ConnectionReset
            | ErrorKind::UnexpectedEof
            | ErrorKind::BrokenPipe
    )
}
