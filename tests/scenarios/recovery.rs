//! A member with a modified client breaks a case; the others' accounts mend it by themselves.

use relais_care::{
    CaseView, Language, Occupancy, Person as TeamPerson, Seat, SeatRole, TeamChanged,
};
use relais_client::{Alarm, Notice, TeamChange, Update};
use relais_mls::Change;
use relais_tests::{Device, PATIENCE, Town, agree, says};
use relais_types::{Entropy as _, OsEntropy, SeatId};
use tokio::sync::broadcast::Receiver;

/// The device that an alarm names as the author of what could not be followed.
async fn named(updates: &mut Receiver<Update>) -> Option<relais_types::DeviceName> {
    let wait = async {
        loop {
            if let Update::Alarm(Alarm::OutOfStep { by, .. }) = updates.recv().await.unwrap() {
                return by;
            }
        }
    };
    tokio::time::timeout(PATIENCE, wait)
        .await
        .expect("an alarm comes")
}

#[tokio::test]
async fn a_team_gets_over_a_commit_that_nobody_can_follow_and_is_told_whose_it_was() {
    let town = Town::found().await;
    let anne = town.enrol("hospital.internal", "Anne").await;
    let bruno = town.enrol("clinic.internal", "Bruno").await;
    let mut insider = Device::enrol(&town.node, "community.internal", "Iris", false).await;
    let case = anne.open_case("Follow-up", &[&anne, &bruno], None).await;
    let seat = Seat {
        id: SeatId::from_bytes(OsEntropy.bytes()),
        role: SeatRole::PrimaryCarePhysician,
        organisation: insider.name.organisation.clone(),
        organisation_display_name: "Community".to_owned(),
    };
    let occupancies = vec![Occupancy {
        seat: seat.id,
        person: Some(TeamPerson {
            name: insider.name.practitioner_name(),
            display_name: "Iris".to_owned(),
        }),
    }];
    let content = TeamChanged {
        seats_added: vec![seat],
        occupancies,
        reason: "help".to_owned(),
        history: relais_care::HistoryPolicy::All,
    };
    let change = TeamChange {
        content,
        language: Language::English,
    };
    case.change_team(change).await.unwrap();
    anne.client.settle(PATIENCE).await.unwrap();
    insider.join().await;
    let brunos = bruno.case(case.id()).await;

    let (mut to_anne, mut to_bruno) = (anne.client.updates(), bruno.client.updates());
    // She has read the log up to here, so that her commit is of the current epoch.
    let mut commit = insider.stage(case.id(), &Change::default());
    let mut bytes = commit.commit.to_vec();
    // The last byte is of the membership tag, which only members can check.
    if let Some(last) = bytes.last_mut() {
        *last ^= 1;
    }
    commit.commit = bytes.into();
    let request = insider.authorised(commit);
    insider.delivery().commit(request).await.unwrap();

    for updates in [&mut to_anne, &mut to_bruno] {
        assert_eq!(named(updates).await, Some(insider.name.clone()));
    }
    for (who, text) in [(&case, "from Anne"), (&brunos, "from Bruno")] {
        who.post(Language::English, move |draft| draft.text(text))
            .await
            .unwrap();
    }
    let both = |view: &CaseView| says(view, "from Anne") && says(view, "from Bruno");
    let hers = case.wait_until(PATIENCE, both).await.unwrap();
    agree(&[&case, &brunos]).await;
    assert_eq!(hers.team.seats().len(), 3, "no seat has changed");
    for handle in [&case, &brunos] {
        assert!(!handle.standing().await.unwrap().out_of_step);
        assert!(is_told(handle).await);
    }
}

/// True if the timeline says whose change broke the case, and who came back.
async fn is_told(case: &relais_client::Case) -> bool {
    let notices = case.notices().await.unwrap();
    let broken = |notice: &Notice| matches!(notice, Notice::Broken { by: Some(_) });
    let back = |notice: &Notice| matches!(notice, Notice::BackInStep { .. });
    notices.iter().any(|noticed| broken(&noticed.notice))
        && notices.iter().any(|noticed| back(&noticed.notice))
}
