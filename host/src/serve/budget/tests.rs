//! Who gets room, and who gives way.

use std::net::Ipv4Addr;

use proptest::prelude::*;

use super::*;
use crate::serve::activity::Phase;

const MIB: usize = 1 << 20;

fn connection(client: u8) -> Arc<Activity> {
    let activity = Activity::new(Instant::now(), Phase::Kept);
    Arc::new(activity.of(Ipv4Addr::new(10, 0, 0, client).into()))
}

/// A body of a connection that has so many bytes and waits for more.
fn waiting(budget: &Arc<Budget>, connection: &Arc<Activity>, bytes: usize) -> Held {
    let mut held = budget.empty(connection);
    held.reach(bytes).unwrap();
    held.wait().unwrap();
    held
}

#[tokio::test(start_paused = true)]
async fn room_is_taken_once_grows_and_comes_back() {
    let budget = Budget::new(100, 100);
    let (one, other) = (connection(1), connection(1));
    let mut first = budget.empty(&one);
    assert_eq!((first.reach(60), first.reach(50)), (Ok(()), Ok(())));
    let mut second = budget.empty(&other);
    assert_eq!(second.reach(40), Ok(()));
    assert_eq!(
        second.reach(41),
        Err(Short::NoRoom),
        "there is no room for one more"
    );
    assert_eq!((budget.used(), one.room.load(Ordering::Relaxed)), (100, 60));
    drop(first);
    assert_eq!(one.room.load(Ordering::Relaxed), 0);
    assert_eq!(second.reach(100), Ok(()));
    assert_eq!(second.reach(usize::MAX), Err(Short::NoRoom));
    drop(second);
    assert_eq!(budget.used(), 0);
}

#[tokio::test(start_paused = true)]
async fn slow_bodies_give_way_first_and_what_has_arrived_never_does() {
    let budget = Budget::new(8 * MIB, MIB);
    let mut slow: Vec<Held> = (0..7).map(|_| waiting(&budget, &connection(1), MIB)).collect();
    let mut arrived = slow.pop().unwrap();
    assert_eq!(arrived.arrived(), Ok(()));
    tokio::time::advance(SLOW).await;
    let fast = connection(2);
    let mut body = waiting(&budget, &fast, MIB);
    assert_eq!(body.reach(2 * MIB), Ok(()));
    assert_eq!(slow[0].given_way().await, Short::Slow, "or another of them");
    let gone = slow.iter_mut().map(Held::arrived).filter(Result::is_err).count();
    assert_eq!(gone, 2, "what is missing, and a sixteenth of all the room");
    assert_eq!(budget.used(), 7 * MIB);
    drop((slow, body, arrived));
    assert_eq!(budget.used(), 0);
}

#[tokio::test(start_paused = true)]
async fn progress_is_not_slow_and_a_trickle_is() {
    let budget = Budget::new(8 * MIB, MIB);
    let (mut steps, mut trickle) = (
        waiting(&budget, &connection(1), LEAST),
        waiting(&budget, &connection(2), LEAST),
    );
    for step in 1..20 {
        tokio::time::advance(SLOW / 2).await;
        steps.reach(LEAST + step * STEP).unwrap();
        trickle.reach(LEAST + step).unwrap();
    }
    let mut other = budget.empty(&connection(3));
    let free = 7 * MIB - budget.used();
    assert_eq!(other.reach(free), Ok(()));
    assert_eq!(other.reach(free + 10), Ok(()), "the trickle gave way");
    assert_eq!(trickle.arrived(), Err(Short::Slow));
    assert_eq!(steps.arrived(), Ok(()));
}

#[tokio::test(start_paused = true)]
async fn the_client_and_then_the_connection_with_the_most_room_gives_way_to_one_with_less() {
    let budget = Budget::new(8 * MIB, MIB);
    let shared = connection(1);
    let mut streams: Vec<Held> = (0..4).map(|_| waiting(&budget, &shared, MIB)).collect();
    let mut alone = waiting(&budget, &connection(1), 2 * MIB);
    let mut other = waiting(&budget, &connection(2), MIB);
    assert_eq!(budget.used(), 7 * MIB);
    let mut third = budget.empty(&connection(3));
    assert_eq!(third.reach(MIB), Ok(()));
    let gone = streams
        .iter_mut()
        .map(Held::arrived)
        .filter(|arrived| *arrived == Err(Short::Share));
    assert_eq!(
        gone.count(),
        2,
        "of the client with seven, of the connection with four"
    );
    assert_eq!((alone.arrived(), other.arrived()), (Ok(()), Ok(())));
    let mut greedy = budget.empty(&shared);
    assert_eq!(
        greedy.reach(8 * MIB),
        Err(Short::NoRoom),
        "it has the most itself"
    );
}

#[tokio::test(start_paused = true)]
async fn large_bodies_that_are_answered_leave_room_for_small_ones() {
    let budget = Budget::new(256 * MIB, 8 * MIB);
    let large: Vec<Held> = (0..28)
        .map(|_| {
            let mut body = budget.empty(&connection(1));
            body.reach(8 * MIB).unwrap();
            body
        })
        .collect();
    assert_eq!(budget.empty(&connection(2)).reach(8 * MIB), Err(Short::NoRoom));
    let small: Vec<Held> = (0..128)
        .map(|_| {
            let mut body = budget.empty(&connection(1));
            body.reach(MIB / 4).unwrap();
            body
        })
        .collect();
    assert_eq!(budget.used(), 256 * MIB);
    drop((large, small));
    let one = Budget::new(8 * MIB, 8 * MIB);
    assert_eq!(
        one.empty(&connection(1)).reach(8 * MIB),
        Ok(()),
        "one always fits"
    );
}

#[tokio::test(start_paused = true)]
async fn unfinished_bodies_are_bounded_in_number() {
    let budget = Budget::new(256 * MIB, 8 * MIB);
    let bodies: Vec<Held> = (0..5000_u16)
        .filter_map(|_| {
            let mut body = budget.empty(&connection(1));
            body.wait().ok().map(|()| body)
        })
        .collect();
    assert_eq!(
        (bodies.len(), budget.unfinished().len()),
        (UNFINISHED, UNFINISHED)
    );
    tokio::time::advance(SLOW).await;
    let mut late = budget.empty(&connection(1));
    assert_eq!(late.wait(), Ok(()));
    assert!(budget.unfinished().len() < UNFINISHED);
}

#[tokio::test(start_paused = true)]
async fn a_body_of_a_connection_that_was_closed_for_another_does_not_go_on() {
    let budget = Budget::new(MIB, MIB);
    let connection = connection(1);
    let busy = connection.begin();
    let mut body = waiting(&budget, &connection, 10);
    assert!(connection.give_up_bodies());
    assert_eq!(body.arrived(), Err(Short::Closed));
    drop((body, busy));
    assert_eq!(budget.used(), 0);
}

proptest! {
    /// Whatever bodies do, the room is never over its bound, and all of it comes back.
    #[test]
    fn the_bound_holds(steps in proptest::collection::vec((0..12_usize, 0..5_u8, 0..40_000_usize), 1..200)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let budget = Budget::new(200_000, 40_000);
            let connections: Vec<_> = (0..4).map(|client| connection(client / 2)).collect();
            let mut bodies: Vec<Option<Held>> = (0..12).map(|_| None).collect();
            for (place, what, bytes) in steps {
                let body = bodies[place].get_or_insert_with(|| budget.empty(&connections[place / 3]));
                let left = match what {
                    0 | 1 => body.reach(bytes).is_ok(),
                    2 => body.wait().is_ok(),
                    3 => body.arrived().is_ok(),
                    _ => false,
                };
                if !left {
                    bodies[place] = None;
                }
                if bytes % 7 == 0 {
                    tokio::time::advance(SLOW / 2).await;
                }
                let used = budget.used();
                let sum: usize = connections.iter().map(|one| one.room.load(Ordering::Relaxed)).sum();
                assert!(used <= 200_000 && used == sum, "{used} {sum}");
            }
            drop(bodies);
            assert_eq!((budget.used(), budget.unfinished().len()), (0, 0));
        });
    }
}
