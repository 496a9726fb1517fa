//! A fleet of clients loses its server: what the server has to bear until all of them are back, in
//! virtual time. The clients of this package are its real session; the others are the published
//! delays of their libraries.
//!
//! `herd --policy realtime --clients 100000 --seed 1 [--retry-after 5]` prints one line of JSON.

mod fleet;
mod policies;
mod realtime_client;
mod server;

use std::{env, process::ExitCode, str::FromStr};

use fleet::{Client, Fleet};
use policies::{Ably, Centrifuge, SocketIo};
use realtime_client::Realtime;
use server::Server;

fn main() -> ExitCode {
    let Some((policy, clients, seed, retry_after)) = arguments() else {
        eprintln!(
            "usage: herd --policy realtime|socket.io-client|ably|centrifuge --clients N --seed N [--retry-after SECONDS]"
        );
        return ExitCode::FAILURE;
    };
    let server = Server::new(retry_after);
    let make: Box<dyn Fn(fastrand::Rng) -> Box<dyn Client>> = match policy.as_str() {
        "realtime" => Box::new(|rng| Box::new(Realtime::new(rng))),
        "socket.io-client" => Box::new(|rng| Box::new(SocketIo::new(rng))),
        "ably" => Box::new(|rng| Box::new(Ably::new(rng))),
        "centrifuge" => Box::new(|rng| Box::new(Centrifuge::new(rng))),
        _ => return ExitCode::FAILURE,
    };
    let mut rng = fastrand::Rng::with_seed(seed);
    let clients = (0..clients).map(|_| make(fastrand::Rng::with_seed(rng.u64(..)))).collect();
    println!("{}", Fleet::new(clients, server).run().to_json());
    ExitCode::SUCCESS
}

fn arguments() -> Option<(String, u32, u64, Option<u64>)> {
    let given: Vec<String> = env::args().skip(1).collect();
    let named = |name: &str| {
        let at = given.iter().position(|word| word == name)?;
        given.get(at + 1).cloned()
    };
    let number = |name: &str| named(name).and_then(|word| u64::from_str(&word).ok());
    let clients = u32::try_from(number("--clients")?).ok()?;
    Some((named("--policy")?, clients, number("--seed")?, number("--retry-after")))
}
