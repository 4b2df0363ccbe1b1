//! Pulls artifacts.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue, LOCATION, WWW_AUTHENTICATE};
use hyper::{Method, Request, Response, StatusCode};
use metawasm_formats::text::{one_line, shown};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde_json::Value;
use tokio::task::spawn_blocking;
use tokio::time::Instant;

use crate::challenge::Challenge;
use crate::credentials::{Credentials, Login};
use crate::digest::Digest;
use crate::error::{AnswerError, RegistryError};
use crate::http::{Body, Transport, Url};
use crate::manifest::{Descriptor, Manifest, media_type};
use crate::options::{Options, OptionsError};
use crate::reference::Reference;

/// Maximum size of a manifest or an index, as the specification recommends it.
const MANIFEST: u64 = 4 << 20;
/// Maximum size of a token.
const TOKEN: u64 = 64 << 10;
/// Bytes that are read of an error.
const MESSAGE: usize = 8 << 10;
/// Maximum length of a registry's message.
const SHOWN: usize = 300;
/// Redirects that are followed.
const REDIRECTS: usize = 5;
/// Signatures of one artifact that are looked at.
pub(crate) const REFERRERS: usize = 32;

/// A client of registries. Clones share everything.
#[derive(Clone)]
pub struct Client {
    transport: Arc<Transport>,
    credentials: Vec<PathBuf>,
}

/// A manifest, as it arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// Its digest.
    pub digest: Digest,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// The bytes of a layer.
pub type Layer = Vec<u8>;

/// A pull or push: requests about one repository, with one token and one limit of time.
pub struct Session<'a> {
    pub(crate) client: &'a Client,
    pub(crate) repository: String,
    base: Url,
    login: Option<Login>,
    /// What the token is for: `pull` or `pull,push`.
    actions: &'static str,
    authorization: Option<HeaderValue>,
    pub(crate) deadline: Instant,
}

/// A request before it has a destination.
pub(crate) struct Ask {
    pub(crate) method: Method,
    pub(crate) accept: &'static [&'static str],
    pub(crate) content_type: Option<&'static str>,
    pub(crate) body: Bytes,
}

impl Ask {
    pub(crate) fn new(method: Method) -> Self {
        Self {
            method,
            accept: &[],
            content_type: None,
            body: Bytes::new(),
        }
    }
}

/// A response, and where it came from after all redirects.
pub(crate) struct Answer {
    pub(crate) url: Url,
    pub(crate) response: Response<Incoming>,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Client")
    }
}

impl Default for Client {
    fn default() -> Self {
        Self {
            transport: Arc::new(Transport::default()),
            credentials: Vec::new(),
        }
    }
}

impl Client {
    /// Creates a client.
    ///
    /// # Errors
    ///
    /// If the CA bundle or the list of registries without TLS is invalid.
    pub fn new(options: &Options) -> Result<Self, OptionsError> {
        Ok(Self {
            transport: Arc::new(Transport::new(options)?),
            credentials: options.credentials.clone(),
        })
    }

    /// Starts to pull from the repository of a reference. The limit of time begins now.
    ///
    /// # Errors
    ///
    /// If the credentials cannot be read.
    pub async fn pull(&self, from: &Reference) -> Result<Session<'_>, RegistryError> {
        self.session(from.registry(), from.repository(), "pull").await
    }

    /// Starts to push to the repository of a reference.
    ///
    /// # Errors
    ///
    /// If the credentials cannot be read.
    pub async fn push(&self, to: &Reference) -> Result<Session<'_>, RegistryError> {
        self.session(to.registry(), to.repository(), "pull,push").await
    }

    /// Checks a name and a password with a registry.
    ///
    /// # Errors
    ///
    /// If the registry cannot be asked, or refuses them.
    pub async fn login(&self, registry: &str, name: &str, password: &str) -> Result<(), RegistryError> {
        let mut session = self.start(registry, "", "pull", Some(Login::new(name, password)));
        let answer = session.ask("/v2/", &Ask::new(Method::GET)).await?;
        session.expect(answer, &[StatusCode::OK]).await.map(drop)
    }

    async fn session(
        &self,
        registry: &str,
        repository: &str,
        actions: &'static str,
    ) -> Result<Session<'_>, RegistryError> {
        let files = self.credentials.clone();
        // A file system may take its time. A task that panicked or was ended has read nothing.
        let read = spawn_blocking(move || Credentials::read(&files)).await;
        let credentials = read.unwrap_or_else(|_| Ok(Credentials::default()))?;
        let login = credentials.find(registry, repository).cloned();
        Ok(self.start(registry, repository, actions, login))
    }

    fn start(
        &self,
        registry: &str,
        repository: &str,
        actions: &'static str,
        login: Option<Login>,
    ) -> Session<'_> {
        Session {
            client: self,
            repository: repository.to_owned(),
            base: Url {
                origin: self.transport.origin(registry),
                path: "/".to_owned(),
            },
            login,
            actions,
            authorization: None,
            deadline: Instant::now() + self.transport.timeouts().whole,
        }
    }
}

/// The media types of manifests. Indexes are asked for too, to tell people about them.
const MANIFESTS: &[&str] = &[
    media_type::MANIFEST,
    media_type::DOCKER_MANIFEST,
    media_type::INDEX,
    media_type::DOCKER_LIST,
];

impl Session<'_> {
    /// Returns the digest that a tag has now, without the manifest.
    ///
    /// # Errors
    ///
    /// If the registry cannot be asked or does not have the tag.
    pub async fn resolve(&mut self, tag: &str) -> Result<Digest, RegistryError> {
        let ask = Ask {
            accept: MANIFESTS,
            ..Ask::new(Method::HEAD)
        };
        let answer = self.ask(&self.path(&format!("manifests/{tag}")), &ask).await?;
        let answer = self.expect(answer, &[StatusCode::OK]).await?;
        match content_digest(&answer.response) {
            Some(digest) => Ok(digest),
            // The header is optional.
            None => Ok(self.manifest(tag).await?.digest),
        }
    }

    /// Returns a manifest. `reference` is a tag or a digest.
    ///
    /// # Errors
    ///
    /// If the registry cannot be asked, does not have it, or returns something else.
    pub async fn manifest(&mut self, reference: &str) -> Result<Resolved, RegistryError> {
        let ask = Ask {
            accept: MANIFESTS,
            ..Ask::new(Method::GET)
        };
        let answer = self
            .ask(&self.path(&format!("manifests/{reference}")), &ask)
            .await?;
        let answer = self.expect(answer, &[StatusCode::OK]).await?;
        let host = answer.url.origin.to_string();
        self.not_a_page(&answer)?;
        let said = content_digest(&answer.response);
        let bytes = self.body(answer).all("the manifest", MANIFEST).await?;
        let found = Digest::of(&bytes);
        for expected in [reference.parse().ok(), said].into_iter().flatten() {
            if found != expected {
                return Err(RegistryError::answer(
                    &host,
                    AnswerError::Digest { expected, found },
                ));
            }
        }
        Ok(Resolved { digest: found, bytes })
    }

    /// Returns the content of a descriptor. Its digest and size are checked.
    ///
    /// # Errors
    ///
    /// If the registry cannot be asked, does not have it, or returns something else, or if it is larger than `limit`.
    pub async fn blob(
        &mut self,
        descriptor: &Descriptor,
        what: &'static str,
        limit: u64,
    ) -> Result<Layer, RegistryError> {
        if descriptor.size > limit {
            let host = self.base.origin.to_string();
            return Err(RegistryError::answer(
                &host,
                AnswerError::TooLarge { what, limit },
            ));
        }
        let path = self.path(&format!("blobs/{}", descriptor.digest));
        let answer = self.ask(&path, &Ask::new(Method::GET)).await?;
        let answer = self.expect(answer, &[StatusCode::OK]).await?;
        self.body(answer).content(descriptor).await
    }

    /// Returns the manifests of an artifact type that are about a manifest, or `None` if the registry does not have the
    /// referrers API.
    ///
    /// # Errors
    ///
    /// If the registry cannot be asked, or returns something else.
    pub async fn referrers(
        &mut self,
        of: &Digest,
        artifact_type: &str,
    ) -> Result<Option<Vec<Descriptor>>, RegistryError> {
        /// The part of an index that counts.
        #[derive(Deserialize)]
        struct Index {
            manifests: Vec<Descriptor>,
        }
        let ask = Ask {
            accept: &[media_type::INDEX],
            ..Ask::new(Method::GET)
        };
        let kind = utf8_percent_encode(artifact_type, NON_ALPHANUMERIC);
        let path = self.path(&format!("referrers/{of}?artifactType={kind}"));
        let answer = self.ask(&path, &ask).await?;
        let status = answer.response.status();
        // Registries without it have many words for that.
        if status.is_client_error() && status != StatusCode::TOO_MANY_REQUESTS {
            return Ok(None);
        }
        let answer = self.expect(answer, &[StatusCode::OK]).await?;
        let bytes = self.body(answer).all("the list of referrers", MANIFEST).await?;
        // A page is what a registry without it may return.
        let Ok(index) = serde_json::from_slice::<Index>(&bytes) else {
            return Ok(None);
        };
        // A registry may ignore the filter.
        let mut found = index.manifests;
        found.retain(|manifest| {
            manifest
                .artifact_type
                .as_deref()
                .is_none_or(|found| found == artifact_type)
        });
        found.truncate(REFERRERS);
        Ok(Some(found))
    }

    /// Reads a manifest and its only layer as a plugin.
    ///
    /// # Errors
    ///
    /// As [`Session::manifest`] and [`Session::blob`], and if it is not a plugin.
    pub async fn plugin(&mut self, reference: &str, limit: u64) -> Result<(Resolved, Layer), RegistryError> {
        let resolved = self.manifest(reference).await?;
        let layer = Manifest::parse(&resolved.bytes)?.layer()?.clone();
        let bytes = self.blob(&layer, "the component", limit).await?;
        Ok((resolved, bytes))
    }

    pub(crate) fn path(&self, rest: &str) -> String {
        format!("/v2/{}/{rest}", self.repository)
    }

    /// Sends a request to the registry: with a token if it asks for one, and on to where it redirects.
    pub(crate) async fn ask(&mut self, path: &str, ask: &Ask) -> Result<Answer, RegistryError> {
        let url = Url {
            origin: self.base.origin.clone(),
            path: path.to_owned(),
        };
        self.ask_at(url, ask).await
    }

    /// The same for a URL that the registry named.
    pub(crate) async fn ask_at(&mut self, url: Url, ask: &Ask) -> Result<Answer, RegistryError> {
        let answer = self.follow(url.clone(), ask).await?;
        let challenged =
            answer.response.status() == StatusCode::UNAUTHORIZED && answer.url.origin == self.base.origin;
        if !challenged || self.authorization.is_some() {
            return Ok(answer);
        }
        let headers = answer.response.headers().get_all(WWW_AUTHENTICATE);
        // A token is better than the password in each request.
        let challenges = headers
            .iter()
            .filter_map(|value| Challenge::parse(value.to_str().ok()?));
        match challenges.max_by_key(|challenge| *challenge != Challenge::Basic) {
            Some(challenge) if self.authenticate(&challenge).await? => self.follow(url, ask).await,
            _ => Ok(answer),
        }
    }

    /// Follows redirects of requests that only read.
    async fn follow(&self, mut url: Url, ask: &Ask) -> Result<Answer, RegistryError> {
        let reads = [Method::GET, Method::HEAD].contains(&ask.method);
        for _ in 0..=REDIRECTS {
            let mut request = Request::builder().method(&ask.method);
            for accept in ask.accept {
                request = request.header(ACCEPT, *accept);
            }
            if let Some(kind) = ask.content_type {
                request = request.header(CONTENT_TYPE, kind);
            }
            // Credentials are for the registry alone.
            if let Some(value) = self
                .authorization
                .as_ref()
                .filter(|_| url.origin == self.base.origin)
            {
                request = request.header(AUTHORIZATION, value);
            }
            let request = request
                .body(Full::new(ask.body.clone()))
                .map_err(|_| url.origin.invalid())?;
            let response = self.client.transport.send(request, &url, self.deadline).await?;
            let moved = [301, 302, 303, 307, 308].contains(&response.status().as_u16());
            if !(reads && moved) {
                return Ok(Answer { url, response });
            }
            let location = response.headers().get(LOCATION);
            let next = location.and_then(|location| url.join(location.to_str().ok()?));
            let next = next.ok_or_else(|| url.origin.invalid())?;
            self.not_down(&url, &next)?;
            url = next;
        }
        Err(RegistryError::answer(
            &url.origin,
            AnswerError::Redirects(REDIRECTS),
        ))
    }

    /// Plain HTTP is only for those that may have it: a secure registry cannot send a client there, and another one only
    /// to itself and to those that may have it too.
    pub(crate) fn not_down(&self, from: &Url, to: &Url) -> Result<(), RegistryError> {
        let allowed = to.origin.secure
            || (!from.origin.secure
                && (to.origin == from.origin || self.client.transport.is_plain(&to.origin.to_string())));
        if allowed {
            return Ok(());
        }
        let to = to.origin.to_string();
        Err(RegistryError::answer(&from.origin, AnswerError::Plain(to)))
    }

    /// Prepares the header for what a registry asks for. `false` if there is nothing to show.
    async fn authenticate(&mut self, challenge: &Challenge) -> Result<bool, RegistryError> {
        let host = self.base.origin.to_string();
        let (realm, service) = match challenge {
            Challenge::Basic => {
                self.authorization = self.login.as_ref().and_then(basic);
                return Ok(self.authorization.is_some());
            }
            Challenge::Bearer { realm, service } => (realm, service),
        };
        let unsupported = || RegistryError::answer(&host, AnswerError::Challenge(shown(realm, SHOWN)));
        let mut url = self.base.join(realm).ok_or_else(unsupported)?;
        self.not_down(&self.base, &url)?;
        let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let mut query = Vec::new();
        if let Some(service) = service {
            query.push(format!("service={}", encoded(service)));
        }
        if !self.repository.is_empty() {
            let scope = format!("repository:{}:{}", self.repository, self.actions);
            query.push(format!("scope={}", encoded(&scope)));
        }
        let separator = if url.path.contains('?') { '&' } else { '?' };
        url.path = format!("{}{separator}{}", url.path, query.join("&"));
        let mut request = Request::get("/");
        if let Some(value) = self.login.as_ref().and_then(basic) {
            request = request.header(AUTHORIZATION, value);
        }
        let request = request.body(Full::default()).map_err(|_| url.origin.invalid())?;
        let response = self.client.transport.send(request, &url, self.deadline).await?;
        let server = url.origin.to_string();
        let answer = self.expect(Answer { url, response }, &[StatusCode::OK]).await?;
        let bytes = self.body(answer).all("the token", TOKEN).await?;
        let none = || RegistryError::answer(&host, AnswerError::Token(server.clone()));
        self.authorization = Some(token(&bytes).ok_or_else(none)?);
        Ok(true)
    }

    /// Returns a response with one of these statuses; any other is an error with the registry's message.
    pub(crate) async fn expect(
        &self,
        answer: Answer,
        statuses: &[StatusCode],
    ) -> Result<Answer, RegistryError> {
        let status = answer.response.status();
        if statuses.contains(&status) {
            return Ok(answer);
        }
        let host = answer.url.origin.to_string();
        let page = is_page(&answer.response);
        let bytes = self.body(answer).beginning(MESSAGE).await;
        Err(RegistryError::Status {
            host,
            status,
            message: if page { String::new() } else { message(&bytes) },
            known: self.login.is_some(),
        })
    }

    fn not_a_page(&self, answer: &Answer) -> Result<(), RegistryError> {
        if !is_page(&answer.response) {
            return Ok(());
        }
        let kind = answer.response.headers().get(CONTENT_TYPE);
        let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let error = AnswerError::NotARegistry(shown(kind, SHOWN));
        Err(RegistryError::answer(&answer.url.origin, error))
    }

    pub(crate) fn body(&self, answer: Answer) -> Body<'_> {
        let Answer { url, response } = answer;
        Body::new(&self.client.transport, response, url.origin, self.deadline)
    }
}

fn basic(login: &Login) -> Option<HeaderValue> {
    sensitive(&format!("Basic {}", login.basic()))
}

/// A header that is not shown when a request is.
fn sensitive(text: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// Reads the header of a token server's response.
fn token(bytes: &[u8]) -> Option<HeaderValue> {
    let json: Value = serde_json::from_slice(bytes).ok()?;
    let token = json.get("token").or_else(|| json.get("access_token"))?.as_str()?;
    let visible = !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic());
    if visible {
        sensitive(&format!("Bearer {token}"))
    } else {
        None
    }
}

/// Returns the digest that a registry says its content has.
pub(crate) fn content_digest(response: &Response<Incoming>) -> Option<Digest> {
    let header = response.headers().get("docker-content-digest")?;
    header.to_str().ok()?.parse().ok()
}

/// Whether a response is for people.
fn is_page(response: &Response<Incoming>) -> bool {
    let kind = response.headers().get(CONTENT_TYPE);
    kind.is_some_and(|kind| kind.as_bytes().to_ascii_lowercase().starts_with(b"text/html"))
}

/// Returns a registry's message: of its JSON the first error, else its text.
fn message(bytes: &[u8]) -> String {
    let json: Value = serde_json::from_slice(bytes).unwrap_or_default();
    let field = |name: &str| json.pointer(&format!("/errors/0/{name}")).and_then(Value::as_str);
    let text = match (field("message").filter(|text| !text.is_empty()), field("code")) {
        (Some(message), _) => message.to_owned(),
        (None, Some(code)) => code.to_owned(),
        (None, None) => String::from_utf8_lossy(bytes).into_owned(),
    };
    shown(one_line(text.trim()).trim(), SHOWN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_the_first_error_or_the_text() {
        for (body, expected) in [
            (
                r#"{"errors": [{"code": "MANIFEST_UNKNOWN", "message": "manifest unknown"}]}"#,
                "manifest unknown",
            ),
            (r#"{"errors": [{"code": "DENIED", "message": ""}]}"#, "DENIED"),
            ("404 page\n not found\n", "404 page not found"),
            ("\u{1b}[2J", "\\u{1b}[2J"),
            ("", ""),
        ] {
            assert_eq!(message(body.as_bytes()), expected, "{body}");
        }
        assert!(message(&[b'a'; 8192]).len() < 400);
    }

    #[tokio::test]
    async fn plain_http_is_for_those_that_may_have_it() {
        let url = |text: &str| Url::parse(text).unwrap();
        let options = Options {
            plain_http: Some(vec!["plain.example:5000".to_owned()]),
            ..Options::default()
        };
        let client = Client::new(&options).unwrap();
        let session = client.start("r.example", "f", "pull", None);
        for (from, to, allowed) in [
            ("https://r.example/", "https://cdn.example/", true),
            ("https://r.example/", "http://r.example/", false),
            ("https://r.example/", "http://plain.example:5000/", false),
            ("https://r.example/", "http://127.0.0.1/", false),
            ("http://a.example/", "http://a.example/x", true),
            ("http://a.example/", "http://a.example:81/", false),
            ("http://a.example/", "http://plain.example:5000/", true),
            ("http://a.example/", "https://b.example/", true),
        ] {
            let outcome = session.not_down(&url(from), &url(to));
            assert_eq!(outcome.is_ok(), allowed, "{from} to {to}");
        }
    }

    #[test]
    fn a_token_is_a_visible_text() {
        let token = |json: &str| token(json.as_bytes()).map(|value| value.to_str().unwrap().to_owned());
        assert_eq!(token(r#"{"token": "a.b"}"#).as_deref(), Some("Bearer a.b"));
        assert_eq!(token(r#"{"access_token": "c"}"#).as_deref(), Some("Bearer c"));
        for json in [
            r#"{"token": "a b"}"#,
            r#"{"token": "a\r\nx: y"}"#,
            r#"{"token": ""}"#,
            "{}",
            "<html>",
            r#"{"token": 1}"#,
        ] {
            assert_eq!(token(json), None, "{json}");
        }
    }
}
