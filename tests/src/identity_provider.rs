//! A real OpenID provider as a process of its own, and a browser that signs in at it.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use reqwest::{Client, Method, Response, Url, header, redirect::Policy};
use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
};

/// As whom the server is registered at the provider.
pub const CLIENT_ID: &str = "relais";
/// Most pages between the authorization endpoint and the redirect.
const MAX_PAGES: usize = 20;

/// A running provider; it ends when it is dropped.
#[derive(Debug)]
pub struct IdentityProvider {
    child: Child,
    issuer: String,
    accounts: String,
}

impl IdentityProvider {
    /// Starts a provider that knows these logins, each with its claims. `None`, with a word
    /// about it, where Node or the provider is not installed.
    pub async fn start(accounts: &Value) -> Option<Self> {
        let accounts = accounts.to_string();
        let (child, issuer) = spawn(&accounts, None).await?;
        Some(Self {
            child,
            issuer,
            accounts,
        })
    }

    /// The issuer's URL.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Ends it, and starts it where it was, with new keys and without anybody's session.
    pub async fn restart(&mut self) {
        self.stop().await;
        let port = Url::parse(&self.issuer).ok().and_then(|url| url.port());
        let started = spawn(&self.accounts, port).await;
        (self.child, self.issuer) = started.expect("it was installed a moment ago");
    }

    /// Ends it.
    pub async fn stop(&mut self) {
        self.child.kill().await.expect("it was running");
    }

    /// Exchanges an authorization code; the answer of the token endpoint.
    pub async fn exchange(&self, client_id: &str, code: &str, verifier: &str) -> Value {
        let form = [
            ("grant_type", "authorization_code"),
            ("client_id", client_id),
            ("redirect_uri", REDIRECT),
            ("code", code),
            ("code_verifier", verifier),
        ];
        let answer = http()
            .post(format!("{}/token", self.issuer))
            .header(header::CONTENT_TYPE, FORM)
            .body(encoded(&form))
            .send()
            .await
            .expect("the provider answers");
        serde_json::from_slice(&answer.bytes().await.expect("whole")).expect("JSON")
    }
}

/// Where the browsers of calls without the SDK come back to; nobody listens there.
pub const REDIRECT: &str = "http://127.0.0.1:9/callback";
const FORM: &str = "application/x-www-form-urlencoded";

async fn spawn(accounts: &str, port: Option<u16>) -> Option<(Child, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("below the root");
    let module: PathBuf = root.join(".tools/oidc-provider/node_modules/oidc-provider/lib/index.js");
    if !module.exists() {
        eprintln!(
            "SKIPPED: there is no identity provider: install Node and npm, then run .ci/tools"
        );
        return None;
    }
    let spawned = Command::new("node")
        .arg(root.join("tests/provider/provider.mjs"))
        .arg(
            Url::from_file_path(&module)
                .expect("an absolute path")
                .as_str(),
        )
        .arg(accounts)
        .args(port.map(|port| port.to_string()))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .kill_on_drop(true)
        .spawn();
    let mut child = match spawned {
        Ok(child) => child,
        Err(error) => {
            eprintln!("SKIPPED: Node cannot be started ({error}): install it");
            return None;
        }
    };
    let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
    let issuer = tokio::time::timeout(Duration::from_mins(1), async {
        while let Ok(Some(line)) = lines.next_line().await {
            // Before it, the provider warns that it is for development.
            if let Some(issuer) = line.strip_prefix("listening on ") {
                return issuer.to_owned();
            }
        }
        panic!("the provider ended before it listened");
    });
    let issuer = issuer.await.expect("it listens within a minute");
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    Some((child, issuer))
}

/// A person's browser: it keeps cookies, follows redirects and fills in forms.
#[derive(Debug)]
pub struct Browser {
    http: Client,
    cookies: BTreeMap<String, String>,
}

impl Default for Browser {
    fn default() -> Self {
        Self {
            http: http(),
            cookies: BTreeMap::new(),
        }
    }
}

impl Browser {
    /// Opens an authorization URL, signs in as `login` where it is asked to, agrees, and stops
    /// at the redirect out of the provider, whose URL it returns.
    pub async fn sign_in(&mut self, url: &str, login: &str) -> String {
        let mut url = Url::parse(url).expect("a URL");
        let origin = url.origin();
        let mut form = None;
        for _ in 0..MAX_PAGES {
            let page = self.open(&url, form.take()).await;
            if let Some(location) = page.headers().get(header::LOCATION) {
                let location = location.to_str().expect("ASCII");
                url = url.join(location).expect("a URL");
                if url.origin() != origin {
                    return url.into();
                }
                continue;
            }
            let status = page.status();
            let html = page.text().await.expect("a page");
            let action = attribute(&html, "action=\"")
                .unwrap_or_else(|| panic!("{status}, and no form in {html}"));
            url = url.join(&action).expect("a URL");
            form = Some(if html.contains("value=\"login\"") {
                encoded(&[("prompt", "login"), ("login", login), ("password", "any")])
            } else {
                encoded(&[("prompt", "consent")])
            });
        }
        panic!("no redirect after {MAX_PAGES} pages, the last one is {url}");
    }

    /// Opens one page, such as the one that the provider leads to.
    pub async fn visit(&mut self, url: &str) -> String {
        let url = Url::parse(url).expect("a URL");
        let page = self.open(&url, None).await;
        page.text().await.expect("a page")
    }

    async fn open(&mut self, url: &Url, form: Option<String>) -> Response {
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let method = if form.is_some() {
            Method::POST
        } else {
            Method::GET
        };
        let mut request = self.http.request(method, url.clone());
        if !cookies.is_empty() {
            request = request.header(header::COOKIE, cookies.join("; "));
        }
        if let Some(form) = form {
            request = request.header(header::CONTENT_TYPE, FORM).body(form);
        }
        let page = request.send().await.expect("the page answers");
        for cookie in page.headers().get_all(header::SET_COOKIE) {
            let cookie = cookie.to_str().expect("ASCII");
            let pair = cookie.split(';').next().unwrap_or_default();
            if let Some((name, value)) = pair.split_once('=') {
                // One that is taken back is empty.
                if value.is_empty() {
                    self.cookies.remove(name);
                } else {
                    self.cookies.insert(name.to_owned(), value.to_owned());
                }
            }
        }
        page
    }
}

fn http() -> Client {
    Client::builder()
        .redirect(Policy::none())
        .no_proxy()
        .build()
        .expect("a client")
}

fn encoded(pairs: &[(&str, &str)]) -> String {
    let mut url = Url::parse("http://form").expect("a URL");
    url.query_pairs_mut().extend_pairs(pairs);
    url.query().unwrap_or_default().to_owned()
}

fn attribute(html: &str, begin: &str) -> Option<String> {
    let (_, rest) = html.split_once(begin)?;
    let (value, _) = rest.split_once('"')?;
    Some(value.replace("&amp;", "&"))
}
