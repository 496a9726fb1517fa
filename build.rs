//! Tells the linker how a Node.js addon is linked on this system.

fn main() {
    napi_build::setup();
}
