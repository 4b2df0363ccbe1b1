//! Who may call: bearer tokens and passwords from files.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use metawasm_tests::process::{Folder, Host, raw, run, show};
use metawasm_tests::tls::{Answer, Client, block_on, eventually, mount};
use metawasm_tests::{fixture, function_plugin};

async fn post(host: &Host, path: &str, authorization: Option<&str>) -> Answer {
    let body = fixture("composite-v2-sync-ready.body");
    let mut client = Client::connect(host.hooks, None).await.unwrap();
    client.post(path, authorization, &body).await.unwrap()
}

fn serve(args: &[&str]) -> Host {
    Host::serve(&[("function", &function_plugin())], args)
}

#[test]
fn who_shows_a_secret_is_answered_and_nobody_else() {
    let folder = Folder::new("identity");
    let bearer = folder.write("bearer", "hush-old\nhush-new\n");
    let basic = folder.write("basic", "Aladdin:open sesame\n");
    let host = serve(&[
        "--auth-bearer",
        bearer.to_str().unwrap(),
        "--auth-basic",
        basic.to_str().unwrap(),
    ]);
    block_on(async {
        for good in [
            "Bearer hush-old",
            "bearer hush-new",
            "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
        ] {
            assert_eq!(
                post(&host, "/function/sync", Some(good)).await.status,
                200,
                "{good}"
            );
        }
        for bad in [
            None,
            Some("Bearer hush"),
            Some("Bearer "),
            Some("Basic hush-old"),
            Some("Basic QWxhZGRpbjpvcGVu"),
        ] {
            // No path says what there is, or whether there is anything.
            for path in ["/function/sync", "/other/sync", "/"] {
                let answer = post(&host, path, bad).await;
                assert_eq!(answer.status, 401, "{bad:?}: {answer:?}");
                let challenges: Vec<_> = answer.headers.get_all("www-authenticate").iter().collect();
                assert_eq!(challenges.len(), 2, "{answer:?}");
                assert!(
                    answer.body.starts_with("unauthorized: ") && !answer.body.contains("hush"),
                    "{answer:?}"
                );
            }
        }
    });
    assert_eq!(
        host.get_admin("/readyz").status,
        200,
        "the admin routes ask for nothing"
    );
}

/// Before the body, and the secret is in no log line.
#[test]
fn a_stranger_is_sent_away_before_its_body() {
    let folder = Folder::new("identity");
    let bearer = folder.write("bearer", "hush-one\n");
    let mut host = serve(&["--auth-bearer", bearer.to_str().unwrap(), "--log", "debug"]);
    let head = "POST /function/sync HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer hush-two\r\n\
                Content-Length: 8000000\r\nExpect: 100-continue\r\n\r\n";
    let answer = raw(host.hooks, head.as_bytes());
    assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
    let line = host.wait_for_line("unauthorized");
    assert!(!line.contains("hush"), "{line}");
}

#[test]
fn secrets_change_while_it_serves_and_bad_ones_keep_the_old() {
    let folder = Folder::new("identity");
    mount(folder.path(), 1, &[("token", "one\n")]);
    let path = folder.path().join("token");
    let mut host = serve(&["--auth-bearer", path.to_str().unwrap()]);
    let status = async |host: &Host, token: &str| {
        let header = format!("Bearer {token}");
        post(host, "/function/sync", Some(&header)).await.status.as_u16()
    };
    mount(folder.path(), 2, &[("token", "one\ntwo\n")]);
    block_on(async {
        eventually(async || (status(&host, "two").await == 200).then_some(())).await;
        assert_eq!(status(&host, "one").await, 200, "both are good meanwhile");
    });
    mount(folder.path(), 3, &[("token", "\n")]);
    let line = host.wait_for_line("no secret found");
    assert!(line.contains("still using the previous ones"), "{line}");
    block_on(async {
        assert_eq!(status(&host, "two").await, 200);
        mount(folder.path(), 4, &[("token", "three\n")]);
        eventually(async || (status(&host, "three").await == 200).then_some(())).await;
        assert_eq!(status(&host, "two").await, 401);
    });
}

#[test]
fn a_secret_that_is_missing_or_empty_is_named_at_the_start() {
    let folder = Folder::new("identity");
    let plugin = format!("function=file:{}", function_plugin().display());
    folder.write("empty", "\n");
    folder.write("spaced", "hush hush\n");
    for (flag, name, why) in [
        ("--auth-bearer", "none", "No such file"),
        ("--auth-bearer", "empty", "no secret found"),
        ("--auth-bearer", "spaced", ":1: invalid token"),
        (
            "--auth-basic",
            "spaced",
            ":1: invalid credentials; expected NAME:PASSWORD",
        ),
    ] {
        let path = folder.path().join(name).display().to_string();
        let output = run(["serve", "--log", "off", "--plugin", &plugin, flag, &path]);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{}", show(&output));
        assert!(
            stderr.starts_with("error: `auth`: ") && stderr.contains(&path) && stderr.contains(why),
            "{stderr}"
        );
        assert!(!stderr.contains("hush"), "{stderr}");
    }
}
