//! A line for the person who waits.

use std::io::IsTerminal;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

/// What takes less is over before it is read.
const PATIENCE: Duration = Duration::from_secs(2);

/// Does work, and says on standard error what it is about if it takes long. Only where a person looks: on a terminal.
pub(super) fn told<T>(about: &str, work: impl FnOnce() -> T) -> T {
    if !std::io::stderr().is_terminal() {
        return work();
    }
    told_after(PATIENCE, work, || anstream::eprintln!("{about}"))
}

fn told_after<T>(patience: Duration, work: impl FnOnce() -> T, tell: impl FnOnce() + Send) -> T {
    thread::scope(|scope| {
        let (done, is_done) = channel::<()>();
        scope.spawn(move || {
            // The other end is dropped when the work is done, also where it panics.
            if is_done.recv_timeout(patience) == Err(RecvTimeoutError::Timeout) {
                tell();
            }
        });
        let result = work();
        drop(done);
        result
    })
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    #[test]
    fn long_work_is_told_and_short_work_is_not() {
        let (tell, told) = channel();
        let long = told_after(
            Duration::ZERO,
            || told.recv_timeout(Duration::from_secs(60)),
            move || tell.send("compiling").unwrap(),
        );
        assert_eq!(long, Ok("compiling"));

        let (tell, told) = channel();
        let short = told_after(
            Duration::from_secs(60),
            || 7,
            move || tell.send("compiling").unwrap(),
        );
        assert_eq!(short, 7);
        assert!(told.recv().is_err(), "nothing was told");
    }
}
