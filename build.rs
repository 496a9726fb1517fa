//! For the engine and its addon: tells the linker how a Node.js addon is linked on this system, and when the types have to
//! be written anew.

fn main() {
    napi_build::setup();
}
