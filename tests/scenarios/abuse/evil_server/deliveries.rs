//! What is delivered: withheld, repeated, out of order, without end.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use relais_client::{Alarm, Breach, Case};
use relais_proto::delivery::{Delivery, EntryKind, LogEntry, SubscribeResponse, delivery::Item};
use relais_tests::{Evil, PATIENCE, Person, Town};
use relais_types::{Cursor, GroupId};

use super::{super::Table, alarm, breach, count, hears, say, stopped};

/// Anne behind an evil server, Bruno with the honest one, in one case.
struct Ward {
    town: Town,
    evil: Evil,
    anne: Person,
    bruno: Person,
    annes: Case,
    brunos: Case,
    /// True while deliveries are changed.
    armed: Arc<AtomicBool>,
}

impl Ward {
    async fn new() -> Self {
        let town = Town::found().await;
        let evil = Evil::start(&town.node).await;
        let anne = town
            .enrol_at(evil.address(), "hospital.internal", "Anne")
            .await;
        let bruno = town.enrol("clinic.internal", "Bruno").await;
        let annes = anne.open_case("A case", &[&anne, &bruno], None).await;
        let brunos = bruno.case(annes.id()).await;
        let mut ward = Self {
            town,
            evil,
            anne,
            bruno,
            annes,
            brunos,
            armed: Arc::default(),
        };
        ward.quiet("before").await;
        ward
    }

    /// Bruno says something, which Anne hears, and nothing is on its way any more.
    async fn quiet(&mut self, text: &str) {
        say(&self.brunos, text).await;
        hears(&self.annes, text).await;
        self.anne.client.settle(PATIENCE).await.unwrap();
        self.bruno.client.settle(PATIENCE).await.unwrap();
        assert!(self.town.node.log().exists());
    }

    /// Changes what Anne is delivered from now on; `change` gets each entry of content that is
    /// Bruno's.
    async fn deliver(
        &self,
        change: impl Fn(Delivery, &LogEntry) -> Vec<Delivery> + Send + Sync + 'static,
    ) {
        self.armed.store(false, Ordering::SeqCst);
        let armed = self.armed.clone();
        let bruno = self.bruno.client.me().device.device;
        let rewrite = move |mut page: SubscribeResponse| {
            let armed = armed.load(Ordering::SeqCst);
            let changed = page.deliveries.into_iter().flat_map(|item| {
                let entry = content(&item);
                let entry = entry
                    .filter(|entry| armed && entry.sender_device_id.as_ref() == bruno.as_bytes());
                match entry {
                    Some(entry) => change(item, &entry),
                    None => vec![item],
                }
            });
            page.deliveries = changed.collect();
            [page]
        };
        self.evil.rewrite("Subscribe", rewrite);
        self.reconnect().await;
        // What was said before is behind Anne: only what comes now is changed.
        self.armed.store(true, Ordering::SeqCst);
    }

    async fn reconnect(&self) {
        let mut link = self.anne.client.updates();
        self.evil.cut();
        self.anne.client.settle(PATIENCE).await.unwrap();
        while link.try_recv().is_ok() {}
    }

    /// Delivers everything as it is again.
    fn behave(&self) {
        self.evil.behave();
        self.evil.cut();
    }
}

/// The entry of content in a delivery.
fn content(item: &Delivery) -> Option<LogEntry> {
    match &item.item {
        Some(Item::Entry(entry)) if entry.kind() == EntryKind::Application => Some(entry.clone()),
        _ => None,
    }
}

#[tokio::test]
async fn withheld_repeated_and_reordered() {
    let mut table = Table::new("an evil server: deliveries");
    let mut ward = Ward::new().await;

    let victim = Arc::new(Mutex::new(None));
    let withheld = victim.clone();
    ward.deliver(move |item, entry| {
        let seq = *withheld.lock().unwrap().get_or_insert(entry.seq);
        if entry.seq == seq { vec![] } else { vec![item] }
    })
    .await;
    let mut updates = ward.anne.client.updates();
    say(&ward.brunos, "withheld").await;
    say(&ward.brunos, "next").await;
    let gap = alarm(&mut updates, |it| matches!(it, Alarm::Gap { .. })).await;
    let Alarm::Gap { expected, .. } = gap else {
        panic!("{gap}");
    };
    let named = Some(expected) == *victim.lock().unwrap();
    assert!(gap.to_string().contains("asking again"), "{gap}");
    ward.behave();
    hears(&ward.annes, "withheld").await;
    hears(&ward.annes, "next").await;
    let got = format!("gap, named: {named}, then all of it");
    table.row(
        "an entry is withheld",
        "gap, named: true, then all of it",
        got,
    );
    ward.quiet("in between").await;

    ward.deliver(|item, _| vec![item.clone(), item.clone(), item])
        .await;
    let mut updates = ward.anne.client.updates();
    say(&ward.brunos, "three times").await;
    hears(&ward.annes, "three times").await;
    ward.anne.client.settle(PATIENCE).await.unwrap();
    let view = ward.annes.view().await.unwrap();
    let mut alarms = 0;
    while let Ok(update) = updates.try_recv() {
        alarms += usize::from(matches!(update, relais_client::Update::Alarm(_)));
    }
    let got = format!(
        "shown {} time, {alarms} alarms",
        count(&view, "three times")
    );
    table.row(
        "each entry comes three times",
        "shown 1 time, 0 alarms",
        got,
    );
    ward.behave();
    ward.quiet("between").await;

    let held = Arc::new(Mutex::new(None));
    let first = held.clone();
    ward.deliver(move |item, entry| {
        let mut held = first.lock().unwrap();
        match held.take() {
            None => {
                *held = Some((entry.seq, item));
                vec![]
            }
            // The same one again, as it is asked for again.
            Some((seq, old)) if seq == entry.seq => {
                *held = Some((u64::MAX, item));
                vec![old]
            }
            Some((u64::MAX, old)) => {
                *held = Some((u64::MAX, old));
                vec![item]
            }
            Some((_, old)) => {
                *held = Some((u64::MAX, old.clone()));
                vec![item, old]
            }
        }
    })
    .await;
    let mut updates = ward.anne.client.updates();
    say(&ward.brunos, "first").await;
    say(&ward.brunos, "second").await;
    alarm(&mut updates, |it| matches!(it, Alarm::Gap { .. })).await;
    hears(&ward.annes, "first").await;
    hears(&ward.annes, "second").await;
    let view = ward.annes.view().await.unwrap();
    let place = |text: &str| {
        let mut items = view.timeline.iter();
        items.position(|item| item.text(relais_care::Language::English) == text)
    };
    let got = format!("gap, in order: {}", place("first") < place("second"));
    table.row("entries come in another order", "gap, in order: true", got);
    assert!(ward.anne.client.evidence().await.unwrap().is_empty());
    table.finish();
}

#[tokio::test]
async fn replayed_as_something_new() {
    let mut table = Table::new("an evil server: replays");
    let ward = Ward::new().await;
    let done = Mutex::new(false);
    let group: GroupId = ward.annes.id();
    ward.deliver(move |item, entry| {
        if std::mem::replace(&mut *done.lock().unwrap(), true) {
            return vec![item];
        }
        let seq = entry.seq + 1;
        let again = LogEntry {
            seq,
            ..entry.clone()
        };
        let replayed = Delivery {
            cursor: Cursor::Group { group, seq }.encode().into(),
            item: Some(Item::Entry(again)),
        };
        vec![item, replayed]
    })
    .await;
    let mut updates = ward.anne.client.updates();
    say(&ward.brunos, "said once").await;
    let unreadable = alarm(&mut updates, |it| matches!(it, Alarm::Unreadable { .. })).await;
    assert!(
        unreadable.to_string().contains("processed before"),
        "{unreadable}"
    );
    hears(&ward.annes, "said once").await;
    let view = ward.annes.view().await.unwrap();
    let got = format!("unreadable, shown {} time", count(&view, "said once"));
    table.row(
        "a message again under a new number",
        "unreadable, shown 1 time",
        got,
    );
    // The place is taken now, and the server has something else for it.
    say(&ward.brunos, "the real one").await;
    let found = breach(&mut updates, |it| matches!(it, Breach::Rewritten { .. })).await;
    let got = stopped(&ward.annes, &found, &["before", "said once"]).await;
    table.row(
        "the entry whose place it took",
        "entry_replaced, nothing sent",
        got,
    );
    table.finish();
}

#[tokio::test]
async fn without_end() {
    let mut table = Table::new("an evil server: without end");
    let mut ward = Ward::new().await;
    let sent = Arc::new(AtomicUsize::new(0));
    let counted = sent.clone();
    ward.evil
        .rewrite("Subscribe", move |page: SubscribeResponse| {
            let counted = counted.clone();
            std::iter::repeat_with(move || {
                counted.fetch_add(1, Ordering::SeqCst);
                page.clone()
            })
        });
    let before = resident();
    ward.evil.cut();
    // Anne's own message is taken while the flood goes on.
    say(&ward.annes, "through the flood").await;
    hears(&ward.brunos, "through the flood").await;
    while sent.load(Ordering::SeqCst) < 20_000 {
        tokio::task::yield_now().await;
    }
    ward.annes.view().await.unwrap();
    let grown = resident().saturating_sub(before) >> 20;
    let got = if grown < 128 {
        "answers, bounded"
    } else {
        "grows"
    };
    table.row(
        "20,000 pages and no end",
        "answers, bounded",
        got.to_owned(),
    );
    ward.behave();
    ward.quiet("after the flood").await;

    ward.evil
        .rewrite("Subscribe", |mut page: SubscribeResponse| {
            // One page of 64 MiB, more than any honest one.
            page.deliveries.push(Delivery {
                cursor: vec![0; 64 << 20].into(),
                item: None,
            });
            [page]
        });
    let before = resident();
    ward.evil.cut();
    say(&ward.brunos, "behind a huge page").await;
    hears(&ward.brunos, "behind a huge page").await;
    let refused = ward
        .anne
        .client
        .settle(std::time::Duration::from_secs(2))
        .await;
    let grown = resident().saturating_sub(before) >> 20;
    let view = ward.annes.view().await.unwrap();
    let got = match refused {
        Err(_) if count(&view, "before") == 1 && grown < 512 => "refused, bounded",
        Err(_) => "grows",
        Ok(()) => "taken",
    };
    table.row("a page of 64 MiB", "refused, bounded", got.to_owned());
    ward.behave();
    hears(&ward.annes, "behind a huge page").await;
    table.row(
        "the server behaves again",
        "all of it",
        "all of it".to_owned(),
    );
    table.finish();
}

/// Bytes that this process holds in memory, both sides of the test included.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<usize>().ok());
    kib.unwrap_or_default() << 10
}
