//! What happens to events beyond the limits: by example, and by random walks after which every
//! event must be accounted for.

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

/// An inbox, its clock, and the items that were taken from it.
struct World {
    inbox: Inbox,
    shapes: Shapes,
    reader: Reader,
    now: Instant,
    /// When the latest event was received.
    watermark: Instant,
    pushed: u64,
    taken: Vec<Value>,
}

impl World {
    fn new(events: usize, bytes: usize, overflow: Overflow) -> Self {
        let (now, limits) = (Instant::now(), InboxLimits { events, bytes, overflow });
        let (inbox, shapes) = (Inbox::new(now, limits), Shapes::default());
        Self { inbox, shapes, reader: Reader::default(), now, watermark: now, pushed: 0, taken: vec![] }
    }

    /// Receives the next event.
    fn push(&mut self, topic: &str) -> Reading {
        let text = format!(r#"{{"n":{},"topic":"{topic}"}}"#, self.pushed);
        self.pushed += 1;
        let topic = Cow::Borrowed(topic);
        let watermark = std::mem::replace(&mut self.watermark, self.now);
        let event = self.shapes.accept(&text, None);
        self.inbox.push(self.now, watermark, Delivery { topic, event })
    }

    /// Takes one batch.
    fn take(&mut self) -> Option<Vec<Value>> {
        let batch = self.inbox.drain(self.now, None)?;
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
        self.inbox.depth().count
    }
}

/// The numbers of events.
fn numbers(items: &[Value]) -> Vec<u64> {
    items.iter().filter_map(|item| item["n"].as_u64()).collect()
}

fn is_slow_warning(item: &Value) -> bool {
    item[0] == "slow"
}

#[test]
fn drop_oldest_keeps_the_newest_and_never_holds_more() {
    for most in [1, 2, 10, 100, 5000] {
        let mut world = World::new(most, usize::MAX, Overflow::DropOldest);
        for n in 1..=3 * most + 7 {
            assert_eq!(world.push("t"), Reading::Continue, "the driver never stops reading");
            assert!(world.events() <= most, "{} of {most}", world.events());
            assert!(world.events() >= n.min(most - most / 16), "{} of {most}", world.events());
        }
        assert_eq!(world.inbox.update_reading(), Reading::Continue);
        let kept = numbers(&world.take_all());
        assert_eq!(kept.last(), Some(&(world.pushed - 1)));
        assert!(kept.windows(2).all(|pair| pair[0] + 1 == pair[1]), "{kept:?}");
        assert_eq!(kept.len() as u64 + world.inbox.dropped(), world.pushed);
    }
}

#[test]
fn endless_drops_are_reported_every_ten_seconds_to_a_user_who_takes_anything() {
    let mut world = World::new(100, usize::MAX, Overflow::DropOldest);
    let pass = |world: &mut World, seconds: u64| {
        world.now += Duration::from_secs(seconds);
        (0..300).for_each(|_| _ = world.push("t"));
        world.inbox.take_missed(world.now).map(|missed| missed.count)
    };
    assert_eq!(pass(&mut world, 0), None);
    assert_eq!(pass(&mut world, 9), None);
    assert!(pass(&mut world, 1).is_some(), "ten seconds after the first");
    for _ in 0..6 {
        assert_eq!(pass(&mut world, 10), None, "nothing was taken since: another report would only wait");
    }
    assert!(is_slow_warning(&world.take().unwrap()[0]));
    world.take().unwrap();
    assert!(pass(&mut world, 1).is_some());
}

#[test]
fn drop_newest_accepts_nothing_until_half_is_free() {
    let mut world = World::new(10, usize::MAX, Overflow::DropNewest);
    for _ in 0..25 {
        assert_eq!(world.push("t"), Reading::Continue);
    }
    assert_eq!((world.events(), world.inbox.dropped()), (10, 15));
    assert!(world.inbox.take_missed(world.now).is_none(), "events are still dropped");
    let mut kept = vec![];
    while !world.inbox.is_awaited() {
        kept.extend(numbers(&world.take().unwrap()));
        world.push("u");
    }
    let missed = world.inbox.take_missed(world.now).unwrap();
    assert!(missed.topics.contains("t") && missed.topics.contains("u"));
    let again = world.pushed;
    world.push("t");
    kept.extend(numbers(&world.take_all()));
    assert_eq!(kept, (0..10).chain([again]).collect::<Vec<_>>());
}

#[test]
fn a_full_inbox_that_has_dropped_nothing_accepts_events_again() {
    let mut world = World::new(4, usize::MAX, Overflow::DropNewest);
    for round in 1..=3 {
        for _ in 0..4 {
            world.push("t");
        }
        world.take_all();
        assert_eq!((world.inbox.delivered(), world.inbox.dropped()), (4 * round, 0));
    }
}

#[test]
fn latest_keeps_the_newest_of_each_topic_in_order() {
    let mut world = World::new(10, usize::MAX, Overflow::Latest);
    for topic in ["a", "b", "a", "c"] {
        world.push(topic);
    }
    assert_eq!(numbers(&world.take_all()), [0, 1, 2, 3], "every event is delivered while there is room");
    for topic in ["x", "a", "b"].into_iter().chain(["a", "b", "c"].into_iter().cycle().take(100)) {
        assert_eq!(world.push(topic), Reading::Continue);
        assert!(world.events() <= 10);
    }
    assert_eq!((world.events(), world.inbox.dropped()), (4, 99));
    assert!(world.inbox.take_missed(world.now).is_none(), "events are still dropped");
    world.inbox.push_notice(&Notice::TokenWanted);
    let taken = world.take_all();
    assert_eq!((numbers(&taken), taken.last()), (vec![4, 104, 105, 106], Some(&json!(["token"]))));
    let missed = world.inbox.take_missed(world.now).unwrap();
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
        assert!(world.inbox.depth().bytes <= 2000 + 100);
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
        assert_eq!(world.inbox.poll_wake(world.now), Wake::Now);
        assert_eq!(world.inbox.take_slow_warning(), None);
        for _ in 8..12 {
            world.push("t");
        }
        assert_eq!(world.inbox.poll_wake(world.now), Wake::Now, "for the warning, though the thread is awake");
        assert_eq!(world.inbox.poll_wake(world.now), Wake::Never);
        let first = world.take().unwrap();
        let told = json!([["slow", {
            "events": 12, "bytes": world.inbox.depth().bytes, "maxEvents": 16, "maxBytes": usize::MAX,
            "overflow": overflow.name(), "dropped": 0,
        }]]);
        assert_eq!(json!(first), told, "the warning overtakes the events");
        for _ in 0..7 {
            world.take().unwrap();
            world.push("t");
        }
        assert_eq!(world.inbox.take_slow_warning(), None, "more than a quarter is left");
        world.take_all();
        for _ in 0..9 {
            world.push("t");
        }
        assert!(world.inbox.take_slow_warning().is_some_and(|text| text.contains(r#""events":9,"#)), "{overflow:?}");
        assert!(!world.take_all().iter().any(is_slow_warning), "the warning was taken");
    }
}

#[test]
fn there_is_nothing_to_warn_of_when_the_events_were_dropped() {
    let mut world = World::new(16, usize::MAX, Overflow::Disconnect);
    for warned in [false, true] {
        for _ in 0..9 {
            world.push("t");
        }
        assert_eq!(warned, warned && world.inbox.take_slow_warning().is_some());
        world.inbox.discard_events();
        assert_eq!(world.inbox.take_slow_warning(), None);
    }
}

#[test]
fn notices_are_never_dropped_and_many_of_them_stop_the_reading() {
    for overflow in POLICIES {
        let mut world = World::new(3, usize::MAX, overflow);
        for n in 0..MAX_NOTICES.count as u64 {
            let is_reading = world.inbox.update_reading() == Reading::Continue;
            assert!(is_reading || overflow == Overflow::Disconnect && n > 100, "{n}");
            world.inbox.push_notice(&Notice::Outcome { id: MessageId(n), result: Ok(None) });
            if n % 100 == 0 && world.events() < 3 {
                world.push("t");
            }
        }
        assert_eq!(world.inbox.update_reading(), Reading::Stop, "{overflow:?}");
        world.inbox.discard_events();
        assert_eq!(world.inbox.update_reading(), Reading::Stop);
        let outcomes = world.take_all().iter().filter(|item| item[0] == "outcome").count();
        assert_eq!(outcomes, MAX_NOTICES.count);
        assert!(world.inbox.is_awaited() && world.inbox.update_reading() == Reading::Continue);
    }
}

#[test]
fn shapes_survive_the_events_that_defined_them() {
    let mut world = World::new(32, usize::MAX, Overflow::DropOldest);
    for n in 0..1000 {
        let text = format!(r#"{{"id":"{n}","topic":"t"}}"#);
        let shape = world.shapes.recognize(&text).and_then(|envelope| envelope.shape);
        let event = world.shapes.accept(&text, shape);
        world.inbox.push(world.now, world.now, Delivery { topic: "t".into(), event });
    }
    let first = world.inbox.drain(world.now, None).unwrap();
    assert!(is_slow_warning(&serde_json::from_str::<Value>(&first_string(&first)).unwrap()[0]));
    let first = world.inbox.drain(world.now, None).unwrap();
    assert!(first_string(&first).contains("topic"), "the definition of a shape precedes its events");
    assert_eq!(first.count(), (0, 0));
    assert!(world.inbox.drain(world.now, None).unwrap().integers().contains(&0));
}

fn first_string(batch: &Batch) -> String {
    match batch.strings().next() {
        Some(StringData::Latin1(bytes)) => String::from_utf8(bytes.to_vec()).unwrap(),
        other => panic!("{other:?}"),
    }
}

/// The user and the driver act in random order. In the end every event was taken, or a report
/// covers it. Returns how many events were dropped.
fn walk(seed: u64) -> u64 {
    let mut rng = Rng::with_seed(seed);
    let overflow = POLICIES[rng.usize(0..4)];
    let most = if rng.bool() { rng.usize(1..40) } else { rng.usize(1..3) };
    let bytes = if rng.bool() { usize::MAX } else { rng.usize(50..2000) };
    let mut world = World::new(most, bytes, overflow);
    // One portion, and the event that exceeds the limit.
    let tolerance = bytes / 16 + 100;
    let mut log: BTreeMap<u64, (&str, Instant)> = BTreeMap::new();
    let mut reported: Vec<Missed> = vec![];
    let mut notices = 0;
    let mut reading = Reading::Continue;
    let (mut slow, mut fast) = (rng.u8(1..20), 20);
    for step in 0..600 {
        world.now += Duration::from_millis(rng.u64(1..800));
        if step % 100 == 0 {
            std::mem::swap(&mut slow, &mut fast);
        }
        match rng.u8(0..40) {
            0 => world.inbox.mark_for_filtering(),
            1..4 => {
                notices += 1;
                let state = ConnectionState::Connected { recovered: false };
                world.inbox.push_notice(&Notice::Connection { state, reason: Some(notices.to_string()) });
            }
            roll if roll < slow => _ = world.take(),
            _ if reading == Reading::Continue => {
                let topic = ["a", "b", "c", "d", "e"][rng.usize(0..5)];
                log.insert(world.pushed, (topic, world.now));
                reading = world.push(topic);
                assert!(reading == Reading::Continue || overflow == Overflow::Disconnect);
            }
            _ => {}
        }
        let (events, size) = (world.events(), world.inbox.usage().bytes);
        assert!(events <= most, "seed {seed}: {events} of {most} with {overflow:?}");
        assert!(size <= bytes.saturating_add(tolerance), "seed {seed}: {size} of {bytes} bytes with {overflow:?}");
        if rng.bool() {
            reported.extend(world.inbox.take_missed(world.now));
            reading = world.inbox.update_reading();
            world.inbox.poll_wake(world.now);
        }
    }
    world.take_all();
    assert_eq!(world.inbox.depth(), Usage::default());
    reported.extend(world.inbox.take_missed(world.now));

    let taken = numbers(&world.taken);
    assert!(taken.windows(2).all(|pair| pair[0] < pair[1]), "seed {seed}: out of order: {taken:?}");
    let taken: BTreeSet<_> = taken.into_iter().collect();
    let reasons: Vec<_> = world.taken.iter().filter_map(|item| item[1]["reason"].as_str()).map(str::to_owned).collect();
    assert_eq!(reasons, (1..=notices).map(|n| n.to_string()).collect::<Vec<_>>(), "seed {seed}");
    assert_eq!(taken.len() as u64 + world.inbox.dropped(), world.pushed, "seed {seed}");
    let counted: u64 = reported.iter().map(|missed| missed.count).sum();
    assert_eq!(counted, world.inbox.dropped(), "seed {seed}");
    for (number, (topic, at)) in log.iter().filter(|(number, _)| !taken.contains(number)) {
        let covers = |missed: &Missed| missed.since < *at && *at <= missed.until && missed.topics.contains(topic);
        assert!(reported.iter().any(covers), "seed {seed}: event {number} of '{topic}' is lost with {overflow:?}");
    }
    for (topic, number) in log.iter().map(|(number, (topic, _))| (topic, number)).collect::<BTreeMap<_, _>>() {
        let is_bound = bytes != usize::MAX || most < 5;
        assert!(overflow != Overflow::Latest || is_bound || taken.contains(number), "seed {seed}: newest of '{topic}'");
    }
    world.inbox.dropped()
}

#[test]
fn every_drop_is_reported() {
    let dropped: u64 = (0..2000).map(walk).sum();
    assert!(dropped > 50_000, "only {dropped}");
}

#[test]
fn latest_keeps_the_mark_of_events_to_recheck() {
    let mut world = World::new(10, usize::MAX, Overflow::Latest);
    world.push("ended");
    world.inbox.mark_for_filtering();
    (0..20).for_each(|_| _ = world.push("t"));
    // A batch of definitions may precede the events.
    let is_checked = |world: &mut World| {
        let mut batches = std::iter::from_fn(|| world.inbox.drain(world.now, None));
        batches.find(|batch| batch.count().1 > 0).unwrap().is_to_be_filtered()
    };
    world.inbox.take_slow_warning();
    assert!(is_checked(&mut world), "an event of 'ended' is among them");
    (0..20).for_each(|_| _ = world.push("t"));
    assert!(!is_checked(&mut world), "every event is newer than the mark");
}
