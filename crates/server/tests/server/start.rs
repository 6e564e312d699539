//! How the server starts, and what it says when it cannot.

use std::{fs, net::TcpListener};

use relais_server::{Error, inspect, serve};

use crate::{
    device::{enrol, organisation},
    node::{Node, config},
};

#[tokio::test]
async fn the_address_is_announced_once_it_is_bound() {
    let node = Node::start().await;
    let announced = fs::read_to_string(node.dir.path().join("address")).unwrap();
    assert_eq!(announced.trim(), node.running.url());
    assert_ne!(node.running.address().port(), 0);
    assert_eq!(node.operator_token().len(), 64);
}

#[cfg(unix)]
#[tokio::test]
async fn secrets_are_readable_by_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;

    let node = Node::start().await;
    organisation(&node.site()).await;
    for file in [
        "operator.token",
        "relais.db",
        "relais.db-wal",
        "server.key",
        "tls/ca.key",
        "ca/root.key",
        "ca/laurier.internal.key",
    ] {
        let mode = fs::metadata(node.dir.path().join(file))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
}

#[tokio::test]
async fn a_data_directory_has_one_server() {
    let node = Node::start().await;
    let error = serve(config(node.dir.path())).await.unwrap_err();
    assert!(matches!(error, Error::DataDirLocked { .. }), "{error}");
    assert_eq!(error.exit_code(), 1);
}

#[tokio::test]
async fn a_port_in_use_is_named() {
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let dir = tempfile::tempdir().unwrap();
    let mut config = config(dir.path());
    config.listen = other.local_addr().unwrap();
    let error = serve(config).await.unwrap_err();
    let text = error.to_string();
    assert!(
        text.starts_with(&other.local_addr().unwrap().to_string()),
        "{text}"
    );
    assert!(text.contains("--listen"), "{text}");
    // Nothing was made, and the directory is free.
    assert!(!dir.path().join("relais.db").exists());
    serve(self::config(dir.path())).await.unwrap();
}

#[tokio::test]
async fn damaged_files_are_named() {
    for (file, content) in [
        (
            "relais.db",
            "this is no database at all, but long enough to be read as one",
        ),
        (
            "ca/root.pem",
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        ),
        ("tls/ca.key", "x"),
        ("server.key", "x"),
        ("operator.token", "x"),
    ] {
        let dir = tempfile::tempdir().unwrap();
        serve(config(dir.path()))
            .await
            .unwrap()
            .shutdown()
            .await
            .unwrap();
        fs::write(dir.path().join(file), content).unwrap();
        let error = serve(config(dir.path())).await.unwrap_err();
        let name = file.rsplit('/').next().unwrap();
        assert!(error.to_string().contains(name), "{file}: {error}");
        assert_eq!(error.exit_code(), 1);
    }
}

#[tokio::test]
async fn a_lost_key_of_an_authority_is_not_replaced_in_silence() {
    let dir = tempfile::tempdir().unwrap();
    serve(config(dir.path()))
        .await
        .unwrap()
        .shutdown()
        .await
        .unwrap();
    fs::remove_file(dir.path().join("ca/root.key")).unwrap();
    let error = serve(config(dir.path())).await.unwrap_err();
    assert!(error.to_string().contains("backup"), "{error}");
}

#[tokio::test]
async fn what_the_server_sees_can_be_inspected_while_it_runs_and_afterwards() {
    let node = Node::start().await;
    organisation(&node.site()).await;
    enrol(&node.site(), "Maya Singh").await;
    let running = inspect(node.dir.path()).await.unwrap();
    assert!(format!("{running:?}").contains("laurier.internal"));
    let dir = node.dir;
    node.running.shutdown().await.unwrap();
    let kept = inspect(dir.path()).await.unwrap();
    assert_eq!(format!("{kept:?}"), format!("{running:?}"));
    let error = inspect(&dir.path().join("nowhere")).await.unwrap_err();
    assert!(error.to_string().contains("relais.db"), "{error}");
}
