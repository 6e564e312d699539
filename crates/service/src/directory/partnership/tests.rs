//! Who signs what, and what becomes of it.

use relais_store::AccessRole;
use relais_types::Reason;

use super::*;
use crate::{
    directory::{ListAdherenceParams, PublishAdherenceParams, list_adherence, publish_adherence},
    fixture::{Backbone, TestDevice},
};

fn pair() -> Pair {
    let (one, other) = ("laurier.internal", "parc.internal");
    Pair::new(one.parse().unwrap(), other.parse().unwrap()).unwrap()
}

/// `by` signs a revision at a stage.
fn terms(
    backbone: &Backbone,
    by: &TestDevice,
    revision: u32,
    stage: u8,
    commits: bool,
) -> SignPartnershipParams {
    let terms = Bytes::from(format!("{revision} {stage} {commits}"));
    let signed_at = backbone.service.now();
    let message = [&signed_at.as_micros().to_be_bytes()[..], &terms].concat();
    SignPartnershipParams {
        request_id: backbone.request_id(),
        pair: pair(),
        revision,
        stage,
        commits,
        signature: by.sign(LABEL, &message),
        chain: by.chain(),
        signed_at,
        terms,
    }
}

async fn sign(
    backbone: &Backbone,
    by: &TestDevice,
    params: SignPartnershipParams,
) -> Result<Partnership, Reason> {
    let signed = sign_partnership(&backbone.service, &by.caller, params).await;
    signed.map_err(|error| error.reason)
}

async fn listed(backbone: &Backbone, caller: &Caller) -> Vec<Partnership> {
    let params = ListPartnershipsParams {
        organisation: "parc.internal".parse().unwrap(),
        page_size: 0,
        page_token: String::new(),
    };
    let page = list_partnerships(&backbone.service, caller, params).await;
    page.unwrap().items.into_iter().map(|(_, it)| it).collect()
}

async fn two(backbone: &Backbone) -> [TestDevice; 2] {
    let admin = AccessRole::Administrator;
    [
        backbone
            .device_with_role("laurier.internal", "Zoé", admin)
            .await,
        backbone
            .device_with_role("parc.internal", "Lise", admin)
            .await,
    ]
}

#[tokio::test]
async fn terms_hold_once_both_have_signed_and_either_may_lower_them() {
    let backbone = Backbone::new().await;
    let [zoe, lise] = two(&backbone).await;
    // A community organisation may begin.
    let offer = terms(&backbone, &lise, 1, 2, true);
    let offered = sign(&backbone, &lise, offer.clone()).await.unwrap();
    assert!(offered.agreed.is_none() && offered.proposed.is_some());
    assert_eq!(sign(&backbone, &lise, offer).await, Ok(offered.clone()));
    // Nobody else is told before it holds.
    assert_eq!(listed(&backbone, &Backbone::anybody()).await, []);
    assert_eq!(listed(&backbone, &lise.caller).await, [offered]);

    let agreed = sign(&backbone, &zoe, terms(&backbone, &zoe, 1, 2, true))
        .await
        .unwrap();
    assert_eq!(agreed.agreed.as_ref().unwrap().signatures.len(), 2);
    assert_eq!(agreed.proposed, None);
    assert_eq!(listed(&backbone, &Backbone::anybody()).await, [agreed]);

    let raised = sign(&backbone, &zoe, terms(&backbone, &zoe, 2, 3, false))
        .await
        .unwrap();
    assert!(raised.proposed.is_some(), "it takes two to raise a stage");
    let ended = sign(&backbone, &lise, terms(&backbone, &lise, 3, 1, false))
        .await
        .unwrap();
    assert_eq!(stage(&ended), 1, "and one to end it");
    assert_eq!(
        ended.proposed, None,
        "what was proposed is declined with it"
    );
    let skipped = sign(&backbone, &zoe, terms(&backbone, &zoe, 4, 3, false)).await;
    assert_eq!(skipped, Err(Reason::MalformedField));
    let late = sign(&backbone, &zoe, terms(&backbone, &zoe, 3, 2, false)).await;
    assert_eq!(late, Err(Reason::AlreadyExists));
}

#[tokio::test]
async fn only_an_administrator_of_one_of_the_two_signs_and_only_what_is_sent() {
    let backbone = Backbone::new().await;
    let [zoe, lise] = two(&backbone).await;
    let maya = backbone.device("laurier.internal", "Maya").await;
    let admin = AccessRole::Administrator;
    let stranger = backbone.device_with_role("x.internal", "Eve", admin).await;
    for by in [&maya, &stranger] {
        let refused = sign(&backbone, by, terms(&backbone, by, 1, 2, false)).await;
        assert_eq!(refused, Err(Reason::NotAllowed));
    }
    let operator = terms(&backbone, &zoe, 1, 2, false);
    let refused = sign_partnership(&backbone.service, &Caller::Operator, operator).await;
    assert_eq!(refused.unwrap_err().reason, Reason::NotAllowed);

    let mut other = terms(&backbone, &zoe, 1, 2, false);
    other.terms = Bytes::from_static(b"1 3 false");
    assert_eq!(
        sign(&backbone, &zoe, other).await,
        Err(Reason::ProofInvalid)
    );
    let mut copied = terms(&backbone, &lise, 1, 2, false);
    copied.request_id = backbone.request_id();
    let refused = sign(&backbone, &zoe, copied).await;
    assert_eq!(
        refused,
        Err(Reason::CredentialInvalid),
        "it names another's device"
    );
    let mut old = terms(&backbone, &zoe, 1, 2, false);
    old.signed_at = Timestamp::from_micros(0);
    assert_eq!(
        sign(&backbone, &zoe, old).await,
        Err(Reason::MalformedField)
    );
    let nothing = sign(&backbone, &zoe, terms(&backbone, &zoe, 1, 1, false)).await;
    assert_eq!(
        nothing,
        Err(Reason::MalformedField),
        "there is nothing to lower"
    );
    let mut missing = terms(&backbone, &zoe, 1, 2, false);
    let nowhere = "nowhere.internal".parse().unwrap();
    missing.pair = Pair::new("laurier.internal".parse().unwrap(), nowhere).unwrap();
    assert_eq!(sign(&backbone, &zoe, missing).await, Err(Reason::NotFound));
}

#[tokio::test]
async fn what_people_count_is_told_to_the_two_and_hides_single_cases() {
    let backbone = Backbone::new().await;
    let [zoe, lise] = two(&backbone).await;
    let maya = backbone.device("laurier.internal", "Maya").await;
    let told = |due: u32| {
        let statement = Bytes::from(format!("{due}"));
        PublishAdherenceParams {
            request_id: backbone.request_id(),
            organisation: "laurier.internal".parse().unwrap(),
            partner: "parc.internal".parse().unwrap(),
            due: vec![due],
            signature: maya.sign("relais/adherence/v1", &statement),
            chain: maya.chain(),
            statement,
        }
    };
    let publish = async |params| {
        let told = publish_adherence(&backbone.service, &maya.caller, params).await;
        told.map_err(|error| error.reason)
    };
    assert_eq!(
        publish(told(5)).await,
        Err(Reason::NotFound),
        "nothing is agreed"
    );
    let offer = terms(&backbone, &zoe, 1, 2, true);
    sign(&backbone, &zoe, offer).await.unwrap();
    sign(&backbone, &lise, terms(&backbone, &lise, 1, 2, true))
        .await
        .unwrap();
    assert_eq!(publish(told(4)).await, Err(Reason::MalformedField));
    publish(told(5)).await.unwrap();
    publish(told(6)).await.unwrap();
    let mut foreign = told(7);
    foreign.organisation = "parc.internal".parse().unwrap();
    foreign.partner = "laurier.internal".parse().unwrap();
    assert_eq!(publish(foreign).await, Err(Reason::NotAllowed));
    let mut changed = told(7);
    changed.statement = Bytes::from_static(b"700");
    assert_eq!(publish(changed).await, Err(Reason::ProofInvalid));

    let read = async |caller: &Caller, partner: &str| -> Result<Vec<Bytes>, Reason> {
        let params = ListAdherenceParams {
            partner: partner.parse().unwrap(),
            page_size: 0,
            page_token: String::new(),
        };
        let page = list_adherence(&backbone.service, caller, params).await;
        let page = page.map_err(|error| error.reason)?;
        Ok(page.items.into_iter().map(|row| row.statement).collect())
    };
    let newest = vec![Bytes::from_static(b"6")];
    assert_eq!(
        read(&lise.caller, "laurier.internal").await,
        Ok(newest.clone())
    );
    assert_eq!(read(&zoe.caller, "parc.internal").await, Ok(newest));
    assert_eq!(
        read(&Backbone::anybody(), "parc.internal").await,
        Ok(vec![])
    );
    let operator = read(&Caller::Operator, "parc.internal").await;
    assert_eq!(operator, Err(Reason::NotAllowed));
}
