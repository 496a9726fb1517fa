//! Sends frames of one kind along the path, for a tool that counts instructions:
//! `event-path KIND COUNT`. Without arguments it prints the kinds.

#[path = "frames.rs"]
mod frames;
#[path = "path.rs"]
mod path;

use std::env;

use frames::KINDS;
use path::EventPath;

fn main() {
    let (name, count) = (env::args().nth(1), env::args().nth(2).and_then(|count| count.parse().ok()));
    let (Some(kind), Some(count)) = (KINDS.iter().find(|kind| Some(kind.name) == name.as_deref()), count) else {
        for kind in KINDS {
            println!("{}", kind.name);
        }
        return;
    };
    let mut path = EventPath::open(kind);
    let frames = kind.frames(0..count);
    walk(&mut path, &frames);
    assert_eq!(path.delivered(), count * kind.delivered / 100);
}

/// The instructions of this function are counted.
#[inline(never)]
fn walk(path: &mut EventPath, frames: &[String]) {
    for frame in frames {
        path.pass(frame);
    }
}
