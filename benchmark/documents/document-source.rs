//! A server of documents that is faster than any client of it, so that a benchmark measures the
//! client.
//!
//! It listens on a free port of the loopback interface, prints `{"port":...}`, and answers over
//! HTTP/1.1 with keep-alive, all on its first thread, so that the processor time of that thread
//! says how busy it was:
//!
//! | request | answer |
//! |---|---|
//! | `GET .../documents/ID` | the document |
//! | `PATCH .../documents/ID/merge` with `{"data":{...}}` | the document; the body is checked, and not merged |
//!
//! Ids are `doc-000` to `doc-999`. Each request, a read too, raises the revision of its document by
//! one, so that a client can prove that each of its requests was answered, by an answer of its own.
//!
//! | option | default | |
//! |---|---|---|
//! | `--size BYTES` | 1024 | JSON text of one document |
//! | `--sink` | | sends requests to itself, discards the answers, prints the speed and ends |
//! | `--operation NAME` | get | with `--sink`: `get` or `merge` |
//! | `--concurrency N` | 16 | with `--sink`: connections, each with one request at a time |
//! | `--seconds N` | 1 | with `--sink`: how long |

#![allow(clippy::cast_precision_loss, reason = "speeds are printed to a few digits")]

#[path = "source/document.rs"]
mod document;
#[path = "source/request.rs"]
mod request;
#[path = "source/sink.rs"]
mod sink;

use std::error::Error;
use std::io;
use std::net::Ipv4Addr;
use std::str::FromStr;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use bytes::{Buf, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use document::Documents;
use request::Request;
use sink::Sink;

const REFUSAL: &[u8] = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

fn main() -> Result<(), Box<dyn Error>> {
    let (size, sink) = parse(std::env::args().skip(1))?;
    let documents = Documents::new(size)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let Some(sink) = sink else {
            println!(r#"{{"port":{}}}"#, address.port());
            return accept(listener, documents).await;
        };
        let answer_length = documents.answer_length();
        tokio::spawn(accept(listener, documents));
        let (done, outcome) = tokio::sync::oneshot::channel();
        thread::spawn(move || done.send(sink.discard(address, answer_length)));
        println!("{}", outcome.await.map_err(io::Error::other)??);
        Ok(())
    })?;
    Ok(())
}

fn parse(mut words: impl Iterator<Item = String>) -> Result<(usize, Option<Sink>), String> {
    let (mut size, mut wanted) = (1024, false);
    let mut sink = Sink { merge: false, concurrency: 16, duration: Duration::from_secs(1) };
    while let Some(option) = words.next() {
        match option.as_str() {
            "--size" => size = value(&option, words.next())?,
            "--sink" => wanted = true,
            "--concurrency" => sink.concurrency = value(&option, words.next())?,
            "--seconds" => {
                sink.duration =
                    Duration::try_from_secs_f64(value(&option, words.next())?).map_err(|error| error.to_string())?;
            }
            "--operation" => {
                sink.merge = match words.next().as_deref() {
                    Some("get") => false,
                    Some("merge") => true,
                    _ => return Err("--operation takes get or merge".into()),
                }
            }
            _ => return Err(format!("unknown option {option}")),
        }
    }
    Ok((size, wanted.then_some(sink)))
}

fn value<T: FromStr>(option: &str, word: Option<String>) -> Result<T, String> {
    word.and_then(|word| word.parse().ok()).ok_or_else(|| format!("{option} takes a number"))
}

async fn accept(listener: TcpListener, documents: Documents) -> io::Result<()> {
    let documents = Arc::new(documents);
    loop {
        let (socket, _) = listener.accept().await?;
        let documents = documents.clone();
        tokio::spawn(async move {
            if let Err(error) = serve(socket, &documents).await {
                eprintln!("document-source: {error}");
            }
        });
    }
}

/// Answers the requests of one connection, in order, until the client hangs up.
async fn serve(mut socket: TcpStream, documents: &Documents) -> io::Result<()> {
    socket.set_nodelay(true)?;
    let mut received = BytesMut::with_capacity(16 * 1024);
    let mut answers = Vec::new();
    while socket.read_buf(&mut received).await? > 0 {
        loop {
            match Request::decode(&received) {
                Ok(Some((request, length))) => {
                    documents.answer(request, &mut answers);
                    received.advance(length);
                }
                Ok(None) => break,
                Err(reason) => {
                    answers.extend_from_slice(REFUSAL);
                    socket.write_all(&answers).await?;
                    return Err(io::Error::new(io::ErrorKind::InvalidData, reason));
                }
            }
        }
        socket.write_all(&answers).await?;
        answers.clear();
    }
    Ok(())
}
