//! Where the browser comes back to: a port of this machine that listens while somebody signs in
//! (RFC 8252 §7.3).

use std::{io, net::Ipv4Addr, time::Duration};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::mpsc,
};

use crate::Error;

/// The path of the redirect URI; its port is any free one.
const PATH: &str = "/callback";
/// Largest request head in bytes.
const MAX_HEAD: usize = 16 * 1024;
/// How long a browser may take to send one.
const HEAD: Duration = Duration::from_secs(10);

const PAGE: &str = "<!doctype html><meta charset=utf-8><title>Relais</title>\
<p>You may close this page and go back to Relais.\
<p lang=fr>Vous pouvez fermer cette page et revenir à Relais.";

/// Listens for a browser that comes back.
#[derive(Debug)]
pub struct Redirect {
    listener: TcpListener,
    port: u16,
}

impl Redirect {
    /// Listens on a free port of this machine, for this machine alone.
    ///
    /// # Errors
    /// [`Error::SignIn`] if there is none.
    pub async fn listen() -> Result<Self, Error> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .map_err(|error| failed(&error))?;
        let port = listener
            .local_addr()
            .map_err(|error| failed(&error))?
            .port();
        Ok(Self { listener, port })
    }

    /// The redirect URI. The identity provider must know `http://127.0.0.1/callback` and allow
    /// any port, as providers do for native applications.
    pub fn uri(&self) -> String {
        format!("http://127.0.0.1:{}{PATH}", self.port)
    }

    /// Waits until a browser comes back, tells the person that they may close the page, and
    /// returns the whole URL. Drop the future to give up.
    ///
    /// # Errors
    /// [`Error::SignIn`] if the port cannot be listened on any more.
    pub async fn wait(self) -> Result<String, Error> {
        // Browsers open connections that they never use: none may hold up the others.
        let (found, mut targets) = mpsc::channel(1);
        loop {
            tokio::select! {
                accepted = self.listener.accept() => {
                    let (stream, _) = accepted.map_err(|error| failed(&error))?;
                    let found = found.clone();
                    tokio::spawn(async move {
                        match tokio::time::timeout(HEAD, answer(stream)).await {
                            Ok(Ok(Some(target))) => drop(found.send(target).await),
                            Ok(Ok(None)) | Err(_) => {}
                            Ok(Err(error)) => tracing::debug!(%error, "a browser left"),
                        }
                    });
                }
                Some(target) = targets.recv() => {
                    return Ok(format!("http://127.0.0.1:{}{target}", self.port));
                }
            }
        }
    }
}

/// Answers one request; returns its target if it is the redirect.
async fn answer(mut stream: TcpStream) -> io::Result<Option<String>> {
    let mut head = Vec::new();
    while !head.windows(4).any(|end| end == b"\r\n\r\n") && head.len() < MAX_HEAD {
        if stream.read_buf(&mut head).await? == 0 {
            break;
        }
    }
    let head = String::from_utf8_lossy(&head);
    let mut words = head.lines().next().unwrap_or_default().split(' ');
    let target = match (words.next(), words.next()) {
        (Some("GET"), Some(target)) => Some(target),
        _ => None,
    };
    let is_redirect = |target: &&str| target.split_once('?').is_some_and(|it| it.0 == PATH);
    let target = target.filter(is_redirect).map(str::to_owned);
    let (status, page) = match target {
        Some(_) => ("200 OK", PAGE),
        None => ("404 Not Found", ""),
    };
    // The URL holds the code: it must not go on to anybody as a referrer.
    let response = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\n\
         Referrer-Policy: no-referrer\r\nCache-Control: no-store\r\n\
         Content-Security-Policy: default-src 'none'\r\nConnection: close\r\n\r\n{page}",
        page.len()
    );
    stream.write_all(response.as_bytes()).await?;
    stream.shutdown().await?;
    Ok(target)
}

fn failed(error: &io::Error) -> Error {
    Error::SignIn(format!(
        "this machine has no port for the browser to come back to ({error}): try again"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn get(port: u16, target: &str) -> String {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))
            .await
            .unwrap();
        let request = format!("GET {target} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut response = String::new();
        stream.read_to_string(&mut response).await.unwrap();
        response
    }

    #[tokio::test]
    async fn only_the_redirect_ends_the_wait_and_an_idle_connection_delays_nobody() {
        let redirect = Redirect::listen().await.unwrap();
        let (port, uri) = (redirect.port, redirect.uri());
        let waiting = tokio::spawn(redirect.wait());
        let _idle = TcpStream::connect((Ipv4Addr::LOCALHOST, port))
            .await
            .unwrap();
        assert!(get(port, "/favicon.ico").await.starts_with("HTTP/1.1 404"));
        assert!(get(port, "/callback").await.starts_with("HTTP/1.1 404"));
        let page = get(port, "/callback?code=c&state=s").await;
        assert!(page.starts_with("HTTP/1.1 200") && page.contains("close this page"));
        let target = waiting.await.unwrap().unwrap();
        assert_eq!(target, format!("{uri}?code=c&state=s"));
    }
}
