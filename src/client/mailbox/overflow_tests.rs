//! What becomes of events for which there is no room: by example, and by random walks whose books must balance.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use fastrand::Rng;
use serde_json::{Value, json};

use super::{batch_reader::Reader, *};
use crate::{
    protocol::event::Recognizer,
    session::{ConnectionState, MessageId},
    shape::{Shapes, StringData},
};

const POLICIES: [Overflow; 4] = [Overflow::Disconnect, Overflow::DropOldest, Overflow::DropNewest, Overflow::Latest];

/// A mailbox, its clock, and what has been taken from it.
struct World {
    mailbox: Mailbox,
    shapes: Shapes,
    reader: Reader,
    now: Instant,
    /// When the latest event was received.
    after: Instant,
    pushed: u64,
    taken: Vec<Value>,
}

impl World {
    fn new(events: usize, bytes: usize, overflow: Overflow) -> Self {
        let (now, limits) = (Instant::now(), InboxLimits { events, bytes, overflow });
        let (mailbox, shapes) = (Mailbox::new(now, limits), Shapes::default());
        Self { mailbox, shapes, reader: Reader::default(), now, after: now, pushed: 0, taken: vec![] }
    }

    /// Receives the next event.
    fn push(&mut self, topic: &str) -> bool {
        let text = format!(r#"{{"n":{},"topic":"{topic}"}}"#, self.pushed);
        self.pushed += 1;
        let topic = Cow::Borrowed(topic);
        let after = std::mem::replace(&mut self.after, self.now);
        let event = self.shapes.accept(&text, None);
        self.mailbox.push(self.now, after, Delivery { topic, event })
    }

    /// Takes one batch.
    fn take(&mut self) -> Option<Vec<Value>> {
        let batch = self.mailbox.drain(self.now, None)?;
        let items = self.reader.read(&batch);
        self.taken.extend(items.clone());
        Some(items)
    }

    fn take_all(&mut self) -> Vec<Value> {
        let mut items = vec![];
        while let Some(more) = self.take() {
            items.extend(more);
        }
        items
    }

    fn events(&self) -> usize {
        self.mailbox.depth().0
    }
}

/// The numbers of events.
fn numbers(items: &[Value]) -> Vec<u64> {
    items.iter().filter_map(|item| item["n"].as_u64()).collect()
}

fn is_alarm(item: &Value) -> bool {
    item[0] == "slow"
}

#[test]
fn drop_oldest_keeps_the_newest_and_never_holds_more() {
    for most in [1, 2, 10, 100, 5000] {
        let mut world = World::new(most, usize::MAX, Overflow::DropOldest);
        for n in 1..=3 * most + 7 {
            assert!(!world.push("t"), "it is read all the while");
            assert!(world.events() <= most, "{} of {most}", world.events());
            assert!(world.events() >= n.min(most - most / 16), "{} of {most}", world.events());
        }
        assert!(!world.mailbox.pause());
        let kept = numbers(&world.take_all());
        assert_eq!(kept.last(), Some(&(world.pushed - 1)));
        assert!(kept.windows(2).all(|pair| pair[0] + 1 == pair[1]), "{kept:?}");
        assert_eq!(kept.len() as u64 + world.mailbox.dropped(), world.pushed);
    }
}

#[test]
fn a_slow_stretch_without_end_is_told_every_ten_seconds_to_those_who_take_anything() {
    let mut world = World::new(100, usize::MAX, Overflow::DropOldest);
    let pass = |world: &mut World, seconds: u64| {
        world.now += Duration::from_secs(seconds);
        (0..300).for_each(|_| _ = world.push("t"));
        world.mailbox.take_missed(world.now).map(|missed| missed.count)
    };
    assert_eq!(pass(&mut world, 0), None);
    assert_eq!(pass(&mut world, 9), None);
    assert!(pass(&mut world, 1).is_some(), "ten seconds after the first");
    for _ in 0..6 {
        assert_eq!(pass(&mut world, 10), None, "nothing was taken since: it would only wait");
    }
    assert!(is_alarm(&world.take().unwrap()[0]));
    world.take().unwrap();
    assert!(pass(&mut world, 1).is_some());
}

#[test]
fn drop_newest_takes_nothing_until_half_is_free() {
    let mut world = World::new(10, usize::MAX, Overflow::DropNewest);
    for _ in 0..25 {
        assert!(!world.push("t"));
    }
    assert_eq!((world.events(), world.mailbox.dropped()), (10, 15));
    assert!(world.mailbox.take_missed(world.now).is_none(), "it goes on");
    let mut kept = vec![];
    while !world.mailbox.is_awaited() {
        kept.extend(numbers(&world.take().unwrap()));
        world.push("u");
    }
    let missed = world.mailbox.take_missed(world.now).unwrap();
    assert!(missed.topics.contains("t") && missed.topics.contains("u"));
    let again = world.pushed;
    world.push("t");
    kept.extend(numbers(&world.take_all()));
    assert_eq!(kept, (0..10).chain([again]).collect::<Vec<_>>());
}

#[test]
fn a_shut_mailbox_that_has_dropped_nothing_opens_by_itself() {
    let mut world = World::new(4, usize::MAX, Overflow::DropNewest);
    for round in 1..=3 {
        for _ in 0..4 {
            world.push("t");
        }
        world.take_all();
        assert_eq!((world.mailbox.delivered(), world.mailbox.dropped()), (4 * round, 0));
    }
}

#[test]
fn latest_keeps_the_newest_of_each_topic_in_order() {
    let mut world = World::new(10, usize::MAX, Overflow::Latest);
    for topic in ["a", "b", "a", "c"] {
        world.push(topic);
    }
    assert_eq!(numbers(&world.take_all()), [0, 1, 2, 3], "with room for all, all of them come");
    for topic in ["x", "a", "b"].into_iter().chain(["a", "b", "c"].into_iter().cycle().take(100)) {
        assert!(!world.push(topic));
        assert!(world.events() <= 10);
    }
    assert_eq!((world.events(), world.mailbox.dropped()), (4, 99));
    assert!(world.mailbox.take_missed(world.now).is_none(), "it goes on");
    world.mailbox.push_notice(&Notice::TokenWanted);
    let taken = world.take_all();
    assert_eq!((numbers(&taken), taken.last()), (vec![4, 104, 105, 106], Some(&json!(["token"]))));
    let missed = world.mailbox.take_missed(world.now).unwrap();
    assert!(["a", "b", "c"].iter().all(|topic| missed.topics.contains(topic)) && !missed.topics.contains("x"));
    world.push("a");
    assert_eq!(numbers(&world.take_all()), [107]);
}

#[test]
fn latest_is_bounded_by_topics_and_bytes() {
    let mut world = World::new(10, usize::MAX, Overflow::Latest);
    for n in 0..1000 {
        world.push(&format!("t{n}"));
        assert!(world.events() <= 10);
    }
    assert_eq!(numbers(&world.take_all()), (990..1000).collect::<Vec<_>>());
    let mut world = World::new(1000, 2000, Overflow::Latest);
    for n in 0..1000 {
        world.push(&format!("t{n}"));
        assert!(world.mailbox.depth().1 <= 2000 + 100);
    }
    assert_eq!(numbers(&world.take_all()).last(), Some(&999));
}

#[test]
fn the_newest_event_is_kept_however_large_it_is() {
    for overflow in POLICIES {
        let mut world = World::new(100, 1000, overflow);
        let topic = "x".repeat(5000);
        world.push(&topic);
        assert_eq!(numbers(&world.take_all()), [0], "{overflow:?}");
    }
}

#[test]
fn it_warns_once_at_half_and_again_after_a_quarter() {
    for overflow in POLICIES {
        let mut world = World::new(16, usize::MAX, overflow);
        for _ in 0..8 {
            world.push("t");
        }
        assert!(world.mailbox.ring_due(Instant::now()) && world.mailbox.take_alarm().is_none());
        for _ in 8..12 {
            world.push("t");
        }
        assert!(world.mailbox.ring_due(Instant::now()), "for the warning, though it was rung already");
        assert!(!world.mailbox.ring_due(Instant::now()));
        let first = world.take().unwrap();
        let told = json!([["slow", {
            "events": 12, "bytes": world.mailbox.depth().1, "maxEvents": 16, "maxBytes": usize::MAX,
            "overflow": overflow.name(), "dropped": 0,
        }]]);
        assert_eq!(json!(first), told, "before all that waits");
        for _ in 0..7 {
            world.take().unwrap();
            world.push("t");
        }
        assert_eq!(world.mailbox.take_alarm(), None, "they are still many");
        world.take_all();
        for _ in 0..9 {
            world.push("t");
        }
        assert!(world.mailbox.take_alarm().is_some_and(|text| text.contains(r#""events":9,"#)), "{overflow:?}");
        assert!(!world.take_all().iter().any(is_alarm), "it was taken");
    }
}

#[test]
fn there_is_nothing_to_warn_of_when_the_events_were_dropped() {
    let mut world = World::new(16, usize::MAX, Overflow::Disconnect);
    for warned in [false, true] {
        for _ in 0..9 {
            world.push("t");
        }
        assert_eq!(warned, warned && world.mailbox.take_alarm().is_some());
        world.mailbox.drop_events();
        assert_eq!(world.mailbox.take_alarm(), None);
    }
}

#[test]
fn notices_are_never_dropped_and_stop_the_reading_when_they_are_many() {
    for overflow in POLICIES {
        let mut world = World::new(3, usize::MAX, overflow);
        for n in 0..MOST_NOTICES.count as u64 {
            assert!(!world.mailbox.pause() || overflow == Overflow::Disconnect && n > 100, "{n}");
            world.mailbox.push_notice(&Notice::Outcome { id: MessageId(n), result: Ok(None) });
            if n % 100 == 0 && world.events() < 3 {
                world.push("t");
            }
        }
        assert!(world.mailbox.pause(), "{overflow:?}");
        world.mailbox.drop_events();
        assert!(world.mailbox.pause());
        let outcomes = world.take_all().iter().filter(|item| item[0] == "outcome").count();
        assert_eq!(outcomes, MOST_NOTICES.count);
        assert!(world.mailbox.is_awaited() && !world.mailbox.pause());
    }
}

#[test]
fn shapes_are_known_though_the_events_that_taught_them_were_dropped() {
    let mut world = World::new(32, usize::MAX, Overflow::DropOldest);
    for n in 0..1000 {
        let text = format!(r#"{{"id":"{n}","topic":"t"}}"#);
        let shape = world.shapes.recognize(&text).and_then(|envelope| envelope.shape);
        let event = world.shapes.accept(&text, shape);
        world.mailbox.push(world.now, world.now, Delivery { topic: "t".into(), event });
    }
    let first = world.mailbox.drain(world.now, None).unwrap();
    assert!(is_alarm(&serde_json::from_str::<Value>(&first_string(&first)).unwrap()[0]));
    let first = world.mailbox.drain(world.now, None).unwrap();
    assert!(first_string(&first).contains("topic"), "what the shape is comes before the events of it");
    assert_eq!(first.count(), (0, 0));
    assert!(world.mailbox.drain(world.now, None).unwrap().integers().contains(&0));
}

fn first_string(batch: &Batch) -> String {
    match batch.strings().next() {
        Some(StringData::Latin1(bytes)) => String::from_utf8(bytes.to_vec()).unwrap(),
        other => panic!("{other:?}"),
    }
}

/// The user and the driver do anything in any order; in the end each event was taken, or it lies in what was told.
fn walk(seed: u64) -> u64 {
    let mut rng = Rng::with_seed(seed);
    let overflow = POLICIES[rng.usize(0..4)];
    let most = if rng.bool() { rng.usize(1..40) } else { rng.usize(1..3) };
    let bytes = if rng.bool() { usize::MAX } else { rng.usize(50..2000) };
    let mut world = World::new(most, bytes, overflow);
    // A portion more, and the event that reaches the bound.
    let tolerance = bytes / 16 + 100;
    let mut log: BTreeMap<u64, (&str, Instant)> = BTreeMap::new();
    let mut told: Vec<Missed> = vec![];
    let mut notices = 0;
    let mut paused = false;
    let (mut slow, mut fast) = (rng.u8(1..20), 20);
    for step in 0..600 {
        world.now += Duration::from_millis(rng.u64(1..800));
        if step % 100 == 0 {
            std::mem::swap(&mut slow, &mut fast);
        }
        match rng.u8(0..40) {
            0 => world.mailbox.recheck(),
            1..4 => {
                notices += 1;
                let state = ConnectionState::Connected { recovered: false };
                world.mailbox.push_notice(&Notice::Connection { state, reason: Some(notices.to_string()) });
            }
            roll if roll < slow => _ = world.take(),
            _ if !paused => {
                let topic = ["a", "b", "c", "d", "e"][rng.usize(0..5)];
                log.insert(world.pushed, (topic, world.now));
                let full = world.push(topic);
                assert!(!full || overflow == Overflow::Disconnect);
                paused = full;
            }
            _ => {}
        }
        let (events, size) = (world.events(), world.mailbox.level().bytes);
        assert!(events <= most, "seed {seed}: {events} of {most} with {overflow:?}");
        assert!(size <= bytes.saturating_add(tolerance), "seed {seed}: {size} of {bytes} bytes with {overflow:?}");
        if rng.bool() {
            told.extend(world.mailbox.take_missed(world.now));
            paused = world.mailbox.pause();
            world.mailbox.ring_due(Instant::now());
        }
    }
    world.take_all();
    assert_eq!(world.mailbox.depth(), (0, 0));
    told.extend(world.mailbox.take_missed(world.now));

    let taken = numbers(&world.taken);
    assert!(taken.windows(2).all(|pair| pair[0] < pair[1]), "seed {seed}: out of order: {taken:?}");
    let taken: BTreeSet<_> = taken.into_iter().collect();
    let reasons: Vec<_> = world.taken.iter().filter_map(|item| item[1]["reason"].as_str()).map(str::to_owned).collect();
    assert_eq!(reasons, (1..=notices).map(|n| n.to_string()).collect::<Vec<_>>(), "seed {seed}");
    assert_eq!(taken.len() as u64 + world.mailbox.dropped(), world.pushed, "seed {seed}");
    let counted: u64 = told.iter().map(|missed| missed.count).sum();
    assert_eq!(counted, world.mailbox.dropped(), "seed {seed}");
    for (number, (topic, at)) in log.iter().filter(|(number, _)| !taken.contains(number)) {
        let covers = |missed: &Missed| missed.since < *at && *at <= missed.until && missed.topics.contains(topic);
        assert!(told.iter().any(covers), "seed {seed}: event {number} of '{topic}' is lost with {overflow:?}");
    }
    for (topic, number) in log.iter().map(|(number, (topic, _))| (topic, number)).collect::<BTreeMap<_, _>>() {
        let is_bound = bytes != usize::MAX || most < 5;
        assert!(overflow != Overflow::Latest || is_bound || taken.contains(number), "seed {seed}: newest of '{topic}'");
    }
    world.mailbox.dropped()
}

#[test]
fn whatever_is_dropped_is_told() {
    let dropped: u64 = (0..2000).map(walk).sum();
    assert!(dropped > 50_000, "only {dropped}");
}

#[test]
fn what_is_to_be_checked_still_is_when_only_the_newest_are_kept() {
    let mut world = World::new(10, usize::MAX, Overflow::Latest);
    world.push("ended");
    world.mailbox.recheck();
    (0..20).for_each(|_| _ = world.push("t"));
    // What its keys are may come before.
    let is_checked = |world: &mut World| {
        let mut batches = std::iter::from_fn(|| world.mailbox.drain(world.now, None));
        batches.find(|batch| batch.count().1 > 0).unwrap().is_to_be_checked()
    };
    world.mailbox.take_alarm();
    assert!(is_checked(&mut world), "an event of 'ended' is among them");
    (0..20).for_each(|_| _ = world.push("t"));
    assert!(!is_checked(&mut world), "all of them are younger");
}
