//! Echoes every message of Autobahn's fuzzing server until the server closes, once per test case.
//!
//! `tests/autobahn/run.js` starts it: `autobahn-echo <url> <number of cases>`. It dials each case
//! at `/case/<number>`.

use std::{error::Error, future::poll_fn, time::Duration};

use realtime::{
    token::Token,
    transport::{Compression, Endpoint, EndpointOptions, Link, Lost, MAX_MESSAGE_BYTES, TlsOptions, Transports},
    vocabulary::Protocol,
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(url), Some(count)) = (arguments.next(), arguments.next()) else {
        return Err("usage: autobahn-echo <url> <number of cases>".into());
    };
    let token = Token::parse("none", Duration::ZERO)?;
    for case in 1..=count.parse::<u32>()? {
        let endpoint = Endpoint::new(EndpointOptions {
            url: url.clone(),
            protocol: Protocol::Ws,
            transports: Transports::WebSocket,
            path: Some(format!("/case/{case}")),
            headers: Vec::new(),
            application_id: None,
            environment: None,
            tls: TlsOptions::default(),
            proxy: None,
            max_message_bytes: MAX_MESSAGE_BYTES,
            compression: Some(Compression { threshold: 0, max_window_bits: 15 }),
        })?;
        let mut link = endpoint.dial(&token).await.map_err(|error| format!("case {case}: {}", error.reason))?;
        // The server judges how a case ends.
        let _ = echo(&mut link).await;
    }
    Ok(())
}

async fn echo(link: &mut Link) -> Result<(), Lost> {
    loop {
        let frame = poll_fn(|cx| link.poll_receive(cx)).await?;
        poll_fn(|cx| link.poll_ready(cx)).await?;
        link.send(frame)?;
        poll_fn(|cx| link.poll_flush(cx)).await?;
    }
}
