//! Hooks that answer what a test gives them, whatever they are asked.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use anyhow::Result;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// An HTTP answer, which comes after some time.
#[derive(Clone, Debug, Default)]
pub(super) struct Canned {
    pub(super) code: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: String,
    pub(super) delay: Duration,
}

/// A call that came in.
#[derive(Clone, Debug)]
pub(super) struct Call {
    /// The last part of the path: `sync`, `finalize`, `customize`.
    pub(super) hook: String,
    pub(super) at: Instant,
    pub(super) validator: Option<String>,
    /// The number of children that the request shows.
    pub(super) children: usize,
}

#[derive(Default)]
struct State {
    answers: HashMap<(String, String), Canned>,
    calls: HashMap<String, Vec<Call>>,
}

/// The server, ended when dropped. It answers by the parent's name and the hook.
pub(super) struct Hooks {
    pub(super) url: String,
    state: Arc<Mutex<State>>,
    task: JoinHandle<()>,
}

impl Drop for Hooks {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Hooks {
    pub(super) async fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let state: Arc<Mutex<State>> = Arc::default();
        let shared = Arc::clone(&state);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let state = Arc::clone(&shared);
                // A caller that has had enough closes the connection, and that is an end like any other.
                tokio::spawn(async move { serve(stream, &state).await.ok() });
            }
        });
        Ok(Self { url, state, task })
    }

    pub(super) fn answer(&self, parent: &str, hook: &str, answer: Canned) {
        let key = (parent.to_owned(), hook.to_owned());
        self.state.lock().unwrap().answers.insert(key, answer);
    }

    pub(super) fn calls(&self, parent: &str) -> Vec<Call> {
        self.state
            .lock()
            .unwrap()
            .calls
            .get(parent)
            .cloned()
            .unwrap_or_default()
    }
}

async fn serve(stream: TcpStream, state: &Mutex<State>) -> Result<()> {
    let mut stream = BufReader::new(stream);
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
        let (mut length, mut validator) = (0, None);
        loop {
            let mut line = String::new();
            stream.read_line(&mut line).await?;
            let Some((name, value)) = line.trim().split_once(": ") else {
                break;
            };
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = value.parse()?,
                "if-none-match" => validator = Some(value.to_owned()),
                _ => {}
            }
        }
        let mut body = vec![0; length];
        stream.read_exact(&mut body).await?;
        let request: Value = serde_json::from_slice(&body)?;
        let parent = request
            .pointer("/parent/metadata/name")
            .or(request.pointer("/object/metadata/name"));
        let parent = parent.and_then(Value::as_str).unwrap_or_default().to_owned();
        let hook = path.rsplit('/').next().unwrap_or_default().to_owned();
        let groups = request
            .get("children")
            .or(request.get("attachments"))
            .and_then(Value::as_object);
        let children = groups.into_iter().flat_map(|groups| groups.values());
        let call = Call {
            hook: hook.clone(),
            at: Instant::now(),
            validator,
            children: children
                .filter_map(Value::as_object)
                .map(serde_json::Map::len)
                .sum(),
        };
        let canned = {
            let mut state = state.lock().unwrap();
            state.calls.entry(parent.clone()).or_default().push(call);
            state.answers.get(&(parent, hook)).cloned()
        };
        let canned = canned.unwrap_or_else(|| Canned {
            code: 500,
            body: "nobody said what to answer".to_owned(),
            ..Canned::default()
        });
        tokio::time::sleep(canned.delay).await;
        let length = canned.body.len();
        let mut answer = format!("HTTP/1.1 {} Canned\r\n", canned.code);
        if ![204, 304].contains(&canned.code) {
            answer += &format!("Content-Length: {length}\r\n");
        }
        for (name, value) in &canned.headers {
            let value = match value.as_str() {
                "in 3 seconds" => date(SystemTime::now() + Duration::from_secs(3)),
                value => value.to_owned(),
            };
            answer += &format!("{name}: {value}\r\n");
        }
        answer += "\r\n";
        if ![204, 304].contains(&canned.code) {
            answer += &canned.body;
        }
        stream.get_mut().write_all(answer.as_bytes()).await?;
    }
}

/// As HTTP writes it.
fn date(at: SystemTime) -> String {
    let at = k8s_openapi::jiff::Timestamp::try_from(at).expect("a time of our days");
    at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}
