//! A registry that a test writes: each response is what a function says.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

/// A request.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    pub(crate) method: String,
    /// With the query.
    pub(crate) path: String,
    pub(crate) authorization: Option<String>,
}

/// A response.
#[derive(Clone)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    pub(crate) manner: Manner,
}

/// How a body is sent.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Manner {
    /// At once, with its length.
    Whole,
    /// With a length that is larger, and then the connection ends.
    CutOff,
    /// Never, though the connection stays.
    Silent,
    /// A byte every so often.
    Dribble,
    /// Again and again, without a length, until nobody reads.
    Endless,
}

impl Reply {
    pub(crate) fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: body.into(),
            manner: Manner::Whole,
        }
    }

    pub(crate) fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    pub(crate) fn manner(mut self, manner: Manner) -> Self {
        self.manner = manner;
        self
    }

    fn send(&self, to: &mut TcpStream, head_only: bool) -> std::io::Result<()> {
        let mut head = format!("HTTP/1.1 {} x\r\nconnection: close\r\n", self.status);
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        match self.manner {
            Manner::Silent => {
                std::thread::sleep(Duration::from_secs(10));
                return Ok(());
            }
            Manner::Whole => head.push_str(&format!("content-length: {}\r\n", self.body.len())),
            Manner::CutOff | Manner::Dribble => {
                head.push_str(&format!("content-length: {}\r\n", self.body.len()));
            }
            Manner::Endless => {}
        }
        head.push_str("\r\n");
        to.write_all(head.as_bytes())?;
        if head_only {
            return Ok(());
        }
        match self.manner {
            Manner::CutOff => to.write_all(&self.body[..self.body.len() / 2]),
            Manner::Dribble => {
                for byte in &self.body {
                    to.write_all(&[*byte])?;
                    std::thread::sleep(Duration::from_millis(200));
                }
                Ok(())
            }
            Manner::Endless => loop {
                to.write_all(&self.body)?;
            },
            Manner::Whole | Manner::Silent => to.write_all(&self.body),
        }
    }
}

/// The registry. Its threads end with the process.
pub(crate) struct Faulty {
    pub(crate) address: SocketAddr,
    asked: Arc<Mutex<Vec<Ask>>>,
}

impl Faulty {
    pub(crate) fn start(answer: impl Fn(&Ask) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (answer, seen) = (Arc::new(answer), asked.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (answer, seen) = (answer.clone(), seen.clone());
                std::thread::spawn(move || {
                    let mut stream = stream.unwrap();
                    let Some(ask) = read(&stream) else { return };
                    seen.lock().unwrap().push(ask.clone());
                    // Nobody may be reading any more.
                    answer(&ask).send(&mut stream, ask.method == "HEAD").ok();
                });
            }
        });
        Self { address, asked }
    }

    /// All requests so far.
    pub(crate) fn asked(&self) -> Vec<Ask> {
        self.asked.lock().unwrap().clone()
    }

    pub(crate) fn oci(&self, name: &str) -> String {
        format!("oci://{}/{name}", self.address)
    }
}

fn read(stream: &TcpStream) -> Option<Ask> {
    let mut reader = BufReader::new(stream.take(1 << 20));
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split(' ');
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut authorization = None;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        match line.trim_end().split_once(": ") {
            Some((name, value)) if name.eq_ignore_ascii_case("authorization") => {
                authorization = Some(value.to_owned());
            }
            Some(_) => {}
            None => break,
        }
    }
    Some(Ask {
        method,
        path,
        authorization,
    })
}

/// A plugin as a registry has it.
#[derive(Clone)]
pub(crate) struct Artifact {
    pub(crate) manifest: Value,
    pub(crate) component: Vec<u8>,
}

impl Artifact {
    pub(crate) fn new(component: Vec<u8>) -> Self {
        let describe = |media_type: &str, bytes: &[u8]| json!({"mediaType": media_type, "digest": digest(bytes), "size": bytes.len()});
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": describe("application/vnd.wasm.config.v0+json", b"{}"),
            "layers": [describe("application/wasm", &component)],
        });
        Self { manifest, component }
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.manifest.to_string().into_bytes()
    }

    pub(crate) fn digest(&self) -> String {
        digest(&self.bytes())
    }

    /// The response of a registry that works.
    pub(crate) fn answer(&self, ask: &Ask) -> Reply {
        let component = digest(&self.component);
        if ask.path == format!("/v2/f/blobs/{component}") {
            return Reply::new(200, self.component.clone());
        }
        let last = ask.path.rsplit('/').next().unwrap_or_default();
        if ask.path.starts_with("/v2/f/manifests/") && (last == "1" || last == self.digest()) {
            return Reply::new(200, self.bytes())
                .header("content-type", "application/vnd.oci.image.manifest.v1+json")
                .header("docker-content-digest", self.digest());
        }
        let error = json!({"errors": [{"code": "MANIFEST_UNKNOWN", "message": "manifest unknown"}]});
        Reply::new(404, error.to_string())
    }
}

/// `sha256:…` of bytes.
pub(crate) fn digest(bytes: &[u8]) -> String {
    metawasm_registry::Digest::of(bytes).to_string()
}
