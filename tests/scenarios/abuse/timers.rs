//! Timers and their tokens in the wrong hands.

use std::time::Duration;

use bytes::Bytes;
use relais_mls::Change;
use relais_proto::delivery::{ClearTimerRequest, SendRequest, Timer, TimerClass, delivery::Item};
use relais_tests::{Device, PATIENCE};
use relais_types::DeviceId;
use sha2::{Digest as _, Sha256};

use super::{Site, told};

const NOT_FOUND: &str = "NotFound NOT_FOUND";
const MALFORMED: &str = "InvalidArgument MALFORMED_FIELD";
const TOKEN: &[u8; 32] = b"the token that must not be found";

fn timer(delay: Duration, devices: &[DeviceId]) -> Timer {
    Timer {
        token_hash: Sha256::digest(TOKEN).to_vec().into(),
        delay: delay.try_into().ok(),
        class: TimerClass::Stat.into(),
        device_ids: devices.iter().map(|&device| device.into()).collect(),
    }
}

async fn clear(site: &Site, by: &Device, token: &[u8]) -> String {
    let message = ClearTimerRequest {
        group_id: site.group.into(),
        token: Bytes::copy_from_slice(token),
    };
    told(by.delivery().clear_timer(by.authorised(message)).await)
}

impl Site {
    /// A message of Ana with these timers.
    fn asking(&mut self, timers: Vec<Timer>) -> SendRequest {
        SendRequest {
            timers,
            ..self.ana.message(self.group, b"do you have this?")
        }
    }
}

async fn is_woken(device: &Device) -> bool {
    let waiting = device.waiting().await;
    waiting
        .iter()
        .any(|delivery| matches!(delivery.item, Some(Item::WakeUp(_))))
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one row for each case")]
async fn timers_of_others() {
    let limit = [("RELAISD_SERVICE__TIMERS_PER_GROUP", "4")];
    let mut site = Site::with("timers", &limit).await;
    let (ana, bo, cy) = (
        site.ana.name.device,
        site.bo.name.device,
        site.cy.name.device,
    );
    let hour = Duration::from_hours(1);
    let good = || timer(hour, &[bo]);
    let long = timer(91 * 24 * hour, &[bo]);
    let past = Timer {
        delay: Some(prost_types::Duration {
            seconds: -1,
            nanos: 0,
        }),
        ..good()
    };
    let short = Timer {
        token_hash: Bytes::from_static(b"short"),
        ..good()
    };
    let classless = Timer {
        class: 99,
        ..good()
    };
    for (name, timers, expected) in [
        ("due after more than 90 days", vec![long], MALFORMED),
        ("due in the past", vec![past], MALFORMED),
        ("a hash of 5 bytes", vec![short], MALFORMED),
        ("a class that there is not", vec![classless], MALFORMED),
        ("wakes nobody", vec![timer(hour, &[])], MALFORMED),
        (
            "wakes a device of no member",
            vec![timer(hour, &[bo, cy])],
            MALFORMED,
        ),
        (
            "wakes a device twice",
            vec![timer(hour, &[bo, bo])],
            MALFORMED,
        ),
        ("nine timers", vec![good(); 9], MALFORMED),
        (
            "more than the group may have",
            vec![good(); 5],
            "FailedPrecondition TOO_MANY_TIMERS",
        ),
    ] {
        let message = site.asking(timers);
        let got = told(site.ana.delivery().send(site.ana.authorised(message)).await);
        site.case(name, expected, got).await;
    }

    let soon = Duration::from_secs(2);
    let message = site.asking(vec![timer(soon, &[ana, bo])]);
    site.accepted.push(message.ciphertext.clone());
    let request = site.ana.authorised(message);
    site.ana.delivery().send(request).await.unwrap();
    let hash = Sha256::digest(TOKEN);
    for (name, token, expected) in [
        ("a wrong token", [7; 32].as_slice(), "OK"),
        ("the hash instead of the token", &hash, "OK"),
        ("a token of 5 bytes", b"short", MALFORMED),
    ] {
        let got = clear(&site, &site.bo, token).await;
        site.case(name, expected, got).await;
    }
    let got = clear(&site, &site.cy, TOKEN).await;
    site.case("an outsider reveals the token", NOT_FOUND, got)
        .await;

    // None of that has stopped it; and whoever is removed before it is due is not woken.
    let mut dee = Device::enrol(&site.node, "clinic.internal", "Dee", false).await;
    let group = site.ana.create_group().await;
    let add = Change {
        add: site.ana.claim(&dee.name.practitioner_name()).await,
        ..Change::default()
    };
    site.ana.commit(group, &add).await;
    dee.join().await;
    let message = SendRequest {
        timers: vec![timer(soon, &[dee.name.device, ana])],
        ..site.ana.message(group, b"and you?")
    };
    let request = site.ana.authorised(message);
    site.ana.delivery().send(request).await.unwrap();
    let remove = Change {
        remove: vec![dee.name.device],
        ..Change::default()
    };
    site.ana.commit(group, &remove).await;
    let message = ClearTimerRequest {
        group_id: group.into(),
        token: Bytes::from_static(TOKEN),
    };
    let got = told(dee.delivery().clear_timer(dee.authorised(message)).await);
    site.case("a removed member reveals the token", NOT_FOUND, got)
        .await;
    let both = async {
        loop {
            let waiting = site.ana.waiting().await;
            let wake_ups = waiting
                .iter()
                .filter(|delivery| matches!(delivery.item, Some(Item::WakeUp(_))));
            if wake_ups.count() == 2 && is_woken(&site.bo).await {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, both)
        .await
        .expect("both are due");
    let got = if is_woken(&dee).await {
        "woken"
    } else {
        "not woken"
    };
    site.case(
        "a removed member, when it is due",
        "not woken",
        got.to_owned(),
    )
    .await;

    // The right one takes the wake-ups back, and is found nowhere afterwards.
    for name in ["the token", "the token once more"] {
        let got = clear(&site, &site.bo, TOKEN).await;
        site.case(name, "OK", got).await;
    }
    assert!(!is_woken(&site.bo).await);
    for file in std::fs::read_dir(site.node.data_dir()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap_or_default();
        assert!(!bytes.windows(TOKEN.len()).any(|window| window == TOKEN));
    }
    let log = std::fs::read(site.node.log()).unwrap();
    assert!(!log.windows(TOKEN.len()).any(|window| window == TOKEN));
    site.finish().await;
}
