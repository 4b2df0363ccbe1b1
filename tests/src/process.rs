//! The real binary, run as a person or a cluster runs it.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::metawasm;

/// Longer than anything that does not hang.
pub const HANG: Duration = Duration::from_secs(60);

/// Runs `metawasm` with arguments to its end.
pub fn run<S: AsRef<std::ffi::OsStr>>(args: impl IntoIterator<Item = S>) -> Output {
    Command::new(metawasm())
        .args(args)
        .current_dir(crate::root())
        .output()
        .expect("metawasm runs")
}

/// What a command has printed that must have succeeded.
pub fn stdout(output: &Output) -> String {
    assert!(output.status.success(), "{}", show(output));
    String::from_utf8(output.stdout.clone()).expect("it prints text")
}

/// Runs `metawasm serve` with the Function plugin and arguments with which it does not go on to serve, to its end.
pub fn serve_to_end(args: &[&str]) -> Output {
    let plugin = format!("function=file:{}", crate::function_plugin().display());
    let child = Command::new(metawasm())
        .args(["serve", "--log", "off", "--plugin", &plugin])
        .args(args)
        .current_dir(crate::root())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("metawasm runs");
    let id = child.id().to_string();
    let (send, ended) = channel();
    std::thread::spawn(move || send.send(child.wait_with_output()).ok());
    let output = ended.recv_timeout(HANG);
    if output.is_err() {
        // It serves, and would do so for ever.
        Command::new("kill").arg(&id).status().ok();
    }
    let output = output.unwrap_or_else(|_| panic!("`metawasm serve` with {args:?} serves"));
    output.expect("metawasm runs")
}

/// A folder of a test's own, gone with it.
pub struct Folder(PathBuf);

impl Folder {
    /// A new folder. The name is for the person who looks.
    pub fn new(name: &str) -> Self {
        static NEXT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        let next = NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("metawasm-{name}-{}-{next}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a folder for the test");
        Self(path)
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Writes a file into it.
    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.join(name);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).expect("a folder for the test");
        }
        std::fs::write(&path, bytes).expect("a file for the test");
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).ok();
    }
}

/// A running `metawasm serve`, ended when dropped.
pub struct Host {
    child: Child,
    /// Address of the hooks.
    pub hooks: SocketAddr,
    /// Address of the admin routes.
    pub admin: SocketAddr,
    // Only for `&mut self`; the lock makes a host shareable between threads that post.
    log: Mutex<Receiver<String>>,
    lines: Vec<String>,
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

impl Answer {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

impl Host {
    /// Serves plugins, each a name and a file, with further arguments.
    pub fn serve(plugins: &[(&str, &Path)], args: &[&str]) -> Self {
        let mut all: Vec<String> = Vec::new();
        for (name, path) in plugins {
            all.push("--plugin".to_owned());
            all.push(format!("{name}=file:{}", path.display()));
        }
        all.extend(args.iter().map(|&arg| arg.to_owned()));
        Self::start(Command::new(metawasm()), &all)
    }

    /// Starts a command that ends in `metawasm`, with arguments for `serve`, and waits until its plugins are loaded.
    pub fn start(command: Command, args: &[String]) -> Self {
        let mut host = Self::listening(command, args);
        host.wait_for_event("\"serving\"");
        host
    }

    /// The same, without waiting for the plugins.
    pub fn listening(mut command: Command, args: &[String]) -> Self {
        let mut child = command
            .args([
                "serve",
                "--listen",
                "127.0.0.1:0",
                "--admin",
                "127.0.0.1:0",
                "--log-format",
                "json",
            ])
            .args(args)
            .current_dir(crate::root())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("metawasm starts");
        let stderr = child.stderr.take().expect("piped");
        let (sender, log) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        let unknown = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut host = Self {
            child,
            hooks: unknown,
            admin: unknown,
            log: Mutex::new(log),
            lines: Vec::new(),
        };
        let line = host.wait_for_event("\"listening\"");
        let address = |field: &str| {
            line[field]
                .as_str()
                .and_then(|text| text.parse().ok())
                .expect("an address")
        };
        (host.hooks, host.admin) = (address("hooks"), address("admin"));
        host
    }

    /// Waits for a log line that contains a text.
    pub fn wait_for_line(&mut self, part: &str) -> String {
        let end = Instant::now() + HANG;
        if let Some(line) = self.lines.iter().find(|line| line.contains(part)) {
            return line.clone();
        }
        loop {
            let log = self.log.get_mut().expect("no thread panicked with it");
            match log.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(line) => {
                    self.lines.push(line.clone());
                    if line.contains(part) {
                        return line;
                    }
                }
                Err(_) => panic!("no log line with {part}; there is\n{}", self.lines.join("\n")),
            }
        }
    }

    /// How many log lines so far contain a text.
    pub fn count_lines(&mut self, part: &str) -> usize {
        let log = self.log.get_mut().expect("no thread panicked with it");
        self.lines.extend(log.try_iter());
        self.lines.iter().filter(|line| line.contains(part)).count()
    }

    /// Reads its log no more: the pipe is closed at its next line.
    pub fn close_log(&mut self) {
        *self.log.get_mut().expect("no thread panicked with it") = channel().1;
    }

    /// Ends it with SIGTERM and gives all its log lines that contain a text.
    pub fn end_and_count(self, part: &str) -> usize {
        let lines = self.end_and_read_log();
        lines.iter().filter(|line| line.contains(part)).count()
    }

    /// Ends it with SIGTERM and gives all its log lines.
    pub fn end_and_read_log(mut self) -> Vec<String> {
        self.signal("TERM");
        self.wait_for_line("\"stopped\"");
        std::mem::take(&mut self.lines)
    }

    /// Posts a body to a path.
    pub fn post(&self, path: &str, body: &[u8]) -> Answer {
        request(self.hooks, "POST", path, body)
    }

    /// Asks the admin listener.
    pub fn get_admin(&self, path: &str) -> Answer {
        request(self.admin, "GET", path, b"")
    }

    /// The value of one line of `/metrics`, by all that is before it.
    pub fn metric(&self, series: &str) -> Option<f64> {
        let answer = self.get_admin("/metrics");
        assert_eq!(answer.status, 200, "{answer:?}");
        let line = answer
            .body
            .lines()
            .find_map(|line| line.strip_prefix(series)?.strip_prefix(' '))?;
        Some(line.parse().expect("a number"))
    }

    /// Waits for a log line that contains a text, and takes it apart.
    pub fn wait_for_event(&mut self, part: &str) -> Value {
        serde_json::from_str(&self.wait_for_line(part)).expect("a JSON line")
    }

    /// The process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal, by name: TERM, INT.
    pub fn signal(&self, name: &str) {
        let status = Command::new("kill")
            .args([&format!("-{name}"), &self.child.id().to_string()])
            .status();
        assert!(status.expect("kill runs").success());
    }

    /// Waits for its end.
    pub fn wait(mut self) -> ExitStatus {
        let end = Instant::now() + HANG;
        loop {
            if let Some(status) = self.child.try_wait().expect("a status") {
                return status;
            }
            assert!(Instant::now() < end, "it does not end");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Whether it still runs.
    pub fn alive(&mut self) -> bool {
        self.child.try_wait().expect("a status").is_none()
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// One request over HTTP, with any method.
pub fn request(address: SocketAddr, method: &str, path: &str, body: &[u8]) -> Answer {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(HANG))
        .allow_non_standard_methods(true)
        .build()
        .into();
    let request = ureq::http::Request::builder()
        .method(method)
        .uri(format!("http://{address}{path}"))
        .header("content-type", "application/json")
        .body(body.to_vec())
        .expect("a request");
    let mut response = agent
        .run(request)
        .unwrap_or_else(|error| panic!("{method} {path}: {error}"));
    let headers = response
        .headers()
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap_or_default().to_owned()))
        .collect();
    let body = response
        .body_mut()
        .with_config()
        .limit(64 << 20)
        .read_to_string()
        .expect("a body");
    Answer {
        status: response.status().as_u16(),
        headers,
        body,
    }
}

/// Bytes as they are, over a connection of their own; what comes back until the other side
/// closes.
pub fn raw(address: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).expect("a connection");
    stream.set_read_timeout(Some(HANG)).expect("a time-out");
    // The other side may answer and close before it has read all.
    stream.write_all(bytes).ok();
    let mut answer = Vec::new();
    let mut part = [0; 4096];
    while let Ok(read @ 1..) = stream.read(&mut part) {
        answer.extend_from_slice(&part[..read]);
    }
    String::from_utf8_lossy(&answer).into_owned()
}

/// What a process printed, for a failing test.
pub fn show(output: &Output) -> String {
    let mut text = String::new();
    let _ = write!(
        text,
        "exit {:?}\nstdout: {}\nstderr: {}",
        output.status.code(),
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    text
}
