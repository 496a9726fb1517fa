//! The IP addresses of a host name.
//!
//! The system's resolver blocks for 10 to 40 seconds when no DNS server answers, and cannot be
//! interrupted. So each lookup has a thread of its own: an outage of one name delays no other name.
//! All attempts and clients of the process share the lookup of a name. An abandoned lookup
//! continues, and the next attempt joins it. Nothing is cached: an answer goes to the callers that
//! wait for it and is dropped.

use std::{
    collections::{HashMap, VecDeque},
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, LazyLock},
    thread,
};

use dns_lookup::{AddrInfoHints, LookupErrorKind, SockType, getaddrinfo};
use parking_lot::Mutex;
use tokio::sync::watch;

use crate::{
    error::Remediation,
    transport::error::{DialError, system_code},
};

/// The most lookups at the same time. Further names wait for a thread in their order of arrival.
const MAX_LOOKUPS: usize = 128;
/// Node's code for a lookup that no DNS server answers at this time.
const NO_ANSWER: &str = "EAI_AGAIN";
/// The addresses of `localhost`, RFC 6761, in the order in which systems list them.
const LOOPBACK: [IpAddr; 2] = [IpAddr::V6(Ipv6Addr::LOCALHOST), IpAddr::V4(Ipv4Addr::LOCALHOST)];

/// The addresses of a host, the preferred ones first. An address may have a scope, such as
/// `fe80::1%2`.
///
/// # Errors
/// Why the resolver finds none, in the words of Node: `getaddrinfo ENOTFOUND nowhere.test`.
pub(super) async fn resolve(host: &str, port: u16) -> Result<Vec<SocketAddr>, DialError> {
    static SYSTEM: LazyLock<Arc<Resolver>> = LazyLock::new(|| Arc::new(Resolver::new(MAX_LOOKUPS, ask_system)));
    let addresses = SYSTEM.resolve(host).await.map_err(|LookupError { code, text }| {
        let reason = match code {
            Some(code) => format!("getaddrinfo {code} {host}"),
            None => format!("getaddrinfo {host}: {text}"),
        };
        let error = DialError::network(reason).with_source(text);
        if code == Some(NO_ANSWER) { error.with_remediation(Remediation::CheckDns) } else { error }
    })?;
    Ok(addresses.iter().map(|&address| with_port(address, port)).collect())
}

fn with_port(mut address: SocketAddr, port: u16) -> SocketAddr {
    address.set_port(port);
    address
}

/// The addresses of a host, without a port.
type Answer = Result<Arc<[SocketAddr]>, LookupError>;

/// Why the resolver finds no address.
#[derive(Clone, Debug, PartialEq, Eq)]
struct LookupError {
    /// Node's code for it.
    code: Option<&'static str>,
    /// The error in the words of the system.
    text: String,
}

/// Runs lookups on threads that end when no lookup is left.
struct Resolver {
    max_lookups: usize,
    ask: Box<dyn Fn(&str) -> Answer + Send + Sync>,
    lookups: Mutex<Lookups>,
}

#[derive(Default)]
struct Lookups {
    /// The lookups that run or wait for a thread, by name.
    answers: HashMap<Arc<str>, watch::Sender<Option<Answer>>>,
    /// The names that wait for a thread, the oldest first.
    waiting: VecDeque<Arc<str>>,
    threads: usize,
}

impl Resolver {
    /// `ask` resolves one name and may block.
    fn new(max_lookups: usize, ask: impl Fn(&str) -> Answer + Send + Sync + 'static) -> Self {
        Self { max_lookups, ask: Box::new(ask), lookups: Mutex::default() }
    }

    async fn resolve(self: &Arc<Self>, host: &str) -> Answer {
        if let Some(addresses) = known(host) {
            return Ok(addresses);
        }
        let mut answer = self.join(host);
        let answered = answer.wait_for(Option::is_some).await.ok().and_then(|answer| answer.clone());
        answered.unwrap_or_else(|| {
            Err(LookupError { code: Some(NO_ANSWER), text: "the system has no thread for the lookup".to_owned() })
        })
    }

    /// Joins the lookup of this name, or starts it.
    fn join(self: &Arc<Self>, host: &str) -> watch::Receiver<Option<Answer>> {
        let mut lookups = self.lookups.lock();
        if let Some(answer) = lookups.answers.get(host) {
            return answer.subscribe();
        }
        let (sender, receiver) = watch::channel(None);
        let host = Arc::<str>::from(host);
        lookups.answers.insert(Arc::clone(&host), sender);
        lookups.waiting.push_back(host);
        if lookups.threads < self.max_lookups && self.start_thread().is_ok() {
            lookups.threads += 1;
        }
        if lookups.threads == 0 {
            // No thread will ever run them.
            *lookups = Lookups::default();
        }
        receiver
    }

    fn start_thread(self: &Arc<Self>) -> io::Result<()> {
        let resolver = Arc::clone(self);
        thread::Builder::new().name("realtime-lookup".to_owned()).spawn(move || resolver.work()).map(drop)
    }

    fn work(&self) {
        while let Some(host) = self.next() {
            let answer = catch_unwind(AssertUnwindSafe(|| (self.ask)(&host)));
            let lookup = self.lookups.lock().answers.remove(&host);
            // A panic drops the sender, which ends the wait.
            if let (Some(lookup), Ok(answer)) = (lookup, answer) {
                lookup.send_replace(Some(answer));
            }
        }
    }

    /// The next name to look up. Without one the thread ends.
    fn next(&self) -> Option<Arc<str>> {
        let mut lookups = self.lookups.lock();
        while let Some(host) = lookups.waiting.pop_front() {
            if lookups.answers.get(&host).is_some_and(|answer| answer.receiver_count() > 0) {
                return Some(host);
            }
            // Its callers have gone before it got a thread.
            lookups.answers.remove(&host);
        }
        lookups.threads -= 1;
        None
    }
}

/// The addresses that need no lookup: those of a literal address, and of `localhost`.
fn known(host: &str) -> Option<Arc<[SocketAddr]>> {
    let of = |addresses: &[IpAddr]| addresses.iter().map(|&address| SocketAddr::new(address, 0)).collect();
    if let Ok(address) = host.parse() {
        return Some(of(&[address]));
    }
    let name = host.strip_suffix('.').unwrap_or(host);
    name.eq_ignore_ascii_case("localhost").then(|| of(&LOOPBACK))
}

fn ask_system(host: &str) -> Answer {
    let hints = AddrInfoHints { socktype: SockType::Stream.into(), ..AddrInfoHints::default() };
    let found = getaddrinfo(Some(host), None, Some(hints)).map_err(|error| {
        let kind = error.kind();
        let error = io::Error::from(error);
        LookupError { code: code(kind).or_else(|| system_code(&error)), text: error.to_string() }
    })?;
    // An address of a family that std does not know cannot be used.
    let addresses: Arc<[_]> = found.filter_map(Result::ok).map(|info| info.sockaddr).collect();
    if addresses.is_empty() {
        return Err(LookupError { code: Some("ENOTFOUND"), text: "the name has no address".to_owned() });
    }
    Ok(addresses)
}

/// Node's code for a failed lookup. It is the same for an unknown name and a name without
/// addresses.
fn code(kind: LookupErrorKind) -> Option<&'static str> {
    match kind {
        LookupErrorKind::NoName | LookupErrorKind::NoData => Some("ENOTFOUND"),
        LookupErrorKind::Again => Some(NO_ANSWER),
        LookupErrorKind::Fail => Some("EAI_FAIL"),
        LookupErrorKind::Memory => Some("EAI_MEMORY"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, sync::mpsc, time::Duration};

    use parking_lot::Condvar;
    use tokio::{spawn, sync::mpsc::unbounded_channel, time::timeout};

    use super::*;

    /// A resolver whose dead names are answered once their DNS server is repaired.
    struct Network {
        resolver: Arc<Resolver>,
        repaired: Arc<(Mutex<bool>, Condvar)>,
        asked: tokio::sync::mpsc::UnboundedReceiver<String>,
    }

    fn address() -> Arc<[SocketAddr]> {
        [SocketAddr::from(([192, 0, 2, 1], 0))].into()
    }

    fn failure() -> LookupError {
        LookupError { code: Some("EAI_AGAIN"), text: "no answer".to_owned() }
    }

    impl Network {
        /// Names that begin with `dead` are not answered, and those with `bad` fail.
        fn new(max_lookups: usize) -> Self {
            let (asking, asked) = unbounded_channel();
            let repaired = Arc::new((Mutex::new(false), Condvar::new()));
            let gate = Arc::clone(&repaired);
            let resolver = Resolver::new(max_lookups, move |host| {
                asking.send(host.to_owned()).unwrap();
                if host.starts_with("dead") {
                    gate.1.wait_while(&mut gate.0.lock(), |repaired| !*repaired);
                }
                if host.starts_with("bad") { Err(failure()) } else { Ok(address()) }
            });
            Self { resolver: Arc::new(resolver), repaired, asked }
        }

        fn resolve(&self, host: &str) -> tokio::task::JoinHandle<Answer> {
            let (resolver, host) = (Arc::clone(&self.resolver), host.to_owned());
            spawn(async move { resolver.resolve(&host).await })
        }

        async fn asked(&mut self) -> String {
            soon(self.asked.recv()).await.unwrap()
        }

        fn repair(&self) {
            *self.repaired.0.lock() = true;
            self.repaired.1.notify_all();
        }
    }

    impl Drop for Network {
        fn drop(&mut self) {
            self.repair();
        }
    }

    async fn soon<T>(event: impl Future<Output = T>) -> T {
        timeout(Duration::from_secs(10), event).await.expect("it happens within seconds")
    }

    #[tokio::test]
    async fn dead_names_delay_no_other_name() {
        let mut network = Network::new(MAX_LOOKUPS);
        for n in 1..MAX_LOOKUPS {
            network.resolve(&format!("dead{n}.test"));
            network.asked().await;
        }
        assert_eq!(soon(network.resolve("live.test")).await.unwrap(), Ok(address()));
    }

    #[tokio::test]
    async fn a_name_has_one_lookup_which_outlives_its_callers() {
        let mut network = Network::new(MAX_LOOKUPS);
        let abandoned = network.resolve("dead.test");
        assert_eq!(network.asked().await, "dead.test");
        abandoned.abort();
        assert!(abandoned.await.unwrap_err().is_cancelled());

        let callers: Vec<_> = (0..20).map(|_| network.resolve("dead.test")).collect();
        // All callers have joined before this lookup ends.
        assert_eq!(soon(network.resolve("live.test")).await.unwrap(), Ok(address()));
        assert_eq!(network.asked().await, "live.test");
        network.repair();
        for caller in callers {
            assert_eq!(soon(caller).await.unwrap(), Ok(address()));
        }
        assert!(network.asked.try_recv().is_err());
    }

    #[tokio::test]
    async fn nothing_is_kept_of_a_lookup() {
        let mut network = Network::new(MAX_LOOKUPS);
        for host in ["bad.test", "live.test"] {
            for _ in 0..3 {
                let answer = soon(network.resolve(host)).await.unwrap();
                assert_eq!(answer.is_ok(), host == "live.test");
                assert_eq!(network.asked().await, host);
            }
        }
        soon(async {
            // The last thread ends a moment after its answer.
            while network.resolver.lookups.lock().threads > 0 {
                tokio::task::yield_now().await;
            }
        })
        .await;
        let lookups = network.resolver.lookups.lock();
        assert!(lookups.answers.is_empty() && lookups.waiting.is_empty());
    }

    #[tokio::test]
    async fn names_above_the_limit_wait_in_order_and_abandoned_ones_are_skipped() {
        let mut network = Network::new(2);
        network.resolve("dead1.test");
        network.resolve("dead2.test");
        network.asked().await;
        network.asked().await;
        let mut waiting = BTreeMap::new();
        for host in ["a.test", "abandoned.test", "b.test", "a.test"] {
            waiting.insert(host, network.resolve(host));
            // The task runs until it waits.
            tokio::task::yield_now().await;
        }
        let abandoned = waiting.remove("abandoned.test").unwrap();
        abandoned.abort();
        assert!(abandoned.await.unwrap_err().is_cancelled());
        assert!(network.asked.try_recv().is_err());
        network.repair();
        for (_, caller) in waiting {
            assert_eq!(soon(caller).await.unwrap(), Ok(address()));
        }
        let mut asked = [network.asked().await, network.asked().await];
        asked.sort();
        assert_eq!(asked, ["a.test", "b.test"]);
        assert!(network.asked.try_recv().is_err());
    }

    #[tokio::test]
    async fn a_lookup_that_panics_ends_the_wait_and_not_the_name() {
        let (asking, asked) = mpsc::channel();
        let resolver = Arc::new(Resolver::new(1, move |host: &str| {
            asking.send(host.to_owned()).unwrap();
            panic!("a defect");
        }));
        for _ in 0..2 {
            assert_eq!(soon(resolver.resolve("a.test")).await.unwrap_err().code, Some("EAI_AGAIN"));
            assert_eq!(asked.recv().unwrap(), "a.test");
        }
    }

    #[tokio::test]
    async fn localhost_and_addresses_need_no_lookup() {
        let resolver = Arc::new(Resolver::new(0, |_| unreachable!()));
        let loopback = ["[::1]:0", "127.0.0.1:0"].as_slice();
        for (host, expected) in [
            ("localhost", loopback),
            ("LocalHost.", loopback),
            ("127.0.0.1", &["127.0.0.1:0"]),
            ("192.0.2.7", &["192.0.2.7:0"]),
            ("::1", &["[::1]:0"]),
            ("2001:db8::1", &["[2001:db8::1]:0"]),
        ] {
            let addresses = resolver.resolve(host).await.unwrap();
            assert_eq!(addresses.iter().map(ToString::to_string).collect::<Vec<_>>(), expected, "{host}");
        }
        // Only the system knows the address of this name.
        assert!(resolver.resolve("app.localhost").await.is_err());
    }

    #[test]
    fn failures_have_the_codes_of_node() {
        for (kind, expected) in [
            (LookupErrorKind::NoName, Some("ENOTFOUND")),
            (LookupErrorKind::NoData, Some("ENOTFOUND")),
            (LookupErrorKind::Again, Some("EAI_AGAIN")),
            (LookupErrorKind::Fail, Some("EAI_FAIL")),
            (LookupErrorKind::Memory, Some("EAI_MEMORY")),
            (LookupErrorKind::System, None),
        ] {
            assert_eq!(code(kind), expected, "{kind:?}");
        }
    }
}
