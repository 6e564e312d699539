//! A tile of the tree (C2SP tlog-tiles).

use relais_transparency::tile::Tile;
use relais_types::{Error, Result};

use super::read_node;
use crate::{Caller, Service};

/// The hashes of the tile at `path`, one after the other.
///
/// # Errors
/// `MALFORMED_FIELD`; `NOT_FOUND` if the log is not that long yet; `CREDENTIAL_MISSING`.
pub async fn get_tile(service: &Service, caller: &Caller, path: &str) -> Result<Vec<u8>> {
    caller.known()?;
    let tile: Tile = path
        .parse()
        .map_err(|_| Error::malformed("path", "must look like tile/<L>/<N>[.p/<W>]"))?;
    service
        .store()
        .read("get_tile", async move |view| {
            if !tile.is_within(view.transparency_size().await?) {
                return Err(Error::not_found("the tile"));
            }
            let mut hashes = Vec::new();
            for node in tile.nodes() {
                hashes.push(read_node(view, node).await?);
            }
            Ok(Tile::bytes(&hashes))
        })
        .await
}
