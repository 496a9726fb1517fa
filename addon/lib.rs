//! The engine as a library that Node.js loads, and nothing else. It is a package of its own since
//! only one that is not linked against by other Rust code, as the engine is by its tests and
//! examples, is optimised as a whole.

extern crate realtime as _;
