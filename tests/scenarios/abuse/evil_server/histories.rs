//! Different histories for different people: forks, split views, rollbacks.

use relais_client::Breach;
use relais_tests::{Device, Evil, PATIENCE, Person, Town};
use tempfile::TempDir;

use super::{super::Table, add, breach, has_seats, hears, look_again, say, stopped};

/// Anne and Bruno, each behind an evil server of their own, in one case.
struct Pair {
    town: Town,
    annes: Evil,
    brunos: Evil,
    anne: Person,
    bruno: Person,
    elsewhere: TempDir,
}

impl Pair {
    async fn new() -> Self {
        let town = Town::found().await;
        let (annes, brunos) = (Evil::start(&town.node).await, Evil::start(&town.node).await);
        let anne = town
            .enrol_at(annes.address(), "hospital.internal", "Anne")
            .await;
        let bruno = town
            .enrol_at(brunos.address(), "clinic.internal", "Bruno")
            .await;
        Self {
            town,
            annes,
            brunos,
            anne,
            bruno,
            elsewhere: TempDir::new().unwrap(),
        }
    }
}

#[tokio::test]
async fn forked_case() {
    let mut table = Table::new("an evil server: two versions of a case");
    let mut pair = Pair::new().await;
    let chloe = pair.town.enrol("community.internal", "Chloé").await;
    let team = [&pair.anne, &pair.bruno];
    let case = pair.anne.open_case("A case", &team, None).await;
    let brunos = pair.bruno.case(case.id()).await;
    say(&case, "before").await;
    hears(&brunos, "before").await;
    pair.anne.client.settle(PATIENCE).await.unwrap();
    pair.bruno.client.settle(PATIENCE).await.unwrap();

    // From here on there are two servers with the same keys, and each has its own next epoch.
    let other = pair.town.node.twin(pair.elsewhere.path()).await;
    pair.brunos.point_to(&other);
    pair.annes.point_to(&pair.town.node);
    add(&case, &chloe.team_person(), chloe.seat()).await;
    add(&brunos, &chloe.team_person(), chloe.seat()).await;
    has_seats(&case, 3).await;
    has_seats(&brunos, 3).await;
    pair.anne.client.settle(PATIENCE).await.unwrap();
    pair.bruno.client.settle(PATIENCE).await.unwrap();
    // The server gives Bruno what Anne says in her version; there is more of it than he has.
    for number in 0..8 {
        say(&case, &format!("only in Anne's version {number}")).await;
    }
    pair.anne.client.settle(PATIENCE).await.unwrap();
    let mut updates = pair.bruno.client.updates();
    pair.brunos.point_to(&pair.town.node);
    let found = breach(&mut updates, |it| matches!(it, Breach::Fork { .. })).await;
    let Breach::Fork { by, .. } = &found else {
        panic!("{found}");
    };
    assert_eq!(*by, pair.anne.client.me().device);
    let got = stopped(&brunos, &found, &["before"]).await;
    table.row(
        "a group with two next epochs",
        "forked_case, nothing sent",
        got,
    );
    let evidence = pair.bruno.client.evidence().await.unwrap();
    let codes: Vec<_> = evidence.iter().map(|it| it.breach.code()).collect();
    // The log of the other version stands in the place of what he had read.
    let got = codes.contains(&"entry_replaced").to_string();
    table.row("the replaced entries are named as well", "true", got);

    // It survives a restart of the program, which ends when nothing holds the account any more.
    drop(brunos);
    let store = pair.bruno.close().await;
    let bruno = Person::open(store).await;
    let again = bruno.client.case(case.id()).await.unwrap();
    let standing = again.breach().await.unwrap().expect("it still stands");
    let got = stopped(&again, &standing, &["before"]).await;
    let got = got.replace(standing.code(), "a breach");
    table.row(
        "the program is started again",
        "a breach, nothing sent",
        got,
    );
    table.finish();
}

#[tokio::test]
async fn split_view() {
    let mut table = Table::new("an evil server: two transparency logs");
    let mut pair = Pair::new().await;
    let team = [&pair.anne, &pair.bruno];
    let case = pair.anne.open_case("A case", &team, None).await;
    let brunos = pair.bruno.case(case.id()).await;
    say(&case, "before").await;
    hears(&brunos, "before").await;
    pair.anne.client.settle(PATIENCE).await.unwrap();
    pair.bruno.client.settle(PATIENCE).await.unwrap();

    let other = pair.town.node.twin(pair.elsewhere.path()).await;
    Device::enrol(&pair.town.node, "hospital.internal", "Xavier", false).await;
    Device::enrol(&other, "hospital.internal", "Yann", false).await;
    pair.annes.point_to(&pair.town.node);
    pair.brunos.point_to(&pair.town.node);
    pair.brunos.divert("relais.transparency.v1", &other);
    look_again(&pair.annes, &pair.anne).await;
    look_again(&pair.brunos, &pair.bruno).await;
    for person in [&pair.anne, &pair.bruno] {
        assert!(person.client.evidence().await.unwrap().is_empty());
    }
    let mut updates = pair.bruno.client.updates();
    say(&case, "one message").await;
    let found = breach(&mut updates, |it| matches!(it, Breach::SplitView { .. })).await;
    hears(&brunos, "one message").await;
    let got = stopped(&brunos, &found, &["before", "one message"]).await;
    table.row(
        "split view, within one message",
        "split_view, nothing sent",
        got,
    );
    let evidence = pair.bruno.client.evidence().await.unwrap();
    let notes = [&evidence[0].held, &evidence[0].shown];
    let signed = notes
        .iter()
        .filter(|note| note.contains("\n\u{2014} relais-"));
    let got = format!("{} signed checkpoints", signed.count());
    table.row("both signatures are kept", "2 signed checkpoints", got);
    let other_case = pair.bruno.client.cases().await.unwrap().len();
    assert_eq!(other_case, 1);
    table.finish();
}

#[tokio::test]
async fn rollback_of_the_data() {
    let mut table = Table::new("an evil server: data put back");
    let mut town = Town::found().await;
    let elsewhere = [TempDir::new().unwrap(), TempDir::new().unwrap()];
    let anne = town.enrol("hospital.internal", "Anne").await;
    let bruno = town.enrol("clinic.internal", "Bruno").await;
    let case = anne.open_case("A case", &[&anne, &bruno], None).await;
    let brunos = bruno.case(case.id()).await;
    say(&case, "before").await;
    hears(&brunos, "before").await;
    town.node.back_up(elsewhere[0].path()).await;
    anne.client.connected(PATIENCE).await.unwrap();
    say(&case, "forgotten").await;
    hears(&brunos, "forgotten").await;
    anne.client.settle(PATIENCE).await.unwrap();

    let mut updates = anne.client.updates();
    town.node.restore(elsewhere[0].path()).await;
    let found = breach(&mut updates, |it| matches!(it, Breach::CursorsDenied)).await;
    let got = stopped(&case, &found, &["before", "forgotten"]).await;
    table.row("messages put back", "cursors_denied, nothing sent", got);

    // Somebody else, who has read nothing that is missing, and looks at the log.
    let chloe = town.enrol("community.internal", "Chloé").await;
    town.node.back_up(elsewhere[1].path()).await;
    Device::enrol(&town.node, "hospital.internal", "Xavier", false).await;
    let store = chloe.close().await;
    let chloe = Person::open(store.clone()).await;
    chloe.client.settle(PATIENCE).await.unwrap();
    assert!(chloe.client.evidence().await.unwrap().is_empty());
    let mut updates = chloe.client.updates();
    town.node.restore(elsewhere[1].path()).await;
    let found = breach(&mut updates, |it| matches!(it, Breach::Rollback { .. })).await;
    let text = found.to_string();
    assert!(text.contains("has become shorter"), "{text}");
    let opening = chloe.try_open("Another").await.unwrap_err();
    let got = format!(
        "{}, {}",
        found.code(),
        opening
            .reason()
            .map_or("opened", relais_types::Reason::as_str)
    );
    table.row(
        "the transparency log put back",
        "log_rollback, SENDING_STOPPED",
        got,
    );
    let store = chloe.close().await;
    let chloe = Person::open(store).await;
    let evidence = chloe.client.evidence().await.unwrap();
    let got = evidence[0].breach.code().to_owned();
    table.row("the program is started again", "log_rollback", got);
    table.finish();
}
