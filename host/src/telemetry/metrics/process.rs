//! Metrics of this process, read from the system when they are requested.

use std::fs;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use std::sync::atomic::{AtomicI64, AtomicU64};
use std::time::{SystemTime, UNIX_EPOCH};

/// Clock ticks per second in `/proc`: 100 on all supported machines.
const TICKS: f64 = 100.0;

/// Metrics of the process, with the standard names of Prometheus clients.
#[derive(Debug, Default)]
pub(super) struct Process {
    cpu: Counter<f64, AtomicU64>,
    resident: Gauge,
    anonymous: Gauge,
    threads: Gauge,
    files: Gauge,
    most_files: Gauge,
    start: Gauge<f64, AtomicU64>,
}

impl Process {
    /// Registers the metrics, with the current time as the start time.
    pub(super) fn new(registry: &mut Registry, names: &mut Vec<String>) -> Self {
        let process = Self::default();
        let mut gauge = |name: &str, help: &str, gauge: &Gauge<i64, AtomicI64>| {
            registry.register(name, help, gauge.clone());
            names.push(name.to_owned());
        };
        gauge(
            "process_resident_memory_bytes",
            "Resident memory",
            &process.resident,
        );
        gauge(
            "process_anonymous_memory_bytes",
            "Resident memory that is not backed by files",
            &process.anonymous,
        );
        gauge("process_threads", "Threads", &process.threads);
        gauge("process_open_fds", "Open files and sockets", &process.files);
        gauge(
            "process_max_fds",
            "Limit of open files and sockets",
            &process.most_files,
        );
        registry.register("process_cpu_seconds", "CPU time", process.cpu.clone());
        names.push("process_cpu_seconds_total".to_owned());
        registry.register(
            "process_start_time_seconds",
            "Start time of the process as Unix time",
            process.start.clone(),
        );
        names.push("process_start_time_seconds".to_owned());
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        process.start.set(now.as_secs_f64());
        process
    }

    /// Updates the metrics. Values that the system does not provide stay unchanged.
    pub(super) fn look(&self) {
        let read = |name: &str| fs::read_to_string(format!("/proc/self/{name}")).unwrap_or_default();
        if let Some(seconds) = cpu_seconds(&read("stat")) {
            self.cpu
                .inner()
                .store(seconds.to_bits(), std::sync::atomic::Ordering::Relaxed);
        }
        let status = read("status");
        let set = |gauge: &Gauge, value: Option<i64>| value.map(|value| gauge.set(value));
        let kibi = |key| field(&status, key).and_then(|kibi| kibi.checked_mul(1024));
        set(&self.resident, kibi("VmRSS:"));
        set(&self.anonymous, kibi("RssAnon:"));
        set(&self.threads, field(&status, "Threads:"));
        set(&self.most_files, field(&read("limits"), "Max open files"));
        // The one that lists the folder is open itself.
        let open = fs::read_dir("/proc/self/fd").map(Iterator::count).ok();
        set(
            &self.files,
            open.and_then(|open| i64::try_from(open.saturating_sub(1)).ok()),
        );
    }
}

/// The memory of this process in bytes; zero where the system does not say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ProcessMemory {
    /// Resident memory.
    pub resident: u64,
    /// Resident memory that is not backed by files.
    pub anonymous: u64,
}

impl ProcessMemory {
    /// Returns the current values.
    pub fn now() -> Self {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let bytes = |key| {
            let kibi = field(&status, key).and_then(|kibi| u64::try_from(kibi).ok());
            kibi.unwrap_or_default().saturating_mul(1024)
        };
        Self {
            resident: bytes("VmRSS:"),
            anonymous: bytes("RssAnon:"),
        }
    }
}

/// Returns the first number after a key at the start of a line.
fn field(text: &str, key: &str) -> Option<i64> {
    let line = text.lines().find_map(|line| line.strip_prefix(key))?;
    line.split_whitespace().next()?.parse().ok()
}

/// Returns the user and system time of `/proc/self/stat`. The name of the program, in brackets, may contain any character.
fn cpu_seconds(stat: &str) -> Option<f64> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut times = fields.split_whitespace().skip(11);
    let user: f64 = times.next()?.parse().ok()?;
    let system: f64 = times.next()?.parse().ok()?;
    Some((user + system) / TICKS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_kernel_writes_is_read() {
        let stat = "7 (a b) c) S 1 7 7 0 -1 4194304 100 0 0 0 250 50 0 0 20 0 4 0 100 1000 200";
        assert_eq!(cpu_seconds(stat), Some(3.0));
        assert_eq!(cpu_seconds("7 (a"), None);
        let status = "Name:\tmetawasm\nVmRSS:\t   12345 kB\nThreads:\t4\n";
        assert_eq!(field(status, "VmRSS:"), Some(12_345));
        assert_eq!(field(status, "Threads:"), Some(4));
        assert_eq!(field(status, "RssAnon:"), None);
        let limits = "Limit                     Soft Limit           Hard Limit           Units\n\
                      Max open files            1024                 4096                 files\n";
        assert_eq!(field(limits, "Max open files"), Some(1024));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_process_is_seen() {
        let process = Process::new(&mut Registry::default(), &mut Vec::new());
        process.look();
        assert!(process.resident.get() > process.anonymous.get() && process.anonymous.get() > 0);
        assert!(process.threads.get() > 0 && process.files.get() > 0);
        assert!(process.most_files.get() >= process.files.get());
    }
}
