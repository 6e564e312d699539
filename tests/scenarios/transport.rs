//! How accounts of the SDK prove themselves to a real server.

use relais_care::Language;
use relais_client::{Client, Endpoint, EnrolOptions, Error, Invitee};
use relais_tests::{Inspector, Node, PATIENCE, Person, Town, says};
use relais_types::{DeviceId, Reason};

/// What has proved a device's calls so far, by the server's log.
fn proofs(node: &Node, device: DeviceId) -> Vec<String> {
    let log = std::fs::read_to_string(node.log()).unwrap();
    let device = device.to_string();
    let mut proofs = Vec::new();
    for line in log.lines().filter(|line| line.contains(&device)) {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        let spans = line["spans"].as_array().into_iter().flatten();
        for span in spans.chain([&line["span"]]) {
            if span["caller"] == device.as_str()
                && let Some(proved_by) = span["proved_by"].as_str()
            {
                proofs.push(proved_by.to_owned());
            }
        }
    }
    proofs.dedup();
    proofs
}

#[tokio::test]
async fn a_device_connects_with_its_certificate_and_by_token_where_that_is_taken_off() {
    let town = Town::found().await;
    let anne = town.enrol("hospital.internal", "Anne").await;
    let server = town.node.endpoint(town.node.address());
    let network = Inspector::start(town.node.address(), &server.ca_pem).await;
    let store = town.store("Bruno");
    let options = EnrolOptions {
        store: store.clone(),
        passphrase: Town::passphrase(),
        endpoint: Endpoint {
            url: format!("https://{}", network.address()),
            ca_pem: network.ca_pem(),
        },
        code: town.invite("clinic.internal", "Bruno").await,
        device_label: "behind a firewall".to_owned(),
    };
    let client = Client::enrol(options).await.unwrap();
    client.settle(PATIENCE).await.unwrap();
    let bruno = Person { client, store };

    let case = anne.open_case("Follow-up", &[&anne, &bruno], None).await;
    let brunos = bruno.case(case.id()).await;
    for (from, to, text) in [(&case, &brunos, "there"), (&brunos, &case, "and back")] {
        from.post(Language::English, move |draft| draft.text(text))
            .await
            .unwrap();
        to.wait_until(PATIENCE, |view| says(view, text))
            .await
            .unwrap();
    }
    let proved = |person: &Person| proofs(&town.node, person.client.me().device.device);
    assert_eq!(proved(&anne), ["certificate"]);
    assert_eq!(proved(&bruno), ["token"]);
}

#[tokio::test]
async fn an_administrator_steps_up_with_the_passphrase() {
    let town = Town::found().await;
    let domain = "hospital.internal".parse().unwrap();
    let whom = |name: &str, administrator| Invitee::Person {
        display_name: name.to_owned(),
        profession: "physician".to_owned(),
        administrator,
    };
    let operator = town.node.operator();
    let code = operator.invite(&domain, whom("Zoé", true)).await.unwrap();
    let options = EnrolOptions {
        store: town.store("Zoé"),
        passphrase: Town::passphrase(),
        endpoint: town.node.endpoint(town.node.address()),
        code: code.code,
        device_label: "desktop".to_owned(),
    };
    let zoe = Client::enrol(options).await.unwrap();
    let directory = zoe.directory();
    let refused = directory.invite(&domain, whom("Eve", false)).await;
    assert_eq!(refused.unwrap_err().reason(), Some(Reason::StepUpRequired));
    let wrong = zoe.step_up(&"not hers".into()).await;
    assert!(matches!(wrong, Err(Error::WrongPassphrase)), "{wrong:?}");
    let refused = directory.members(&domain).await;
    assert_eq!(refused.unwrap_err().reason(), Some(Reason::StepUpRequired));

    zoe.step_up(&Town::passphrase()).await.unwrap();
    directory.invite(&domain, whom("Eve", false)).await.unwrap();
    assert_eq!(directory.members(&domain).await.unwrap().len(), 1);
    directory.audit().verify(Some(&domain), None).await.unwrap();
}
