//! The story's own expectations: each becomes a check.

use relais_care::{CaseView, Language, LoopState};
use relais_client::Client;
use relais_types::{CaseId, Clock as _, EntryId, SystemClock};

use super::{
    check::Check,
    stage::{PATIENCE, Stage, joined},
};
use crate::{
    Failure,
    story::{Expect, Seen},
};

impl Stage<'_> {
    /// Waits for what is expected, and says whether it came.
    pub(crate) async fn expect(&self, expect: &Expect) -> Check {
        let name = expect.name.clone().unwrap_or_else(|| name(expect));
        match self.expectation(expect).await {
            Ok(detail) => Check::holds(name, detail),
            Err(failure) => Check::fails(name, failure.to_string()),
        }
    }

    async fn expectation(&self, expect: &Expect) -> Result<String, Failure> {
        if let (Some(asked), Some(state)) = (&expect.r#loop, expect.state) {
            return self.expect_state(asked, state).await;
        }
        if let (Some(asked), Some(seat)) = (&expect.r#loop, &expect.owned_by) {
            let (key, id) = self.entry(asked)?;
            let owner = self.seat(&key, seat)?;
            let owned = |view: &CaseView| view.accountable(id) == Some(owner);
            return self.every_member(&key, "see that owner", owned).await;
        }
        if let Some(entry) = &expect.entry {
            return self
                .expect_sight(entry, &expect.seen_by, &expect.hidden_from)
                .await;
        }
        let case = expect.case.as_deref().unwrap_or_default();
        if !expect.plan.is_empty() {
            return self.expect_plan(case, &expect.plan).await;
        }
        match &expect.seat {
            Some(seat) if expect.covered_by.is_some() => {
                let next = expect.covered_by.as_deref().unwrap_or_default();
                self.expect_coverage(case, seat, next).await
            }
            Some(seat) => {
                self.expect_holder(case, seat, expect.held_by.as_deref())
                    .await
            }
            None => self.expect_receipts(case, &expect.receipts).await,
        }
    }

    /// Everybody who is in the case sees it in that state.
    async fn expect_state(&self, asked: &str, state: LoopState) -> Result<String, Failure> {
        let (key, id) = self.entry(asked)?;
        self.every_member(&key, "see it in that state", |view| {
            view.find_loop(id).is_some_and(|asked| asked.state == state)
        })
        .await
    }

    async fn expect_sight(
        &self,
        name: &str,
        seen_by: &[String],
        hidden_from: &[String],
    ) -> Result<String, Failure> {
        let (key, entry) = self.entry(name)?;
        let case = self.opened(&key)?.id;
        for who in seen_by {
            let client = self.client(who)?;
            let seen = joined(client, case)
                .await?
                .wait_until(PATIENCE, |view| view.item(entry).is_some())
                .await;
            seen.map_err(|error| super::stage::late(who, "see it", &error))?;
        }
        for who in hidden_from {
            let client = self.client(who)?;
            let sees = if self.is_told(who, client, case).await? {
                // It is on its way to everybody who is in the case.
                let case = joined(client, case).await?;
                let arrived = case.wait_until(PATIENCE, |view| view.item(entry).is_some());
                arrived.await.is_ok()
            } else {
                holds(client, entry).await?
            };
            if sees {
                return Err(Failure::failed(format!("{who} sees it")));
            }
        }
        Ok(format!(
            "{} see it, {} do not",
            seen_by.len(),
            hidden_from.len()
        ))
    }

    /// True if the server still gives that device what is said in the case.
    async fn is_told(&self, who: &str, client: &Client, case: CaseId) -> Result<bool, Failure> {
        let device = self.cast.position(who);
        let device = device.and_then(|at| self.cast.devices.get(at));
        let cases = client.cases().await?;
        let inside = cases.iter().any(|it| it.id == case && !it.left);
        Ok(inside && device.is_some_and(|device| !device.revoked))
    }

    async fn expect_holder(
        &self,
        key: &str,
        seat: &str,
        person: Option<&str>,
    ) -> Result<String, Failure> {
        let seat = self.seat(key, seat)?;
        let wanted = person
            .and_then(|person| self.cast.people.get(person))
            .map(|human| human.person.clone());
        self.every_member(key, "see that holder", |view| {
            view.team
                .seat(seat)
                .is_some_and(|seat| seat.occupant == wanted)
        })
        .await
    }

    /// What `seat` leaves undone is raised with `next`.
    async fn expect_coverage(&self, key: &str, seat: &str, next: &str) -> Result<String, Failure> {
        let (seat, next) = (self.seat(key, seat)?, self.seat(key, next)?);
        self.every_member(key, "see who covers the seat", |view| {
            let covering = view.team.covering(seat, None, SystemClock.now());
            covering.map(|cover| cover.seat) == Some(next)
        })
        .await
    }

    /// Every member's plan, written out, holds these texts.
    async fn expect_plan(&self, key: &str, texts: &[String]) -> Result<String, Failure> {
        self.every_member(key, "see the plan like that", |view| {
            let page = relais_care::plan::markdown(&view.plan(), Language::English);
            texts.iter().all(|text| page.contains(text))
        })
        .await
    }

    /// Everybody who holds a seat has said it of every entry addressed to them.
    async fn expect_receipts(&self, key: &str, seen: &[Seen]) -> Result<String, Failure> {
        self.every_member(key, "see all receipts", |view| {
            let holders = view
                .team
                .seats()
                .iter()
                .filter_map(|seat| seat.occupant.as_ref());
            holders.into_iter().all(|person| {
                let owed = view.pending_receipts(&person.name);
                seen.iter().all(|seen| match seen {
                    Seen::Delivered => owed.delivered.is_empty(),
                    Seen::Read => owed.read.is_empty(),
                })
            })
        })
        .await
    }

    /// Waits until the view of every device in the case is as wanted.
    async fn every_member(
        &self,
        key: &str,
        what: &str,
        wanted: impl Fn(&CaseView) -> bool,
    ) -> Result<String, Failure> {
        let opened = self.opened(key)?;
        let mut count = 0;
        // Whoever was revoked is told nothing any more, not even that.
        for device in self.cast.devices.iter().filter(|device| !device.revoked) {
            let Some(client) = &device.client else {
                continue;
            };
            let known = client
                .cases()
                .await?
                .into_iter()
                .find(|case| case.id == opened.id);
            if known.is_none_or(|case| case.left) {
                continue;
            }
            let case = client.case(opened.id).await?;
            case.wait_until(PATIENCE, &wanted)
                .await
                .map_err(|error| super::stage::late(&device.title(), what, &error))?;
            count += 1;
        }
        if count == 0 {
            return Err(Failure::failed("nobody is in the case"));
        }
        Ok(format!("{count} devices agree"))
    }
}

/// Whether any case of this account holds the entry, linked conversations included.
async fn holds(client: &Client, entry: EntryId) -> Result<bool, Failure> {
    for case in client.cases().await? {
        let view = client.case(case.id).await?.view().await?;
        let linked = view
            .linked
            .values()
            .any(|linked| linked.item(entry).is_some());
        if linked || view.item(entry).is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

fn name(expect: &Expect) -> String {
    if let (Some(asked), Some(state)) = (&expect.r#loop, expect.state) {
        return format!("`{asked}` is {}", state.code());
    }
    if let (Some(asked), Some(seat)) = (&expect.r#loop, &expect.owned_by) {
        return format!("`{asked}` is with `{seat}`");
    }
    if let Some(entry) = &expect.entry {
        return format!("`{entry}` is seen only by those who should");
    }
    let case = expect.case.as_deref().unwrap_or_default();
    if !expect.plan.is_empty() {
        return format!("the plan of `{case}` is as agreed");
    }
    if let (Some(seat), Some(next)) = (&expect.seat, &expect.covered_by) {
        return format!("seat `{seat}` of `{case}` is covered by `{next}`");
    }
    match (&expect.seat, &expect.held_by) {
        (Some(seat), Some(person)) => format!("seat `{seat}` of `{case}` is held by {person}"),
        (Some(seat), None) => format!("seat `{seat}` of `{case}` is vacant"),
        (None, _) => {
            let seen: Vec<&str> = expect
                .receipts
                .iter()
                .map(|seen| match seen {
                    Seen::Delivered => "delivered to",
                    Seen::Read => "read by",
                })
                .collect();
            format!(
                "every entry of `{case}` is {} every seat",
                seen.join(" and ")
            )
        }
    }
}
