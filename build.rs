//! Tells the linker how this system links a Node.js addon, and Cargo when the types of the addon
//! have to be written again.

fn main() {
    napi_build::setup();
}
