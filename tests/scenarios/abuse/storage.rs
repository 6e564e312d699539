//! The database does not answer, or the disk is full: nothing is acknowledged that is not kept,
//! and the server goes on by itself when it is over.

use std::{path::Path, sync::Arc, time::Duration};

use futures_util::{StreamExt as _, stream::FuturesUnordered};
use relais_proto::delivery::{SendRequest, SyncRequest};
use relais_store::{Options, Store};
use relais_tests::PATIENCE;
use tempfile::TempDir;
use tokio::{sync::Notify, task::JoinHandle, time::timeout};

use super::{Node, Site, told};

const UNAVAILABLE: &str = "Unavailable STORAGE_UNAVAILABLE + RetryInfo";
const OVERLOADED: &str = "ResourceExhausted OVERLOADED + RetryInfo";

/// Somebody else's program that holds the server's database, as a careless backup would.
struct Holder {
    release: Arc<Notify>,
    working: JoinHandle<()>,
}

impl Holder {
    async fn new(data_dir: &Path) -> Self {
        let path = data_dir.join("relais.db");
        assert!(path.exists(), "the database is {}", path.display());
        let store = Store::open(path, Options::default()).await.unwrap();
        let (held, release) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let (holding, until) = (Arc::clone(&held), Arc::clone(&release));
        let working = tokio::spawn(async move {
            let held = store.run_tx("hold", async move |_| {
                holding.notify_one();
                until.notified().await;
                Ok::<_, relais_store::Error>(())
            });
            held.await.unwrap();
            store.close().await;
        });
        held.notified().await;
        Self { release, working }
    }

    async fn release(self) {
        self.release.notify_one();
        self.working.await.unwrap();
    }
}

async fn send(site: &Site, message: &SendRequest) -> String {
    let request = site.ana.authorised(message.clone());
    told(site.ana.delivery().send(request).await)
}

#[tokio::test(flavor = "multi_thread")]
async fn database_held() {
    let variables = [
        ("RELAISD_LIMITS__CALLS", "8"),
        ("RELAISD_RATE__SEND", "1000, then 100 per s"),
    ];
    let mut site = Site::with("the database does not answer", &variables).await;
    let holder = Holder::new(site.node.data_dir()).await;
    let message = site.ana.message(site.group, b"held up");
    let got = send(&site, &message).await;
    site.case("a message while the database is held", UNAVAILABLE, got)
        .await;
    let request = site.ana.authorised(SyncRequest::default());
    let got = told(site.ana.delivery().sync(request).await);
    site.case("reading meanwhile", "OK", got).await;

    // What is worked on waits for the database; what comes on top is told at once, while all of
    // that still waits.
    let messages: Vec<_> = (0..40_u8)
        .map(|n| site.ana.message(site.group, &[n]))
        .collect();
    let mut answers: FuturesUnordered<_> = messages
        .iter()
        .map(|message| send(&site, message))
        .collect();
    let mut early = Vec::new();
    for _ in 0..32 {
        early.push(answers.next().await.unwrap());
    }
    let got = match early.iter().find(|answer| *answer != OVERLOADED) {
        None => OVERLOADED.to_owned(),
        Some(other) => other.clone(),
    };
    let mut late: Vec<String> = answers.collect().await;
    late.dedup();
    site.case("40 messages where 8 are worked on", OVERLOADED, got)
        .await;
    site.case("those 8", UNAVAILABLE, late.join(", ")).await;

    holder.release().await;
    let got = send(&site, &message).await;
    site.accepted.push(message.ciphertext.clone());
    site.case("the first message again, afterwards", "OK", got)
        .await;
    let text = site.bo.read(site.group, &message.ciphertext);
    assert_eq!(text.as_deref(), Some(&b"held up"[..]));
    site.finish().await;
}

/// Fills a disk to the last byte; returns the file that does.
fn fill(disk: &Path) -> std::path::PathBuf {
    let path = disk.join("filler");
    let mut file = std::fs::File::create(&path).unwrap();
    for size in [64 * 1024, 1] {
        while std::io::Write::write_all(&mut file, &vec![0; size]).is_ok() {}
    }
    path
}

/// A real file system without room, with the server's log on it, too.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn disk_full() {
    const DISK: u64 = 24 * 1024 * 1024;
    let variables = [
        ("RELAISD_RATE__SEND", "10000, then 1000 per s"),
        ("RELAISD_RATE__DEVICE", "10000, then 1000 per s"),
        ("RELAISD_RATE__ORGANISATION", "10000, then 1000 per s"),
    ];
    let dir = TempDir::new().unwrap();
    let Some(node) = Node::start_on_disk(dir.path(), DISK, &variables).await else {
        println!("abuse: no mount namespaces on this machine, left out");
        return;
    };
    let mut site = Site::of("no room on the disk", node, dir).await;
    let filler = fill(site.node.data_dir());
    // The database's log has room that it made earlier; some messages still fit there.
    let mut kept = 0;
    let (refused, got) = loop {
        let message = site.ana.message(site.group, &[7; 4_000]);
        let got = send(&site, &message).await;
        if got != "OK" {
            break (message, got);
        }
        kept += 1;
        assert!(kept < 5_000, "the disk is not full");
        let read = site.bo.read(site.group, &message.ciphertext);
        assert_eq!(read.as_deref(), Some(&[7; 4_000][..]));
        site.accepted.push(message.ciphertext);
    };
    site.case("a message on a full disk", UNAVAILABLE, got)
        .await;
    let got = send(&site, &refused).await;
    site.case("the same once more", UNAVAILABLE, got).await;
    let request = site.ana.authorised(SyncRequest::default());
    let got = told(site.ana.delivery().sync(request).await);
    site.case("reading on a full disk", "OK", got).await;

    std::fs::remove_file(filler).unwrap();
    // It has to find out by itself.
    let healed = async {
        let mut ticks = tokio::time::interval(Duration::from_millis(50));
        loop {
            ticks.tick().await;
            let got = send(&site, &refused).await;
            if got != UNAVAILABLE {
                return got;
            }
        }
    };
    let got = timeout(PATIENCE, healed).await.unwrap();
    site.accepted.push(refused.ciphertext.clone());
    site.case("the same when there is room again", "OK", got)
        .await;
    let read = site.bo.read(site.group, &refused.ciphertext);
    assert_eq!(read.as_deref(), Some(&[7; 4_000][..]));
    site.finish().await;
}
