use std::time::Duration;

use metawasm_contract::{View, read_envelope};
use tokio::time::timeout;

use super::*;
use crate::pipeline::RuleOptions;
use crate::pipeline::rules::Rules;

fn identity(settings: &str) -> Identity {
    Identity::new("sha256:x", settings, 1 << 20)
}

fn seen(identity: &Identity, name: &str) -> Seen {
    let body = format!(
        r#"{{"parent":{{"apiVersion":"v1","kind":"K","metadata":{{"name":"{name}"}}}},"children":{{}}}}"#
    );
    let envelope = read_envelope(body.as_bytes(), Hook::Sync, &View::default()).unwrap();
    let rules = Rules::new(RuleOptions::default());
    Seen::new(identity, Hook::Sync, &envelope, None, &rules)
}

/// Finds an answer, as a leader does.
async fn find(memo: &Memo, identity: &Identity, name: &str, answer: &str) {
    let Joined::Lead(leader) = memo.join(&seen(identity, name)).await else {
        panic!("{name} is known");
    };
    leader.found(seen(identity, name), Bytes::copy_from_slice(answer.as_bytes()));
}

/// Keeps an answer, as the leader of its second request does.
async fn keep(memo: &Memo, identity: &Identity, name: &str, answer: &str) -> Arc<Kept> {
    find(memo, identity, name, answer).await;
    if let Some(kept) = memo.seen(&seen(identity, name)) {
        return kept;
    }
    find(memo, identity, name, answer).await;
    memo.seen(&seen(identity, name)).unwrap()
}

#[tokio::test]
async fn an_answer_is_kept_when_its_request_comes_for_the_second_time() {
    let memo = Memo::new(1 << 20);
    let id = identity("{}");
    find(&memo, &id, "a", "answer").await;
    assert!(memo.seen(&seen(&id, "a")).is_none());
    assert_eq!(memo.stats(), MemoStats::default());
    find(&memo, &id, "b", "answer").await;
    find(&memo, &id, "a", "answer").await;
    assert!(memo.seen(&seen(&id, "a")).is_some());
    assert!(memo.seen(&seen(&id, "b")).is_none());
    let stats = memo.stats();
    assert_eq!((stats.entries, stats.evictions), (1, 0));
}

#[tokio::test]
async fn a_body_is_known_for_its_plugin_settings_and_hook_only() {
    let memo = Memo::new(1 << 20);
    let (one, other) = (identity("{}"), identity(r#"{"a":1}"#));
    let kept = keep(&memo, &one, "a", "answer").await;
    memo.keep_body(&one, Hook::Sync, b"body", Validation::Always, &kept);
    let (found, validation) = memo.body(&one, Hook::Sync, b"body").unwrap();
    assert_eq!((&*found.body, validation), (&b"answer"[..], Validation::Always));
    for (identity, hook, body) in [
        (&other, Hook::Sync, &b"body"[..]),
        (&one, Hook::Finalize, b"body"),
        (&one, Hook::Customize, b"body"),
        (&one, Hook::Sync, b"body "),
        (&one, Hook::Sync, b""),
    ] {
        assert!(memo.body(identity, hook, body).is_none());
    }
    assert!(memo.seen(&seen(&other, "a")).is_none());
    assert!(memo.seen(&seen(&one, "b")).is_none());
}

/// Forged entries, as only a collision of hashes would make them.
#[tokio::test]
async fn what_is_under_the_right_key_but_not_the_same_is_not_taken() {
    let memo = Memo::new(1 << 20);
    let id = identity("{}");
    let kept = keep(&memo, &id, "a", "of a").await;
    // Another request's answer where b's would be.
    memo.cache
        .insert(memo.seen_key(&seen(&id, "b")), Entry::Answer(kept.clone()));
    assert!(memo.seen(&seen(&id, "b")).is_none());
    assert!(matches!(memo.join(&seen(&id, "b")).await, Joined::Alone));
    // Another body where this one would be, and one of another plugin.
    for (identity, bytes) in [(id, &b"other"[..]), (identity("[]"), b"body")] {
        let entry = Body {
            identity,
            hook: Hook::Sync,
            bytes: Box::from(bytes),
            validation: Validation::IfAsked,
            answer: memo.seen_key(&kept.seen),
            number: kept.number,
        };
        memo.cache.insert(
            memo.body_key(&id, Hook::Sync, b"body"),
            Entry::Body(Arc::new(entry)),
        );
        assert!(memo.body(&id, Hook::Sync, b"body").is_none());
    }
    // A body whose answer has gone and has made room for another.
    memo.keep_body(&id, Hook::Sync, b"body", Validation::IfAsked, &kept);
    assert!(memo.body(&id, Hook::Sync, b"body").is_some());
    memo.cache.remove(&memo.seen_key(&seen(&id, "a")));
    assert!(memo.body(&id, Hook::Sync, b"body").is_none());
    keep(&memo, &id, "a", "of a").await;
    assert!(memo.body(&id, Hook::Sync, b"body").is_none());
}

#[tokio::test]
async fn it_stays_within_its_bytes_and_takes_nothing_large() {
    const SIZE: usize = 1 << 20;
    let memo = Memo::new(SIZE);
    let id = identity("{}");
    let answer = "x".repeat(10_000);
    let first = keep(&memo, &id, "first", &answer).await;
    memo.keep_body(
        &id,
        Hook::Sync,
        &vec![b' '; SIZE / 8 + 1],
        Validation::IfAsked,
        &first,
    );
    assert_eq!(memo.stats().entries, 1, "a large body is not kept");
    let Joined::Lead(leader) = memo.join(&seen(&id, "large")).await else {
        panic!("it is known");
    };
    leader.found(seen(&id, "large"), Bytes::from(vec![b' '; SIZE / 8]));
    assert!(memo.seen(&seen(&id, "large")).is_none(), "nor a large answer");
    for number in 0..1000 {
        let kept = keep(&memo, &id, &number.to_string(), &answer).await;
        memo.keep_body(
            &id,
            Hook::Sync,
            number.to_string().as_bytes(),
            Validation::IfAsked,
            &kept,
        );
        assert!(memo.stats().bytes <= SIZE as u64, "{:?}", memo.stats());
    }
    let stats = memo.stats();
    assert!(
        stats.evictions > 500 && stats.bytes > SIZE as u64 / 2,
        "{stats:?}"
    );
}

#[tokio::test]
async fn who_asks_the_same_waits_for_the_one_that_runs() {
    let memo = Memo::new(1 << 20);
    let id = identity("{}");
    let Joined::Lead(leader) = memo.join(&seen(&id, "a")).await else {
        panic!("nobody else runs");
    };
    let same = seen(&id, "a");
    let second = memo.join(&same);
    tokio::pin!(second);
    assert!(timeout(Duration::from_millis(5), second.as_mut()).await.is_err());
    assert!(
        matches!(memo.join(&seen(&id, "b")).await, Joined::Lead(_)),
        "another request does not wait"
    );
    leader.found(seen(&id, "a"), Bytes::from_static(b"answer"));
    assert!(matches!(second.await, Joined::Answer(kept) if &*kept.body == b"answer"));
}

#[tokio::test]
async fn one_that_waits_takes_over_where_the_first_finds_nothing() {
    let memo = Memo::new(1 << 20);
    let id = identity("{}");
    let (first, second, third) = (seen(&id, "a"), seen(&id, "a"), seen(&id, "a"));
    let Joined::Lead(leader) = memo.join(&first).await else {
        panic!("nobody else runs");
    };
    let mut second = Box::pin(memo.join(&second));
    let mut third = Box::pin(memo.join(&third));
    for waiter in [&mut second, &mut third] {
        assert!(timeout(Duration::from_millis(5), waiter.as_mut()).await.is_err());
    }
    // It failed, or its caller has hung up.
    drop(leader);
    let (leader, mut waits) = tokio::select! {
        Joined::Lead(leader) = second.as_mut() => (leader, third),
        Joined::Lead(leader) = third.as_mut() => (leader, second),
        else => panic!("one of them goes on"),
    };
    assert!(
        timeout(Duration::from_millis(5), waits.as_mut()).await.is_err(),
        "the other waits"
    );
    leader.found(seen(&id, "a"), Bytes::from_static(b"answer"));
    assert!(matches!(waits.await, Joined::Answer(_)));
}
