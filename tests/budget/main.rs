//! The allocations of an event, from the frame to the batch. A change that adds some fails here.
//! `probe.rs` is the program for tools that count instructions.

#![allow(unsafe_code, reason = "a global allocator is unsafe by nature; this one counts and forwards")]

mod frames;
mod path;

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
};

use frames::KINDS;
use path::EventPath;

/// Events until all shapes are learned.
const WARM_UP: usize = 3000;
const COUNTED: usize = 2000;

/// The allocations that 1,000 events of a kind may make: for the schemas of sampled events, and for
/// the strings that a filter compares. Other kinds may make none.
const ALLOWED: &[(&str, usize)] = &[("never repeating", 600), ("never repeating, 20 KB", 3500), ("filtered", 150)];

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

struct Counting;

#[global_allocator]
static COUNTING: Counting = Counting;

// SAFETY: each call is forwarded unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        unsafe { System.realloc(pointer, layout, size) }
    }
}

fn count() {
    // The thread-local is gone while the thread ends.
    let _ = ALLOCATIONS.try_with(|allocations| allocations.set(allocations.get() + 1));
}

#[test]
fn events_stay_within_their_allocations() {
    let mut above = Vec::new();
    for kind in KINDS {
        let share = if kind.name.contains("20 KB") { 10 } else { 1 };
        let (warm_up, counted) = (WARM_UP / share, COUNTED / share);
        let mut path = EventPath::open(kind);
        for frame in kind.frames(0..warm_up) {
            path.pass(&frame);
        }
        let (frames, delivered) = (kind.frames(warm_up..warm_up + counted), path.delivered());
        let before = ALLOCATIONS.get();
        for frame in &frames {
            path.pass(frame);
        }
        let allocations = (ALLOCATIONS.get() - before) * 1000 / counted;
        assert_eq!((path.delivered() - delivered) * 100 / counted, kind.delivered, "{}: events delivered", kind.name);
        let allowed = ALLOWED.iter().find(|(name, _)| *name == kind.name).map_or(0, |(_, allowed)| *allowed);
        println!("{}: {allocations} allocations for 1,000 events, {allowed} allowed", kind.name);
        if allocations > allowed {
            above.push((kind.name, allocations, allowed));
        }
    }
    assert!(above.is_empty(), "kind, allocations for 1,000 events, allowed: {above:?}");
}
