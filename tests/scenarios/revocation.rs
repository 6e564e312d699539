//! A device is revoked in the middle of a conversation, with a real server.

use std::time::{Duration, Instant};

use relais_care::{CaseView, Language};
use relais_client::{Alarm, Update};
use relais_tests::{PATIENCE, Town, says};
use relais_types::Reason;

/// What is promised for the calls and streams of a revoked device.
const CUT: Duration = Duration::from_secs(5);

#[tokio::test]
async fn a_departure_cuts_the_device_keys_the_case_anew_and_leaves_the_seat_vacant() {
    let town = Town::found().await;
    let anne = town.enrol("hospital.internal", "Anne").await;
    let bruno = town.enrol("clinic.internal", "Bruno").await;
    let chloe = town.enrol("community.internal", "Chloé").await;
    let case = anne
        .open_case("Follow-up", &[&anne, &bruno, &chloe], None)
        .await;
    let brunos = bruno.case(case.id()).await;
    brunos
        .post(Language::English, |draft| draft.text("before"))
        .await
        .unwrap();
    case.wait_until(PATIENCE, |view| says(view, "before"))
        .await
        .unwrap();

    let mut updates = bruno.client.updates();
    let revoked = Instant::now();
    let device = bruno.client.me().device.clone();
    let answer = town.node.operator().revoke_device(&device).await.unwrap();
    assert_eq!(answer.pending_removals, 1);
    let told = tokio::time::timeout(CUT, async {
        while updates.recv().await.unwrap() != Update::Alarm(Alarm::Revoked) {}
    });
    told.await.expect("the stream is cut within 5 s");
    assert!(revoked.elapsed() < CUT);
    let refused = bruno.client.directory().organisations().await.unwrap_err();
    assert_eq!(refused.reason(), Some(Reason::DeviceRevoked), "{refused}");

    // The others go on by themselves: the seat is vacant, and what is said now is not for him.
    let chloes = chloe.case(case.id()).await;
    chloes
        .post(Language::English, |draft| draft.text("after"))
        .await
        .unwrap();
    let vacant = |view: &CaseView| {
        let seats = view.team.seats();
        says(view, "after") && seats.iter().filter(|seat| seat.occupant.is_none()).count() == 1
    };
    let hers = case.wait_until(PATIENCE, vacant).await.unwrap();
    let theirs = chloes.wait_until(PATIENCE, vacant).await.unwrap();
    assert_eq!(hers.team.seats(), theirs.team.seats());
    assert_eq!(case.members().await.unwrap().len(), 2);

    let domain = "clinic.internal".parse().unwrap();
    let members = town.node.operator().members(&domain).await.unwrap();
    let shown = &members[0].devices[0];
    assert_eq!(shown.pending_removals, 0);
    assert_eq!(shown.key_packages, 0);
    let (from, until) = (shown.revoke_time.unwrap(), shown.rekey_time.unwrap());
    let took = (from.seconds, from.nanos) <= (until.seconds, until.nanos);
    assert!(took, "{from:?} to {until:?}");

    let his = brunos.view().await.unwrap();
    assert!(says(&his, "before"), "what he had stays readable");
    assert!(!says(&his, "after"));
}
