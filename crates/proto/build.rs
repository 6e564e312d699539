//! Compiles the published API without `protoc`.

use std::{env, error::Error, path::PathBuf};

use prost::Message as _;

const FILES: [&str; 17] = [
    "relais/audit/v1/audit_service.proto",
    "relais/care/v1/access.proto",
    "relais/care/v1/definition.proto",
    "relais/care/v1/entry.proto",
    "relais/care/v1/loop.proto",
    "relais/care/v1/record.proto",
    "relais/care/v1/request.proto",
    "relais/care/v1/seat.proto",
    "relais/care/v1/view.proto",
    "relais/delivery/v1/delivery_service.proto",
    "relais/directory/v1/directory_service.proto",
    "relais/directory/v1/partnership.proto",
    "relais/error/v1/reason.proto",
    "relais/identity/v1/identity_service.proto",
    "relais/identity/v1/signing_service.proto",
    "relais/keypackage/v1/key_package_service.proto",
    "relais/transparency/v1/transparency_service.proto",
];

fn main() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("../../proto");
    println!("cargo:rerun-if-changed={}", root.display());
    let descriptors = protox::compile(FILES.map(|file| root.join(file)), [&root])?;
    let out = PathBuf::from(env::var("OUT_DIR")?);
    std::fs::write(out.join("descriptors.bin"), descriptors.encode_to_vec())?;
    tonic_prost_build::configure()
        .bytes(".")
        .client_mod_attribute(".", "#[cfg(feature = \"client\")]")
        .server_mod_attribute(".", "#[cfg(feature = \"server\")]")
        .include_file("packages.rs")
        .emit_rerun_if_changed(false)
        .compile_fds(descriptors)?;
    Ok(())
}
